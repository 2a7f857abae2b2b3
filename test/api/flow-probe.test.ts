/**
 * Requests to the sources of flows: they reach those, and nobody else.
 * @module
 */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, it } from 'node:test'

import { listenerOf, tryListener } from '../../src/api/flow-probe.ts'
import { openRoute } from '../../src/runner/unit/http-listener.ts'

const NOTHING = new Uint8Array()
const closing: (() => unknown)[] = []
after(async () => {
  for (const close of closing) await close()
})

function open(endpoint: string) {
  return openRoute({
    endpoint,
    keepAliveMs: 1000,
    bodyLimit: 1000,
    heldLimit: 1e9,
    admit: () => undefined,
    handle({ method, uri, body, headers }, reply) {
      const text = `${method} ${uri} ${headers['content-type'] ?? ''} ${body.length}`
      reply.send(201, uri.endsWith('long') ? 'x'.repeat(2_000_000) : text, 'text/plain')
    },
  })
}

describe('a request to a source', () => {
  it('arrives below its path, and comes back with what was answered', async () => {
    const route = await open('http://127.0.0.1:0/deep')
    closing.push(route.close)
    const body = new TextEncoder().encode('{}')
    const asked = { method: 'POST', path: 'x?y=1', contentType: 'application/json', body }
    const answer = await tryListener(route.address, asked)
    assert.equal(new TextDecoder().decode(answer.body), 'POST /deep/x?y=1 application/json 2')
    assert.deepEqual([answer.status, answer.contentType, answer.isWhole], [201, 'text/plain', true])
    const long = { method: 'GET', path: '/long', contentType: '', body: NOTHING }
    const cut = await tryListener(route.address, long)
    assert.deepEqual([cut.body.length, cut.isWhole], [1024 * 1024, false])
  })

  it('goes to nobody who does not know the key, whatever a runner tells', async () => {
    const seen: string[] = []
    const other = createServer((incoming, outgoing) => {
      seen.push(incoming.url ?? '')
      outgoing.end('a'.repeat(64))
    })
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
    closing.push(() => other.close())
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`
    const asked = { method: 'GET', path: '/secret', contentType: '', body: NOTHING }
    await assert.rejects(
      tryListener({ url, id: 'ab', key: 'a'.repeat(64) }, asked),
      /Somebody else answers at/,
    )
    assert.equal(seen.length, 1)
    assert.match(seen[0], /^\/\.well-known\/weft-flow\/ab\/[0-9a-f]{32}$/)
  })

  it('goes to no listener that is gone, to no other origin and by no other method', async () => {
    const route = await open('http://127.0.0.1:0')
    const asked = { method: 'GET', path: '', contentType: '', body: NOTHING }
    await assert.rejects(tryListener(route.address, { ...asked, method: 'CONNECT' }), /no method/)
    // A path cannot lead elsewhere, however it is written.
    const { body } = await tryListener(route.address, { ...asked, path: '@example.org/' })
    assert.equal(new TextDecoder().decode(body), 'GET /@example.org/  0')
    await route.close()
    await assert.rejects(tryListener(route.address, asked), /does not answer/)
  })

  it('needs an address of a runner that is one', () => {
    const fine = { url: 'http://127.0.0.1:1/', id: 'ab', key: 'a'.repeat(64) }
    assert.deepEqual(listenerOf({ ...fine, more: 1 }), fine)
    for (const bad of [
      null,
      {},
      { ...fine, url: 'file:///x' },
      { ...fine, id: '../x' },
      { ...fine, key: 'x' },
    ])
      assert.equal(listenerOf(bad), undefined)
  })
})
