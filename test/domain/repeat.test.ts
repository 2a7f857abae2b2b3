/**
 * Requests of runners that come again, to whichever process of the server.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { listEvents } from '../../src/domain/event.ts'
import { getJob } from '../../src/domain/job.ts'
import { claimTasks, LEASE_MS } from '../../src/domain/lease.ts'
import { applyReports } from '../../src/domain/report.ts'
import { settleTask, settleTasks } from '../../src/domain/settle.ts'
import { sweep } from '../../src/domain/sweep.ts'
import { listAttempts } from '../../src/domain/task.ts'
import { fileDatabase, freshDatabase } from '../helpers/database.ts'
import { enterRunner, START, submit } from '../helpers/jobs.ts'

const done = { state: 'succeeded' } as const

describe('a claim that comes again', () => {
  it('gets the same tasks, and a new claim gets others', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    await submit(db)
    const claim = { runnerId: 'r', slots: 2, claim: 'one' }
    const first = await claimTasks(db, claim, START)
    assert.equal(first.length, 2)
    assert.deepEqual(await claimTasks(db, claim, START + 1), first)
    // Also by a runner that wants no more.
    assert.deepEqual(await claimTasks(db, { ...claim, slots: 0 }, START + 1), first)
    assert.deepEqual(await claimTasks(db, { ...claim, claim: 'two' }, START + 1), [])
    assert.deepEqual(await claimTasks(db, { runnerId: 'r', slots: 2 }, START + 1), [])
  })

  it('is that of its runner only, and of leases that are still held', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    await enterRunner(db, 'other', { at: START })
    await submit(db, { maxAttempts: 2, members: { guest: ['9999'] } })
    const claim = { runnerId: 'r', slots: 1, claim: 'one' }
    const [task] = await claimTasks(db, claim, START)
    assert.deepEqual(await claimTasks(db, { ...claim, runnerId: 'other' }, START), [])
    await sweep(db, START + LEASE_MS + 1)
    const [again] = await claimTasks(db, claim, START + LEASE_MS + 1)
    assert.deepEqual([again.taskId, again.attempt], [task.taskId, 2])
  })

  it('gets the same tasks when both come at once over two connections', async () => {
    const file = await fileDatabase()
    await enterRunner(file.db, 'r')
    for (let n = 0; n < 6; n++) await submit(file.db, { members: { guest: ['9999'] } })
    const claim = { runnerId: 'r', slots: 2, claim: 'one' }
    const [a, b] = await Promise.all([claimTasks(file.db, claim), claimTasks(file.again(), claim)])
    assert.equal(a.length, 2)
    assert.deepEqual(a, b)
    await file.remove()
  })
})

describe('an end that is told again', () => {
  it('counts as before and changes nothing', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    const job = await submit(db, { nodes: ['a'] })
    const tasks = await claimTasks(db, { runnerId: 'r', slots: 2 }, START)
    const settlements = tasks.map(({ attemptId }) => ({ attemptId, outcome: done }))
    const ids = new Set(tasks.map(({ attemptId }) => attemptId))
    assert.deepEqual(await settleTasks(db, { runnerId: 'r', settlements }, START + 1), ids)
    const events = await listEvents(db, { jobId: job.id })
    assert.deepEqual(await settleTasks(db, { runnerId: 'r', settlements }, START + 2), ids)
    assert.deepEqual(await listEvents(db, { jobId: job.id }), events)
    assert.equal((await getJob(db, job.id)).endedAt, START + 1)
  })

  it('counts for nothing with another outcome, by another runner, or after the lease was lost', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    await enterRunner(db, 'other', { at: START })
    await submit(db, { nodes: ['a'], members: { guest: ['9999'] } })
    await submit(db, { nodes: ['a'], members: { guest: ['9999'] }, maxAttempts: 2 })
    const [first, second] = await claimTasks(db, { runnerId: 'r', slots: 2 }, START)
    const settle = (attemptId: string, outcome: Parameters<typeof settleTask>[1]['outcome']) =>
      settleTask(db, { runnerId: 'r', attemptId, outcome }, START + 1)
    const failed = { state: 'failed', reason: 'no rows' } as const
    assert.equal(await settle(first.attemptId, failed), true)
    assert.equal(await settle(first.attemptId, failed), true)
    assert.equal(await settle(first.attemptId, done), false)
    assert.equal(await settle(first.attemptId, { ...failed, reason: 'other' }), false)
    const foreign = { runnerId: 'other', attemptId: first.attemptId, outcome: failed }
    assert.equal(await settleTask(db, foreign, START + 1), false)
    await sweep(db, START + LEASE_MS + 1)
    assert.equal(await settle(second.attemptId, done), false)
    assert.deepEqual(
      (await listAttempts(db, second.jobId)).map(({ state }) => state),
      ['lost'],
    )
  })
})

describe('a batch of reports that comes again', () => {
  it('counts once, also the ledger', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    const job = await submit(db, { nodes: ['a'] })
    const [{ taskId, attemptId }] = await claimTasks(db, { runnerId: 'r', slots: 2 }, START)
    const line = {
      taskId,
      attemptId,
      at: START,
      type: 'ledger',
      receiver: 'host:10000',
      tag: 't',
      kind: 'plain',
      reveals: '',
      messages: 2,
      bytes: 10,
    } as const
    for (const batch of ['1', '1', '2', '2', undefined, undefined]) {
      await applyReports(db, 'r', [line], { batch })
    }
    const rows = await db
      .selectFrom('ledger')
      .select('messages')
      .where('job_id', '=', job.id)
      .execute()
    assert.deepEqual(rows, [{ messages: 8 }])
  })
})
