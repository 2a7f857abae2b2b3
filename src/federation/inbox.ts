/**
 * The inbox of a runner: where other runners post sealed envelopes.
 * @module
 */
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'

import { plainView } from './bytes.ts'
import { ENVELOPE_BYTES, Refusal, type RefusalReason } from './envelope.ts'
import { INBOX_PATH, type TransportLog } from './route.ts'

export interface InboxOptions {
  /** Takes an envelope; answers what goes back. Throws a Refusal. */
  readonly deliver: (bytes: Uint8Array) => Promise<Uint8Array | undefined>
  readonly log: TransportLog
  /** Requests that may be under way at once; each holds up to 4 MiB. */
  readonly concurrency?: number
}

/**
 * The HTTP app of an inbox: `POST /federation/v1/messages` with an envelope as its body. 200 with an envelope that
 * goes back, 202 without one, otherwise `{"error": …}`.
 */
export function inboxApp(options: InboxOptions): Hono {
  const app = new Hono()
  const { log, concurrency = 64 } = options
  let busy = 0
  app.post(
    INBOX_PATH,
    async (c, next) => {
      if (busy >= concurrency) return c.json({ error: 'The inbox is busy: try again' }, 503)
      busy++
      try {
        await next()
      } finally {
        busy--
      }
    },
    bodyLimit({
      maxSize: ENVELOPE_BYTES,
      onError: (c) => c.json({ error: `An envelope has at most ${ENVELOPE_BYTES} bytes` }, 413),
    }),
    async (c) => {
      const type = c.req.header('content-type')?.split(';')[0].trim().toLowerCase()
      if (type !== 'application/octet-stream') {
        return c.json({ error: 'Send an envelope as application/octet-stream' }, 415)
      }
      const answer = await options.deliver(new Uint8Array(await c.req.arrayBuffer()))
      if (answer === undefined) return c.body(null, 202)
      return c.body(plainView(answer), 200, { 'content-type': 'application/octet-stream' })
    },
  )
  app.notFound((c) => c.json({ error: `No route ${c.req.method} ${c.req.path}` }, 404))
  app.onError((error, c) => {
    if (error instanceof Refusal) {
      log.debug({ reason: error.reason, error: error.message }, 'An envelope was refused')
      // Whoever it was has not shown who it is: it learns no more than the reason.
      return c.json({ error: error.reason }, STATUS[error.reason])
    }
    log.warn({ error: String(error) }, 'The inbox failed')
    return c.json({ error: 'internal' }, 500)
  })
  return app
}

const STATUS = {
  malformed: 400,
  unknown: 404,
  early: 409,
  forged: 403,
  replay: 409,
  ahead: 429,
} as const satisfies Record<RefusalReason, number>
