/**
 * A server and a runner with its threads in this process, and a FATE client that waits for what it asks for.
 * @module
 */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { Hono } from 'hono'

import { runnerGateway } from '../../src/api/runner/index.ts'
import { catalogOf } from '../../src/component/catalog.ts'
import { COMPONENTS } from '../../src/component/registry.ts'
import { getJob } from '../../src/domain/job.ts'
import { createToken } from '../../src/domain/token.ts'
import { systemClock } from '../../src/runner/clock.ts'
import { openSite } from '../../src/runner/data/site.ts'
import { createExecutor } from '../../src/runner/execute.ts'
import { createPool } from '../../src/runner/pool.ts'
import { createRunner } from '../../src/runner/runner.ts'
import { createSpool, spoolFacts } from '../../src/runner/spool.ts'
import { dbStore } from '../../src/runner/store-db.ts'
import { createTransport } from '../../src/runner/transport.ts'
import { type FateAnswer, testApp } from '../helpers/app.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { profileOf } from '../helpers/jobs.ts'
import { type TableName } from '../helpers/published-confs.ts'
import { testLog } from '../helpers/runner.ts'

const SETTINGS = {
  version: '0',
  publicUrl: null,
  hosts: null,
  bodyLimit: 1,
  uploadLimit: 1024 * 1024,
}

/** Starts both; the runner serves every party. */
export async function fateWorld() {
  const root = await temporaryFolder()
  const dataDir = await temporaryFolder()
  const site = await openSite(dataDir)
  const test = await testApp({
    settings: { bodyLimit: 4 * 1024 * 1024 },
    deps: { catalog: catalogOf(COMPONENTS.values()) },
  })
  // The runner has a data directory that the app does not see, and reaches it over HTTP.
  const settings = { ...SETTINGS, auth: 'token' } as const
  const log = testLog()
  const now = () => Date.now()
  const { db, files } = test
  const gateway = runnerGateway({ db, files, log, now, settings, catalog: new Map() })
  const door = new Hono().route('/runner/v1', gateway)
  const rights = { kind: 'database', name: '', parties: null, readOnly: false } as const
  const appPlace = { url: 'http://weft.test', token: await createToken(db, rights, now()) }
  const spool = createSpool({
    local: files,
    app: appPlace,
    runnerId: 'r',
    fetch: (request) => door.request(request),
  })
  const store = dbStore(db, spool)
  const pool = createPool({ cores: 2 })
  const executor = createExecutor({
    settings: { dataDir, importRoots: [root], exportDir: root, previews: true, memoryMb: 512 },
    pool,
    transport: createTransport({ peers: (jobId, node) => store.peers(jobId, node) }),
    openSpool: (id) => store.openSpool(id),
    fillSpool: store.fillSpool,
    log,
    source: new URL('../../src/runner/worker.ts', import.meta.url),
    abortMs: 50,
  })
  const profile = profileOf('r', { site: site.id, facts: spoolFacts({ app: appPlace }) })
  const runner = createRunner({ store, executor, log, profile, slots: 12, pollMs: 20 })
  await runner.start()
  const uploaded = new Set<string>()

  async function over(id: string): Promise<void> {
    for (;;) {
      const job = await getJob(test.db, id)
      if (job.state === 'succeeded') return
      assert.ok(job.state !== 'failed' && job.state !== 'canceled', job.reason ?? job.state)
      await systemClock.sleep(20)
    }
  }
  /** Sends a request that makes a job, and waits for its end. */
  async function done(path: string, body: object): Promise<FateAnswer> {
    const answer = await test.post(path, body)
    assert.equal(answer.retmsg, 'success')
    await over(answer.jobId ?? '')
    return answer
  }
  /** Puts a file where uploads may take it from. */
  async function place(file: string, text: string): Promise<void> {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text)
    test.files.imports.add(file)
  }
  return {
    test,
    dataDir,
    done,
    place,
    /** Uploads a table once. */
    async upload({ namespace, name }: TableName, text: () => string, head = 1) {
      if (uploaded.has(`${namespace}.${name}`)) return
      uploaded.add(`${namespace}.${name}`)
      const file = `${namespace}-${name}.csv`
      await place(file, text())
      const rest = { head, partition: 1, work_mode: 0, namespace, table_name: name }
      await done('/v1/data/upload', { file, ...rest })
    },
    async close() {
      await runner.drain(0)
      await executor.close()
      await pool.close()
      await test.close()
    },
  }
}
