/**
 * httpserver_sync_receive: a session for each HTTP request, which waits for its answer.
 * @module
 */
import type { BufferError } from '../../flow/stream/buffer.ts'
import type { FlowUnit, SessionEnd, SessionInput, Unit, UnitHost } from '../../flow/stream/unit.ts'
import { Deadlines, type Waiting } from './deadlines.ts'
import type { HttpReply, HttpRequest } from './http-listener.ts'
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
  const now = { inFlight: 0 }

  return {
    async open(config, host) {
      const endpoint = config.text('endpoint')
      const most = config.integer('max_requests')
      const deadlines = new Deadlines(
        config.integer('time_out_ms', config.integer('time_out', 5000)),
      )
      const source = { host, endpoint, deadlines, now }
      const closeSource = await openSource(config, host, {
        // As with the original, one more than the limit may be under way.
        admit: () => (now.inFlight > most ? 429 : undefined),
        handle: (request, reply) => new Exchange(source, reply).begin(request),
      })
      close = async () => {
        deadlines.close()
        await closeSource()
      }
    },
    process(context) {
      context.output('out_request_info').push(...context.external)
    },
    close: () => close?.(),
  }
}

interface Source {
  readonly host: UnitHost
  readonly endpoint: string
  readonly deadlines: Deadlines
  readonly now: { inFlight: number }
}

/** A request under way. */
class Exchange implements Waiting {
  place = -1
  since = 0
  readonly #source: Source
  readonly #reply: HttpReply
  readonly #input: SessionInput

  constructor(source: Source, reply: HttpReply) {
    this.#source = source
    this.#reply = reply
    source.now.inFlight++
    this.#input = source.host.openSession(this)
  }

  begin(request: HttpRequest): void {
    const { deadlines, endpoint } = this.#source
    deadlines.add(this)
    this.#reply.waiter = this
    this.#input.session.values.set(REPLY, this.#reply)
    this.#input.send([requestBuffer(request, endpoint)])
    this.#input.close()
  }

  gone(): void {
    this.#input.fail(GONE)
  }

  late(): void {
    this.#reply.send(408)
    this.#input.fail(TIMED_OUT)
  }

  onEnd({ error }: SessionEnd): void {
    this.#source.now.inFlight--
    this.#source.deadlines.delete(this)
    if (!this.#reply.sent) fail(this.#reply, error)
  }
}

/** The flow is done with the request and has not answered. */
function fail(reply: HttpReply, error: BufferError | undefined): void {
  const message = error?.message ?? 'The flow gave no answer'
  reply.send(500, JSON.stringify({ message, status: 500 }), 'application/json')
}
