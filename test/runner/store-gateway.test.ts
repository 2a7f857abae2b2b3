/**
 * The gateway's client while the server is killed and started again: nothing is lost, nothing counts twice.
 * @module
 */
import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'

import { Hono } from 'hono'

import { runnerGateway } from '../../src/api/runner/index.ts'
import type { Db } from '../../src/db/type.ts'
import { getJob } from '../../src/domain/job.ts'
import { LEASE_MS } from '../../src/domain/lease.ts'
import { sweep } from '../../src/domain/sweep.ts'
import { listAttempts } from '../../src/domain/task.ts'
import { gatewayStore } from '../../src/runner/store-gateway.ts'
import type { Store } from '../../src/runner/store.ts'
import { freshDatabase } from '../helpers/database.ts'
import { quietDeps } from '../helpers/deps.ts'
import { profileOf, submit } from '../helpers/jobs.ts'

const done = { state: 'succeeded' } as const
const MEMBERS = { members: { guest: ['9999'] } }

let db: Db
let server: Hono
/** Calls that reach the server, whose answer then never comes back. */
let unanswered: RegExp | undefined
let calls: string[]

beforeEach(async () => {
  db = await freshDatabase()
  unanswered = undefined
  calls = []
  startServer()
})

/** A process of its own: it knows nothing but what is in the database. */
function startServer(): void {
  const gateway = runnerGateway({
    ...quietDeps(db, { auth: 'off' }),
    now: () => Date.now(),
  })
  server = new Hono().route('/runner/v1', gateway)
}

async function newStore(claimWaitMs = 0): Promise<Store> {
  const store = gatewayStore({
    url: 'http://weft.test',
    claimWaitMs,
    async fetch(request) {
      const { pathname } = new URL(request.url)
      calls.push(pathname.slice('/runner/v1/'.length))
      const response = await server.request(request)
      if (unanswered?.test(pathname)) throw new TypeError('fetch failed')
      return response
    },
  })
  await store.register(profileOf('r', { url: 'http://r', identities: { '*': 'k'.repeat(43) } }))
  return store
}

describe('a server that dies between its commit and its answer', () => {
  it('has given tasks that the runner gets with its next claim, long before their leases end', async () => {
    const store = await newStore()
    const job = await submit(db, { ...MEMBERS, nodes: ['a'], at: Date.now() })
    unanswered = /claim/
    await assert.rejects(store.claim('r', 4), /cannot be reached/)
    unanswered = undefined
    startServer()
    const [task, ...others] = await store.claim('r', 4)
    assert.deepEqual([task.jobId, task.attempt, others.length], [job.id, 1, 0])
    assert.deepEqual(await store.claim('r', 4), [])
    assert.deepEqual(await store.renew('r', [task.attemptId]), [])
    assert.equal(await store.settle('r', task.attemptId, done), true)
    assert.equal((await getJob(db, job.id)).state, 'succeeded')
  })

  it('has settled once, and the runner hears that it counted', async () => {
    const store = await newStore()
    const job = await submit(db, { ...MEMBERS, nodes: ['a', 'b'], at: Date.now() })
    const [task] = await store.claim('r', 4)
    unanswered = /settle/
    await assert.rejects(store.settle('r', task.attemptId, done), /cannot be reached/)
    unanswered = undefined
    startServer()
    assert.equal(await store.settle('r', task.attemptId, done), true)
    const [next] = await store.claim('r', 4)
    assert.equal(next.name, 'b')
    await store.settle('r', next.attemptId, done)
    await sweep(db, Date.now() + 2 * LEASE_MS)
    const states = (await listAttempts(db, job.id)).map(({ state, number }) => `${state} ${number}`)
    assert.deepEqual(states, ['succeeded 1', 'succeeded 1'])
  })

  it('has taken in reports that are not taken in again', async () => {
    const store = await newStore()
    await submit(db, { ...MEMBERS, at: Date.now() })
    const [{ taskId, attemptId }] = await store.claim('r', 1)
    const line = { taskId, attemptId, at: 1, type: 'log', level: 'info', text: 'once' } as const
    const batch = [line]
    unanswered = /report/
    await assert.rejects(store.report('r', batch), /cannot be reached/)
    unanswered = undefined
    startServer()
    await store.report('r', batch)
    await store.report('r', [{ ...line, text: 'twice' }])
    const texts = await db.selectFrom('log_chunk').select('text').orderBy('id').execute()
    assert.deepEqual(
      texts.map(({ text }) => text),
      ['once', 'twice'],
    )
  })
})

describe('a gateway store', () => {
  it('sends together what ends together', async () => {
    const store = await newStore()
    for (let n = 0; n < 20; n++) await submit(db, { ...MEMBERS, nodes: ['a'], at: Date.now() })
    // Five trainings run at once.
    const tasks = await store.claim('r', 20)
    calls = []
    const ends = await Promise.all(tasks.map((task) => store.settle('r', task.attemptId, done)))
    assert.deepEqual(
      ends,
      tasks.map(() => true),
    )
    assert.deepEqual(calls, ['settle'])
    assert.ok(tasks.length >= 5)
  })

  it('a claim that was given up leaves nothing behind: the next one has what it was given', async () => {
    const store = await newStore(20_000)
    const stop = new AbortController()
    const waiting = store.claim('r', 4, stop.signal)
    await submit(db, { ...MEMBERS, nodes: ['a'], at: Date.now() })
    stop.abort()
    const late = await waiting
    const tasks = late.length > 0 ? late : await store.claim('r', 4)
    assert.equal(tasks.length, 1)
    assert.equal((await listAttempts(db, tasks[0].jobId)).length, 1)
  })

  it('has nothing to ask for a runner that wants nothing, unless an answer is missing', async () => {
    const store = await newStore()
    calls = []
    assert.deepEqual(await store.claim('r', 0), [])
    assert.deepEqual(calls, [])
    await submit(db, { ...MEMBERS, nodes: ['a'], at: Date.now() })
    unanswered = /claim/
    await assert.rejects(store.claim('r', 4), /cannot be reached/)
    unanswered = undefined
    assert.equal((await store.claim('r', 0)).length, 1)
  })

  it('waits at the server, not between two claims', async () => {
    const store = await newStore(20_000)
    await submit(db, { ...MEMBERS, nodes: ['a', 'b'], at: Date.now() })
    const over = new AbortController()
    const [task] = await store.claim('r', 4)
    await store.changed?.(over.signal)
    const waiting = store.claim('r', 4)
    await store.settle('r', task.attemptId, done)
    assert.equal((await waiting)[0].name, 'b')
  })
})
