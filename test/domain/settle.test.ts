/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { listEvents } from '../../src/domain/event.ts'
import { getJob, stopJob } from '../../src/domain/job.ts'
import { claimTasks, LEASE_MS } from '../../src/domain/lease.ts'
import { settleTask, settleTasks } from '../../src/domain/settle.ts'
import { sweep } from '../../src/domain/sweep.ts'
import { listAttempts, listTasks } from '../../src/domain/task.ts'
import { freshDatabase } from '../helpers/database.ts'
import { enterRunner, START, submit } from '../helpers/jobs.ts'

const done = { state: 'succeeded' } as const

describe('settleTask', () => {
  it('makes the next node ready only when every party is done', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    const job = await submit(db)
    const [first, second] = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    await settleTask(db, { runnerId: 'r', attemptId: first.attemptId, outcome: done }, START + 1)
    assert.deepEqual(await statesOf(db, job.id, 'b'), ['waiting', 'waiting'])
    assert.equal((await getJob(db, job.id)).progress, 0)
    await settleTask(db, { runnerId: 'r', attemptId: second.attemptId, outcome: done }, START + 2)
    assert.deepEqual(await statesOf(db, job.id, 'b'), ['ready', 'ready'])
    assert.equal((await getJob(db, job.id)).progress, 50)
  })

  it('ends the job in success after its last node', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    const job = await submit(db)
    for (let node = 0; node < 2; node++) {
      for (const { attemptId } of await claimTasks(db, { runnerId: 'r', slots: 8 }, START)) {
        assert.equal(
          await settleTask(db, { runnerId: 'r', attemptId, outcome: done }, START + 1),
          true,
        )
      }
    }
    const after = await getJob(db, job.id)
    assert.deepEqual(
      [after.state, after.progress, after.reason, after.endedAt],
      ['succeeded', 100, null, START + 1],
    )
    const types = (await listEvents(db, { jobId: job.id })).map((event) => event.type)
    assert.deepEqual(types.slice(0, 2), ['job.submitted', 'job.started'])
    assert.equal(types.at(-1), 'job.succeeded')
  })

  it('fails the job with party, node and reason, and cancels every other task', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    const job = await submit(db)
    const tasks = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    const [host, guest] = tasks.toSorted((a, b) =>
      a.role === 'host' ? -1 : b.role === 'host' ? 1 : 0,
    )
    const outcome = { state: 'failed', reason: 'The label column "y" is missing' } as const
    await settleTask(db, { runnerId: 'r', attemptId: host.attemptId, outcome }, START + 1)
    const after = await getJob(db, job.id)
    assert.equal(after.state, 'failed')
    assert.equal(after.reason, 'host 10000 failed in a: The label column "y" is missing')
    assert.deepEqual(await statesOf(db, job.id, 'a'), ['canceled', 'failed'])
    assert.deepEqual(await statesOf(db, job.id, 'b'), ['canceled', 'canceled'])
    const late = { runnerId: 'r', attemptId: guest.attemptId, outcome: done }
    assert.equal(await settleTask(db, late, START + 2), false)
    assert.deepEqual(await statesOf(db, job.id, 'a'), ['canceled', 'failed'])
  })

  it('counts a settlement once', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    const job = await submit(db, { members: { local: ['1'] }, nodes: ['x'] })
    const [{ attemptId }] = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    assert.equal(await settleTask(db, { runnerId: 'r', attemptId, outcome: done }, START), true)
    const failed = { state: 'failed', reason: 'too late' } as const
    assert.equal(await settleTask(db, { runnerId: 'r', attemptId, outcome: failed }, START), false)
    assert.equal((await getJob(db, job.id)).state, 'succeeded')
  })

  it('counts nothing from a runner that lost the lease, even while another works on the task', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'old', { at: START })
    const job = await submit(db, { members: { local: ['1'] }, nodes: ['x'], maxAttempts: 2 })
    const [stale] = await claimTasks(db, { runnerId: 'old', slots: 8 }, START)
    const late = START + LEASE_MS + 1
    await sweep(db, late)
    const [fresh] = await claimTasks(db, { runnerId: 'old', slots: 8 }, late)
    const settle = (attemptId: string) =>
      settleTask(db, { runnerId: 'old', attemptId, outcome: done }, late)
    assert.equal(await settle(stale.attemptId), false)
    assert.equal((await getJob(db, job.id)).state, 'running')
    assert.equal(await settle(fresh.attemptId), true)
    assert.equal((await getJob(db, job.id)).state, 'succeeded')
  })

  it('counts nothing from a runner that never held the lease', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    await enterRunner(db, 'thief', { at: START })
    const job = await submit(db)
    const [{ attemptId }] = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    const outcome = { state: 'failed', reason: 'sabotage' } as const
    assert.equal(await settleTask(db, { runnerId: 'thief', attemptId, outcome }, START), false)
    assert.equal((await getJob(db, job.id)).state, 'running')
  })

  it('counts nothing after the job was stopped', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    const job = await submit(db)
    const [{ attemptId }] = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    await stopJob(db, { id: job.id, reason: 'Stopped by ann' }, START + 1)
    assert.equal(
      await settleTask(db, { runnerId: 'r', attemptId, outcome: done }, START + 2),
      false,
    )
    assert.deepEqual(await statesOf(db, job.id, 'a'), ['canceled', 'canceled'])
    assert.equal((await getJob(db, job.id)).reason, 'Stopped by ann')
  })

  it('hands a released task back without counting the attempt as lost', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    const job = await submit(db, { members: { local: ['1'] }, nodes: ['x'] })
    const outcome = { state: 'released', reason: 'The runner shuts down' } as const
    for (let turn = 1; turn <= 3; turn++) {
      const [task] = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
      assert.equal(task.attempt, turn)
      const { attemptId } = task
      assert.equal(await settleTask(db, { runnerId: 'r', attemptId, outcome }, START), true)
    }
    assert.equal((await getJob(db, job.id)).state, 'running')
    const attempts = await listAttempts(db, job.id)
    assert.deepEqual(
      attempts.map((attempt) => attempt.state),
      ['released', 'released', 'released'],
    )
  })
})

async function statesOf(
  db: Parameters<typeof listTasks>[0],
  jobId: string,
  node: string,
): Promise<string[]> {
  const tasks = await listTasks(db, jobId)
  return tasks.filter((task) => task.name === node).map((task) => task.state)
}

describe('settleTasks', () => {
  it('ends many at once, each with its own event, and makes ready what follows', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    const job = await submit(db)
    const held = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    const settlements = held.map(({ attemptId }) => ({ attemptId, outcome: done }))
    const strange = { attemptId: 'not held', outcome: done }
    const counted = await settleTasks(
      db,
      { runnerId: 'r', settlements: [strange, ...settlements] },
      START + 1,
    )
    assert.deepEqual([...counted].toSorted(), held.map((task) => task.attemptId).toSorted())
    assert.deepEqual(await statesOf(db, job.id, 'b'), ['ready', 'ready'])
    const ends = (await listEvents(db, { jobId: job.id })).filter(
      (event) => event.type === 'task.succeeded',
    )
    assert.deepEqual(
      ends.map((event) => event.taskId),
      held.map((task) => task.taskId),
    )
  })

  it('counts nothing after a failure that ended the job', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    const job = await submit(db)
    const [first, second] = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    const failed = { state: 'failed', reason: 'out of luck' } as const
    const counted = await settleTasks(db, {
      runnerId: 'r',
      settlements: [
        { attemptId: first.attemptId, outcome: failed },
        { attemptId: second.attemptId, outcome: done },
      ],
    })
    assert.deepEqual([...counted], [first.attemptId])
    const after = await getJob(db, job.id)
    assert.equal(after.state, 'failed')
    assert.match(after.reason ?? '', /out of luck/)
  })

  it('counts what succeeded before the failure', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    await submit(db)
    const [first, second] = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    const failed = { state: 'failed', reason: 'out of luck' } as const
    const counted = await settleTasks(db, {
      runnerId: 'r',
      settlements: [
        { attemptId: first.attemptId, outcome: done },
        { attemptId: second.attemptId, outcome: failed },
      ],
    })
    assert.deepEqual([...counted], [first.attemptId, second.attemptId])
  })
})
