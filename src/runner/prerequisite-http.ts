/**
 * Fetches a file over HTTP: no more than is allowed, from where it is allowed, redirects included.
 * @module
 */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { type KnownFile, nameOf, type Validator } from './prerequisite-cache.ts'
import { type FetchLimits, IDLE_MS, MOST_MS, PrerequisiteTrouble } from './prerequisite-trouble.ts'
import { UnreachableHost, wayTo } from './reach.ts'

const MOST_REDIRECTS = 5
/** Answers that say that it may be otherwise the next time, beside all from 500 on. */
const PASSING = new Set([408, 425, 429])
/** Troubles of a connection that the address has, not the network: nobody of that name, or not who it should be. */
const ADDRESS = /^(ENOTFOUND|ERR_TLS_CERT|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO|ERR_SSL)/

/** What was received; no `keep` where nothing tells it from what may be there the next time. */
export interface Received {
  readonly type: 'received'
  readonly keep: KnownFile | undefined
}

/**
 * Fetches what is at an address into a new file, unless it is what was there when it was `known`. Rejects with
 * PrerequisiteTrouble.
 */
export async function fetchInto(
  path: string,
  { url, sha256 }: { readonly url: string; readonly sha256?: string },
  limits: FetchLimits & { readonly known?: KnownFile },
): Promise<Received | { readonly type: 'same' }> {
  const { mostMs = MOST_MS, signal, shown } = limits
  const late = AbortSignal.timeout(mostMs)
  const ended = AbortSignal.any([signal, late])
  try {
    const got = await receive(path, new URL(url), { ...limits, signal: ended })
    if (got === undefined) return { type: 'same' }
    const { file, framed } = got
    if (sha256 === undefined)
      return { type: 'received', keep: file.validator && framed ? file : undefined }
    if (file.sha256 !== sha256)
      throw new PrerequisiteTrouble(
        'refused',
        `what ${shown} has is not what its sha256 says: it is ${file.sha256}, so mend the uri`,
      )
    return { type: 'received', keep: { ...file, validator: null } }
  } catch (error) {
    signal.throwIfAborted()
    if (late.aborted)
      throw new PrerequisiteTrouble(
        'away',
        `${shown} took more than ${mostMs / 1000} s: look whether it is a smaller file that is needed`,
        error,
      )
    throw asTrouble(error, shown)
  }
}

/** What was received, and whether its end could be told from a torn connection; undefined for what is known. */
async function receive(
  path: string,
  first: URL,
  limits: KnowingLimits,
): Promise<{ readonly file: KnownFile; readonly framed: boolean } | undefined> {
  const { mostBytes, shown, signal, known } = limits
  const { response, at } = await follow(first, limits)
  const validator = validatorOf(response)
  if (response.statusCode === 304 || isSame({ response, validator, at }, known)) {
    response.destroy()
    return undefined
  }
  const tooLarge = () =>
    new PrerequisiteTrouble(
      'refused',
      `${shown} is larger than ${mostBytes} bytes: split it, or have the operator raise WEFT_UPLOAD_LIMIT_MB`,
    )
  if (Number(response.headers['content-length'] ?? 0) > mostBytes) {
    response.destroy()
    throw tooLarge()
  }
  const hash = createHash('sha256')
  let bytes = 0
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      hash.update(chunk)
      done(bytes > mostBytes ? tooLarge() : null, chunk)
    },
  })
  await pipeline(response, count, createWriteStream(path, { flags: 'wx' }), { signal })
  const { headers } = response
  const framed =
    headers['content-length'] !== undefined || /chunked/i.test(headers['transfer-encoding'] ?? '')
  return { file: { sha256: hash.digest('hex'), bytes, validator, at }, framed }
}

type KnowingLimits = FetchLimits & { readonly known?: KnownFile }

/**
 * By what the answer may be known again (RFC 9110, 8.8): only what changes with every byte, so no weak tag, and no time
 * in whose minute the file may have changed once more. Null as well for what is not to be kept.
 */
function validatorOf({ headers }: IncomingMessage): Validator | null {
  if (/\bno-store\b/i.test(headers['cache-control'] ?? '')) return null
  const { etag, 'last-modified': modified, date } = headers
  if (etag !== undefined)
    return /^"[\x21\x23-\x7e]*"$/.test(etag) ? { type: 'etag', text: etag } : null
  const long = Date.parse(date ?? '') - Date.parse(modified ?? '') >= 60_000
  return modified !== undefined && long ? { type: 'modified', text: modified } : null
}

/** Whether an answer announces what is known: of the same address, with the same validator, as long. */
function isSame(
  answer: { response: IncomingMessage; validator: Validator | null; at: string },
  known: KnownFile | undefined,
): boolean {
  const { response, validator, at } = answer
  if (!known?.validator || !validator || known.at !== at) return false
  const length = response.headers['content-length']
  const { type, text } = known.validator
  // An older file that comes back has another time, but one of the same time may be another.
  if (type === 'modified' && Number(length ?? -1) !== known.bytes) return false
  return type === validator.type && text === validator.text
}

/** The answer at the end of the redirects, if it is a file. */
async function follow(
  first: URL,
  limits: KnowingLimits,
): Promise<{ response: IncomingMessage; at: string }> {
  const { shown, known } = limits
  let url = first
  for (let steps = 0; steps <= MOST_REDIRECTS; steps += 1) {
    const at = nameOf(url.href)
    const tag = known?.at === at && known.validator?.type === 'etag' ? known.validator.text : null
    const response = await ask(url, { ...limits, tag })
    const { statusCode: status = 0 } = response
    if (status === 200 || (status === 304 && tag !== null)) return { response, at }
    response.destroy()
    const { location } = response.headers
    if (![301, 302, 303, 307, 308].includes(status) || location === undefined) {
      const passes = status >= 500 || PASSING.has(status)
      throw new PrerequisiteTrouble(
        passes ? 'away' : 'refused',
        `${shown} answered ${status}${passes ? '' : ': mend the uri, or what is there'}`,
      )
    }
    url = redirected(url, location, shown)
  }
  throw new PrerequisiteTrouble(
    'refused',
    `${shown} redirects more than ${MOST_REDIRECTS} times: name the address at the end`,
  )
}

function redirected(from: URL, location: string, shown: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  const web = to?.protocol === 'http:' || to?.protocol === 'https:'
  if (!to || !web || (from.protocol === 'https:' && to.protocol === 'http:'))
    throw new PrerequisiteTrouble(
      'refused',
      `${shown} redirects to what is no address of its kind: name the address of the file itself`,
    )
  // Who logs in at one host does not show its password to another.
  if (to.origin === from.origin && to.username === '') {
    to.username = from.username
    to.password = from.password
  }
  return to
}

function ask(
  url: URL,
  { allowed, signal, idleMs = IDLE_MS, tag }: FetchLimits & { readonly tag: string | null },
): Promise<IncomingMessage> {
  const lookup = wayTo(allowed, url)
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  const { username, password } = url
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      // A connection that was kept would be one that nobody has looked at.
      agent: false,
      lookup,
      signal,
      timeout: idleMs,
      headers: {
        accept: '*/*',
        'accept-encoding': 'identity',
        'user-agent': 'weft',
        ...(tag === null ? {} : { 'if-none-match': tag }),
      },
      ...(username === ''
        ? {}
        : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` }),
    })
    let received: IncomingMessage | undefined
    sent.on('timeout', () => {
      const trouble = new Error(`nothing came for ${idleMs / 1000} s`)
      received?.destroy(trouble)
      sent.destroy(trouble)
    })
    sent.on('error', reject)
    sent.on('response', (response) => {
      received = response
      resolve(response)
    })
    sent.end()
  })
}

function asTrouble(error: unknown, shown: string): unknown {
  if (error instanceof PrerequisiteTrouble) return error
  const { message, code = '' } = error as NodeJS.ErrnoException
  const refused = error instanceof UnreachableHost || ADDRESS.test(code)
  return new PrerequisiteTrouble(refused ? 'refused' : 'away', `${shown}: ${message}`, error)
}
