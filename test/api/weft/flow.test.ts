/**
 * `/api/weft/flows`: checks without a run, replacing, starting again.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { startFlow } from '../../../src/api/flow-check.ts'
import { WeftFlow, WeftFlowCheck, WeftFlows, WeftUnits } from '../../../src/api/weft/flow-schema.ts'
import { listFlowFigures } from '../../../src/domain/flow-figure.ts'
import { explainWaiting } from '../../../src/domain/wait.ts'
import { offerUnits } from '../../../src/runner/unit/offer.ts'
import { UNITS } from '../../../src/runner/unit/registry.ts'
import { type FakeRunner, startRunner, testApp, type TestApp } from '../../helpers/app.ts'

const graph = (dot: string) => ({ graph: { format: 'graphviz', graphconf: dot } })
const ECHO = graph(`digraph {
  r [flowunit=httpserver_sync_receive, endpoint="http://127.0.0.1:0"]
  s [flowunit=httpserver_sync_reply]
  r:out_request_info -> s:in_reply_info
}`)

describe('flows over /api/weft', () => {
  let test: TestApp
  let runner: FakeRunner
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await test.app.request(`/api/weft${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) }
  }

  before(async () => {
    test = await testApp()
    const { offered } = await offerUnits(UNITS)
    runner = await startRunner(test.db, { units: offered })
  })
  after(() => test.close())

  it('a trace is a file once its runner has told of calls', async () => {
    const source = { ...ECHO, profile: { trace: true } }
    await call('PUT', '/flows/traced', { graph: source })
    const path = '/api/weft/flows/traced/trace'
    const none = await test.app.request(path)
    const { traceEvents: before } = (await none.json()) as { traceEvents: { ph: string }[] }
    assert.deepEqual(
      before.filter(({ ph }) => ph === 'X'),
      [],
    )
    const [task] = await runner.claim()
    const piece = { run: 1, sequence: 0, began: 0, lanes: ['r'], calls: [[0, 5, 7, 1]], left: 0 }
    await runner.report(task, { type: 'fact', key: 'trace.0', value: piece })
    const answer = await test.app.request(path)
    assert.equal(
      answer.headers.get('content-disposition'),
      'attachment; filename="traced.trace.json"',
    )
    const { traceEvents } = (await answer.json()) as { traceEvents: { ph: string }[] }
    assert.deepEqual(
      traceEvents.filter(({ ph }) => ph === 'X'),
      [{ name: 'r', cat: 'unit', ph: 'X', pid: 1, tid: 1, ts: 5, dur: 7, args: { batch_size: 1 } }],
    )
    await call('DELETE', '/flows/traced')
  })

  it('a flow goes to a runner with the device that it asks for', async () => {
    const { offered } = await offerUnits(UNITS)
    const other = await testApp()
    const plain = await startRunner(other.db, { units: offered })
    const resize = offered.filter(({ name }) => name === 'base64_decoder')
    const fast = resize.map((unit) => ({
      ...unit,
      device: 'cuda',
      descriptor: { ...unit.descriptor, device: 'cuda' },
    }))
    const gpu = await startRunner(other.db, { units: [...offered, ...fast], site: 'gpu' })
    const on = (device: string) =>
      graph(
        `digraph { r [flowunit=httpserver_sync_receive, endpoint="http://127.0.0.1:0"] b [flowunit=base64_decoder, device="${device}"] s [flowunit=httpserver_sync_reply] r:out_request_info -> b:in_data b:out_data -> s:in_reply_info }`,
      )
    const spec = (device: string) => ({ type: 'flow', source: on(device), format: 'json' }) as const
    await startFlow(other.db, { name: 'placed', owner: null }, spec('cuda'))
    assert.deepEqual(await plain.claim(), [])
    assert.deepEqual(
      (await gpu.claim()).map(({ spec }) => spec),
      [spec('cuda')],
    )
    await assert.rejects(
      startFlow(other.db, { name: 'placed', owner: null }, spec('ascend')),
      /base64_decoder.*ascend|ascend.*base64_decoder/,
    )
    await other.close()
  })

  it('replicas go to a host each, and what they do is summed', async () => {
    const { offered } = await offerUnits(UNITS)
    const others = await Promise.all(
      ['two', 'three'].map((site) => startRunner(test.db, { units: offered, site })),
    )
    const fixed = graph(
      'digraph { r [flowunit=httpserver_sync_receive, endpoint="http://127.0.0.1:8080"] s [flowunit=httpserver_sync_reply] r:out_request_info -> s:in_reply_info }',
    )
    const made = WeftFlow.parse(
      (await call('PUT', '/flows/many', { graph: fixed, replicas: 4 })).body,
    )
    assert.deepEqual(made.replicas, { wanted: 4, running: 0 })
    const taken = await Promise.all([runner, ...others].map((each) => each.claim()))
    // The fourth waits for a runner, though each has slots left.
    assert.deepEqual(
      taken.map((tasks) => tasks.length),
      [1, 1, 1],
    )
    const now = {
      throughput: 2,
      call_ms: 10,
      in_flight: 1,
      queues: { p: 3 },
      taken: 7,
      given: 5,
      errors: 1,
    }
    for (const [at, [task]] of taken.entries())
      await [runner, ...others][at].report(
        task,
        { type: 'progress', fraction: 1 },
        {
          type: 'metric',
          namespace: 'r',
          name: 'throughput',
          points: [],
          meta: { now: at === 2 ? { ...now, throughput: 4, call_ms: 40 } : now },
        },
      )
    await explainWaiting(test.db, Date.now() + 4000)
    const found = WeftFlow.parse((await call('GET', '/flows/many')).body)
    assert.deepEqual([found.replicas, found.running], [{ wanted: 4, running: 3 }, false])
    assert.match(found.reason ?? '', /has a replica of it already: start another runner/)
    assert.deepEqual(
      (await listFlowFigures(test.db)).filter(({ flow }) => flow === 'many'),
      [
        {
          flow: 'many',
          node: 'r',
          taken: 21,
          given: 15,
          errors: 3,
          waiting: 9,
          inFlight: 3,
          callSeconds: 0.025,
        },
      ],
    )
    const again = WeftFlow.parse((await call('POST', '/flows/many/restart')).body)
    assert.equal(again.replicas.wanted, 4)
    assert.equal((await call('PUT', '/flows/many', { graph: fixed, replicas: 0 })).status, 422)
    await call('DELETE', '/flows/many')
  })

  it('a check tells every problem with its place, and nothing is made', async () => {
    const bad = graph(`digraph {
  r [flowunit=httpserver_sync_receive, queue_size=0]
  x [flowunit=no_such_unit]
  r:out -> x:in
}`)
    const { status, body } = await call('POST', '/flows/validate', { graph: bad })
    assert.equal(status, 200)
    const { valid, problems } = WeftFlowCheck.parse(body)
    assert.equal(valid, false)
    assert.deepEqual(
      problems.map(({ node, line }) => [node, line]),
      [
        ['r', 2],
        ['r', 4],
        ['r', 2],
        ['x', 3],
      ],
    )
    const fine = WeftFlowCheck.parse((await call('POST', '/flows/validate', { graph: ECHO })).body)
    assert.deepEqual([fine.valid, fine.nodes.length], [true, 2])
    assert.deepEqual(fine.edges, [{ from: 'r:out_request_info', to: 's:in_reply_info' }])
    assert.deepEqual(WeftFlows.parse((await call('GET', '/flows')).body).flows, [])
  })

  it('a flow is started, replaced, begun again and ended; a bad one changes nothing', async () => {
    const first = WeftFlow.parse((await call('PUT', '/flows/echo', { graph: ECHO })).body)
    const [task] = await runner.claim()
    assert.equal(task.jobId, first.jobId)
    const bad = await call('PUT', '/flows/echo', { graph: graph('digraph { a -> b') })
    assert.equal(bad.status, 422)
    const same = WeftFlow.parse((await call('GET', '/flows/echo')).body)
    assert.deepEqual([same.jobId, same.state, same.running], [first.jobId, 'running', false])
    const next = WeftFlow.parse((await call('POST', '/flows/echo/restart')).body)
    assert.notEqual(next.jobId, first.jobId)
    const [again] = await runner.claim()
    assert.deepEqual(again.spec, task.spec)
    assert.equal((await call('DELETE', '/flows/echo')).status, 204)
    assert.equal((await call('GET', '/flows/echo')).status, 404)
  })

  it('a flow waits with its reason where no runner has its units', async () => {
    const { offered } = await offerUnits(UNITS)
    const other = await testApp()
    // Known from a runner that is not there any more.
    const old = await startRunner(other.db, { units: offered, site: 'old' })
    await other.db.updateTable('runner').set({ seen_at: 0 }).where('id', '=', old.id).execute()
    const lacking = await startRunner(other.db, { units: offered.slice(0, 1), site: 'new' })
    await other.app.request('/api/weft/flows/echo', {
      method: 'PUT',
      body: JSON.stringify({ graph: ECHO }),
      headers: { 'content-type': 'application/json' },
    })
    assert.deepEqual(await lacking.claim(), [])
    const answer = await other.app.request('/api/weft/flows/echo')
    const { reason } = WeftFlow.parse(await answer.json())
    assert.match(reason ?? '', /No live runner has all the flow units .*httpserver_sync_re/)
    await other.close()
  })

  it('the units that runners have are listed with their ports', async () => {
    const { units } = WeftUnits.parse((await call('GET', '/flow-units')).body)
    assert.equal(units.length, UNITS.length)
    const reply = units.find(({ name }) => name === 'httpserver_sync_reply')
    assert.deepEqual(reply?.['inputs'], [
      { name: 'in_reply_info', description: 'The body of the answer' },
    ])
  })
})
