/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { conflict, unavailable } from '../../src/domain/error.ts'
import type { LeasedTask } from '../../src/domain/work.ts'
import { createRunner, type Runner, type RunnerOptions } from '../../src/runner/runner.ts'
import { settle, testClock } from '../helpers/clock.ts'
import { profileOf } from '../helpers/jobs.ts'
import { leasedTask, testExecutor, testLog, type TestStore, testStore } from '../helpers/runner.ts'

const LEASE_MS = 15_000
const done = { state: 'succeeded' } as const

function world(
  options: { slots?: number; store?: TestStore; sample?: RunnerOptions['sample'] } = {},
) {
  const clock = testClock()
  const store = options.store ?? testStore()
  const executor = testExecutor()
  const log = testLog()
  const runner = createRunner({
    store,
    executor,
    log,
    clock,
    profile: profileOf('r'),
    slots: options.slots ?? 4,
    leaseMs: LEASE_MS,
    pollMs: 500,
    sample: options.sample,
  })
  return { clock, store, executor, log, runner }
}

/** Ends a runner whose clock stands still. */
async function stop(at: { clock: ReturnType<typeof testClock>; runner: Runner }): Promise<void> {
  const drained = at.runner.drain(0)
  await at.clock.advance(20_000)
  await drained
}

describe('a runner', () => {
  it('claims up to its free slots, runs, settles, and claims again at once', async () => {
    const at = world({ slots: 2 })
    at.store.ready.push(leasedTask('1'), leasedTask('2'), leasedTask('3'))
    await at.runner.start()
    await settle()
    assert.deepEqual(
      at.executor.runs.map((run) => run.task.taskId),
      ['1', '2'],
    )
    at.executor.runs[0].end(done)
    await settle()
    assert.deepEqual(at.store.settled, [{ attemptId: 'attempt of 1', outcome: done }])
    assert.deepEqual(
      at.executor.runs.map((run) => run.task.taskId),
      ['1', '2', '3'],
    )
    await stop(at)
  })

  it('tells the members of a group which of them run in this process', async () => {
    const at = world()
    at.store.ready.push(leasedTask('1'), leasedTask('2'), leasedTask('3', { name: 'other' }))
    await at.runner.start()
    await settle()
    assert.deepEqual(
      at.executor.runs.map((run) => run.run.local),
      [['guest:1', 'guest:2'], ['guest:1', 'guest:2'], ['guest:3']],
    )
    await stop(at)
  })

  it('says how busy it is, and goes on while the operator drains it', async () => {
    const at = world({ sample: (tasks) => ({ cpu: 0.5, memoryMb: 1, tasks, gpus: [] }) })
    at.store.ready.push(leasedTask('1'))
    at.store.wanted = 'draining'
    await at.runner.start()
    await at.clock.advance(LEASE_MS)
    assert.deepEqual(
      at.store.samples.map(({ tasks }) => tasks),
      [1, 1, 1],
    )
    assert.equal(at.executor.runs[0].run.signal.aborted, false)
    at.executor.runs[0].end(done)
    await settle()
    assert.equal(at.store.settled.length, 1)
    at.store.wanted = 'active'
    await at.clock.advance(LEASE_MS)
    const told = at.log.lines.map(({ message }) => message)
    assert.equal(told.filter((message) => message.includes('drains the runner')).length, 1)
    assert.equal(told.filter((message) => message.includes('take work again')).length, 1)
    await stop(at)
  })

  it('ends when the server has removed it', async () => {
    const at = world()
    at.store.wanted = 'gone'
    await at.runner.start()
    await at.clock.advance(LEASE_MS)
    await at.clock.advance(20_000)
    await at.runner.done
    assert.deepEqual(at.store.said.slice(-2), ['beat gone', 'close'])
  })

  it('polls ever more rarely while it is idle', async () => {
    const at = world()
    await at.runner.start()
    await at.clock.advance(60_000)
    const claims = at.store.said.filter((word) => word.startsWith('claim')).length
    assert.ok(claims > 28 && claims < 36, `${claims} claims in a minute`)
    await stop(at)
  })

  it('renews at a third of the lease while a task runs, and beats', async () => {
    const at = world()
    at.store.ready.push(leasedTask('1'))
    await at.runner.start()
    await at.clock.advance(LEASE_MS)
    const words = at.store.said.filter((word) => /^(renew|beat)/.test(word))
    assert.deepEqual(words, [
      'renew 1',
      'beat active',
      'renew 1',
      'beat active',
      'renew 1',
      'beat active',
    ])
    await stop(at)
  })

  it('aborts a task whose lease is lost, with the reason, and settles nothing', async () => {
    const at = world()
    at.store.ready.push(leasedTask('1'))
    await at.runner.start()
    await settle()
    at.store.lost.set('attempt of 1', 'Stopped by ann')
    await at.clock.advance(LEASE_MS / 3)
    assert.equal(at.executor.runs[0].run.signal.reason, 'Stopped by ann')
    assert.deepEqual(at.store.settled, [])
    assert.deepEqual(at.executor.finished, [
      { taskId: '1', outcome: { state: 'released', reason: 'Stopped by ann' } },
    ])
    await stop(at)
  })

  it('sends everything a task reported before it settles it, in order', async () => {
    const at = world()
    at.store.ready.push(leasedTask('1'))
    await at.runner.start()
    await settle()
    const [{ run, end }] = at.executor.runs
    for (let index = 0; index < 1200; index++) {
      run.report({ type: 'log', level: 'info', text: String(index) })
    }
    end(done)
    await settle()
    assert.deepEqual(
      at.store.reports.map((report) => report.type === 'log' && report.text),
      Array.from({ length: 1200 }, (_value, index) => String(index)),
    )
    const words = at.store.said.filter((word) => /^(report|settle)/.test(word))
    assert.deepEqual(words, ['report 500', 'report 500', 'report 200', 'settle succeeded'])
    await stop(at)
  })

  it('tells peers of a failure only after the server has its reason', async () => {
    const at = world()
    at.store.ready.push(leasedTask('1'))
    const order: string[] = []
    at.store.settle = async () => {
      order.push('settle')
      return true
    }
    at.executor.finish = async () => void order.push('finish')
    await at.runner.start()
    await settle()
    at.executor.runs[0].end({ state: 'failed', reason: 'no label' })
    await settle()
    assert.deepEqual(order, ['settle', 'finish'])
    await stop(at)
  })

  it('fails a task that its executor cannot run, with the reason', async () => {
    const at = world()
    at.store.ready.push(leasedTask('1'))
    await at.runner.start()
    await settle()
    at.executor.runs[0].crash(new Error('no threads left'))
    await settle()
    assert.deepEqual(at.store.settled[0].outcome, {
      state: 'failed',
      reason: 'The runner could not run it: no threads left',
    })
    await stop(at)
  })

  it('stops an earlier attempt at a task before the next one begins', async () => {
    const at = world()
    at.store.ready.push(leasedTask('1'))
    await at.runner.start()
    await settle()
    const [first] = at.executor.runs
    let stopping = ''
    // The server took it back and gave it out again before this runner asked for its leases.
    first.run.signal.addEventListener('abort', () => {
      stopping = `${first.run.signal.reason}, with ${at.executor.runs.length} begun`
    })
    at.store.ready.push(leasedTask('1', { attemptId: 'attempt 2 of 1', attempt: 2 }))
    await at.clock.advance(5000)
    assert.equal(stopping, 'Another attempt has begun, with 1 begun')
    assert.equal(at.executor.runs.length, 2)
    at.executor.runs[1].end(done)
    await settle()
    assert.deepEqual(at.store.settled, [{ attemptId: 'attempt 2 of 1', outcome: done }])
    await stop(at)
  })

  it('settles once the store answers again, and says so once per change', async () => {
    const at = world()
    at.store.ready.push(leasedTask('1'))
    await at.runner.start()
    await settle()
    at.store.away = Object.assign(new TypeError('fetch failed'), {
      cause: new Error('ECONNREFUSED'),
    })
    at.executor.runs[0].run.report({ type: 'log', level: 'info', text: 'kept' })
    at.executor.runs[0].end(done)
    await at.clock.advance(30_000)
    assert.deepEqual(at.store.settled, [])
    at.store.away = undefined
    await at.clock.advance(20_000)
    assert.deepEqual(at.store.settled, [{ attemptId: 'attempt of 1', outcome: done }])
    assert.equal(at.store.reports.length, 1)
    const changes = at.log.lines.filter((line) => line.message.startsWith('The store'))
    assert.deepEqual(
      changes.map((line) => line.message),
      ['The store does not answer: trying again until it does', 'The store answers again'],
    )
    await stop(at)
  })

  it('waits for a store that does not answer, but not for one that refuses it', async () => {
    const at = world()
    at.store.away = unavailable('The server is starting')
    const started = at.runner.start()
    await at.clock.advance(5000)
    at.store.away = undefined
    await at.clock.advance(20_000)
    await started
    await stop(at)
    const refused = world()
    refused.store.away = conflict('Party 1 is pinned to another key')
    await assert.rejects(refused.runner.start(), /pinned to another key/)
  })

  it('drops the spool of an upload once its end counts, and not before', async () => {
    const upload = (id: string): LeasedTask =>
      leasedTask(id, {
        kind: 'upload',
        spec: {
          type: 'upload',
          namespace: 'n',
          name: id,
          source: { type: 'spool', id: `spool-${id}` },
          head: true,
          delimiter: ',',
          partitions: 1,
        },
      })
    const at = world()
    at.store.ready.push(upload('1'), upload('2'))
    at.store.settle = async (_id, attemptId) => attemptId === 'attempt of 1'
    await at.runner.start()
    await settle()
    for (const run of at.executor.runs) run.end({ state: 'failed', reason: 'bad line' })
    await settle()
    assert.deepEqual(
      at.store.said.filter((word) => word.startsWith('drop')),
      ['drop spool-1'],
    )
    await stop(at)
  })
})

describe('drain', () => {
  it('takes no more work and waits for what runs', async () => {
    const at = world()
    at.store.ready.push(leasedTask('1'))
    await at.runner.start()
    await settle()
    const drained = at.runner.drain(10_000)
    await at.clock.advance(5000)
    at.store.ready.push(leasedTask('2'))
    at.executor.runs[0].end(done)
    await drained
    await at.runner.done
    assert.deepEqual(at.store.settled, [{ attemptId: 'attempt of 1', outcome: done }])
    assert.equal(at.executor.runs.length, 1)
    assert.ok(at.store.said.includes('beat draining'))
    assert.deepEqual(at.store.said.slice(-2), ['beat gone', 'close'])
  })

  it('hands back what is not done in time, as released', async () => {
    const at = world()
    at.store.ready.push(leasedTask('1'))
    await at.runner.start()
    await settle()
    const drained = at.runner.drain(10_000)
    await at.clock.advance(9999)
    assert.deepEqual(at.store.settled, [])
    await at.clock.advance(1)
    await drained
    assert.deepEqual(at.store.settled, [
      {
        attemptId: 'attempt of 1',
        outcome: { state: 'released', reason: 'Runner "r" shuts down' },
      },
    ])
  })

  it('hands back what a claim brought while the drain began', async () => {
    const answer = Promise.withResolvers<LeasedTask[]>()
    const at = world({ store: testStore({ claim: () => answer.promise }) })
    await at.runner.start()
    const drained = at.runner.drain(10_000)
    answer.resolve([leasedTask('1')])
    await drained
    assert.deepEqual(at.executor.runs, [])
    assert.equal(at.store.settled[0].outcome.state, 'released')
  })

  it('hands back what a waiting claim had been given when the drain gave it up', async () => {
    const at = world({
      store: testStore({
        claim(_id, slots, signal) {
          if (slots === 0) return Promise.resolve([leasedTask('1')])
          return new Promise((resolve) => signal?.addEventListener('abort', () => resolve([])))
        },
      }),
    })
    await at.runner.start()
    await at.runner.drain(10_000)
    assert.deepEqual(at.executor.runs, [])
    assert.deepEqual(
      at.store.settled.map(({ outcome }) => outcome.state),
      ['released'],
    )
  })

  it('ends although the store never answers again', async () => {
    const at = world()
    at.store.ready.push(leasedTask('1'))
    await at.runner.start()
    await settle()
    at.store.away = unavailable('The server is gone')
    const drained = at.runner.drain(1000)
    await at.clock.advance(30_000)
    await drained
    assert.deepEqual(at.store.settled, [])
  })
})
