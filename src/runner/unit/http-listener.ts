/**
 * HTTP listeners of flow units: one a host and port, shared by the units and flows that have different paths there.
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'

import type { ListenAddress } from '../../flow/stream/unit.ts'
import { Hold, readBody } from './http-body.ts'
import { answerProof, newProof, PROOF } from './http-proof.ts'

/** A request for a unit; `body` is read already. */
export interface HttpRequest {
  readonly method: string
  /** Path and query as they were sent. */
  readonly uri: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** Answers one request; the first answer counts. */
export interface HttpReply {
  send(status: number, body?: Uint8Array | string, contentType?: string, allow?: string): void
  readonly sent: boolean
  /** Hears when the client is gone before it has its answer. An object: a function made for each is not soon collected. */
  waiter: { gone(): void } | undefined
}

export interface HttpRoute {
  /** `scheme://host:port[/path]`. */
  readonly endpoint: string
  readonly keepAliveMs: number
  readonly tls?: { readonly cert: string; readonly key: string; readonly passphrase?: string }
  /** Largest body in bytes. */
  readonly bodyLimit: number
  /** Most bytes of bodies that are held at once, from their first byte to their answer. */
  readonly heldLimit: number
  /** Before the body is read: a status that refuses the request, or undefined. */
  admit(): number | undefined
  handle(request: HttpRequest, reply: HttpReply): void
}

interface Listener {
  readonly scheme: string
  readonly server: Server
  readonly routes: Map<string, HttpRoute>
  /** Keys by the id with which a route shows that it is itself. */
  readonly proofs: Map<string, string>
  readonly ready: Promise<void>
}

const METHODS = new Set(['POST', 'PUT', 'GET', 'DELETE'])
const ALLOW = 'POST, GET, DELETE, PUT'
/** Time in which a client has to send its request. */
const REQUEST_MS = 60_000
const HEALTH = JSON.stringify({ message: 'success', status: 200 })
const SAFE = [
  'Referrer-Policy',
  'strict-origin-when-cross-origin',
  'X-Frame-Options',
  'DENY',
  'Content-Security-Policy',
  "default-src 'none'; frame-ancestors 'none'",
]
const EMPTY = new Uint8Array()

const listeners = new Map<string, Listener>()

/** A route that answers. */
export interface OpenRoute {
  /** The one that the system chose, where it was to choose. */
  readonly port: number
  readonly address: ListenAddress
  close(): Promise<void>
}

/** Answers requests at an endpoint until it is closed. */
export async function openRoute(route: HttpRoute): Promise<OpenRoute> {
  const url = endpointUrl(route.endpoint)
  const path = pathOf(url.pathname)
  const scheme = url.protocol.slice(0, -1)
  const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port)
  // Every unit that lets the system choose gets a port of its own.
  const key = port === 0 ? `${url.hostname}:0:${crypto.randomUUID()}` : `${url.hostname}:${port}`
  const listener = listeners.get(key) ?? listen(route, { key, host: url.hostname, port, scheme })
  if (listener.scheme !== scheme)
    throw new Error(`${route.endpoint}: the port is in use for ${listener.scheme}; take another`)
  if (listener.routes.has(path))
    throw new Error(`${route.endpoint} is already registered: give the unit another path or port`)
  listener.routes.set(path, route)
  try {
    await listener.ready
  } catch (error) {
    listeners.delete(key)
    throw new Error(`${route.endpoint} cannot be listened at: ${reasonOf(error)}`, { cause: error })
  }
  const bound = listener.server.address()
  const chosen = typeof bound === 'object' && bound !== null ? bound.port : port
  const proof = newProof()
  listener.proofs.set(proof.id, proof.key)
  const host = /^(0\.0\.0\.0|\[::\])$/.test(url.hostname) ? '127.0.0.1' : url.hostname
  return {
    port: chosen,
    address: { url: `${scheme}://${host}:${chosen}${path}`, ...proof },
    async close() {
      listener.routes.delete(path)
      listener.proofs.delete(proof.id)
      if (listener.routes.size > 0) return
      listeners.delete(key)
      await new Promise<void>((resolve) => {
        listener.server.close(() => resolve())
        listener.server.closeAllConnections()
      })
    },
  }
}

function listen(
  { tls, keepAliveMs }: HttpRoute,
  at: { key: string; host: string; port: number; scheme: string },
): Listener {
  const routes = new Map<string, HttpRoute>()
  const proofs = new Map<string, string>()
  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse) =>
    serve({ routes, proofs }, incoming, outgoing)
  const options = { keepAliveTimeout: keepAliveMs, requestTimeout: REQUEST_MS }
  const server: Server =
    at.scheme === 'https'
      ? createTlsServer(
          { ...options, cert: tls?.cert, key: tls?.key, passphrase: tls?.passphrase },
          onRequest,
        )
      : createServer(options, onRequest)
  const ready = new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: at.host.replace(/^\[|\]$/g, ''), port: at.port }, () => resolve())
  })
  ready.catch(() => undefined)
  const listener = { scheme: at.scheme, server, routes, proofs, ready }
  listeners.set(at.key, listener)
  return listener
}

function serve(
  { routes, proofs }: Pick<Listener, 'routes' | 'proofs'>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  const { method = 'GET', url: uri = '/' } = incoming
  const reply = new Reply(outgoing)
  if (uri.startsWith(PROOF)) {
    incoming.resume()
    const proof = answerProof(proofs, uri)
    reply.send(proof === undefined ? 404 : 200, proof)
    return
  }
  const found = routeOf(routes, uri)
  if (!METHODS.has(method)) {
    refuse(incoming, reply, 405, ALLOW)
    return
  }
  if (!found) {
    refuse(incoming, reply, 404)
    return
  }
  if (uri === '/health') {
    incoming.resume()
    reply.send(200, HEALTH, 'application/json')
    return
  }
  const status = found.admit()
  if (status !== undefined) {
    refuse(incoming, reply, status)
    return
  }
  if (incoming.headers['content-length'] === undefined && !incoming.headers['transfer-encoding']) {
    found.handle({ method, uri, headers: headersOf(incoming), body: EMPTY }, reply)
    return
  }
  readBody(incoming, { limit: found.bodyLimit, hold: new Hold(found, outgoing) }, (body) => {
    if (typeof body === 'number') refuse(incoming, reply, body)
    else found.handle({ method, uri, headers: headersOf(incoming), body }, reply)
  })
}

/** Bodies up to this size go out in one piece with their head, which is written without waiting. */
const SHORT = 8192

class Reply implements HttpReply {
  sent = false
  waiter: HttpReply['waiter']
  readonly #outgoing: ServerResponse

  constructor(outgoing: ServerResponse) {
    this.#outgoing = outgoing
    outgoing.on('close', () => this.#closed())
  }

  send(
    status: number,
    body: Uint8Array | string = EMPTY,
    contentType?: string,
    allow?: string,
  ): void {
    const outgoing = this.#outgoing
    if (this.sent || outgoing.destroyed) return
    this.sent = true
    // Who waits for the answer is kept by the connection no longer than that.
    this.waiter = undefined
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
    const head = [...SAFE, 'Content-Length', String(length)]
    if (contentType !== undefined) head.push('Content-Type', contentType)
    if (allow !== undefined) head.push('Allow', allow)
    // A flat list goes out as it is; an object would be checked and copied name by name.
    outgoing.writeHead(status, head)
    if (typeof body === 'string' || length > SHORT) outgoing.end(body)
    // Every byte is a character of this encoding.
    else outgoing.end(bufferOf(body).toString('latin1'), 'latin1')
  }

  #closed(): void {
    if (this.sent) return
    this.sent = true
    const { waiter } = this
    this.waiter = undefined
    waiter?.gone()
  }
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

/** A body that nobody wants is not waited for: the connection closes behind the answer. */
function refuse(incoming: IncomingMessage, reply: HttpReply, status: number, allow?: string): void {
  incoming.resume()
  reply.send(status, EMPTY, undefined, allow)
  if (!incoming.complete && (status === 413 || status === 429))
    setImmediate(() => incoming.destroy())
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) found[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return found
}

/** The route with the longest path that begins the request's, segment by segment. */
function routeOf(routes: ReadonlyMap<string, HttpRoute>, uri: string): HttpRoute | undefined {
  const query = uri.indexOf('?')
  let path = pathOf(query < 0 ? uri : uri.slice(0, query))
  for (;;) {
    const route = routes.get(path)
    if (route || path === '') return route
    path = path.slice(0, path.lastIndexOf('/'))
  }
}

/** Without the slash at its end: `''` for the root. */
function pathOf(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path
}

function endpointUrl(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw new Error(`endpoint "${endpoint}" is to be http://host:port/path or https://host:port/path`)
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  if (code === 'EADDRINUSE') return 'the port is in use'
  if (code === 'EACCES') return 'the port needs more rights than the runner has'
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return 'this host has no such address'
  return message ?? String(error)
}
