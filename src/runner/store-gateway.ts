/**
 * The store of a runner of another organisation: the gateway of the server, over HTTP with a token.
 * @module
 */
import { DomainError, type ErrorKind } from '../domain/error.ts'
import { unpackParcels } from '../domain/parcel.ts'
import { pause } from '../domain/pause.ts'
import type { Briefing, LeasedTask, Outcome, Peer, RunnerState, TaskOrder } from '../domain/work.ts'
import { createBatcher } from './batcher.ts'
import { gatewayCalls } from './online-gateway.ts'
import { backoff } from './retry.ts'
import type { Store } from './store.ts'

export interface GatewayStoreOptions {
  /** Where the server is, `https://weft.example.org`. */
  readonly url: string
  /** Absent for a server that trusts every caller. */
  readonly token?: string
  /** How long a claim waits at the server for a task, at most 20,000 milliseconds; without it not at all. */
  readonly claimWaitMs?: number
  /** The id of a runner that has registered elsewhere. */
  readonly runnerId?: string
  readonly fetch?: (request: Request) => Response | Promise<Response>
}

/** A store on the gateway of the server at `url`. */
export function gatewayStore(options: GatewayStoreOptions): Store {
  const call = createCall(options)
  /** The id under which this runner has registered: uploads are given to a runner, not to a token. */
  let self = options.runnerId ?? ''
  /** The name of the claim that has no answer yet. */
  let claim: string | undefined
  /** When the last claim had waited in vain, another can begin at once. */
  let waited = false
  const { claimWaitMs: wait_ms = 0 } = options
  /** Names of batches that were sent and may have to be sent again. */
  const batches = new WeakMap<object, string>()
  const settlements = createBatcher(settle, SETTLEMENTS)

  async function ask<T>(verb: string, body: object, signal?: AbortSignal): Promise<T> {
    const response = await call(verb, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...(signal ? { signal } : {}),
    })
    return (await response.json()) as T
  }

  async function settle(
    items: readonly { readonly runnerId: string; readonly attemptId: string; outcome: Outcome }[],
  ): Promise<boolean[]> {
    // A store belongs to one runner.
    const [{ runnerId }] = items
    const body = items.map(({ attemptId, outcome }) => ({ attemptId, outcome }))
    const answer = await ask<{ counted: string[] }>('settle', { runnerId, settlements: body })
    const counted = new Set(answer.counted)
    return items.map(({ attemptId }) => counted.has(attemptId))
  }

  function spool(id: string): string {
    return `spool/${encodeURIComponent(id)}?${new URLSearchParams({ runnerId: self })}`
  }

  /** The claim itself waits for work. */
  function changed(signal: AbortSignal): Promise<void> {
    if (waited || signal.aborted) return Promise.resolve()
    return new Promise((resolve) =>
      signal.addEventListener('abort', () => resolve(), { once: true }),
    )
  }

  return {
    async register(profile) {
      self = profile.id
      await ask('register', profile)
    },
    async beat(runnerId, state, sample) {
      return (await ask<{ state: RunnerState }>('beat', { runnerId, state, sample })).state
    },
    async claim(runnerId, slots, signal) {
      if (claim === undefined && slots === 0) return []
      // The same name until there is an answer, whoever of the server gives it.
      claim ??= crypto.randomUUID()
      const began = performance.now()
      waited = false
      try {
        const body = { runnerId, slots, wait_ms: slots === 0 ? 0 : wait_ms, claim }
        const { tasks } = await ask<{ tasks: LeasedTask[] }>('claim', body, signal)
        claim = undefined
        // A server that answers before its time with nothing is not asked without a pause.
        waited = tasks.length > 0 || performance.now() - began > wait_ms / 2
        return tasks
      } catch (error) {
        if (signal?.aborted) return []
        throw error
      }
    },
    ...(wait_ms > 0 ? { changed } : {}),
    async renew(runnerId, attemptIds) {
      type Lost = { attemptId: string; reason: string }[]
      return (await ask<{ lost: Lost }>('renew', { runnerId, attemptIds })).lost
    },
    async report(runnerId, reports) {
      const batch = batches.get(reports) ?? crypto.randomUUID()
      batches.set(reports, batch)
      await ask('report', { runnerId, reports, batch })
    },
    settle: (runnerId, attemptId, outcome) => settlements({ runnerId, attemptId, outcome }),
    async ended(jobIds, forMs) {
      return (await ask<{ ended: string[] }>('ended', { jobIds, forMs })).ended
    },
    async peers(jobId, node) {
      return (await ask<{ peers: Peer[] }>('peers', { jobId, node })).peers
    },
    async post({ jobId, session, sender, receiver, body }) {
      const query = new URLSearchParams({ jobId, session, sender, receiver })
      await call(`post?${query}`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body: new Uint8Array(body),
      })
    },
    async collect(session, receiver) {
      const response = await call('collect', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ session, receiver }),
      })
      return unpackParcels(new Uint8Array(await response.arrayBuffer()))
    },
    async openSpool(id) {
      const response = await call(spool(id), {})
      return response.body ?? new Blob([]).stream()
    },
    async fillSpool(id, rows) {
      await call(spool(id), { method: 'PUT', body: rows }, ROWS_TIMEOUT_MS)
    },
    async dropSpool(id) {
      await call(spool(id), { method: 'DELETE' })
    },
    async sendLog({ attemptId, name, at, bytes, whole }) {
      const query = new URLSearchParams({ at: String(at), whole: String(whole) })
      const path = `logs/${encodeURIComponent(attemptId)}/${name}?${query}`
      const response = await call(path, { method: 'PUT', body: bytes })
      return ((await response.json()) as { end: number | null }).end
    },
    handles: {
      async hold(runnerId, attemptId, handle) {
        return (await ask<{ held: boolean }>('hold', { runnerId, attemptId, handle })).held
      },
      async leftovers(runnerId) {
        return (await ask<{ handles: string[] }>('leftovers', { runnerId })).handles
      },
      async clear(runnerId, handles) {
        await ask('clear', { runnerId, handles })
      },
    },
    orders: async (query) => (await ask<{ orders: TaskOrder[] }>('orders', query)).orders,
    async brief(runnerId, attemptId) {
      return (await ask<{ briefing: Briefing }>('brief', { runnerId, attemptId })).briefing
    },
    online: gatewayCalls(ask),
    close: () => Promise.resolve(),
  }
}

/** Exchanges a one-time code for a token at the server of that address. Throws the server's own sentence. */
export async function joinServer(
  url: string,
  code: string,
): Promise<{ kind: 'gateway' | 'database'; token: string; parties: readonly string[] | null }> {
  let response: Response
  try {
    response = await fetch(`${url.replace(/\/+$/, '')}/runner/v1/join`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch (cause) {
    throw new Unreached(
      `The server ${url} cannot be reached (${describe(cause)}): check --server and the network`,
      cause,
    )
  }
  if (!response.ok) throw await toError(response, url)
  return (await response.json()) as Awaited<ReturnType<typeof joinServer>>
}

/** Most ends of tasks in one request. */
const SETTLEMENTS = 500
/** How often a request is sent in all before it counts as failed. */
const TRIES = 4
const TIMEOUT_MS = 60_000
/** Rows have to be sent before the answer to them begins. */
const ROWS_TIMEOUT_MS = 3_600_000
/** Between the runner and the server something is down or busy. */
const PASSING = new Set([429, 502, 503, 504])

type Call = (path: string, init: RequestInit, timeoutMs?: number) => Promise<Response>

function createCall(options: GatewayStoreOptions): Call {
  const base = `${options.url.replace(/\/+$/, '')}/runner/v1/`
  const send = options.fetch ?? ((request: Request) => fetch(request))

  async function attempt(path: string, init: RequestInit, timeoutMs: number): Promise<Response> {
    const headers = new Headers(init.headers)
    if (options.token !== undefined) headers.set('authorization', `Bearer ${options.token}`)
    // A redirect would carry the token elsewhere.
    const redirect = 'error'
    // Only until the answer begins: an upload may take longer to read.
    const stop = new AbortController()
    const timer = setTimeout(() => stop.abort(new Error('no answer in time')), timeoutMs)
    try {
      const signal = init.signal ? AbortSignal.any([init.signal, stop.signal]) : stop.signal
      return await send(new Request(base + path, { ...init, redirect, headers, signal }))
    } catch (cause) {
      init.signal?.throwIfAborted()
      throw new Unreached(
        `The server ${options.url} cannot be reached (${describe(cause)}): check WEFT_SERVER_URL and the network`,
        cause,
      )
    } finally {
      clearTimeout(timer)
    }
  }

  return async (path, init, timeoutMs = TIMEOUT_MS) => {
    for (let tried = 1; ; tried++) {
      const last = tried >= TRIES
      try {
        const response = await attempt(path, init, timeoutMs)
        if (response.ok) return response
        if (last || !PASSING.has(response.status)) throw await toError(response, options.url)
        await response.body?.cancel()
      } catch (error) {
        // Only a server that was not reached is asked again here; what it answered is an answer.
        if (last || !(error instanceof Unreached)) throw error
      }
      init.signal?.throwIfAborted()
      await pause(backoff(tried))
    }
  }
}

/** The request may never have arrived. */
class Unreached extends DomainError {
  constructor(message: string, cause: unknown) {
    super('unavailable', message, { cause })
  }
}

const KINDS: ReadonlySet<string> = new Set<ErrorKind>([
  'invalid',
  'not_found',
  'conflict',
  'forbidden',
  'unauthenticated',
  'unavailable',
  'limit',
])

async function toError(response: Response, url: string): Promise<DomainError> {
  const text = await response.text()
  const { code, message } = readError(text)
  const kind = KINDS.has(code) ? (code as ErrorKind) : kindOf(response.status)
  return new DomainError(kind, message ?? `The server ${url} answered ${response.status}`)
}

function readError(text: string): { code: string; message: string | undefined } {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } }
    return {
      code: String(error?.code),
      message: typeof error?.message === 'string' ? error.message : undefined,
    }
  } catch {
    // Not the gateway's words: a proxy's, or another server's.
    return { code: '', message: undefined }
  }
}

function kindOf(status: number): ErrorKind {
  if (status === 404) return 'not_found'
  return status >= 500 ? 'unavailable' : 'invalid'
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message
}
