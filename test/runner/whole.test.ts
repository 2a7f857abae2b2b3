/**
 * The runner with all its parts: a database, threads, tables on disk.
 * @module
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import type { Db } from '../../src/db/type.ts'
import { listArtifacts } from '../../src/domain/artifact.ts'
import { listEvents } from '../../src/domain/event.ts'
import { getJob, stopJob } from '../../src/domain/job.ts'
import { listLedger } from '../../src/domain/ledger.ts'
import { listLog } from '../../src/domain/log.ts'
import { listMetrics } from '../../src/domain/metric.ts'
import { findTable } from '../../src/domain/table.ts'
import { listTasks } from '../../src/domain/task.ts'
import { submitUpload } from '../../src/domain/upload.ts'
import { openSite } from '../../src/runner/data/site.ts'
import { createExecutor } from '../../src/runner/execute.ts'
import { createPool } from '../../src/runner/pool.ts'
import { createRunner } from '../../src/runner/runner.ts'
import { dbStore } from '../../src/runner/store-db.ts'
import { createTransport } from '../../src/runner/transport.ts'
import { freshDatabase } from '../helpers/database.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { profileOf, submit } from '../helpers/jobs.ts'
import { testLog } from '../helpers/runner.ts'
import { until } from '../helpers/until.ts'

async function world(before?: { db: Db; dataDir: string }) {
  const db = before?.db ?? (await freshDatabase())
  const dataDir = before?.dataDir ?? (await temporaryFolder())
  const root = await temporaryFolder()
  const site = await openSite(dataDir)
  const spools = new Map<string, string>()
  const store = dbStore(db, {
    openSpool: (id) => Promise.resolve(new Blob([spools.get(id) ?? '']).stream()),
    dropSpool: (id) => Promise.resolve(void spools.delete(id)),
  })
  const log = testLog()
  const pool = createPool({ cores: 1 })
  const executor = createExecutor({
    settings: { dataDir, importRoots: [root], previews: true, memoryMb: 256 },
    pool,
    transport: createTransport({ peers: (jobId, node) => store.peers(jobId, node) }),
    openSpool: (id) => store.openSpool(id),
    log,
    source: new URL('./fixtures/worker.ts', import.meta.url),
    abortMs: 50,
  })
  const runner = createRunner({
    store,
    executor,
    log,
    profile: profileOf(before ? 'r2' : 'r', { site: site.id }),
    slots: 4,
    pollMs: 20,
  })
  await runner.start()
  return {
    db,
    dataDir,
    root,
    spools,
    runner,
    log,
    async close() {
      await runner.drain(0)
      await executor.close()
      await pool.close()
      await db.destroy()
    },
  }
}

function over(db: Db, id: string): Promise<boolean> {
  return until(`the end of ${id}`, async () =>
    ['succeeded', 'failed', 'canceled'].includes((await getJob(db, id)).state),
  )
}

/** Threads start under Node only. */
describe(
  'a whole runner',
  { skip: 'Deno' in globalThis && 'needs Node: its task threads', timeout: 300_000 },
  () => {
    it('uploads tables from disk and from a body, and says what is wrong with a bad one', async () => {
      const at = await world()
      await writeFile(join(at.root, 'a.csv'), 'id,y\nu1,1\nu2,0\n')
      at.spools.set('s1', 'u1;1\nu1;2\n')
      const upload = { surface: 'fate', party: null, namespace: 'n', partitions: 1, request: {} }
      const good = await submitUpload(at.db, {
        ...upload,
        name: 'good',
        source: { type: 'path', path: 'a.csv' },
        head: true,
        delimiter: ',',
      })
      const bad = await submitUpload(at.db, {
        ...upload,
        name: 'bad',
        source: { type: 'spool', id: 's1' },
        head: false,
        delimiter: ';',
      })
      await over(at.db, good.id)
      await over(at.db, bad.id)
      assert.equal((await getJob(at.db, good.id)).state, 'succeeded')
      assert.match(
        (await getJob(at.db, bad.id)).reason ?? '',
        /1 row repeats an id .*: lines 1 and 2\. /,
      )
      const table = await findTable(at.db, { namespace: 'n', name: 'good' })
      assert.deepEqual([table?.rows, table?.columns, table?.preview?.[0]], [2, ['y'], ['u1', '1']])
      assert.equal(await findTable(at.db, { namespace: 'n', name: 'bad' }), undefined)
      await until('the end of the spool', () => at.spools.size === 0)
      await at.close()
    })

    it('runs a federated job of two nodes to its end and keeps what its tasks said', async () => {
      const at = await world()
      const ping = await submit(at.db, {
        module: 'Ping',
        nodes: ['ping_0', 'ping_1'],
        at: Date.now(),
      })
      const table = await submit(at.db, { module: 'Table', nodes: ['table_0'], at: Date.now() })
      await over(at.db, ping.id)
      await over(at.db, table.id)
      assert.equal((await getJob(at.db, ping.id)).reason, null)
      assert.equal((await getJob(at.db, ping.id)).state, 'succeeded')
      const ledger = await listLedger(at.db, ping.id)
      assert.deepEqual(
        ledger.map((line) => [
          line.component,
          line.sender,
          line.receiver,
          line.tag,
          line.messages,
          line.bytes,
        ]),
        [
          ['ping_0', 'guest:9999', 'host:10000', 'ping', 1, 3],
          ['ping_0', 'host:10000', 'guest:9999', 'pong', 1, 3],
          ['ping_1', 'guest:9999', 'host:10000', 'ping', 1, 3],
          ['ping_1', 'host:10000', 'guest:9999', 'pong', 1, 3],
        ],
      )
      const jobId = table.id
      assert.equal((await listArtifacts(at.db, { jobId })).length, 4)
      assert.deepEqual((await listMetrics(at.db, { jobId }))[0].points, [[0, 0.5]])
      assert.ok((await listLog(at.db, { jobId })).some((line) => line.text === 'a line'))
      const warnings = (await listEvents(at.db, { jobId })).filter(
        (event) => event.level === 'warning',
      )
      assert.deepEqual([...new Set(warnings.map((event) => event.message))].toSorted(), [
        'Table: 1 points of metric train/loss are not numbers and are left out',
        'a warning',
      ])
      await at.close()
    })

    it('fails the job with the party that failed first, not with those that heard of it', async () => {
      const at = await world()
      const job = await submit(at.db, { module: 'HalfFails', nodes: ['half_0'], at: Date.now() })
      await over(at.db, job.id)
      assert.equal(
        (await getJob(at.db, job.id)).reason,
        'host 10000 failed in half_0: The host has no label',
      )
      await at.close()
    })

    it('hands its tasks back when it drains', async () => {
      const at = await world()
      const job = await submit(at.db, { module: 'Waits', nodes: ['waits_0'], at: Date.now() })
      await until('two lines', async () => (await listLog(at.db, { jobId: job.id })).length === 2)
      await at.runner.drain(0)
      const tasks = await listTasks(at.db, job.id)
      assert.deepEqual(
        tasks.map((task) => [task.state, task.attempts]),
        [
          ['ready', 1],
          ['ready', 1],
        ],
      )
      const { state } = await at.db.selectFrom('runner').select('state').executeTakeFirstOrThrow()
      assert.equal(state, 'gone')
      assert.deepEqual(
        at.log.lines.filter((line) => line.level === 'error'),
        [],
      )
      await at.close()
    })

    it('removes the scratch files of tasks that are done, have failed, were stopped or handed back', async () => {
      const at = await world()
      const scratch = (id: string) =>
        ['guest_9999', 'host_10000'].map((seat) =>
          join(at.dataDir, 'jobs', id, seat, 'scribbles%5f0', 'scratch'),
        )
      const scribble = async (rows: number) => {
        const nodes = ['scribbles_0']
        const { id } = await submit(at.db, { module: 'Scribbles', nodes, params: { rows } })
        const said = async () => (await listLog(at.db, { jobId: id })).map(({ text }) => text)
        await until('the last scratch', async () =>
          (await said()).some((text) => text === 'scratch 1,2,3'),
        )
        return id
      }
      const gone = (id: string) =>
        until('the end of the scratch', () => !scratch(id).some((folder) => existsSync(folder)))
      for (const [rows, state] of [
        [0, 'succeeded'],
        [1, 'failed'],
      ] as const) {
        const id = await scribble(rows)
        await over(at.db, id)
        assert.equal((await getJob(at.db, id)).state, state)
        await gone(id)
      }
      const stopped = await scribble(2)
      assert.ok(scratch(stopped).some((folder) => existsSync(folder)))
      await stopJob(at.db, { id: stopped, reason: 'enough' })
      await gone(stopped)
      const back = await scribble(2)
      await at.runner.drain(0)
      assert.ok(!scratch(back).some((folder) => existsSync(folder)))
      await at.close()
    })

    it('goes on after a drain where every party had kept its state, and then forgets it', async () => {
      const at = await world()
      const job = await submit(at.db, { module: 'Counts', nodes: ['counts_0'], at: Date.now() })
      const texts = async () => (await listLog(at.db, { jobId: job.id })).map((line) => line.text)
      const loud = async () => (await texts()).filter((text) => text === 'kept 2').length === 2
      await until('a word of it', loud)
      await at.runner.drain(0)
      const next = await world(at)
      await over(next.db, job.id)
      assert.equal((await getJob(next.db, job.id)).reason, null)
      assert.deepEqual(
        (await texts()).filter((text) => !text.startsWith('kept')),
        [
          'Goes on after step 2 of an earlier attempt',
          'Goes on after step 2 of an earlier attempt',
          'counted 0,1,2,3',
          'counted 0,1,2,3',
        ],
      )
      const folders = ['guest_9999', 'host_10000'].map((seat) =>
        join(at.dataDir, 'jobs', job.id, seat, 'counts%5f0', 'checkpoint'),
      )
      await until('the end of the folders', () => !folders.some((folder) => existsSync(folder)))
      await next.close()
      await at.close()
    })
  },
)
