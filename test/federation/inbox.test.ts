import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  encodeHead,
  ENVELOPE_BYTES,
  FRAME,
  readEnvelope,
  Refusal,
  type RefusalReason,
} from '../../src/federation/envelope.ts'
import { inboxApp, type InboxOptions } from '../../src/federation/inbox.ts'
import { SILENT } from '../helpers/deps.ts'

const PATH = '/federation/v1/messages'
const HELLO = encodeHead({
  kind: FRAME.hello,
  session: 'job/node/1',
  sender: 'guest:9999',
  receiver: 'host:10000',
})

describe('inbox', () => {
  it('hands over the bytes and answers with what goes back', async () => {
    const seen: Uint8Array[] = []
    const app = open((bytes) => {
      seen.push(bytes)
      return Promise.resolve(seen.length === 1 ? undefined : Uint8Array.of(1, 2, 3))
    })
    assert.equal((await post(app, HELLO)).status, 202)
    const answer = await post(app, HELLO)
    assert.equal(answer.status, 200)
    assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), Uint8Array.of(1, 2, 3))
    assert.deepEqual(seen, [HELLO, HELLO])
  })

  it('answers every refusal with a status of its own and one word', async () => {
    const expected: Record<RefusalReason, number> = {
      malformed: 400,
      unknown: 404,
      early: 409,
      forged: 403,
      replay: 409,
      ahead: 429,
    }
    for (const [reason, status] of Object.entries(expected)) {
      const app = open(() => {
        throw new Refusal(reason as RefusalReason, 'a sentence about host:10000')
      })
      const response = await post(app, HELLO)
      assert.equal(response.status, status)
      assert.deepEqual(await response.json(), { error: reason })
    }
  })

  it('refuses what is no envelope', async () => {
    const app = open((bytes) => {
      readEnvelope(bytes)
      return Promise.resolve(undefined)
    })
    for (const body of [new Uint8Array(0), Uint8Array.of(1, 2, 3), HELLO.slice(0, -1)]) {
      assert.equal((await post(app, body)).status, 400)
    }
    assert.equal((await post(app, HELLO)).status, 202)
  })

  it('refuses a body above the limit, announced or not, and another content type', async () => {
    const app = open(() => assert.fail('nothing may arrive'))
    const large = new Uint8Array(ENVELOPE_BYTES + 1)
    assert.equal((await post(app, large)).status, 413)
    const announced = { 'content-length': String(large.length) }
    assert.equal((await post(app, large, announced)).status, 413)
    assert.equal((await post(app, HELLO, { 'content-type': 'text/plain' })).status, 415)
    assert.equal((await app.request(PATH)).status, 404)
    assert.equal((await app.request('/other', { method: 'POST' })).status, 404)
  })

  it('takes only so many at once', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const app = inboxApp({ deliver: () => promise, log: SILENT, concurrency: 1 })
    const first = post(app, HELLO)
    assert.equal((await post(app, HELLO)).status, 503)
    resolve(undefined)
    assert.equal((await first).status, 202)
    assert.equal((await post(app, HELLO)).status, 202)
  })

  it('gives nothing away when it fails', async () => {
    const app = open(() => Promise.reject(new Error('secret path')))
    const response = await post(app, HELLO)
    assert.equal(response.status, 500)
    assert.deepEqual(await response.json(), { error: 'internal' })
  })
})

function open(deliver: InboxOptions['deliver']) {
  return inboxApp({ deliver, log: SILENT })
}

function post(
  app: ReturnType<typeof inboxApp>,
  body: Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Response | Promise<Response> {
  return app.request(PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', ...headers },
    body,
  })
}
