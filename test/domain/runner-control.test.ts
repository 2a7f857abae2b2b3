/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { listTaskAttempts } from '../../src/domain/attempt.ts'
import { claimTasks } from '../../src/domain/lease.ts'
import {
  activateRunner,
  drainRunner,
  getRunner,
  listRunnerAttempts,
  listRunnerTasks,
  removeRunner,
} from '../../src/domain/runner-control.ts'
import { listSamples } from '../../src/domain/runner-use.ts'
import { beatRunner, listRunners } from '../../src/domain/runner.ts'
import { settleTask } from '../../src/domain/settle.ts'
import { freshDatabase } from '../helpers/database.ts'
import { enterRunner, START, submit } from '../helpers/jobs.ts'

const done = { state: 'succeeded' } as const
const refused = (message: RegExp) => ({ name: 'DomainError', kind: 'conflict', message })

describe('draining a runner', () => {
  it('gives it no more work though it says that it is active, until it is activated', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    await submit(db)
    assert.equal((await drainRunner(db, 'r', START)).state, 'draining')
    assert.equal(await beatRunner(db, { id: 'r', state: 'active' }, START), 'draining')
    assert.equal((await getRunner(db, 'r', START)).state, 'draining')
    assert.deepEqual(await claimTasks(db, { runnerId: 'r', slots: 8 }, START), [])
    await activateRunner(db, 'r', START)
    assert.equal(await beatRunner(db, { id: 'r', state: 'active' }, START), 'active')
    assert.equal((await claimTasks(db, { runnerId: 'r', slots: 8 }, START)).length, 2)
  })

  it('lets it finish what it has', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    await submit(db)
    const [task] = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    await drainRunner(db, 'r', START)
    const { attemptId } = task
    assert.ok(await settleTask(db, { runnerId: 'r', attemptId, outcome: done }, START))
  })

  it('outlives a restart in the same data directory, also twice, until it is activated', async () => {
    const db = await freshDatabase()
    const site = 'here'
    await enterRunner(db, 'first', { site, at: START })
    await drainRunner(db, 'first', START)
    await beatRunner(db, { id: 'first', state: 'gone' }, START + 1)
    await enterRunner(db, 'second', { site, at: START + 2 })
    await enterRunner(db, 'third', { site, at: START + 3 })
    await enterRunner(db, 'third', { site, at: START + 4 })
    await enterRunner(db, 'elsewhere', { at: START + 3 })
    assert.equal(await beatRunner(db, { id: 'third', state: 'active' }, START + 4), 'draining')
    assert.equal(await beatRunner(db, { id: 'elsewhere', state: 'active' }, START + 4), 'active')
    await submit(db)
    assert.deepEqual(await claimTasks(db, { runnerId: 'third', slots: 8 }, START + 4), [])
    await activateRunner(db, 'third', START + 5)
    await enterRunner(db, 'fourth', { site, at: START + 6 })
    assert.equal((await claimTasks(db, { runnerId: 'fourth', slots: 8 }, START + 6)).length, 2)
  })

  it('is not handed to a runner of another token that names the same data directory', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'theirs', { site: 'here', facts: { gateway: 'their token' }, at: START })
    await drainRunner(db, 'theirs', START)
    await enterRunner(db, 'ours', { site: 'here', at: START + 1 })
    assert.equal((await getRunner(db, 'ours', START + 1)).state, 'active')
  })

  it('is undone by removing it: whoever starts it again means to have it', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'first', { site: 'here', at: START })
    await drainRunner(db, 'first', START)
    await removeRunner(db, 'first', START)
    await enterRunner(db, 'second', { site: 'here', at: START + 1 })
    assert.equal((await getRunner(db, 'second', START + 1)).state, 'active')
  })

  it('is refused, with the remedy, for one that is gone; an unknown one is not found', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    const late = START + 60_000
    await assert.rejects(drainRunner(db, 'r', late), refused(/is gone.*remove it, or start it/))
    await assert.rejects(activateRunner(db, 'r', late), refused(/is gone: start it again/))
    await assert.rejects(drainRunner(db, 'x', late), { kind: 'not_found' })
  })
})

describe('removing a runner', () => {
  it('is refused, with the remedy, while it is live or holds tasks', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    await submit(db)
    const tasks = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    await assert.rejects(removeRunner(db, 'r', START), refused(/it is live; drain it first/))
    await drainRunner(db, 'r', START)
    await assert.rejects(removeRunner(db, 'r', START), refused(/still holds 2 tasks; wait until/))
    for (const { attemptId } of tasks) {
      await settleTask(db, { runnerId: 'r', attemptId, outcome: done }, START)
    }
    assert.equal((await removeRunner(db, 'r', START)).state, 'removed')
  })

  it('takes it off the list for good, tells it to end, and leaves its name with its attempts', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    await submit(db)
    const [task] = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    const sample = { cpu: 0, memoryMb: 0, tasks: 0, gpus: [] }
    await beatRunner(db, { id: 'r', state: 'active', sample }, START)
    await db.deleteFrom('lease').execute()
    await beatRunner(db, { id: 'r', state: 'gone' }, START)
    const { name } = await getRunner(db, 'r', START)
    await removeRunner(db, 'r', START)
    assert.deepEqual(await listRunners(db, START), [])
    assert.equal(await beatRunner(db, { id: 'r', state: 'active', sample }, START), 'gone')
    assert.deepEqual(await listRunners(db, START), [])
    assert.deepEqual(await claimTasks(db, { runnerId: 'r', slots: 8 }, START), [])
    assert.equal((await listSamples(db, { runnerIds: ['r'], since: 0 })).size, 0)
    const [attempt] = await listTaskAttempts(db, task.taskId)
    assert.deepEqual([attempt.runner, attempt.runnerId], [name, 'r'])
  })

  it('does not keep a runner of that id from coming back', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    await removeRunner(db, 'r', START + 60_000)
    await enterRunner(db, 'r', { at: START + 60_000 })
    assert.equal((await listRunners(db, START + 60_000)).length, 1)
  })
})

describe('what a runner works on', () => {
  it('is listed with its job and what it was given; afterwards as attempts, newest first', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    await enterRunner(db, 'other', { at: START })
    const job = await submit(db)
    const tasks = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    const allocation = { cores: 2, memoryMb: 512, gpus: ['0'], ports: [4000] }
    await db
      .updateTable('lease')
      .set({ allocation: JSON.stringify(allocation) as never })
      .where('attempt_id', '=', tasks[0].attemptId)
      .execute()
    const running = await listRunnerTasks(db, ['r', 'other'])
    assert.deepEqual(
      running.map((task) => [task.runnerId, task.jobId, task.name, task.role, task.attempt]),
      [
        ['r', job.id, 'a', 'guest', 1],
        ['r', job.id, 'a', 'host', 1],
      ],
    )
    assert.deepEqual(running.map((task) => task.allocation).filter(Boolean), [allocation])
    await settleTask(db, { runnerId: 'r', attemptId: tasks[0].attemptId, outcome: done }, START + 5)
    assert.equal((await listRunnerTasks(db, ['r'])).length, 1)
    const attempts = await listRunnerAttempts(db, { runnerId: 'r', limit: 5 })
    assert.deepEqual(attempts.map(({ state }) => state).toSorted(), ['running', 'succeeded'])
    assert.deepEqual(await listRunnerAttempts(db, { runnerId: 'other' }), [])
  })
})
