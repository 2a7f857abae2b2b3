/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Db } from '../../src/db/type.ts'
import { getJob, type Job } from '../../src/domain/job.ts'
import { claimTasks, LEASE_MS } from '../../src/domain/lease.ts'
import { registerRunner } from '../../src/domain/runner.ts'
import { sweep } from '../../src/domain/sweep.ts'
import { dbStore } from '../../src/runner/store-db.ts'
import type { Store } from '../../src/runner/store.ts'
import { fileDatabase, freshDatabase } from '../helpers/database.ts'
import { profileOf, seatsOf, submit } from '../helpers/jobs.ts'

const done = { state: 'succeeded' } as const

function storeOn(db: Db): Store {
  return dbStore(db, {
    openSpool: () => Promise.reject(new Error('no spool')),
    dropSpool: () => Promise.resolve(),
  })
}

describe('two stores on one file', () => {
  it('never hand out a task twice, nor lose one', async () => {
    const file = await fileDatabase()
    const stores = [storeOn(file.db), storeOn(file.again()), storeOn(file.again())]
    await Promise.all(
      stores.map((store, index) => store.register(profileOf(`r${index}`, { slots: 3 }))),
    )
    const jobs: Job[] = []
    for (let index = 0; index < 5; index++) {
      jobs.push(
        await submit(file.db, {
          members: { guest: ['9999'], host: ['10000'] },
          nodes: ['a', 'b', 'c'],
        }),
      )
    }
    const taken: string[] = []
    let open = jobs.length
    await Promise.all(
      stores.map(async (store, index) => {
        while (open > 0) {
          const tasks = await store.claim(`r${index}`, 3)
          for (const task of tasks) {
            taken.push(`${task.taskId} ${task.attempt}`)
            assert.equal(await store.settle(`r${index}`, task.attemptId, done), true)
          }
          const states = await Promise.all(jobs.map((job) => getJob(file.db, job.id)))
          open = states.filter((job) => job.state === 'running').length
        }
      }),
    )
    assert.equal(taken.length, 5 * 3 * 2)
    assert.equal(new Set(taken).size, taken.length)
    for (const job of jobs) assert.equal((await getJob(file.db, job.id)).state, 'succeeded')
    await file.remove()
  })

  it('hand a task of a runner that fell silent to another, and count nothing of the first', async () => {
    const file = await fileDatabase()
    const [first, second] = [storeOn(file.db), storeOn(file.again())]
    await first.register(profileOf('first', { site: 'same' }))
    await second.register(profileOf('second', { site: 'same' }))
    const job = await submit(file.db, { members: { local: ['1'] }, nodes: ['x'], maxAttempts: 2 })
    const [stale] = await first.claim('first', 1)
    assert.deepEqual(await second.claim('second', 1), [])
    await sweep(file.db, Date.now() + LEASE_MS + 1000)
    const [fresh] = await second.claim('second', 1)
    assert.deepEqual([fresh.taskId, fresh.attempt], [stale.taskId, 2])
    const { taskId, attemptId } = stale
    const late = { taskId, attemptId, at: 1, type: 'log', level: 'info', text: 'late' } as const
    await first.report('first', [late])
    assert.equal(await first.settle('first', stale.attemptId, done), false)
    const [lost] = await first.renew('first', [stale.attemptId])
    assert.match(lost.reason, /stopped answering/)
    assert.equal(await second.settle('second', fresh.attemptId, done), true)
    assert.equal((await getJob(file.db, job.id)).state, 'succeeded')
    assert.deepEqual(await file.db.selectFrom('log_chunk').selectAll().execute(), [])
    await file.remove()
  })

  it('give each runner its whole part of a group, and tell where the others are', async () => {
    const file = await fileDatabase()
    const [guest, host] = [storeOn(file.db), storeOn(file.again())]
    await guest.register(profileOf('g', { parties: ['9999'], url: 'http://g' }))
    await host.register(profileOf('h', { parties: ['10000', '10001'] }))
    const job = await submit(file.db, { members: { guest: ['9999'], host: ['10000', '10001'] } })
    assert.deepEqual(seatsOf(await guest.claim('g', 9)), ['a guest 9999'])
    assert.deepEqual(
      (await guest.peers(job.id, 'a')).map((peer) => peer.address),
      ['guest:9999'],
    )
    assert.deepEqual(seatsOf(await host.claim('h', 9)), ['a host 10000', 'a host 10001'])
    const peers = (await guest.peers(job.id, 'a')).toSorted((a, b) =>
      a.address.localeCompare(b.address),
    )
    assert.deepEqual(peers, [
      { address: 'guest:9999', runnerId: 'g', url: 'http://g', identity: 'key-of-9999' },
      { address: 'host:10000', runnerId: 'h', url: null, identity: 'key-of-10000' },
      { address: 'host:10001', runnerId: 'h', url: null, identity: 'key-of-10001' },
    ])
    await file.remove()
  })
})

describe('a store', () => {
  it('sweeps while it polls: what a silent runner holds does not wait for ever', async () => {
    const db = await freshDatabase()
    const store = storeOn(db)
    await store.register(profileOf('g', { parties: ['9999'] }))
    const then = Date.now() - 2 * LEASE_MS
    await registerRunner(db, profileOf('silent'), then)
    const job = await submit(db, { at: then })
    await claimTasks(db, { runnerId: 'silent', slots: 8 }, then)
    await store.claim('g', 4)
    assert.match((await getJob(db, job.id)).reason ?? '', /"silent" stopped answering/)
  })

  it('keeps messages for a receiver until it collects them', async () => {
    const store = storeOn(await freshDatabase())
    const parcel = { jobId: 'j', session: 's', sender: 'guest:1', receiver: 'host:2' }
    for (const byte of [1, 2]) await store.post({ ...parcel, body: Uint8Array.of(byte) })
    assert.deepEqual(await store.collect('s', 'guest:1'), [])
    const got = await store.collect('s', 'host:2')
    assert.deepEqual(
      got.map(({ sender, body }) => [sender, ...body]),
      [
        ['guest:1', 1],
        ['guest:1', 2],
      ],
    )
    assert.deepEqual(await store.collect('s', 'host:2'), [])
  })
})
