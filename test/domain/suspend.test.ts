/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Db } from '../../src/db/type.ts'
import { MAX_RUNNING_JOBS } from '../../src/domain/advance.ts'
import { listEvents } from '../../src/domain/event.ts'
import { getJob, stopJob } from '../../src/domain/job.ts'
import { claimTasks, LEASE_MS, renewLeases } from '../../src/domain/lease.ts'
import { listMetrics } from '../../src/domain/metric.ts'
import { applyReports } from '../../src/domain/report.ts'
import { settleTask } from '../../src/domain/settle.ts'
import { resumeJob, suspendJob } from '../../src/domain/suspend.ts'
import { PLACEMENT_MS, sweep } from '../../src/domain/sweep.ts'
import { listAttempts, listTasks } from '../../src/domain/task.ts'
import type { LeasedTask } from '../../src/domain/work.ts'
import { freshDatabase } from '../helpers/database.ts'
import { enterRunner, START, submit } from '../helpers/jobs.ts'

const WEEK = 7 * 24 * 3_600_000
const why = 'Suspended by ann'

describe('suspendJob', () => {
  it('takes the tasks that run back, without a word counting afterwards and without a loss', async () => {
    const { db, id, leased } = await running()
    const job = await suspendJob(db, { id, reason: why }, START + 1)
    assert.deepEqual([job.state, job.reason, job.endedAt], ['suspended', why, null])
    const [first, second] = leased
    const outcome = { state: 'succeeded' } as const
    const late = { runnerId: 'r', attemptId: first.attemptId, outcome }
    assert.equal(await settleTask(db, late, START + 2), false)
    assert.deepEqual(
      await renewLeases(db, { runnerId: 'r', attemptIds: [second.attemptId] }, START + 2),
      [{ attemptId: second.attemptId, reason: why }],
    )
    assert.deepEqual(
      (await listAttempts(db, id)).map(({ state, reason }) => [state, reason]),
      [
        ['released', why],
        ['released', why],
      ],
    )
    assert.deepEqual(await states(db, id), ['waiting', 'waiting', 'waiting', 'waiting'])
    assert.deepEqual(
      [...new Set((await listTasks(db, id)).map(({ reason }) => reason))],
      ['Its job is suspended'],
    )
  })

  it('gives nobody work on it, however long it lasts', async () => {
    const { db, id } = await running()
    await suspendJob(db, { id, reason: why }, START + 1)
    const later = START + WEEK
    assert.ok(later > START + LEASE_MS + PLACEMENT_MS)
    await sweep(db, later)
    assert.deepEqual(await claimTasks(db, { runnerId: 'r', slots: 8 }, later), [])
    assert.equal((await getJob(db, id)).state, 'suspended')
  })

  it('keeps what was measured until it goes on', async () => {
    const { db, id, leased } = await running()
    await report(db, leased[0], 0.7)
    await suspendJob(db, { id, reason: why }, START + 1)
    assert.equal((await listMetrics(db, { jobId: id })).length, 1)
    await resumeJob(db, { id, reason: 'Resumed' }, START + 2)
    assert.equal((await listMetrics(db, { jobId: id })).length, 0)
  })

  it('makes room for the next job in line', async () => {
    const db = await freshDatabase()
    const ids: string[] = []
    for (let n = 0; n <= MAX_RUNNING_JOBS; n++) {
      ids.push((await submit(db, { at: START + n })).id)
    }
    const last = ids[MAX_RUNNING_JOBS]
    assert.equal((await getJob(db, last)).state, 'waiting')
    await suspendJob(db, { id: ids[0], reason: why }, START + 10)
    assert.equal((await getJob(db, last)).state, 'running')
    assert.equal((await resumeJob(db, { id: ids[0], reason: '' }, START + 11)).state, 'waiting')
    await stopJob(db, { id: last, reason: 'Stopped' }, START + 12)
    assert.equal((await getJob(db, ids[0])).state, 'running')
  })

  it('leaves a suspended job as it is, and refuses one that is over', async () => {
    const { db, id } = await running()
    await suspendJob(db, { id, reason: why }, START + 1)
    assert.equal((await suspendJob(db, { id, reason: 'again' }, START + 2)).reason, why)
    await stopJob(db, { id, reason: 'Stopped by ann' }, START + 3)
    assert.equal((await getJob(db, id)).state, 'canceled')
    assert.deepEqual([...new Set(await states(db, id))], ['canceled'])
    await assert.rejects(suspendJob(db, { id, reason: why }), /is canceled: only one that waits/)
    await assert.rejects(resumeJob(db, { id, reason: '' }), /only a suspended job/)
  })
})

describe('resumeJob', () => {
  it('starts the whole group in one session, also members that were done', async () => {
    const { db, id, leased } = await running()
    const [done] = leased
    const outcome = { state: 'succeeded' } as const
    await settleTask(db, { runnerId: 'r', attemptId: done.attemptId, outcome }, START + 1)
    await suspendJob(db, { id, reason: why }, START + 2)
    const job = await resumeJob(db, { id, reason: 'Resumed by ann' }, START + WEEK)
    assert.deepEqual([job.state, job.reason, job.startedAt], ['running', null, START])
    const again = await claimTasks(db, { runnerId: 'r', slots: 8 }, START + WEEK)
    assert.deepEqual(
      again.map(({ name, attempt }) => [name, attempt]),
      [
        ['a', 2],
        ['a', 2],
      ],
    )
    assert.deepEqual(
      (await listEvents(db, { jobId: id })).map(({ type }) => type),
      [
        'job.submitted',
        'job.started',
        'task.leased',
        'task.leased',
        'task.succeeded',
        'task.withdrawn',
        'job.suspended',
        'job.resumed',
        'job.started',
        'task.leased',
        'task.leased',
      ],
    )
  })

  it('does nothing again that was done', async () => {
    const { db, id, leased } = await running()
    for (const { attemptId } of leased) {
      const outcome = { state: 'succeeded' } as const
      await settleTask(db, { runnerId: 'r', attemptId, outcome }, START + 1)
    }
    await suspendJob(db, { id, reason: why }, START + 2)
    assert.deepEqual(await states(db, id), ['succeeded', 'succeeded', 'waiting', 'waiting'])
    await resumeJob(db, { id, reason: '' }, START + 3)
    assert.deepEqual(await states(db, id), ['succeeded', 'succeeded', 'ready', 'ready'])
  })

  it('does not count a suspension against the tries of a task', async () => {
    const { db, id } = await running()
    for (let round = 1; round < 4; round++) {
      await suspendJob(db, { id, reason: why }, START + round)
      await resumeJob(db, { id, reason: '' }, START + round)
      assert.equal((await claimTasks(db, { runnerId: 'r', slots: 8 }, START + round)).length, 2)
    }
    await sweep(db, START + LEASE_MS + 10)
    assert.match((await getJob(db, id)).reason ?? '', /stopped answering/)
  })

  it('leaves a job that runs alone, and works on one that had not started', async () => {
    const { db, id } = await running()
    assert.equal((await resumeJob(db, { id, reason: '' })).state, 'running')
    const fresh = await submit(db, { at: START })
    await suspendJob(db, { id: fresh.id, reason: why }, START)
    await resumeJob(db, { id: fresh.id, reason: '' }, START + 1)
    assert.deepEqual(await states(db, fresh.id), ['ready', 'ready', 'waiting', 'waiting'])
  })
})

async function running() {
  const db = await freshDatabase()
  await enterRunner(db, 'r', { at: START })
  const { id } = await submit(db)
  const leased = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
  return { db, id, leased }
}

async function states(db: Db, id: string): Promise<string[]> {
  return (await listTasks(db, id)).map((task) => task.state)
}

function report(db: Db, { taskId, attemptId }: LeasedTask, loss: number): Promise<void> {
  return applyReports(db, 'r', [
    {
      taskId,
      attemptId,
      at: START,
      type: 'metric',
      namespace: 'train',
      name: 'loss',
      points: [[0, loss]],
      meta: {},
    },
  ])
}
