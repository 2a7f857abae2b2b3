/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Db } from '../../src/db/type.ts'
import { getJob, stopJob } from '../../src/domain/job.ts'
import { claimTasks } from '../../src/domain/lease.ts'
import { listMetrics } from '../../src/domain/metric.ts'
import { applyReports } from '../../src/domain/report.ts'
import { rerunJob } from '../../src/domain/rerun.ts'
import { settleTask } from '../../src/domain/settle.ts'
import { listTasks } from '../../src/domain/task.ts'
import type { LeasedTask } from '../../src/domain/work.ts'
import { freshDatabase } from '../helpers/database.ts'
import { enterRunner, START, submit } from '../helpers/jobs.ts'

const reason = 'Run again by ann'

describe('rerunJob', () => {
  it('does what failed again, and what follows, and leaves what is done', async () => {
    const { db, id } = await failedAt('b')
    const { job, nodes } = await rerunJob(db, { id, reason }, START + 10)
    assert.deepEqual(nodes.toSorted(), ['b', 'c'])
    assert.deepEqual([job.state, job.endedAt, job.progress], ['running', null, 33])
    const [guest, host, ...others] = await claim(db)
    assert.deepEqual(others, [])
    assert.deepEqual([guest.name, host.name], ['b', 'b'])
    // A number that no attempt before had: members find each other under it.
    assert.deepEqual([guest.attempt, host.attempt], [2, 2])
    assert.deepEqual(await listMetrics(db, { jobId: id, taskId: guest.taskId }), [])
    for (const task of [guest, host]) await done(db, task)
    for (const task of await claim(db)) await done(db, task)
    assert.equal((await getJob(db, id)).state, 'succeeded')
  })

  it('begins where it is told, in a job that has succeeded', async () => {
    const { db, id } = await failedAt(undefined)
    await assert.rejects(rerunJob(db, { id, reason }), /has succeeded: name a component/)
    await assert.rejects(rerunJob(db, { id, nodes: ['d'], reason }), /it has a, b, c/)
    const { nodes } = await rerunJob(db, { id, nodes: ['c'], reason }, START + 10)
    assert.deepEqual(nodes, ['c'])
    assert.deepEqual([...new Set((await claim(db)).map(({ name }) => name))], ['c'])
    await stopJob(db, { id, reason: 'Enough' }, START + 11)
    const all = await rerunJob(db, { id, all: true, reason }, START + 12)
    assert.deepEqual(all.nodes, ['a', 'b', 'c'])
  })

  it('makes anew what a node needs that left nothing, or whose output is gone', async () => {
    const { db, id } = await failedAt('c')
    await db.deleteFrom('artifact').where('task_id', 'like', `${id}_b_%`).execute()
    const { nodes } = await rerunJob(db, { id, reason }, START + 10)
    assert.deepEqual(nodes.toSorted(), ['b', 'c'])
  })

  it('refuses a job that is not over', async () => {
    const { db } = await world()
    const { id } = await submit(db, { nodes: ['a'] })
    await assert.rejects(rerunJob(db, { id, reason }), /is running: only one that is over/)
  })
})

async function world() {
  const db = await freshDatabase()
  await enterRunner(db, 'r', { at: START })
  return { db }
}

/** A job of the nodes a, b and c, of which one has failed, or none; all others have left a table and a metric. */
async function failedAt(node: string | undefined): Promise<{ db: Db; id: string }> {
  const { db } = await world()
  const { id } = await submit(db, { nodes: ['a', 'b', 'c'] })
  for (;;) {
    const tasks = await claim(db)
    if (tasks.length === 0) break
    for (const task of tasks) {
      await report(db, task)
      if (task.name !== node) await done(db, task)
      else if (task.role === 'guest') {
        const outcome = { state: 'failed', reason: 'It broke' } as const
        await settleTask(db, { runnerId: 'r', attemptId: task.attemptId, outcome }, START + 1)
      }
    }
  }
  const { state } = await getJob(db, id)
  assert.equal(state, node === undefined ? 'succeeded' : 'failed')
  assert.ok((await listTasks(db, id)).length === 6)
  return { db, id }
}

function claim(db: Db): Promise<LeasedTask[]> {
  return claimTasks(db, { runnerId: 'r', slots: 8 }, START + 1)
}

async function report(db: Db, { taskId, attemptId }: LeasedTask): Promise<void> {
  const of = { taskId, attemptId, at: START + 1 }
  const points = [[0, 1]] as const
  await applyReports(db, 'r', [
    { ...of, type: 'metric', namespace: 'train', name: 'loss', points, meta: {} },
    {
      ...of,
      type: 'artifact',
      kind: 'table',
      name: 'data',
      location: 'x',
      summary: {},
      preview: null,
    },
  ])
}

async function done(db: Db, { attemptId }: LeasedTask): Promise<void> {
  const outcome = { state: 'succeeded' } as const
  await settleTask(db, { runnerId: 'r', attemptId, outcome }, START + 1)
}
