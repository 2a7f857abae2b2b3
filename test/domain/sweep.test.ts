/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Db } from '../../src/db/type.ts'
import { getJob, type Job } from '../../src/domain/job.ts'
import { claimTasks } from '../../src/domain/lease.ts'
import { beatRunner } from '../../src/domain/runner.ts'
import { settleTask } from '../../src/domain/settle.ts'
import { BETWEEN_MS, createSweeper, PLACEMENT_MS, sweep } from '../../src/domain/sweep.ts'
import { freshDatabase } from '../helpers/database.ts'
import { enterRunner, START, submit } from '../helpers/jobs.ts'

const DAY = 24 * 3_600_000

/** A job of two nodes, of which the first is done, and whose runner says no more. */
async function betweenNodes(db: Db, options: { at?: number } = {}): Promise<Job> {
  const { at = START } = options
  await enterRunner(db, 'r', { at })
  const job = await submit(db, { members: { guest: ['9999'] }, at })
  const [task] = await claimTasks(db, { runnerId: 'r', slots: 1 }, at)
  const outcome = { state: 'succeeded' } as const
  await settleTask(db, { runnerId: 'r', attemptId: task.attemptId, outcome }, at)
  await beatRunner(db, { id: 'r', state: 'gone' }, at)
  return job
}

async function stateOf(db: Db, job: Job): Promise<string> {
  return (await getJob(db, job.id)).state
}

describe('sweep', () => {
  it('fails no job that waited between two nodes while everything was down', async () => {
    const db = await freshDatabase()
    const job = await betweenNodes(db)
    const up = START + 30 * DAY
    await sweep(db, up, { since: up })
    await sweep(db, up + BETWEEN_MS, { since: up })
    assert.equal(await stateOf(db, job), 'running')
    await sweep(db, up + BETWEEN_MS + 1, { since: up })
    assert.equal(await stateOf(db, job), 'failed')
  })

  it('gives runners of a job that has done something longer than those of one that has not', async () => {
    const db = await freshDatabase()
    const begun = await betweenNodes(db)
    const fresh = await submit(db, { members: { guest: ['9999'] } })
    await sweep(db, START + PLACEMENT_MS + 1)
    assert.deepEqual([await stateOf(db, begun), await stateOf(db, fresh)], ['running', 'failed'])
  })

  it('counts the time of a new job from when somebody watched', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    const job = await submit(db)
    const up = START + DAY
    await sweep(db, up + PLACEMENT_MS, { since: up })
    assert.equal(await stateOf(db, job), 'running')
    await sweep(db, up + PLACEMENT_MS + 1, { since: up })
    assert.equal(await stateOf(db, job), 'failed')
  })

  it('a process that has just begun to watch fails nothing that is old', async () => {
    const db = await freshDatabase()
    const job = await betweenNodes(db, { at: Date.now() - DAY })
    const sweeper = createSweeper(db)
    await sweeper()
    await sweeper()
    assert.equal(await stateOf(db, job), 'running')
    await sweep(db)
    assert.equal(await stateOf(db, job), 'failed')
  })
})
