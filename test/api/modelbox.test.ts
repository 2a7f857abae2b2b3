/**
 * The ModelBox surface as its document and its clients have it.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { ModelboxJob, ModelboxJobs } from '../../src/api/modelbox/schema.ts'
import { offerUnits } from '../../src/runner/unit/offer.ts'
import { UNITS } from '../../src/runner/unit/registry.ts'
import { type FakeRunner, startRunner, testApp, type TestApp } from '../helpers/app.ts'
import { matchSnapshot } from '../helpers/snapshot.ts'

/** The document's own example. */
const EXAMPLE = {
  job_id: 'flow-example',
  job_graph: {
    graph: {
      format: 'graphviz',
      graphconf: [
        ' digraph demo { ',
        '          httpserver_sync_receive[type=flowunit, flowunit=httpserver_sync_receive, device=cpu, deviceid=0, endpoint="http://127.0.0.1:8080/example", max_requests=10, time_out=5000]',
        '          httpserver_sync_reply[type=flowunit, flowunit=httpserver_sync_reply, device=cpu, deviceid=0]',
        '          httpserver_sync_receive:out_request_info -> httpserver_sync_reply:in_reply_info',
        '  }',
      ],
    },
    driver: { dir: '', 'skip-default': 'false' },
  },
}
const BAD = {
  graph: { format: 'graphviz', graphconf: 'digraph { a [flowunit=mnist_infer] a:x -> a:y }' },
}
const TOML = `[graph]\nformat = "graphviz"\ngraphconf = '''${EXAMPLE.job_graph.graph.graphconf.join('\n')}'''\n`

describe('the ModelBox surface', () => {
  let test: TestApp
  let runner: FakeRunner
  const call = async (method: string, path: string, body?: unknown, type?: string) => {
    const answer = await test.app.request(`/v1/modelbox${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(type === undefined ? {} : { headers: { 'content-type': type } }),
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? '' : (JSON.parse(text) as unknown) }
  }
  const make = (job_id: unknown, job_graph: unknown = EXAMPLE.job_graph, more = {}) =>
    call('PUT', '/job', { job_id, job_graph, ...more })
  const code = (body: unknown) => (body as { error_code: string }).error_code

  before(async () => {
    test = await testApp()
    const { offered } = await offerUnits(UNITS)
    runner = await startRunner(test.db, { units: offered })
  })
  after(() => test.close())

  it('takes the document’s example, runs it, shows it, deletes it', async () => {
    const form = 'application/x-www-form-urlencoded'
    assert.deepEqual(await call('PUT', '/job', EXAMPLE, form), { status: 201, body: '' })
    const status = async () => {
      const { body } = await call('GET', '/job/flow-example')
      return ModelboxJob.parse(body).job_status
    }
    assert.equal(await status(), 'PENDING')
    const [task] = await runner.claim()
    assert.equal(task.kind, 'flow')
    assert.equal(await status(), 'CREATEING')
    await runner.report(task, { type: 'progress', fraction: 1, note: 'The flow runs' })
    assert.deepEqual(await call('GET', '/job/flow-example'), {
      status: 200,
      body: { job_error_msg: '', job_id: 'flow-example', job_status: 'RUNNING' },
    })
    const { body } = await call('GET', '/job/list/all')
    assert.deepEqual(
      ModelboxJobs.parse(body).job_list.map(({ job_id }) => job_id),
      ['flow-example'],
    )
    assert.deepEqual(await call('DELETE', '/job/flow-example'), { status: 204, body: '' })
    assert.equal((await call('DELETE', '/job/flow-example')).status, 404)
    assert.deepEqual(await call('GET', '/job/flow-example'), {
      status: 404,
      body: { error_code: 'MODELBOX_002', error_msg: 'request invalid, no such job' },
    })
  })

  it('shows a flow that ended by itself as SUCCEEDED, and one that could not begin as FAILED', async () => {
    await make('ends')
    await make('breaks')
    const tasks = await runner.claim()
    await runner.settle(tasks[0])
    const reason = "open flowunit 'a', type 'cpu' failed. -> the port is in use"
    await runner.settle(tasks[1], { state: 'failed', reason })
    const found = await Promise.all(['ends', 'breaks'].map((id) => call('GET', `/job/${id}`)))
    const [ended, broken] = found.map(({ body }) => ModelboxJob.parse(body))
    assert.equal(ended.job_status, 'SUCCEEDED')
    assert.equal(broken.job_status, 'FAILED')
    assert.equal(broken.job_error_msg, `Fault, ${reason}`)
  })

  it('begins a flow again whose runner is lost, and does not keep others waiting', async () => {
    for (let at = 0; at < 7; at++) await make(`many-${at}`)
    const tasks = await runner.claim()
    assert.equal(tasks.length, 7)
    await runner.settle(tasks[0], { state: 'released', reason: 'the runner drains' })
    const [again] = await runner.claim()
    assert.deepEqual([again.taskId, again.attempt], [tasks[0].taskId, 2])
    for (let at = 0; at < 7; at++) await call('DELETE', `/job/many-${at}`)
  })

  it('takes the graph as TOML, as JSON text, and as an object, by PUT and by POST', async () => {
    const forms: [string, unknown, object?][] = [
      ['toml', TOML, { job_graph_format: 'toml' }],
      ['toml-as-json', TOML],
      ['json-text', JSON.stringify(EXAMPLE.job_graph)],
      ['object', EXAMPLE.job_graph, { graph_name: 'unknown fields are ignored' }],
    ]
    for (const [id, graph, more] of forms)
      assert.equal((await make(id, graph, more)).status, 201, id)
    assert.equal((await call('POST', '/job', { ...EXAMPLE, job_id: 'posted' })).status, 201)
    assert.equal((await call('POST', '/job/', { ...EXAMPLE, job_id: 'slash' })).status, 201)
    assert.equal((await call('PUT', '/job/x/y', { ...EXAMPLE, job_id: 'deep' })).status, 201)
    for (const id of ['toml', 'toml-as-json', 'json-text', 'object', 'posted', 'slash', 'deep'])
      assert.equal((await call('DELETE', `/job/list/${id}`)).status, 204)
  })

  const refusals: [name: string, body: unknown, code: string, message: RegExp][] = [
    ['no JSON', '{"job_id":', 'MODELBOX_006', /^request invalid, invalid command, /],
    ['no job_id', { job_graph: {} }, 'MODELBOX_003', /^request invalid, can not get jobId$/],
    ['no object', '[1]', 'MODELBOX_003', /jobId/],
    ['a job_id that is no text', { job_id: 7, job_graph: {} }, 'MODELBOX_001', /internal error/],
    ['no graph', { job_id: 'ab' }, 'MODELBOX_004', /can not get graph/],
    ['an id with a dot first', { job_id: '.ab', job_graph: {} }, 'MODELBOX_007', /characters/],
    ['an id of one character', { job_id: 'a', job_graph: {} }, 'MODELBOX_007', /64/],
    ['a long id', { job_id: 'a'.repeat(65), job_graph: {} }, 'MODELBOX_007', /64/],
    [
      'a strange format',
      { job_id: 'ab', job_graph: 'x', job_graph_format: 'yaml' },
      'MODELBOX_006',
      /Unsupport graph format: yaml/,
    ],
    [
      'an object as TOML',
      { job_id: 'ab', job_graph: {}, job_graph_format: 'toml' },
      'MODELBOX_001',
      /text/,
    ],
    [
      'nothing in the graph',
      { job_id: 'empty-graph', job_graph: {} },
      'MODELBOX_008',
      /job config is invalid, Fault, Flow not initialized/,
    ],
  ]
  for (const [name, body, wanted, message] of refusals)
    it(`refuses ${name} with ${wanted}`, async () => {
      const answer = await call('PUT', '/job', body)
      const { error_code, error_msg } = answer.body as { error_code: string; error_msg: string }
      assert.deepEqual([answer.status, error_code], [400, wanted])
      assert.match(error_msg, message)
    })

  it('keeps a bad graph as a job that has failed, and names the unit that is missing', async () => {
    const { status, body } = await make('bad', BAD)
    assert.deepEqual([status, code(body)], [400, 'MODELBOX_008'])
    assert.match(JSON.stringify(body), /create flowunit 'mnist_infer' failed/)
    const { body: job } = await call('GET', '/job/bad')
    assert.equal(ModelboxJob.parse(job).job_status, 'FAILED')
    assert.match(ModelboxJob.parse(job).job_error_msg, /mnist_infer/)
    assert.equal(code((await make('bad')).body), 'MODELBOX_005')
    assert.equal((await call('DELETE', '/job/bad')).status, 204)
    assert.equal((await make('bad')).status, 201)
  })

  it('answers odd paths and methods as the original does', async () => {
    const odd = async (method: string, path: string) => {
      const { status, body } = await call(method, path)
      return [status, body === '' ? '' : code(body)]
    }
    assert.deepEqual(await odd('GET', '/job'), [404, 'MODELBOX_002'])
    assert.deepEqual(await odd('GET', '/job/'), [404, 'MODELBOX_002'])
    assert.deepEqual(await odd('GET', '/job/a/b'), [500, 'MODELBOX_006'])
    assert.deepEqual(await odd('GET', '/job/list/all/'), [500, 'MODELBOX_006'])
    assert.deepEqual(await odd('DELETE', '/job'), [404, 'MODELBOX_002'])
    assert.deepEqual(await odd('DELETE', '/job/bad/'), [404, 'MODELBOX_002'])
    assert.deepEqual(await odd('DELETE', '/job/%E0%A4%A'), [404, 'MODELBOX_002'])
    assert.deepEqual(await odd('GET', '/job/%E0%A4%A'), [404, 'MODELBOX_002'])
    assert.deepEqual(await odd('PATCH', '/job/bad'), [404, ''])
    assert.deepEqual(await odd('OPTIONS', '/job'), [404, ''])
    assert.deepEqual(await odd('HEAD', '/job/list/all'), [404, ''])
    assert.equal((await test.app.request('/v1/modelbox/jobx')).status, 404)
  })

  it('describes itself', async () => {
    const answer = await test.app.request('/v1/modelbox/openapi.json')
    assert.equal(answer.status, 200)
    matchSnapshot('modelbox.openapi.json', await answer.json())
  })
})
