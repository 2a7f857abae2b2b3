import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { Hono } from 'hono'

import { runnerGateway } from '../../src/api/runner/index.ts'
import { putCall, takeAnswers } from '../../src/domain/serving-call.ts'
import { createServingDesk } from '../../src/domain/serving-desk.ts'
import { submitServing } from '../../src/domain/serving.ts'
import { gatewayStore } from '../../src/runner/store-gateway.ts'
import { freshDatabase } from '../helpers/database.ts'
import { quietDeps } from '../helpers/deps.ts'
import { profileOf } from '../helpers/jobs.ts'

describe('online calls over the gateway', () => {
  it('reach the runner that waits for them, and its answers whoever asked', async () => {
    const db = await freshDatabase()
    const gateway = runnerGateway({
      ...quietDeps(db, { auth: 'off' }),
      now: () => Date.now(),
      watchMs: 1,
    })
    const server = new Hono().route('/runner/v1', gateway)
    const store = gatewayStore({
      url: 'http://weft.test',
      fetch: async (request) => server.fetch(request),
    })
    await store.register(
      profileOf('r1', { parties: ['9999'], identities: { 9999: 'A'.repeat(43) } }),
    )
    const members = { guest: ['9999'] }
    const spec = { type: 'serving', members, steps: [], table: null } as const
    const { id: jobId } = await submitServing(db, {
      modelId: 'guest-9999#model',
      modelVersion: '1',
      members,
      initiator: { role: 'guest', party: '9999' },
      tasks: [{ role: 'guest', party: '9999', position: 0, spec }],
      request: {},
    })
    const [{ attemptId, kind }] = await store.claim('r1', 1)
    assert.equal(kind, 'serving')
    const stop = new AbortController()
    const query = { runnerId: 'r1', attemptId, signal: stop.signal }
    const taken = store.online?.calls({ ...query, after: 0 })
    const desk = createServingDesk(db, true)
    const asked = desk.ask({ jobId, rows: [{ id: 'a', features: { x: 1 } }], ms: 60_000 })
    const [call] = (await taken) ?? []
    assert.deepEqual(call.rows, [{ id: 'a', features: { x: 1 } }])
    const results = [{ id: 'a', values: { predict_score: 0.5 } }]
    const rows = () => db.selectFrom('serving_call').select(['question', 'answer']).execute()
    assert.equal((await rows()).length, 1)
    await store.online?.answer('r1', attemptId, [{ id: call.id, results }])
    assert.deepEqual(await asked, results)
    // The features and the answer are gone as soon as the caller has the answer.
    assert.deepEqual(await rows(), [])
    // Between answer and fetch the answer alone is kept.
    const next = await putCall(db, {
      jobId,
      rows: [{ id: 'a', features: { x: 41.5 } }],
      ms: 10_000,
    })
    assert.match(JSON.stringify(await rows()), /41\.5/)
    assert.equal((await takeAnswers(db, [next])).size, 0)
    await store.online?.answer('r1', attemptId, [{ id: next, results }])
    assert.deepEqual(await rows(), [{ question: '', answer: JSON.stringify(results) }])
    assert.deepEqual((await takeAnswers(db, [next])).get(next), results)
    assert.deepEqual(await rows(), [])
    const none = store.online?.calls({ ...query, after: call.id })
    stop.abort()
    assert.deepEqual(await none, [])
    await db.destroy()
  })
})
