/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { listEvents } from '../../src/domain/event.ts'
import { getJob, stopJob } from '../../src/domain/job.ts'
import { claimTasks, LEASE_MS, renewLeases } from '../../src/domain/lease.ts'
import { listMetrics } from '../../src/domain/metric.ts'
import { applyReports } from '../../src/domain/report.ts'
import { beatRunner } from '../../src/domain/runner.ts'
import { settleTask } from '../../src/domain/settle.ts'
import { BETWEEN_MS, PLACEMENT_MS, RETURN_MS, sweep } from '../../src/domain/sweep.ts'
import { listAttempts, listTasks } from '../../src/domain/task.ts'
import { freshDatabase } from '../helpers/database.ts'
import { enterRunner, seatsOf, START, submit } from '../helpers/jobs.ts'

const done = { state: 'succeeded' } as const

describe('claimTasks', () => {
  it('takes the whole group of a node at once', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    await submit(db)
    const tasks = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    assert.deepEqual(seatsOf(tasks), ['a guest 9999', 'a host 10000'])
    assert.deepEqual(
      tasks.map((task) => task.attempt),
      [1, 1],
    )
    assert.deepEqual(await claimTasks(db, { runnerId: 'r', slots: 8 }, START), [])
  })

  it('takes only the parties that the runner serves', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'g', { parties: ['9999'], at: START })
    await enterRunner(db, 'h', { parties: ['10000'], at: START })
    await submit(db)
    const guest = await claimTasks(db, { runnerId: 'g', slots: 8 }, START)
    const host = await claimTasks(db, { runnerId: 'h', slots: 8 }, START)
    assert.deepEqual(seatsOf(guest), ['a guest 9999'])
    assert.deepEqual(seatsOf(host), ['a host 10000'])
  })

  it('gives nothing to a runner that drains or was never entered', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    await submit(db)
    await beatRunner(db, { id: 'r', state: 'draining' }, START)
    assert.deepEqual(await claimTasks(db, { runnerId: 'r', slots: 8 }, START), [])
    assert.deepEqual(await claimTasks(db, { runnerId: 'nobody', slots: 8 }, START), [])
  })

  it('does not split a group over the free slots, nor start a later one before it', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    await submit(db, { members: { local: ['1'] }, nodes: ['x'] })
    await submit(db, { at: START + 1 })
    await submit(db, { members: { local: ['2'] }, nodes: ['y'], at: START + 2 })
    const first = await claimTasks(db, { runnerId: 'r', slots: 2 }, START + 3)
    assert.deepEqual(seatsOf(first), ['x local 1'])
    assert.deepEqual(await claimTasks(db, { runnerId: 'r', slots: 1 }, START + 3), [])
  })

  it('gives a group larger than the runner to a runner that holds nothing', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { slots: 1, at: START })
    await submit(db)
    const tasks = await claimTasks(db, { runnerId: 'r', slots: 1 }, START)
    assert.equal(tasks.length, 2)
  })

  it('keeps the later tasks of a party at the site of its first', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    await enterRunner(db, 'other', { at: START })
    await submit(db)
    for (const task of await claimTasks(db, { runnerId: 'r', slots: 8 }, START)) {
      await settleTask(db, { runnerId: 'r', attemptId: task.attemptId, outcome: done }, START)
    }
    assert.deepEqual(await claimTasks(db, { runnerId: 'other', slots: 8 }, START), [])
    const next = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    assert.deepEqual(seatsOf(next), ['b guest 9999', 'b host 10000'])
  })

  it('prefers a higher priority, then the older job', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    const local = { members: { local: ['1'] } }
    await submit(db, { ...local, nodes: ['old'] })
    await submit(db, { ...local, nodes: ['new'], at: START + 1 })
    await submit(db, { ...local, nodes: ['urgent'], priority: 5, at: START + 2 })
    const names = []
    for (let turn = 0; turn < 3; turn++) {
      const [task] = await claimTasks(db, { runnerId: 'r', slots: 1 }, START + 3)
      names.push(task.name)
    }
    assert.deepEqual(names, ['urgent', 'old', 'new'])
  })
})

describe('renewLeases', () => {
  it('keeps a lease alive past its first end', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    const job = await submit(db)
    const tasks = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    const attemptIds = tasks.map((task) => task.attemptId)
    const later = START + LEASE_MS - 1
    assert.deepEqual(await renewLeases(db, { runnerId: 'r', attemptIds }, later), [])
    await sweep(db, START + LEASE_MS + 1)
    assert.equal((await getJob(db, job.id)).state, 'running')
    await sweep(db, later + LEASE_MS + 1)
    assert.equal((await getJob(db, job.id)).state, 'failed')
  })

  it('says why a lease is gone when its job was stopped', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    const job = await submit(db)
    const [task] = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    await stopJob(db, { id: job.id, reason: 'Stopped by ann' }, START + 1)
    const lost = await renewLeases(db, { runnerId: 'r', attemptIds: [task.attemptId] }, START + 2)
    assert.deepEqual(lost, [{ attemptId: task.attemptId, reason: 'Stopped by ann' }])
  })

  it('does not renew the lease of another runner', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    await enterRunner(db, 'thief', { at: START })
    await submit(db)
    const [task] = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    const attemptIds = [task.attemptId]
    const lost = await renewLeases(db, { runnerId: 'thief', attemptIds }, START + 1)
    assert.equal(lost.length, 1)
  })
})

describe('sweep', () => {
  it('fails a federated job whose runner fell silent, naming party, component and runner', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'g', { parties: ['9999'], at: START })
    await enterRunner(db, 'h', { parties: ['10000'], at: START })
    const job = await submit(db)
    const [guest] = await claimTasks(db, { runnerId: 'g', slots: 8 }, START)
    await claimTasks(db, { runnerId: 'h', slots: 8 }, START)
    const late = START + LEASE_MS + 1
    await renewLeases(db, { runnerId: 'g', attemptIds: [guest.attemptId] }, late - 2)
    await sweep(db, late)
    const after = await getJob(db, job.id)
    assert.equal(after.state, 'failed')
    assert.equal(after.reason, 'host 10000 was lost in a: its runner "h" stopped answering')
    const states = (await listTasks(db, job.id)).map(
      (task) => `${task.name} ${task.role} ${task.state}`,
    )
    assert.deepEqual(states, [
      'a guest canceled',
      'a host failed',
      'b guest canceled',
      'b host canceled',
    ])
    const lost = await renewLeases(db, { runnerId: 'g', attemptIds: [guest.attemptId] }, late)
    assert.match(lost[0].reason, /host 10000 was lost/)
  })

  it('starts the whole group again when another attempt is allowed, with one attempt number', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'g', { parties: ['9999'], at: START })
    await enterRunner(db, 'h', { parties: ['10000'], at: START })
    const job = await submit(db, { maxAttempts: 2 })
    const [guest] = await claimTasks(db, { runnerId: 'g', slots: 8 }, START)
    await claimTasks(db, { runnerId: 'h', slots: 8 }, START)
    const late = START + LEASE_MS + 1
    await renewLeases(db, { runnerId: 'g', attemptIds: [guest.attemptId] }, late - 2)
    await sweep(db, late)
    assert.equal((await getJob(db, job.id)).state, 'running')
    for (const id of ['g', 'h']) await beatRunner(db, { id, state: 'active' }, late)
    const again = [
      ...(await claimTasks(db, { runnerId: 'g', slots: 8 }, late)),
      ...(await claimTasks(db, { runnerId: 'h', slots: 8 }, late)),
    ]
    assert.deepEqual(seatsOf(again), ['a guest 9999', 'a host 10000'])
    assert.deepEqual(
      again.map((task) => task.attempt),
      [2, 2],
    )
    const states = (await listAttempts(db, job.id)).map((attempt) => attempt.state).toSorted()
    assert.deepEqual(states, ['lost', 'released', 'running', 'running'])
    const events = await listEvents(db, { jobId: job.id })
    assert.ok(
      events.some((event) => event.type === 'task.restarted' && /host 10000/.test(event.message)),
    )
  })

  it('fails the job when the last attempt is lost too', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    const job = await submit(db, { members: { local: ['1'] }, nodes: ['x'], maxAttempts: 2 })
    let now = START
    for (let attempt = 1; attempt <= 2; attempt++) {
      assert.equal((await claimTasks(db, { runnerId: 'r', slots: 8 }, now)).length, 1)
      now += LEASE_MS + 1
      await sweep(db, now)
    }
    assert.equal((await getJob(db, job.id)).state, 'failed')
  })

  it('starts a member that was done again with its group, and its series from the beginning', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    const job = await submit(db, { nodes: ['a'] })
    const tasks = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    const guest = tasks.find((task) => task.role === 'guest')
    const host = tasks.find((task) => task.role === 'host')
    assert.ok(guest && host)
    const metric = {
      type: 'metric',
      namespace: 'train',
      name: 'loss',
      points: [
        [0, 0.7],
        [1, 0.6],
      ],
      meta: {},
    } as const
    const { taskId, attemptId } = guest
    await applyReports(db, 'r', [{ ...metric, taskId, attemptId, at: START }])
    await settleTask(db, { runnerId: 'r', attemptId, outcome: done }, START)
    const outcome = { state: 'released', reason: 'The runner shuts down' } as const
    await settleTask(db, { runnerId: 'r', attemptId: host.attemptId, outcome }, START + 1)
    assert.deepEqual(await listMetrics(db, { jobId: job.id }), [])
    const again = await claimTasks(db, { runnerId: 'r', slots: 8 }, START + 2)
    assert.deepEqual(seatsOf(again), ['a guest 9999', 'a host 10000'])
    assert.deepEqual(
      again.map((task) => task.attempt),
      [2, 2],
    )
    for (const task of again) {
      await settleTask(db, { runnerId: 'r', attemptId: task.attemptId, outcome: done }, START + 3)
    }
    assert.equal((await getJob(db, job.id)).state, 'succeeded')
  })

  it('fails a job whose party no live runner has served for a minute, with the remedy', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'g', { parties: ['9999'], at: START })
    const job = await submit(db, { nodes: ['a'] })
    await sweep(db, START + PLACEMENT_MS)
    assert.equal((await getJob(db, job.id)).state, 'running')
    await beatRunner(db, { id: 'g', state: 'active' }, START + PLACEMENT_MS)
    await sweep(db, START + PLACEMENT_MS + 1)
    const after = await getJob(db, job.id)
    assert.equal(after.state, 'failed')
    assert.match(after.reason ?? '', /^No live runner serves host party 10000: start one with/)
    const failed = (await listEvents(db, { jobId: job.id })).filter(
      (event) => event.type === 'task.failed',
    )
    assert.equal(failed.length, 1)
  })

  it('lets a task wait as long as a runner that could take it was there within a minute', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    const job = await submit(db)
    const now = START + 10 * PLACEMENT_MS
    await beatRunner(db, { id: 'r', state: 'active' }, now)
    await sweep(db, now + PLACEMENT_MS - 1)
    assert.equal((await getJob(db, job.id)).state, 'running')
    await sweep(db, now + PLACEMENT_MS + 1)
    assert.equal((await getJob(db, job.id)).state, 'failed')
  })

  it('waits a day for a runner that was shut down and has handed its work back', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    const job = await submit(db, { nodes: ['a'] })
    const [task] = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    const outcome = { state: 'released', reason: 'The runner shuts down' } as const
    await settleTask(db, { runnerId: 'r', attemptId: task.attemptId, outcome }, START)
    await sweep(db, START + RETURN_MS)
    assert.equal((await getJob(db, job.id)).state, 'running')
    await sweep(db, START + RETURN_MS + 1)
    const { state, reason } = await getJob(db, job.id)
    assert.equal(state, 'failed')
    assert.match(reason ?? '', /No live runner serves .* \(a waited 86400 s\)/)
  })

  it('waits a minute for one that was lost, where the job allows a retry at all', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    const job = await submit(db, { nodes: ['a'], maxAttempts: 2 })
    await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    const lost = START + LEASE_MS + 1
    await sweep(db, lost)
    await sweep(db, lost + PLACEMENT_MS)
    assert.equal((await getJob(db, job.id)).state, 'running')
    await sweep(db, lost + PLACEMENT_MS + 1)
    assert.match((await getJob(db, job.id)).reason ?? '', /\(a waited 60 s\)/)
  })

  it('says that data is out of reach when only its data directory is missing', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    const job = await submit(db, { nodes: ['a', 'b'], members: { guest: ['9999'] } })
    const [task] = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
    await settleTask(db, { runnerId: 'r', attemptId: task.attemptId, outcome: done }, START)
    await enterRunner(db, 'other', { at: START + BETWEEN_MS })
    await sweep(db, START + BETWEEN_MS)
    assert.equal((await getJob(db, job.id)).state, 'running')
    await sweep(db, START + BETWEEN_MS + 1)
    assert.match(
      (await getJob(db, job.id)).reason ?? '',
      /^The data of guest 9999 lies in a data directory/,
    )
  })
})
