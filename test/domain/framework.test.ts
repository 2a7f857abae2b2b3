/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Db } from '../../src/db/type.ts'
import { briefMember } from '../../src/domain/briefing.ts'
import { listMembers } from '../../src/domain/framework-record.ts'
import { listVersions, setExecution } from '../../src/domain/framework.ts'
import { findFramework, getFramework } from '../../src/domain/framework.ts'
import { getJob } from '../../src/domain/job.ts'
import { claimTasks } from '../../src/domain/lease.ts'
import { sweep } from '../../src/domain/sweep.ts'
import { saveCluster } from '../../src/domain/virtual-cluster.ts'
import { freshDatabase } from '../helpers/database.ts'
import { claim, end, enterHost, plan, RUNNER, submit } from '../helpers/framework.ts'
import { enterRunner } from '../helpers/jobs.ts'
import { processSpec } from '../helpers/process-jobs.ts'

describe('a job of task roles', () => {
  it('is done when its instances are', async () => {
    const db = await withHost()
    const { jobId } = await submit(db, { plan: plan([{ name: 'w', instances: 2 }]) })
    const tasks = await claim(db)
    assert.equal(tasks.length, 2)
    for (const task of tasks) await end(db, task)
    const job = await getFramework(db, jobId)
    assert.deepEqual([job.state, job.exitCode, job.attempt], ['SUCCEEDED', 0, 0])
    assert.equal((await getJob(db, jobId)).state, 'succeeded')
  })

  it('that fails is tried again as often as it says, each attempt with tasks of its own', async () => {
    const db = await withHost()
    const { jobId } = await submit(db, { plan: plan(undefined, { retries: 2 }) })
    for (const code of [1, 1]) await end(db, (await claim(db))[0], { code })
    assert.equal((await getFramework(db, jobId)).state, 'active')
    await end(db, (await claim(db))[0], { code: 0 })
    const job = await getFramework(db, jobId)
    assert.deepEqual([job.state, job.attempt], ['SUCCEEDED', 2])
    assert.deepEqual(job.retries, { user: 2, platform: 0, resource: 0, unknown: 2 })
    assert.deepEqual(
      (await attempts(db, jobId)).map((row) => [row.exit_code, row.trigger_role]),
      [
        [255, 'w'],
        [255, 'w'],
        [0, 'w'],
      ],
    )
  })

  it('fails when no retry is left, with the words of the one that failed', async () => {
    const db = await withHost()
    const { jobId } = await submit(db)
    await end(db, (await claim(db))[0], { code: 3, words: 'no data' })
    const job = await getJob(db, jobId)
    assert.deepEqual([job.state, job.reason], ['failed', 'w[0] failed: no data'])
  })

  it('that was killed is tried again for nothing, the second time after a pause', async () => {
    const db = await withHost()
    const { jobId } = await submit(db)
    await end(db, (await claim(db))[0], { signal: 'SIGKILL' })
    const [again] = await claim(db)
    await end(db, again, { signal: 'SIGKILL' })
    assert.equal((await claim(db)).length, 0)
    const { dueAt, retries } = await getFramework(db, jobId)
    assert.deepEqual([retries.platform, retries.user], [2, 0])
    await sweep(db, (dueAt ?? 0) + 1)
    assert.equal((await claim(db)).length, 1)
  })

  it('is not tried again after a failure that would come again', async () => {
    const db = await withHost()
    const { jobId } = await submit(db, { plan: plan(undefined, { retries: 5 }) })
    await end(db, (await claim(db))[0], { signal: 'SIGILL' })
    assert.equal((await getFramework(db, jobId)).exitCode, 132)
  })

  it('ends the other instances when enough have succeeded', async () => {
    const db = await withHost()
    const roles = [
      { name: 'ps', minSucceeded: null },
      { name: 'w', instances: 2 },
    ]
    const { jobId } = await submit(db, { plan: plan(roles) })
    for (const task of (await claim(db)).filter(({ role }) => role === 'w')) await end(db, task)
    assert.equal((await getFramework(db, jobId)).state, 'SUCCEEDED')
    const rows = await db.selectFrom('task').select(['role', 'state']).orderBy('id').execute()
    assert.deepEqual(
      rows.map(({ role, state }) => [role, state]),
      [
        ['ps', 'canceled'],
        ['w', 'succeeded'],
        ['w', 'succeeded'],
      ],
    )
  })

  it('goes on while fewer have failed than may', async () => {
    const db = await withHost()
    const { jobId } = await submit(db, {
      plan: plan([{ name: 'w', instances: 3, minFailed: 2, minSucceeded: null }]),
    })
    const [one, two, three] = await claim(db)
    await end(db, one, { code: 1 })
    assert.equal((await getFramework(db, jobId)).state, 'active')
    await end(db, two)
    await end(db, three)
    assert.equal((await getFramework(db, jobId)).state, 'SUCCEEDED')
  })

  it('without a gang has its instances tried again by themselves', async () => {
    const db = await withHost()
    const { jobId } = await submit(db, {
      plan: plan([{ name: 'w', instances: 2, retries: 1 }], { gang: false }),
    })
    const [one, two] = await claim(db)
    await end(db, one, { code: 1 })
    const [again] = await claim(db)
    assert.deepEqual([again.taskId, again.attempt], [one.taskId, 2])
    await end(db, again, { signal: 'SIGKILL' })
    const [third] = await claim(db)
    assert.equal(third.attempt, 3, 'a kill is free')
    await end(db, third)
    await end(db, two)
    const job = await getFramework(db, jobId)
    assert.deepEqual([job.state, job.attempt], ['SUCCEEDED', 0])
  })

  it('stops with the code of a stop', async () => {
    const db = await withHost()
    const { jobId } = await submit(db)
    await claim(db)
    await setExecution(db, { jobId, execution: 'STOP', by: 'ann' })
    const job = await getFramework(db, jobId)
    assert.deepEqual([job.state, job.execution, job.exitCode], ['STOPPED', 'STOP', -210])
    assert.deepEqual(
      (await attempts(db, jobId)).map((row) => row.exit_code),
      [-210],
    )
  })

  it('has versions, of which a new one stops the one before', async () => {
    const db = await withHost()
    const first = await submit(db)
    await assert.rejects(submit(db), /Job ann~a already exists\./)
    const second = await submit(db, { version: 2 })
    assert.equal((await getFramework(db, first.jobId)).state, 'STOPPED')
    assert.deepEqual(await listVersions(db, { owner: 'ann', name: 'a' }), [1, 2])
    assert.equal((await findFramework(db, { owner: null, name: 'a' }))?.jobId, second.jobId)
    const old = await findFramework(db, { owner: 'ann', name: 'a', version: 1 })
    assert.equal(old?.jobId, first.jobId)
  })

  it('does not keep others in line', async () => {
    const db = await withHost()
    for (let at = 0; at < 7; at += 1) await submit(db, { name: `n${at}` })
    assert.equal((await claim(db)).length, 7)
  })

  it('that asks for more than there is is refused with what is short', async () => {
    const db = await withHost()
    const asking = (needs: object, instances = 1) =>
      submit(db, { plan: plan([{ name: 'w', instances, spec: processSpec({ needs }) }]) })
    await assert.rejects(asking({ gpus: 3 }), /"w" asks for 3 GPUs.*no live runner has more than 2/)
    await assert.rejects(asking({ gpus: 2 }, 2), /together ask for 4 GPUs.*have 2/)
    await assert.rejects(asking({ memoryMb: 9000 }), /9000 MB of memory/)
    assert.equal((await asking({ gpus: 2 })).state, 'active')
  })

  it('whose roles do not fit beside each other is refused by the role, though there is enough of everything', async () => {
    const db = await withHost()
    await enterHost(db, 'other')
    const role = (name: string, instances: number, cores: number) => ({
      name,
      instances,
      spec: processSpec({ needs: { cores } }),
    })
    // Twice 8 cores.
    const odd = [role('ps', 1, 6), role('worker', 2, 5)]
    await assert.rejects(
      submit(db, { plan: plan(odd) }),
      /however they are shared out among the live runners there is room for 1 of the 2 of role "worker": ask for less, start more runners, or set extras.gangAllocation to false/,
    )
    await assert.rejects(
      submit(db, { plan: plan([role('ps', 2, 5), role('worker', 1, 4)]) }),
      /there is room for 0 of the 1 of role "worker"/,
    )
    // Each where it fits first, the largest before the others, does not do: 4, 2, 2 and 3, 3, 2 does.
    await submit(db, { plan: plan([role('a', 1, 4), role('b', 2, 3), role('c', 3, 2)]) })
    const taken = await claim(db)
    const kept = await db.selectFrom('reservation').select('runner_id').execute()
    assert.deepEqual([taken.length, kept.length], [3, 3])
  })

  it('is given devices, each to one', async () => {
    const db = await withHost()
    const spec = processSpec({ needs: { gpus: 1 } })
    await submit(db, { plan: plan([{ name: 'w', instances: 2, spec }]) })
    const given = (await claim(db)).flatMap(({ allocation }) => allocation?.gpus ?? [])
    assert.deepEqual(given.toSorted(), ['0', '1'])
  })

  it('waits for its virtual cluster, which says why', async () => {
    const db = await withHost()
    await saveCluster(db, { name: 'small', quota: { cores: 1, memoryMb: null, gpus: null } }, 0)
    const virtualCluster = 'small'
    await submit(db, { virtualCluster })
    const second = await submit(db, { virtualCluster, name: 'b' })
    const [only, ...none] = await claim(db)
    assert.equal(none.length, 0)
    const waiting = await db
      .selectFrom('task')
      .select('reason')
      .where('job_id', '=', second.jobId)
      .executeTakeFirstOrThrow()
    assert.match(waiting.reason ?? '', /1 of the 1 of virtual cluster "small" are in use/)
    await end(db, only)
    await sweep(db, Date.now() + 5000)
    assert.equal((await claim(db)).length, 1)
    const two = plan([{ name: 'w', instances: 2 }])
    await assert.rejects(
      submit(db, { virtualCluster, name: 'c', plan: two }),
      /has 1: ask for less/,
    )
  })

  it('tells its instances where the others are, once all have their place', async () => {
    const db = await withHost()
    await submit(db, {
      secrets: { key: 'k' },
      plan: plan([
        { name: 'ps', minSucceeded: null },
        { name: 'w', instances: 2 },
      ]),
    })
    const tasks = await claim(db)
    const told = await briefMember(db, { runnerId: RUNNER, attemptId: tasks[1].attemptId })
    assert.deepEqual(told?.secrets, { key: 'k' })
    assert.deepEqual(
      told?.places.map(({ role, index, host, ports }) => [role, index, host, ports.length]),
      [
        ['ps', 0, '127.0.0.1', 2],
        ['w', 0, '127.0.0.1', 2],
        ['w', 1, '127.0.0.1', 2],
      ],
    )
    await assert.rejects(
      briefMember(db, { runnerId: 'other', attemptId: tasks[1].attemptId }),
      /no longer held/,
    )
  })

  it('tells its instances that a cluster chooses their hosts, not that they are all here', async () => {
    const db = await freshDatabase()
    await enterRunner(db, RUNNER, {
      slots: 100,
      url: 'http://10.0.0.7:8000',
      facts: { host: 'front' },
      capacity: {
        cores: 8,
        memoryMb: 8000,
        gpus: [],
        engines: ['slurm'],
        ports: [20_000, 20_999],
      },
    })
    const spec = processSpec({ engine: 'slurm', needs: { cores: 1, ports: 2 } })
    await submit(db, { plan: plan([{ name: 'w', instances: 2, spec }]) })
    const tasks = await claim(db)
    assert.equal(tasks.length, 2)
    const told = await briefMember(db, { runnerId: RUNNER, attemptId: tasks[0].attemptId })
    assert.deepEqual(
      told?.places.map(({ host, engine }) => [host, engine]),
      [
        ['10.0.0.7', 'slurm'],
        ['10.0.0.7', 'slurm'],
      ],
    )
    const members = await listMembers(db, { jobId: tasks[0].jobId, attempt: 0 })
    assert.deepEqual(
      members.map(({ tries }) => tries[0].address),
      [null, null],
    )
  })

  it('shows of each instance the address that the others are told', async () => {
    const db = await freshDatabase()
    for (const [id, address] of [
      ['one', '10.0.0.1'],
      ['two', '10.0.0.2'],
    ])
      await enterRunner(db, id, {
        slots: 100,
        url: 'http://127.0.0.1:8000',
        facts: { host: id, address },
        capacity: {
          cores: 1,
          memoryMb: 8000,
          gpus: [],
          engines: ['local'],
          ports: [20_000, 20_999],
        },
      })
    await submit(db, { plan: plan([{ name: 'w', instances: 2 }]) })
    const [first] = await claimTasks(db, { runnerId: 'one', slots: 10 })
    await claimTasks(db, { runnerId: 'two', slots: 10 })
    const told = await briefMember(db, { runnerId: 'one', attemptId: first.attemptId })
    const members = await listMembers(db, { jobId: first.jobId, attempt: 0 })
    const shown = members.map(({ tries }) => tries[0].address ?? '')
    assert.deepEqual(shown.toSorted(), ['10.0.0.1', '10.0.0.2'])
    assert.deepEqual(
      told?.places.map(({ host }) => host),
      shown,
    )
  })

  it('keeps its secrets no longer than it needs them', async () => {
    const db = await withHost()
    await submit(db, { secrets: { key: 'k' } })
    await end(db, (await claim(db))[0])
    const { secrets } = await db.selectFrom('framework').select('secrets').executeTakeFirstOrThrow()
    assert.equal(secrets, null)
  })
})

async function withHost(): Promise<Db> {
  const db = await freshDatabase()
  await enterHost(db)
  return db
}

function attempts(db: Db, jobId: string) {
  return db
    .selectFrom('framework_attempt')
    .selectAll()
    .where('job_id', '=', jobId)
    .orderBy('number')
    .execute()
}
