/**
 * @module
 */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { describe, it, type TestContext } from 'node:test'

import { sendOverSockets } from '../../src/runner/send.ts'

const LIMITS = { signal: new AbortController().signal, ms: 10_000, most: 100 }

describe('sending over sockets', () => {
  it('posts the bytes and answers status and bytes, over one connection', async (test) => {
    const sockets = new Set<unknown>()
    const inbox = await open(test, async (request, response) => {
      sockets.add(request.socket)
      const body = await bytesOf(request)
      const type = request.headers['content-type']
      response
        .writeHead(type === 'application/octet-stream' ? 200 : 415)
        .end(body.map((b) => b + 1))
    })
    const send = sendOverSockets()
    for (const first of [1, 2, 3]) {
      const { status, answer } = await send(inbox.url, Uint8Array.of(first, 9), LIMITS)
      assert.equal(status, 200)
      assert.deepEqual(answer, Uint8Array.of(first + 1, 10))
    }
    assert.equal(sockets.size, 1)
  })

  it('sends again what an inbox dropped that had kept the connection for a while', async (test) => {
    let dropped = 0
    const seen = new Set<unknown>()
    const inbox = await open(test, async (request, response) => {
      await bytesOf(request)
      if (seen.has(request.socket) && dropped++ === 0) request.socket.destroy()
      else response.writeHead(202).end()
      seen.add(request.socket)
    })
    const send = sendOverSockets()
    assert.equal((await send(inbox.url, Uint8Array.of(1), LIMITS)).status, 202)
    assert.equal((await send(inbox.url, Uint8Array.of(2), LIMITS)).status, 202)
    assert.equal(dropped, 1)
  })

  it('follows nobody who redirects, and takes no answer that is too long', async (test) => {
    const inbox = await open(test, async (request, response) => {
      await bytesOf(request)
      if (request.url === '/away') response.writeHead(307, { location: '/long' }).end()
      else response.writeHead(200).end(new Uint8Array(101))
    })
    const send = sendOverSockets()
    assert.equal((await send(`${inbox.url}/away`, Uint8Array.of(1), LIMITS)).status, 307)
    await assert.rejects(send(`${inbox.url}/long`, Uint8Array.of(1), LIMITS), /too long/)
  })

  it('rejects when nobody listens, when the time is up, and when it is told to stop', async (test) => {
    const inbox = await open(test, () => {})
    const send = sendOverSockets()
    const soon = { ...LIMITS, ms: 5 }
    await assert.rejects(send(inbox.url, Uint8Array.of(1), soon), /No answer within 5 ms/)
    const stop = new AbortController()
    const asked = send(inbox.url, Uint8Array.of(1), { ...LIMITS, signal: stop.signal })
    stop.abort(new Error('The task has ended'))
    await assert.rejects(asked, /The task has ended/)
    inbox.close()
    await assert.rejects(send(inbox.url, Uint8Array.of(1), LIMITS), /ECONNREFUSED/)
  })
})

type Handle = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

function open(test: TestContext, handle: Handle): Promise<{ url: string; close(): void }> {
  const server: Server = createServer((request, response) => void handle(request, response))
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  // A failed test must not hold the process.
  test.after(close)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const at = server.address()
      const port = typeof at === 'object' && at !== null ? at.port : 0
      resolve({
        url: `http://127.0.0.1:${port}`,
        close,
      })
    })
  })
}

async function bytesOf(request: IncomingMessage): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of request) pieces.push(piece as Uint8Array)
  return new Uint8Array(Buffer.concat(pieces))
}
