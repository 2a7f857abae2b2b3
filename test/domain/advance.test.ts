/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { MAX_RUNNING_JOBS } from '../../src/domain/advance.ts'
import { explainJob, getJob, type Job, stopJob, submitJob } from '../../src/domain/job.ts'
import { listTasks } from '../../src/domain/task.ts'
import { freshDatabase } from '../helpers/database.ts'
import { enterRunner, jobOf, START, submit } from '../helpers/jobs.ts'

describe('the queue of jobs', () => {
  it('runs five at once; the sixth starts when one ends', async () => {
    const db = await freshDatabase()
    const jobs: Job[] = []
    for (let index = 0; index < MAX_RUNNING_JOBS + 2; index++) {
      jobs.push(await submit(db, { at: START + index }))
    }
    const states = async () =>
      Promise.all(jobs.map(async (job) => (await getJob(db, job.id)).state))
    assert.deepEqual(await states(), [
      ...Array.from({ length: MAX_RUNNING_JOBS }, () => 'running'),
      'waiting',
      'waiting',
    ])
    assert.equal(
      await explainJob(db, jobs[6]),
      `Number 2 in line: ${MAX_RUNNING_JOBS} jobs run at once`,
    )
    await stopJob(db, { id: jobs[2].id, reason: 'Stopped' }, START + 10)
    assert.deepEqual((await states()).slice(4), ['running', 'running', 'waiting'])
    assert.equal((await getJob(db, jobs[5].id)).startedAt, START + 10)
  })

  it('lets a higher priority pass', async () => {
    const db = await freshDatabase()
    const running = []
    for (let index = 0; index < MAX_RUNNING_JOBS; index++) running.push(await submit(db))
    const first = await submit(db, { at: START + 1 })
    const urgent = await submit(db, { at: START + 2, priority: 1 })
    await stopJob(db, { id: running[0].id, reason: 'Stopped' }, START + 3)
    assert.equal((await getJob(db, first.id)).state, 'waiting')
    assert.equal((await getJob(db, urgent.id)).state, 'running')
  })

  it('does not keep uploads waiting behind trainings', async () => {
    const db = await freshDatabase()
    for (let index = 0; index < MAX_RUNNING_JOBS; index++) await submit(db)
    const upload = await submit(db, { kind: 'upload', members: { local: ['1'] }, nodes: ['u'] })
    assert.equal(upload.state, 'running')
  })

  it('passes over jobs that end as soon as they begin, each started once', async () => {
    const db = await freshDatabase()
    const running = []
    for (let index = 0; index < MAX_RUNNING_JOBS; index++) running.push(await submit(db))
    const empty = []
    for (let index = 1; index <= 3; index++) {
      empty.push(await submitJob(db, { ...jobOf(), graph: [], tasks: [] }, START + index))
    }
    const last = await submit(db, { at: START + 9 })
    await stopJob(db, { id: running[0].id, reason: 'Stopped' }, START + 10)
    for (const job of empty) assert.equal((await getJob(db, job.id)).state, 'succeeded')
    assert.equal((await getJob(db, last.id)).state, 'running')
  })
})

describe('advanceJob', () => {
  it('readies every node that has nothing before it', async () => {
    const db = await freshDatabase()
    const plan = jobOf({ nodes: ['a', 'b', 'c'] })
    const graph = [
      { name: 'a', module: 'Test', needs: [] },
      { name: 'b', module: 'Test', needs: [] },
      {
        name: 'c',
        module: 'Test',
        needs: [
          { node: 'a', kind: 'data' as const },
          { node: 'b', kind: 'model' as const },
        ],
      },
    ]
    const job = await submitJob(db, { ...plan, graph }, START)
    const states = (await listTasks(db, job.id)).map((task) => `${task.name} ${task.state}`)
    assert.deepEqual([...new Set(states)], ['a ready', 'b ready', 'c waiting'])
  })

  it('counts a node that nobody runs as done', async () => {
    const db = await freshDatabase()
    const plan = jobOf({ nodes: ['a', 'b'] })
    const tasks = plan.tasks.filter((task) => task.name === 'b')
    const job = await submitJob(db, { ...plan, tasks }, START)
    const states = (await listTasks(db, job.id)).map((task) => task.state)
    assert.deepEqual(states, ['ready', 'ready'])
  })
})

describe('the reason of a waiting task', () => {
  it('names the nodes it waits for, the job it waits for, or the runner that is missing', async () => {
    const db = await freshDatabase()
    const job = await submit(db, { at: Date.now() })
    const reasons = async (id: string) =>
      (await listTasks(db, id)).map((task) => `${task.name} ${task.role}: ${task.reason}`)
    assert.deepEqual((await reasons(job.id)).slice(1, 3), [
      'a host: No live runner serves host party 10000: start one with WEFT_PARTIES=10000 npm run runner, or name another party',
      'b guest: Waits for a',
    ])
    await enterRunner(db, 'r')
    assert.equal((await reasons(job.id))[0], 'a guest: About to be taken by its runner')
    await db
      .updateTable('task')
      .set({ ready_at: Date.now() - 10_000 })
      .where('state', '=', 'ready')
      .execute()
    assert.equal((await reasons(job.id))[0], 'a guest: Waits for a free slot of its runner')
    for (let index = 1; index < MAX_RUNNING_JOBS; index++) await submit(db)
    const sixth = await submit(db)
    assert.equal((await reasons(sixth.id))[0], 'a guest: Waits for its job to start')
  })
})
