/**
 * The way of envelopes to one peer: straight to its inbox, or through the app where that cannot be done.
 * @module
 */
import type { Parcel, Peer } from '../domain/work.ts'
import { concat, plainView } from './bytes.ts'
import type { Address } from './channel.ts'
import { Refusal } from './envelope.ts'

export interface RouteLimits {
  /** How long one request may take, in milliseconds. */
  readonly requestMs: number
  /** Requests in a row that may fail before the app carries the envelopes. */
  readonly directTries: number
  /** How long the direct way is left alone after that, in milliseconds. */
  readonly directPauseMs: number
  /** First and longest pause between tries, in milliseconds. */
  readonly retryMs: readonly [number, number]
}

export const ROUTE_LIMITS: RouteLimits = {
  requestMs: 30_000,
  directTries: 3,
  directPauseMs: 30_000,
  retryMs: [100, 10_000],
}

/** As pino has it. */
export interface TransportLog {
  debug(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** Posts an envelope to an inbox and answers what it said; rejects when it cannot be asked. */
export type SendEnvelope = (
  url: string,
  envelope: Uint8Array,
  limits: {
    readonly signal: AbortSignal
    /** How long it may take, in milliseconds. */
    readonly ms: number
    /** Most bytes of an answer; a longer one is an error. */
    readonly most: number
  },
) => Promise<{ readonly status: number; readonly answer: Uint8Array }>

export interface RouteOptions {
  readonly jobId: string
  readonly session: string
  readonly self: Address
  readonly peer: Address
  /** Where the peer is now. */
  readonly locate: () => Peer | undefined
  /** Asks anew where the peers are. */
  readonly refresh: () => Promise<void>
  /** Hands an envelope over within this process; undefined when the peer is not here. */
  readonly local: (envelope: Uint8Array) => Promise<Uint8Array | undefined> | undefined
  readonly post: (parcel: Parcel) => Promise<void>
  /** Takes what an inbox answered. */
  readonly answered: (envelope: Uint8Array) => Promise<void>
  readonly send: SendEnvelope
  readonly limits: RouteLimits
  readonly log: TransportLog
  readonly signal: AbortSignal
}

/** Path of the inbox below a runner's URL. */
export const INBOX_PATH = '/federation/v1/messages'

/**
 * A function that carries an envelope to the peer. It tries until it succeeds or the signal aborts, and rejects
 * when the app refuses for good.
 */
export function createRoute(options: RouteOptions): (envelope: Uint8Array) => Promise<void> {
  const { limits, log, signal, self, peer, session } = options
  let failures = 0
  let directFrom = 0

  async function local(envelope: Uint8Array): Promise<boolean> {
    try {
      const here = options.local(envelope)
      if (!here) return false
      const answer = await here
      if (answer) await options.answered(answer)
      return true
    } catch (error) {
      if (signal.aborted || !(error instanceof Refusal)) throw error
      log.debug({ session, self, peer, error: error.message }, 'A peer in this process refused')
      return false
    }
  }

  async function direct(url: string, envelope: Uint8Array): Promise<boolean> {
    try {
      const answer = await postEnvelope(url, envelope, options)
      failures = 0
      if (answer) await options.answered(answer)
      return true
    } catch (error) {
      if (signal.aborted) throw error
      failures++
      log.debug({ session, self, peer, error: String(error) }, 'The inbox of a peer did not answer')
      if (failures >= limits.directTries) {
        failures = 0
        directFrom = Date.now() + limits.directPauseMs
        log.warn(
          { session, self, peer },
          `${peer} cannot be reached directly: the app carries its messages`,
        )
        await options.refresh()
      }
      return false
    }
  }

  async function relay(envelope: Uint8Array): Promise<boolean> {
    try {
      const { jobId } = options
      await options.post({ jobId, session, sender: self, receiver: peer, body: envelope })
      return true
    } catch (error) {
      if (signal.aborted || isFinal(error)) throw error
      log.warn({ session, self, peer, error: String(error) }, 'The app did not take a message')
      return false
    }
  }

  return async (envelope) => {
    const [first, longest] = limits.retryMs
    for (let pause = first; ; pause = Math.min(pause * 2, longest)) {
      signal.throwIfAborted()
      if (await local(envelope)) return
      const url = options.locate()?.url ?? null
      const sent =
        url !== null && Date.now() >= directFrom
          ? await direct(url, envelope)
          : await relay(envelope)
      if (sent) return
      await delay(pause, signal)
    }
  }
}

/** Resolves after a while; rejects when the signal aborts first. */
export function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    function stop(): void {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

/** Largest answer of an inbox: a hello or a control frame. */
const ANSWER_BYTES = 4096

async function postEnvelope(
  url: string,
  envelope: Uint8Array,
  { send, signal, limits, peer }: RouteOptions,
): Promise<Uint8Array | undefined> {
  const { status, answer } = await send(`${url.replace(/\/+$/, '')}${INBOX_PATH}`, envelope, {
    signal,
    ms: limits.requestMs,
    most: ANSWER_BYTES,
  })
  if (status === 200) return answer
  if (status === 202) return undefined
  throw new Error(`${peer} answered ${status}`)
}

/** Posts with `fetch`. */
export function sendWith(fetch: typeof globalThis.fetch): SendEnvelope {
  return async (url, envelope, { signal, ms, most }) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: plainView(envelope),
      // Peers answer themselves; whoever redirects is somebody else.
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(ms)]),
    })
    return { status: response.status, answer: await readAnswer(response, most) }
  }
}

async function readAnswer(response: Response, most: number): Promise<Uint8Array> {
  const reader = response.body?.getReader()
  if (!reader) return new Uint8Array()
  const pieces: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.length
    if (size > most) {
      await reader.cancel()
      throw new Error('The answer is too long')
    }
    pieces.push(value)
  }
  return concat(...pieces)
}

/** Whether trying again cannot help: the app knows the caller and says no. */
function isFinal(error: unknown): boolean {
  const kind = (error as { kind?: unknown } | null)?.kind
  return kind === 'forbidden' || kind === 'unauthenticated' || kind === 'invalid'
}
