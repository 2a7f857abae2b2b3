/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Db } from '../../src/db/type.ts'
import { listTaskAttempts } from '../../src/domain/attempt.ts'
import { listEvents } from '../../src/domain/event.ts'
import { stopJob } from '../../src/domain/job.ts'
import { claimTasks, LEASE_MS } from '../../src/domain/lease.ts'
import { listLog, tailLog } from '../../src/domain/log.ts'
import { applyReports } from '../../src/domain/report.ts'
import { settleTask } from '../../src/domain/settle.ts'
import { sweep } from '../../src/domain/sweep.ts'
import { listAttempts } from '../../src/domain/task.ts'
import type { LeasedTask } from '../../src/domain/work.ts'
import { freshDatabase } from '../helpers/database.ts'
import { enterRunner, START, submit } from '../helpers/jobs.ts'

const done = { state: 'succeeded' } as const

/** A job of one node at one party, claimed. */
async function begin(options: { maxAttempts?: number } = {}) {
  const db = await freshDatabase()
  await enterRunner(db, 'r', { name: 'runner r', at: START })
  const job = await submit(db, { members: { local: ['1'] }, nodes: ['x'] })
  if (options.maxAttempts) {
    await db.updateTable('task').set({ max_attempts: options.maxAttempts }).execute()
  }
  const [task] = await claimTasks(db, { runnerId: 'r', slots: 1 }, START)
  return { db, job, task }
}

async function typesOf(db: Db, task: LeasedTask): Promise<string[]> {
  const { jobId, attemptId } = task
  return (await listEvents(db, { jobId, attemptId })).map(({ type }) => type)
}

function logs(task: LeasedTask, ...lines: [level: string, text: string][]) {
  const { taskId, attemptId } = task
  return lines.map(([level, text]) => ({
    type: 'log' as const,
    taskId,
    attemptId,
    at: START,
    level,
    text,
  }))
}

describe('an attempt', () => {
  it('keeps who took it, what it noted and how it ended', async () => {
    const { db, job, task } = await begin()
    const { taskId, attemptId } = task
    await applyReports(db, 'r', [
      { type: 'event', taskId, attemptId, at: START, level: 'warning', message: 'few rows' },
    ])
    await settleTask(db, { runnerId: 'r', attemptId, outcome: done }, START)
    const events = await listEvents(db, { jobId: job.id, attemptId })
    assert.deepEqual(
      events.map(({ type, level, message }) => [type, level, message]),
      [
        ['task.leased', 'info', 'x at local 1: attempt 1 was taken by runner "runner r"'],
        ['task.note', 'warning', 'few rows'],
        ['task.succeeded', 'info', 'x is done at local 1'],
      ],
    )
    assert.ok(events.every((event) => event.taskId === taskId && event.attemptId === attemptId))
    const rest = await listEvents(db, { jobId: job.id, attemptId, after: events[0].id })
    assert.deepEqual(rest, events.slice(1))
  })

  it('keeps its failure', async () => {
    const { db, task } = await begin()
    const { attemptId } = task
    const outcome = { state: 'failed', reason: 'no column "Y"' } as const
    await settleTask(db, { runnerId: 'r', attemptId, outcome }, START)
    assert.deepEqual(await typesOf(db, task), ['task.leased', 'task.failed'])
  })

  it('keeps that its runner fell silent, and the next one begins its own record', async () => {
    const { db, task } = await begin({ maxAttempts: 2 })
    const late = START + LEASE_MS + 1
    await sweep(db, late)
    await enterRunner(db, 'r', { name: 'runner r', at: late })
    const [second] = await claimTasks(db, { runnerId: 'r', slots: 1 }, late)
    assert.equal(second.attempt, 2)
    assert.deepEqual(await typesOf(db, task), ['task.leased', 'task.lost'])
    assert.deepEqual(await typesOf(db, second), ['task.leased'])
    await sweep(db, late + LEASE_MS + 1)
    assert.deepEqual(await typesOf(db, second), ['task.leased', 'task.lost', 'task.failed'])
    const attempts = await listTaskAttempts(db, task.taskId)
    assert.deepEqual(
      attempts.map(({ number, state, runner }) => [number, state, runner]),
      [
        [1, 'lost', 'runner r'],
        [2, 'lost', 'runner r'],
      ],
    )
  })

  it('keeps that it was handed back, stopped with its job, or taken back with its group', async () => {
    const back = await begin()
    const outcome = { state: 'released', reason: 'it shuts down' } as const
    const { attemptId } = back.task
    await settleTask(back.db, { runnerId: 'r', attemptId, outcome }, START)
    assert.deepEqual(await typesOf(back.db, back.task), ['task.leased', 'task.released'])

    const stopped = await begin()
    await stopJob(stopped.db, { id: stopped.job.id, reason: 'enough' })
    assert.deepEqual(await typesOf(stopped.db, stopped.task), ['task.leased', 'task.canceled'])

    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    await submit(db)
    const [guest, host] = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    await settleTask(db, { runnerId: 'r', attemptId: guest.attemptId, outcome }, START)
    assert.deepEqual(await typesOf(db, guest), ['task.leased', 'task.released'])
    assert.deepEqual(await typesOf(db, host), ['task.leased', 'task.withdrawn'])
  })

  it('shows what it was given and how its process ended', async () => {
    const { db, task } = await begin()
    const allocation = { cores: 2, memoryMb: 512, gpus: ['0'], ports: [] }
    const ending = { type: 'exited', exitCode: 137, signal: 'SIGKILL', peakMemoryMb: 700 }
    await db
      .updateTable('attempt')
      .set({
        allocation: JSON.stringify(allocation) as never,
        ending: JSON.stringify(ending) as never,
      })
      .execute()
    const [attempt] = await listTaskAttempts(db, task.taskId)
    assert.deepEqual([attempt.allocation, attempt.ending], [allocation, ending])
    assert.equal((await listAttempts(db, task.jobId))[0].id, attempt.id)
  })

  it('has a log of its own, which is paged forwards and backwards, narrowed and searched', async () => {
    const { db, job, task } = await begin({ maxAttempts: 2 })
    await applyReports(db, 'r', [
      ...logs(task, ['debug', 'one'], ['info', 'Loss 0.5'], ['warn', 'three'], ['odd', 'four']),
    ])
    const late = START + LEASE_MS + 1
    await sweep(db, late)
    await enterRunner(db, 'r', { name: 'runner r', at: late })
    const [second] = await claimTasks(db, { runnerId: 'r', slots: 1 }, late)
    await applyReports(db, 'r', logs(second, ['info', 'of the second']))
    const own = { jobId: job.id, attemptId: task.attemptId }
    const texts = (lines: readonly { text: string }[]) => lines.map(({ text }) => text)
    const all = await listLog(db, own)
    assert.deepEqual(texts(all), ['one', 'Loss 0.5', 'three', 'four'])
    assert.deepEqual(texts(await tailLog(db, { ...own, limit: 2 })), ['three', 'four'])
    const earlier = await tailLog(db, { ...own, before: all[2].id, limit: 1 })
    assert.deepEqual(texts(earlier), ['Loss 0.5'])
    assert.deepEqual(texts(await listLog(db, { ...own, after: all[1].id, limit: 1 })), ['three'])
    const without = ['debug', 'info']
    assert.deepEqual(texts(await listLog(db, { ...own, without })), ['three', 'four'])
    assert.deepEqual(texts(await listLog(db, { ...own, text: 'loss 0' })), ['Loss 0.5'])
    assert.deepEqual(texts(await listLog(db, { ...own, text: '%' })), [])
    const next = { jobId: job.id, attemptId: second.attemptId }
    assert.deepEqual(texts(await listLog(db, next)), ['of the second'])
  })
})
