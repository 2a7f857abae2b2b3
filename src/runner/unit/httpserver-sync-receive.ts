/**
 * httpserver_sync_receive: a session for each HTTP request, which waits for its answer.
 * @module
 */
import type { BufferError } from '../../flow/stream/buffer.ts'
import type { FlowUnit, Unit } from '../../flow/stream/unit.ts'
import type { HttpReply } from './http-listener.ts'
import { HTTP_OPTIONS, openSource, requestBuffer } from './http-receive.ts'

/** Under this name a session keeps the way to answer its request. */
export const REPLY = 'httpserver.reply'

export const httpserverSyncReceive: FlowUnit = {
  descriptor: {
    name: 'httpserver_sync_receive',
    device: 'cpu',
    version: '1.0.0',
    group: 'Input',
    description: 'Takes HTTP requests; httpserver_sync_reply answers them',
    kind: 'normal',
    inputs: [],
    outputs: [
      { name: 'out_request_info', description: 'The body; method, uri and headers beside it' },
    ],
    options: [
      ...HTTP_OPTIONS,
      {
        name: 'time_out_ms',
        type: 'int',
        description: 'How long a request may take; then it is answered with 408',
      },
      { name: 'time_out', type: 'int', description: 'The same under its older name' },
    ],
  },
  create: createReceive,
}

const TIMED_OUT: BufferError = {
  code: 'Http.Timeout',
  message: 'The request took longer than time_out_ms',
}
const GONE: BufferError = { code: 'Http.Gone', message: 'The client has hung up' }

function createReceive(): Unit {
  let close: (() => Promise<void>) | undefined
  let inFlight = 0

  return {
    async open(config, host) {
      const endpoint = config.text('endpoint')
      const most = config.integer('max_requests')
      const timeoutMs = config.integer('time_out_ms', config.integer('time_out', 5000))
      close = await openSource(config, host, {
        // As with the original, one more than the limit may be under way.
        admit: () => (inFlight > most ? 429 : undefined),
        handle(request, reply) {
          inFlight++
          const timer = setTimeout(() => {
            reply.send(408)
            input.fail(TIMED_OUT)
          }, timeoutMs)
          const input = host.openSession({
            onEnd({ error }) {
              inFlight--
              clearTimeout(timer)
              if (!reply.sent) fail(reply, error)
            },
          })
          reply.onGone = () => input.fail(GONE)
          input.session.values.set(REPLY, reply)
          input.send([requestBuffer(request, endpoint)])
          input.close()
        },
      })
    },
    process(context) {
      context.output('out_request_info').push(...context.external)
    },
    close: () => close?.(),
  }
}

/** The flow is done with the request and has not answered. */
function fail(reply: HttpReply, error: BufferError | undefined): void {
  const message = error?.message ?? 'The flow gave no answer'
  reply.send(500, JSON.stringify({ message, status: 500 }), 'application/json')
}
