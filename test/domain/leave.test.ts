/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Db } from '../../src/db/type.ts'
import { listEvents } from '../../src/domain/event.ts'
import { getJob, type Job, submitJob } from '../../src/domain/job.ts'
import { claimTasks, LEASE_MS, renewLeases } from '../../src/domain/lease.ts'
import { beatRunner } from '../../src/domain/runner.ts'
import { settleTask } from '../../src/domain/settle.ts'
import { PLACEMENT_MS, sweep } from '../../src/domain/sweep.ts'
import { listTasks } from '../../src/domain/task.ts'
import type { LeasedTask, Quorum } from '../../src/domain/work.ts'
import { freshDatabase } from '../helpers/database.ts'
import { enterRunner, jobOf, START } from '../helpers/jobs.ts'

const MEMBERS = { guest: ['1'], host: ['2', '3', '4'], arbiter: ['5'] }
const PARTIES = ['1', '2', '3', '4', '5']
const QUORUM: Quorum = { leaves: ['host'], of: ['guest', 'host'], least: 3 }
const ALONE: Quorum = { leaves: ['guest', 'host'], of: ['guest', 'host'], least: 0 }

/** A training and what follows it at every party, each with a runner of its own; all have begun. */
async function begun(
  db: Db,
  options: { quorum?: Quorum; after?: Quorum; maxAttempts?: number } = {},
): Promise<Job> {
  const { quorum, after = ALONE, maxAttempts } = options
  for (const party of PARTIES) await enterRunner(db, `r${party}`, { parties: [party], at: START })
  const plain = jobOf({ members: MEMBERS, nodes: ['train', 'after'], maxAttempts })
  const tasks = plain.tasks.map((task) =>
    task.spec.type === 'component' && quorum
      ? { ...task, spec: { ...task.spec, quorum: task.name === 'train' ? quorum : after } }
      : task,
  )
  const job = await submitJob(db, { ...plain, tasks }, START)
  const taken = await claimAll(db, START)
  assert.equal(taken.length, 5)
  return job
}

/** What the runners of these parties get; a claim of one keeps room at the others. */
async function claimAll(db: Db, at: number, parties = PARTIES): Promise<LeasedTask[]> {
  const tasks: LeasedTask[] = []
  for (const party of [...parties, ...parties]) {
    tasks.push(...(await claimTasks(db, { runnerId: `r${party}`, slots: 4 }, at)))
  }
  return tasks
}

/** Time goes by in which all but `silent` say that they live. */
async function silence(db: Db, job: Job, silent: readonly string[]): Promise<number> {
  const at = START + LEASE_MS - 1
  const live = PARTIES.filter((party) => !silent.includes(party))
  const rows = await db.selectFrom('lease').select(['attempt_id', 'runner_id']).execute()
  for (const party of live) {
    const runnerId = `r${party}`
    const own = rows.filter((row) => row.runner_id === runnerId)
    await beatRunner(db, { id: runnerId, state: 'active' }, at)
    await renewLeases(db, { runnerId, attemptIds: own.map((row) => row.attempt_id) }, at)
  }
  await sweep(db, START + LEASE_MS + 1)
  assert.ok(await getJob(db, job.id))
  return START + LEASE_MS + 2
}

async function statesOf(db: Db, job: Job, name: string): Promise<string[]> {
  const tasks = (await listTasks(db, job.id)).filter((task) => task.name === name)
  return tasks.map(({ party, state }) => `${party} ${state}`).toSorted()
}

describe('a party that is lost for good', () => {
  it('leaves a job that does without it, and the others begin again in one session without it', async () => {
    const db = await freshDatabase()
    const job = await begun(db, { quorum: QUORUM })
    const at = await silence(db, job, ['3'])
    assert.equal((await getJob(db, job.id)).state, 'running')
    assert.deepEqual(await statesOf(db, job, 'train'), [
      '1 ready',
      '2 ready',
      '3 left',
      '4 ready',
      '5 ready',
    ])
    assert.ok((await statesOf(db, job, 'after')).includes('3 left'))
    const again = await claimAll(db, at, ['1', '2', '4', '5'])
    assert.deepEqual(
      again.map(({ party, position, attempt }) => `${party} ${position} ${attempt}`).toSorted(),
      ['1 0 2', '2 0 2', '4 1 2', '5 0 2'],
    )
    for (const { spec } of again) {
      assert.ok(spec.type === 'component')
      assert.deepEqual(spec.members, { guest: ['1'], host: ['2', '4'], arbiter: ['5'] })
    }
    const event = (await listEvents(db, { jobId: job.id })).find(({ type }) => type === 'job.left')
    assert.match(
      event?.message ?? '',
      /goes on without host 3: host 3 was lost in train: its runner "r3"/,
    )
  })

  it('is told of when the job has succeeded', async () => {
    const db = await freshDatabase()
    const job = await begun(db, { quorum: QUORUM })
    let at = await silence(db, job, ['3'])
    for (const _node of ['train', 'after']) {
      const tasks = await claimAll(db, at, ['1', '2', '4', '5'])
      assert.equal(tasks.length, 4)
      for (const { attemptId, party } of tasks) {
        const outcome = { state: 'succeeded' } as const
        await settleTask(db, { runnerId: `r${party}`, attemptId, outcome }, at)
      }
      at += 1
    }
    const { state, reason } = await getJob(db, job.id)
    assert.deepEqual(
      [state, reason],
      ['succeeded', 'The job succeeded without host 3, lost on the way'],
    )
  })

  it('fails a job that says nothing, one with too few left, and one that needs it later', async () => {
    for (const [options, lost] of [
      [{}, ['3']],
      [{ quorum: QUORUM }, ['2', '3']],
      [{ quorum: { ...QUORUM, least: 2 } }, ['1']],
      [{ quorum: QUORUM }, ['5']],
      [{ quorum: QUORUM, after: { ...QUORUM, least: 4 } }, ['3']],
    ] as const) {
      const db = await freshDatabase()
      const job = await begun(db, options)
      await silence(db, job, lost)
      const { state, reason } = await getJob(db, job.id)
      assert.equal(state, 'failed', JSON.stringify([options, lost]))
      assert.match(reason ?? '', new RegExp(`${lost[0]} was lost in train`))
    }
  })

  it('two that are lost at once leave together, and the group begins again but once', async () => {
    const db = await freshDatabase()
    const job = await begun(db, { quorum: { ...QUORUM, least: 2 } })
    const at = await silence(db, job, ['2', '3'])
    const again = await claimAll(db, at, ['1', '4', '5'])
    assert.deepEqual([...new Set(again.map(({ attempt }) => attempt))], [2])
    const events = (await listEvents(db, { jobId: job.id })).map(({ type }) => type)
    assert.equal(events.filter((type) => type === 'task.restarted').length, 1)
    assert.equal(events.filter((type) => type === 'job.left').length, 1)
  })

  it('is waited for where it may try again, and leaves when its runner does not come', async () => {
    const db = await freshDatabase()
    const job = await begun(db, { quorum: QUORUM, maxAttempts: 2 })
    const at = await silence(db, job, ['3'])
    assert.ok((await statesOf(db, job, 'train')).includes('3 ready'))
    const late = at + PLACEMENT_MS + 1
    for (const party of ['1', '2', '4', '5']) {
      await beatRunner(db, { id: `r${party}`, state: 'active' }, late)
    }
    await sweep(db, late)
    assert.ok((await statesOf(db, job, 'train')).includes('3 left'))
    assert.equal((await claimAll(db, late, ['1', '2', '4', '5'])).length, 4)
  })
})
