/**
 * The HTTP units in flows, asked by real clients.
 * @module
 */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { connect } from 'node:net'
import { describe, it, type TestContext } from 'node:test'

import { flowBuffer, textOf } from '../../../src/flow/stream/buffer.ts'
import type { FlowUnit } from '../../../src/flow/stream/unit.ts'
import type { Flow } from '../../../src/runner/flow/flow.ts'
import { httpserverAsync } from '../../../src/runner/unit/httpserver-async.ts'
import { httpserverSyncReceive } from '../../../src/runner/unit/httpserver-sync-receive.ts'
import { httpserverSyncReply } from '../../../src/runner/unit/httpserver-sync-reply.ts'
import { mapper, mock, startFlow } from '../flow/mock.ts'

const UNITS = [httpserverSyncReceive, httpserverSyncReply]

interface Served {
  readonly url: string
  readonly flow: Flow
  readonly logs: string[]
}

/** A flow that listens at a free port and answers with what `units` make of the request. */
async function serveFlow(
  t: TestContext,
  shape: {
    units?: readonly FlowUnit[]
    chain?: readonly string[]
    attributes?: string
    path?: string
  } = {},
): Promise<Served> {
  const { units = [], chain = [], attributes = '', path = '' } = shape
  const logs: string[] = []
  const nodes = chain.map((name) => `${name} [flowunit=${name}]`).join('\n')
  const hops = [
    'r:out_request_info',
    ...chain.flatMap((name) => [`${name}:in`, `${name}:out`]),
    's:in_reply_info',
  ]
  const edges = hops.flatMap((end, at) => (at % 2 === 0 ? [`${end} -> ${hops[at + 1]}`] : []))
  const flow = await startFlow(
    `digraph { r [flowunit=httpserver_sync_receive, endpoint="http://127.0.0.1:0${path}"${attributes}]
      s [flowunit=httpserver_sync_reply] ${nodes}\n${edges.join('\n')} }`,
    [...UNITS, ...units],
    logs,
  )
  t.after(() => flow.stop('the test is over'))
  const port = /port (\d+)/.exec(logs.join())?.[1]
  return { url: `http://127.0.0.1:${port}${path}`, flow, logs }
}

const shout = mapper('shout', (buffer) =>
  flowBuffer(`${buffer.meta['method'] as string} ${textOf(buffer).toUpperCase()}`),
)

describe('httpserver_sync_receive and httpserver_sync_reply', () => {
  it('answer what the flow makes of a request, by every method', async (t) => {
    const { url } = await serveFlow(t, { units: [shout], chain: ['shout'] })
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const answer = await fetch(`${url}/a?b=c`, { method, body: 'hello' })
      assert.deepEqual([answer.status, await answer.text()], [200, `${method} HELLO`])
      assert.equal(answer.headers.get('content-type'), 'text/plain;charset=utf-8')
      assert.equal(answer.headers.get('x-frame-options'), 'DENY')
    }
    assert.equal(await (await fetch(url)).text(), 'GET ')
  })

  it('pass any bytes through, whatever their content type', async (t) => {
    const { url } = await serveFlow(t)
    const body = Uint8Array.from({ length: 300_000 }, (_, at) => at % 251)
    const headers = { 'content-type': 'image/png' }
    const answer = await fetch(url, { method: 'POST', body, headers })
    assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), body)
  })

  it('answer only below their path; other methods are refused', async (t) => {
    const { url } = await serveFlow(t, { path: '/example' })
    const origin = new URL(url).origin
    const status = async (path: string, method = 'GET') =>
      (await fetch(`${origin}${path}`, { method })).status
    assert.deepEqual(
      await Promise.all(
        ['/example', '/example/', '/example/x', '/example2', '/'].map((path) => status(path)),
      ),
      [200, 200, 200, 404, 404],
    )
    const refused = await fetch(url, { method: 'OPTIONS' })
    assert.deepEqual(
      [refused.status, refused.headers.get('allow')],
      [405, 'POST, GET, DELETE, PUT'],
    )
    assert.equal(await status('/example', 'PATCH'), 405)
  })

  it('tell that they are well, without the flow', async (t) => {
    const { url, flow } = await serveFlow(t)
    const answer = await fetch(`${url}/health`)
    assert.deepEqual(
      [answer.status, await answer.json()],
      [200, { message: 'success', status: 200 }],
    )
    assert.equal(flow.figures().find(({ node }) => node === 'r')?.calls, 0)
  })

  it('answer 500 at once when the session fails, and the flow goes on', async (t) => {
    const picky = mapper('picky', (buffer) => {
      if (textOf(buffer) === 'bad') throw new Error('it is bad')
      return buffer
    })
    const { url } = await serveFlow(t, {
      units: [picky],
      chain: ['picky'],
      attributes: ', time_out_ms=60000',
    })
    const post = (body: string) => fetch(url, { method: 'POST', body })
    const answer = await post('bad')
    assert.deepEqual(
      [answer.status, await answer.json()],
      [500, { message: 'it is bad', status: 500 }],
    )
    assert.equal(await (await post('good')).text(), 'good')
  })

  it('answer 408 when the flow takes too long', async (t) => {
    const gate = Promise.withResolvers<undefined>()
    const slow = mapper('slow', async (buffer) => {
      await gate.promise
      return buffer
    })
    const limit = ', time_out=20'
    const { url, flow } = await serveFlow(t, { units: [slow], chain: ['slow'], attributes: limit })
    assert.equal((await fetch(url, { method: 'POST', body: 'slow' })).status, 408)
    gate.resolve(undefined)
    const { failed } = await flow.stop('over')
    assert.equal(failed, 1)
  })

  it('answer 429 when too much is under way, and not once it is done', async (t) => {
    const gate = Promise.withResolvers<undefined>()
    const slow = mapper('slow', async (buffer) => {
      if (textOf(buffer) === 'slow') await gate.promise
      return buffer
    })
    const limits = ', time_out=600000, max_requests=1'
    const { url, flow } = await serveFlow(t, { units: [slow], chain: ['slow'], attributes: limits })
    const post = async (body: string) => (await fetch(url, { method: 'POST', body })).status
    const waiting = [post('slow'), post('slow')]
    while (flow.alive < 2) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(await post('fast'), 429)
    gate.resolve(undefined)
    assert.deepEqual(await Promise.all(waiting), [200, 200])
    while (flow.alive > 0) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(await post('fast'), 200)
  })

  it('refuse a body that is too large, before it is read', async (t) => {
    const { url } = await serveFlow(t, { attributes: ', max_body_bytes=1000' })
    const { port } = new URL(url)
    const declared = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(
        { port, method: 'POST', headers: { 'content-length': 1_000_000_000 } },
        (answer) => resolve(answer.statusCode),
      )
      sent.on('error', reject)
      sent.flushHeaders()
    })
    assert.equal(declared, 413)
    assert.equal((await fetch(url, { method: 'POST', body: 'x'.repeat(1000) })).status, 200)
  })

  it('end the session of a client that hangs up', async (t) => {
    const gate = Promise.withResolvers<undefined>()
    const slow = mapper('slow', async (buffer) => {
      await gate.promise
      return buffer
    })
    const { url, flow } = await serveFlow(t, { units: [slow], chain: ['slow'] })
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    while (flow.alive < 1) await new Promise((resolve) => setImmediate(resolve))
    socket.destroy()
    while (flow.alive > 0) await new Promise((resolve) => setImmediate(resolve))
    gate.resolve(undefined)
    const { failed } = await flow.stop('over')
    assert.equal(failed, 1)
  })

  it('share a port by their paths, and refuse the same path twice', async (t) => {
    const { url } = await serveFlow(t, { path: '/one' })
    // A port that is taken by nobody else: its second flow names it.
    const { port } = new URL(url)
    const other = (path: string) =>
      startFlow(
        `digraph { r [flowunit=httpserver_sync_receive, endpoint="http://127.0.0.1:${port}${path}"] s [flowunit=httpserver_sync_reply] r:out_request_info -> s:in_reply_info }`,
        UNITS,
      )
    await assert.rejects(other('/two'), /the port is in use/)
    const first = await flowsAtOnePort(t)
    const shared = await first('/a')
    const second = await first('/b')
    assert.equal((await fetch(`${shared}/a`)).status, 200)
    assert.equal((await fetch(`${shared}/b`)).status, 200)
    assert.equal(second, shared)
    await assert.rejects(first('/a'), /already registered/)
  })
})

/** Flows at one port that was free a moment ago. */
async function flowsAtOnePort(t: TestContext): Promise<(path: string) => Promise<string>> {
  const { createServer } = await import('node:net')
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => probe.once('listening', resolve))
  const address = probe.address()
  const port = typeof address === 'object' && address ? address.port : 0
  await new Promise((resolve) => probe.close(resolve))
  return async (path) => {
    const flow = await startFlow(
      `digraph { r [flowunit=httpserver_sync_receive, endpoint="http://127.0.0.1:${port}${path}"] s [flowunit=httpserver_sync_reply] r:out_request_info -> s:in_reply_info }`,
      UNITS,
    )
    t.after(() => flow.stop('the test is over'))
    return `http://127.0.0.1:${port}`
  }
}

describe('httpserver_async', () => {
  it('answers before the flow has worked, and 429 while too many sessions are alive', async (t) => {
    const gate = Promise.withResolvers<undefined>()
    const seen: string[] = []
    const sink = mock('sink', { outputs: [], kind: 'stream' }, () => ({
      async process(context) {
        await gate.promise
        seen.push(textOf(context.input('in')[0]))
      },
    }))
    const logs: string[] = []
    const flow = await startFlow(
      'digraph { r [flowunit=httpserver_async, endpoint="http://127.0.0.1:0", max_requests=2] s [flowunit=sink] r:out_request_info -> s:in }',
      [httpserverAsync, sink],
      logs,
    )
    t.after(() => flow.stop('the test is over'))
    const port = /port (\d+)/.exec(logs.join())?.[1]
    const post = async (body: string) =>
      (await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body })).status
    assert.deepEqual([await post('a'), await post('b'), await post('c')], [202, 202, 429])
    gate.resolve(undefined)
    while (flow.alive > 0) await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(seen.toSorted(), ['a', 'b'])
    assert.equal(await post('d'), 202)
  })
})
