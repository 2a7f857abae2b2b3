/**
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import type { ComponentSpec, LeasedTask, Outcome } from '../../src/domain/work.ts'
import { address } from '../../src/federation/channel.ts'
import { loadFrame } from '../../src/runner/data/frame-store.ts'
import { createExecutor, type ThreadExecutor } from '../../src/runner/execute.ts'
import type { ReportBody, TaskRun } from '../../src/runner/executor.ts'
import { createPool, type Pool } from '../../src/runner/pool.ts'
import { createTransport } from '../../src/runner/transport.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { leasedTask, testLog } from '../helpers/runner.ts'

const MEMBERS = { guest: ['9999'], host: ['10000'] }

/** Threads start under Node only. */
describe('the executor', { skip: 'Deno' in globalThis && 'needs Node: its task threads' }, () => {
  let pool: Pool
  let executor: ThreadExecutor
  /** One that lets no previews out. */
  let discreet: ThreadExecutor
  let dataDir: string
  const log = testLog()

  before(async () => {
    dataDir = await temporaryFolder()
    pool = createPool({ cores: 2 })
    const create = (previews: boolean) =>
      createExecutor({
        settings: { dataDir, importRoots: [], previews, memoryMb: 64 },
        pool,
        transport: createTransport({ peers: () => Promise.resolve([]) }),
        openSpool: () => Promise.reject(new Error('no spool')),
        log,
        source: new URL('./fixtures/worker.ts', import.meta.url),
        abortMs: 50,
      })
    executor = create(true)
    discreet = create(false)
  })

  after(async () => {
    await executor.close()
    await discreet.close()
    await pool.close()
  })

  interface Run {
    readonly outcome: Promise<Outcome>
    readonly reports: ReportBody[]
    readonly abort: (reason: string) => void
    /** Resolves when the task has logged `text`. */
    logged(text: string): Promise<void>
  }

  function run(task: LeasedTask, local: TaskRun['local'] = [], at = executor): Run {
    const reports: ReportBody[] = []
    const controller = new AbortController()
    let heard = () => {}
    const outcome = at.run(task, {
      signal: controller.signal,
      local,
      room: () => Promise.resolve(),
      report(body) {
        reports.push(body)
        heard()
      },
    })
    return {
      outcome,
      reports,
      abort: (reason) => controller.abort(reason),
      logged: (text) =>
        new Promise((resolve) => {
          heard = () => {
            if (textsOf(reports).includes(text)) resolve()
          }
          heard()
        }),
    }
  }

  function task(
    module: string,
    options: Omit<Partial<LeasedTask>, 'spec'> & { spec?: Partial<ComponentSpec> } = {},
  ) {
    const { spec, ...rest } = options
    const base = leasedTask('9999', { role: 'guest', party: '9999', name: module, jobId: module })
    return {
      ...base,
      attemptId: `${module} ${rest.role ?? 'guest'}`,
      ...rest,
      spec: { ...base.spec, module, members: MEMBERS, ...spec } as ComponentSpec,
    }
  }

  function group(module: string): Run[] {
    const local = [address('guest', '9999'), address('host', '10000')]
    return [run(task(module), local), run(task(module, { role: 'host', party: '10000' }), local)]
  }

  it('carries messages between two threads, and counts them for the ledger', async () => {
    const [guest, host] = group('Ping')
    assert.deepEqual(await guest.outcome, { state: 'succeeded' })
    assert.deepEqual(await host.outcome, { state: 'succeeded' })
    const lines = guest.reports.filter((report) => report.type === 'ledger')
    assert.deepEqual(lines, [
      {
        type: 'ledger',
        receiver: 'host:10000',
        tag: 'ping',
        kind: 'plain',
        reveals: 'a test message',
        messages: 1,
        bytes: 3,
      },
    ])
  })

  it('tells a peer that waits why nothing more will come', async () => {
    const local = [address('guest', '9999'), address('host', '10000')]
    const hostTask = task('HalfFails', { role: 'host', party: '10000' })
    const guest = run(task('HalfFails'), local)
    const host = run(hostTask, local)
    const outcome = await host.outcome
    assert.deepEqual(outcome, { state: 'failed', reason: 'The host has no label' })
    await executor.finish(hostTask, outcome, true)
    assert.deepEqual(await guest.outcome, {
      state: 'failed',
      reason: 'host:10000 stopped: The host has no label',
    })
  })

  for (const previews of [true, false]) {
    it(`keeps the rows of a fault from two peers, ${previews ? 'with' : 'without'} previews`, async () => {
      const at = previews ? executor : discreet
      const members = { guest: ['9999'], host: ['10000', '10001'] }
      const seats = [
        { role: 'guest', party: '9999' },
        { role: 'host', party: '10000' },
        { role: 'host', party: '10001' },
      ]
      const local = seats.map(({ role, party }) => address(role, party))
      const tasks = seats.map((seat) => ({
        ...task('Unfit', { ...seat, jobId: `unfit ${previews}`, spec: { members } }),
        attemptId: `unfit ${previews} ${seat.party}`,
      }))
      const [guest, owner, other] = tasks.map((each) => run(each, local, at))
      const outcome = await owner.outcome
      await at.finish(tasks[1], outcome, true)
      const public_ = previews
        ? 'Its table is unfit (details are in the log of its task)'
        : 'Its table is unfit (details are in the log of its runner)'
      assert.deepEqual(outcome, { state: 'failed', reason: public_ })
      const heard = { state: 'failed', reason: `host:10000 stopped: ${public_}` }
      assert.deepEqual([await guest.outcome, await other.outcome], [heard, heard])
      assert.deepEqual(textsOf([...guest.reports, ...other.reports]), [])
      assert.deepEqual(textsOf(owner.reports), previews ? ['Rows 3 and 17 repeat an id'] : [])
      const line = log.lines.findLast(
        ({ fields }) =>
          'taskId' in fields && 'reason' in fields && fields.reason === 'Its table is unfit',
      )
      assert.ok(line && 'detail' in line.fields)
      assert.equal(line.fields.detail, 'Rows 3 and 17 repeat an id')
    })
  }

  it('lets no undeclared message leave', async () => {
    const outcome = await run(task('Smuggles'), [address('guest', '9999')]).outcome
    assert.ok(outcome.state === 'failed')
    assert.match(outcome.reason, /declares no message "secret"/)
  })

  it('stores outputs, reports them with previews, and finds them again for the next node', async () => {
    const first = run(task('Table', { jobId: 'j', name: 'table_0' }))
    assert.deepEqual(await first.outcome, { state: 'succeeded' })
    const artifacts = first.reports.filter((report) => report.type === 'artifact')
    assert.deepEqual(artifacts, [
      {
        type: 'artifact',
        kind: 'table',
        name: 'data',
        location: 'jobs/j/guest_9999/table%5f0/data.arrow',
        rows: 3,
        summary: { header: ['sid', 'y', 'x0'], kind: 'data', idName: 'sid', labelName: 'y' },
        preview: [
          ['id0', 0, 0],
          ['id1', 1, 1],
          ['id2', 0, 2],
        ],
      },
      {
        type: 'artifact',
        kind: 'model',
        name: 'model',
        location: 'jobs/j/guest_9999/table%5f0/model.json',
        summary: { name: 'TestModel' },
        preview: { param: { weights: { x0: 0.5 } }, meta: { rows: 3 } },
      },
    ])
    const kinds = first.reports.map((report) => report.type)
    assert.deepEqual(kinds.slice(2), ['event', 'log', 'metric', 'progress', 'log', 'event', 'log'])
    const second = run(
      task('Reads', {
        jobId: 'j',
        spec: {
          data: [{ slot: 'data', tables: [{ type: 'output', node: 'table_0' }] }],
          models: [{ slot: 'model', nodes: ['table_0'] }],
        },
      }),
    )
    assert.deepEqual(await second.outcome, { state: 'succeeded' })
    assert.deepEqual(textsOf(second.reports), ['table_0 id0,id1,id2 table_0 0,1,2'])
  })

  it('keeps several tables of one node apart', async () => {
    const first = run(task('Splits', { jobId: 'm', name: 'split_0' }))
    assert.deepEqual(await first.outcome, { state: 'succeeded' })
    const places = first.reports.flatMap((report) =>
      report.type === 'artifact' ? [[report.name, report.location]] : [],
    )
    assert.deepEqual(places, [
      ['train', 'jobs/m/guest_9999/split%5f0/data.arrow'],
      ['test', 'jobs/m/guest_9999/split%5f0/data@test.arrow'],
    ])
    const node = { type: 'output' as const, node: 'split_0' }
    const tables = [node, { ...node, output: 'test' }, { ...node, output: 'none' }]
    const second = run(task('Lists', { jobId: 'm', spec: { data: [{ slot: 'data', tables }] } }))
    assert.deepEqual(await second.outcome, { state: 'succeeded' })
    assert.deepEqual(textsOf(second.reports), ['split_0 first', 'split_0 second'])
    const wrong = run(task('Splits', { jobId: 'n', spec: { params: { rows: 0 } } }))
    assert.deepEqual(await wrong.outcome, {
      state: 'failed',
      reason: 'Splits declares no table "rest": train, test',
    })
  })

  it('hands the first input through when the component is not to run', async () => {
    await run(task('Table', { jobId: 'k', name: 'table_0' })).outcome
    const data = [{ slot: 'data', tables: [{ type: 'output' as const, node: 'table_0' }] }]
    const skipped = run(task('Fails', { jobId: 'k', name: 'fails_0', spec: { run: false, data } }))
    assert.deepEqual(await skipped.outcome, { state: 'succeeded' })
    const frame = await loadFrame(dataDir, 'jobs/k/guest_9999/fails%5f0/data.arrow')
    assert.deepEqual(frame?.ids, ['id0', 'id1', 'id2'])
  })

  it('says which uploaded table is missing', async () => {
    const source = { type: 'table', key: 'train_data', namespace: 'space', name: 'people' } as const
    const outcome = run(
      task('Reads', { spec: { data: [{ slot: 'data', tables: [source] }] } }),
    ).outcome
    assert.deepEqual(await outcome, {
      state: 'failed',
      reason: 'Table space.people is not in the data directory of party 9999: upload it there',
    })
  })

  it('reads parameters with their defaults and names the one that cannot be', async () => {
    const outcome = await run(task('Table', { spec: { params: { rows: 'many' } } })).outcome
    assert.ok(outcome.state === 'failed')
    assert.match(outcome.reason, /^TableParam cannot be read: rows: /)
    assert.deepEqual(await run(task('Nothing')).outcome, {
      state: 'failed',
      reason: `This runner has no component "Nothing": bring it to the server's version`,
    })
  })

  it('spreads kernels over the pool, in order, and leaves the arguments as they were', async () => {
    const computing = run(task('Computes'))
    assert.deepEqual(await computing.outcome, { state: 'succeeded' })
    assert.deepEqual(textsOf(computing.reports), ['2: 1,4 9 16 of 1,2'])
  })

  it('fails a task with the sentence of its error', async () => {
    assert.deepEqual(await run(task('Fails')).outcome, {
      state: 'failed',
      reason: 'Column "y" is missing',
    })
  })

  it('survives a thread that exits, throws or runs out of memory, and says what happened', async () => {
    const reason = async (module: string) => {
      const outcome = await run(task(module)).outcome
      assert.ok(outcome.state === 'failed')
      return outcome.reason
    }
    assert.match(await reason('Crashes'), /ended with code 3 before the task was done/)
    assert.match(await reason('ThrowsLater'), /crashed: nobody catches this/)
    assert.match(await reason('Eats'), /ran out of its memory of 64 MiB/)
    assert.deepEqual(await run(task('Table')).outcome, { state: 'succeeded' })
  })

  it('ends a task that is told to stop, politely or not', async () => {
    const polite = run(task('Waits'))
    await polite.logged('waiting')
    polite.abort('Stopped by ann')
    assert.deepEqual(await polite.outcome, { state: 'failed', reason: 'Stopped by ann' })
    const deaf = run(task('Spins'))
    await deaf.logged('spinning')
    deaf.abort('Stopped by ann')
    assert.deepEqual(await deaf.outcome, { state: 'failed', reason: 'Stopped by ann' })
  })
})

function textsOf(reports: readonly ReportBody[]): string[] {
  return reports.flatMap((report) => (report.type === 'log' ? [report.text] : []))
}
