/**
 * Requests to the HTTP sources of flows, to try them out: to listeners of this server's flows and to nobody else.
 *
 * A runner tells where a source listens. Whether it is that source who answers at the address as seen from here is
 * shown by a key that only the two know; else any service in the server's reach could be asked.
 * @module
 */
import { invalid, unavailable } from '../domain/error.ts'

/** Where a source listens, as its runner tells. */
export interface FlowListener {
  readonly url: string
  readonly id: string
  readonly key: string
}

export interface TrialRequest {
  readonly method: string
  /** What follows the source's own path, with a query. */
  readonly path: string
  readonly contentType: string
  readonly body: Uint8Array<ArrayBuffer>
}

export interface TrialAnswer {
  readonly status: number
  readonly contentType: string
  /** Its beginning. */
  readonly body: Uint8Array<ArrayBuffer>
  readonly isWhole: boolean
  readonly tookMs: number
}

/** The methods that a source takes. */
export const TRIAL_METHODS = ['POST', 'GET', 'PUT', 'DELETE'] as const

const PROOF_MS = 3000
const ANSWER_MS = 60_000
/** Bytes of an answer that are read. */
const MOST = 1024 * 1024
/** Hexadecimal digits of an HMAC-SHA256. */
const PROOF_LENGTH = 64

/** The listener in what a runner has told, or undefined. */
export function listenerOf(told: unknown): FlowListener | undefined {
  const { url, id, key } = (told ?? {}) as Record<string, unknown>
  const isOne =
    typeof url === 'string' &&
    /^https?:\/\//.test(url) &&
    URL.canParse(url) &&
    typeof id === 'string' &&
    /^[0-9a-f]{1,64}$/.test(id) &&
    typeof key === 'string' &&
    /^[0-9a-f]{64}$/.test(key)
  return isOne ? { url, id, key } : undefined
}

/** Sends a request to a source once that has shown itself. */
export async function tryListener(
  listener: FlowListener,
  { method, path, contentType, body }: TrialRequest,
): Promise<TrialAnswer> {
  const base = new URL(listener.url)
  const way = path === '' || /^[/?]/.test(path) ? path : `/${path}`
  const whole = `${base.origin}${base.pathname === '/' ? '' : base.pathname}${way}`
  if (!URL.canParse(whole) || new URL(whole).origin !== base.origin)
    throw invalid(`"${path}" is no path: begin with / or ?`)
  if (!TRIAL_METHODS.some((known) => known === method))
    throw invalid(`"${method}" is no method of a source: take one of ${TRIAL_METHODS.join(', ')}`)
  await requireProof(listener, base.origin)
  const began = performance.now()
  const answer = await ask(whole, {
    method,
    headers: contentType === '' ? {} : { 'content-type': contentType },
    ...(method === 'GET' || body.byteLength === 0 ? {} : { body }),
    signal: AbortSignal.timeout(ANSWER_MS),
  })
  const read = await beginning(answer, MOST)
  return {
    status: answer.status,
    contentType: answer.headers.get('content-type') ?? '',
    body: read.bytes,
    isWhole: read.isWhole,
    tookMs: performance.now() - began,
  }
}

async function requireProof({ url, id, key }: FlowListener, origin: string): Promise<void> {
  const nonce = hexOf(crypto.getRandomValues(new Uint8Array(16)))
  const answer = await ask(`${origin}/.well-known/weft-flow/${id}/${nonce}`, {
    signal: AbortSignal.timeout(PROOF_MS),
  })
  const { bytes } = await beginning(answer, PROOF_LENGTH + 1)
  const secret = Uint8Array.from(key.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  const imported = await crypto.subtle.importKey(
    'raw',
    secret,
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  )
  const expected = await crypto.subtle.sign('HMAC', imported, new TextEncoder().encode(nonce))
  if (answer.status === 200 && new TextDecoder().decode(bytes) === hexOf(new Uint8Array(expected)))
    return
  throw unavailable(
    `Somebody else answers at ${url}: the flow has ended, or its runner is on another host; ask there`,
  )
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, redirect: 'manual' })
  } catch (error) {
    const { name, cause, message } = error as Error
    const late = name === 'TimeoutError'
    const why = late ? 'it did not answer in time' : String((cause as Error)?.message ?? message)
    throw unavailable(
      `${new URL(url).origin} does not answer (${why}): see that the flow runs, and on a host that this server reaches`,
    )
  }
}

async function beginning(
  answer: Response,
  most: number,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; isWhole: boolean }> {
  const bytes = new Uint8Array(most)
  let size = 0
  if (!answer.body) return { bytes: bytes.slice(0, 0), isWhole: true }
  for await (const chunk of answer.body) {
    const part = chunk.subarray(0, most - size)
    bytes.set(part, size)
    size += part.length
    // Leaving the loop hangs up.
    if (part.length < chunk.length) return { bytes, isWhole: false }
  }
  return { bytes: bytes.slice(0, size), isWhole: true }
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
