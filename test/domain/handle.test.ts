/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Db } from '../../src/db/type.ts'
import { clearLeftovers, holdHandle, listLeftovers } from '../../src/domain/handle.ts'
import { stopJob } from '../../src/domain/job.ts'
import { claimTasks, LEASE_MS } from '../../src/domain/lease.ts'
import { settleTask } from '../../src/domain/settle.ts'
import { resumeJob, suspendJob } from '../../src/domain/suspend.ts'
import { sweep } from '../../src/domain/sweep.ts'
import type { LeasedTask, Outcome } from '../../src/domain/work.ts'
import { freshDatabase } from '../helpers/database.ts'
import { enterRunner } from '../helpers/jobs.ts'
import { submitProcess } from '../helpers/process-jobs.ts'

const ENGINES = { capacity: { engines: ['slurm'] } }

describe('the handle of an attempt', () => {
  it('is kept under the lease only, and names its attempt', async () => {
    const { db, task } = await running()
    const handle = `slurm:${task.attemptId}`
    assert.equal(await hold(db, task), true)
    const other = { runnerId: 'other', attemptId: task.attemptId, handle }
    assert.equal(await holdHandle(db, other), false)
    for (const wrong of [
      `slurm:${task.attemptId}x`,
      'slurm:foreign',
      task.attemptId,
      `:${task.attemptId}`,
    ]) {
      await assert.rejects(
        holdHandle(db, { runnerId: 'r', attemptId: task.attemptId, handle: wrong }),
        /is no handle of attempt/,
        wrong,
      )
    }
  })

  it('goes to the next attempt once its runner is lost, from one to the next', async () => {
    const { db, task } = await running()
    await hold(db, task)
    let last = task
    for (const round of [1, 2]) {
      await sweep(db, Date.now() + LEASE_MS + 1000)
      assert.deepEqual(await listLeftovers(db, 'r'), [], 'it is not over: the next one follows it')
      ;[last] = await claimTasks(db, { runnerId: 'r', slots: 1 })
      assert.deepEqual([last.attempt, last.handle], [round + 1, `slurm:${task.attemptId}`])
    }
    assert.deepEqual(await handles(db), [`slurm:${task.attemptId}`])
    await settle(db, last, { state: 'succeeded' })
    assert.deepEqual(await listLeftovers(db, 'r'), [`slurm:${task.attemptId}`])
  })

  it('goes to the next attempt as well when its runner hands the task back', async () => {
    const { db, task } = await running()
    await hold(db, task)
    await settle(db, task, { state: 'released', reason: 'The runner shuts down' })
    const [next] = await claimTasks(db, { runnerId: 'r', slots: 1 })
    assert.equal(next.handle, `slurm:${task.attemptId}`)
  })

  it('does not go to a retry: that is another process', async () => {
    const { db, task } = await running({ retries: 1 })
    await hold(db, task)
    const ending = { type: 'exited', exitCode: 3, signal: null, peakMemoryMb: null }
    await settle(db, task, { state: 'failed', reason: 'exit code 3', ending })
    const [next] = await claimTasks(db, { runnerId: 'r', slots: 1 })
    assert.deepEqual([next.attempt, next.handle], [2, null])
    assert.deepEqual(await listLeftovers(db, 'r'), [`slurm:${task.attemptId}`])
  })

  it('is left over when the job is stopped, also after its runner died, until it is cleared', async () => {
    for (const dies of [false, true]) {
      const { db, task } = await running()
      await hold(db, task)
      if (dies) await sweep(db, Date.now() + LEASE_MS + 1000)
      await stopJob(db, { id: task.jobId, reason: 'Stopped' })
      const left = [`slurm:${task.attemptId}`]
      assert.deepEqual(await listLeftovers(db, 'r'), left)
      assert.deepEqual(await listLeftovers(db, 'r'), left, 'given again: the first may have died')
      await clearLeftovers(db, { runnerId: 'r', handles: left })
      assert.deepEqual(await listLeftovers(db, 'r'), [])
    }
  })

  it('is left over when the job is suspended, and a later attempt starts anew', async () => {
    const { db, task } = await running()
    await hold(db, task)
    await suspendJob(db, { id: task.jobId, reason: 'Suspended' })
    assert.deepEqual(await listLeftovers(db, 'r'), [`slurm:${task.attemptId}`])
    await resumeJob(db, { id: task.jobId, reason: 'Resumed' })
    const [next] = await claimTasks(db, { runnerId: 'r', slots: 1 })
    assert.equal(next.handle, null)
  })

  it('is told and cleared to nobody but runners of its party', async () => {
    const { db, task } = await running({ party: '9999' })
    await hold(db, task)
    await stopJob(db, { id: task.jobId, reason: 'Stopped' })
    await enterRunner(db, 'foreign', { parties: ['10000'] })
    const left = [`slurm:${task.attemptId}`]
    assert.deepEqual(await listLeftovers(db, 'foreign'), [])
    assert.deepEqual(await listLeftovers(db, 'nobody'), [])
    await clearLeftovers(db, { runnerId: 'foreign', handles: left })
    assert.deepEqual(await listLeftovers(db, 'r'), left)
  })
})

async function running(
  options: { retries?: number; party?: string } = {},
): Promise<{ db: Db; task: LeasedTask }> {
  const db = await freshDatabase()
  await enterRunner(db, 'r', ENGINES)
  await submitProcess(db, { ...options, engine: 'slurm' })
  const [task] = await claimTasks(db, { runnerId: 'r', slots: 1 })
  return { db, task }
}

function hold(db: Db, { attemptId }: LeasedTask): Promise<boolean> {
  return holdHandle(db, { runnerId: 'r', attemptId, handle: `slurm:${attemptId}` })
}

async function settle(db: Db, { attemptId }: LeasedTask, outcome: Outcome): Promise<void> {
  assert.equal(await settleTask(db, { runnerId: 'r', attemptId, outcome }), true)
}

async function handles(db: Db): Promise<(string | null)[]> {
  const rows = await db
    .selectFrom('attempt')
    .select('handle')
    .where('handle', 'is not', null)
    .execute()
  return rows.map(({ handle }) => handle)
}
