/**
 * What the surfaces share: validation, errors, unknown routes and the OpenAPI document. What differs between them
 * is data: schemas, an envelope, routes.
 * @module
 */
import { OpenAPIHono } from '@hono/zod-openapi'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

import { type ErrorKind, sayDiskFull, visible } from '../domain/error.ts'
import { randomId } from '../domain/id.ts'
import { FlowError } from '../flow/error.ts'
import { guardOwned } from './access.ts'
import type { AppDeps } from './deps.ts'
import { describeProblems, type Problem, toProblems } from './issue.ts'

/** What a surface finds in its context. */
export interface ApiEnv {
  Variables: { requestId: string }
  /** The runtime's own request, where it has one: Node hides the body of a GET from `Request`. */
  Bindings: { incoming?: AsyncIterable<Uint8Array> }
}

export type Api = OpenAPIHono<ApiEnv>

/** Why a request was not answered as asked. */
export interface Failure {
  readonly kind: ErrorKind | 'malformed' | 'unsupported' | 'no_route' | 'internal'
  readonly message: string
  /** The fields at fault, for kind `invalid` when a schema found them. */
  readonly problems?: readonly Problem[]
  /** What it is about, where that was said. */
  readonly subject?: string
  readonly requestId: string
}

/** How one API words its failures: HTTP status and JSON body. */
export type Envelope = (failure: Failure) => { status: ContentfulStatusCode; body: object }

export interface SurfaceDefinition {
  /** The path under which the entry mounts it, `/v1`. */
  readonly base: string
  readonly title: string
  /** Version of the API that is spoken, not of this server. */
  readonly version: string
  readonly description?: string
  readonly envelope: Envelope
  /** Words failures of the surface's own; undefined for those that it does not know. */
  fault?(error: unknown): ReturnType<Envelope> | undefined
  routes(api: Api, deps: AppDeps): void
}

/** Builds a surface. Mount it with `app.route(definition.base, …)`. */
export function surface(definition: SurfaceDefinition, deps: AppDeps): Api {
  const { envelope } = definition
  const api: Api = new OpenAPIHono<ApiEnv>({
    defaultHook: (result, c) => {
      if (result.success) return
      // The validator hands over what it parsed, although its type does not say so.
      const { data } = result as { data?: unknown }
      const problems = toProblems(result.error, data)
      const { status, body } = envelope({
        kind: 'invalid',
        message: describeProblems(problems),
        problems,
        requestId: requestIdOf(c.get('requestId')),
      })
      return c.json(body, status)
    },
  })
  api.onError((error, c) => {
    const own = definition.fault?.(error)
    if (own) return c.json(own.body, own.status)
    const requestId = requestIdOf(c.get('requestId'))
    const seen = sayDiskFull(error)
    const failure = fromThrown(seen, requestId)
    if (failure.kind === 'internal' || seen !== error) {
      deps.log.error(
        { requestId, method: c.req.method, path: c.req.path, error: error.stack ?? String(error) },
        'request failed',
      )
    }
    const { status, body } = envelope(failure)
    return c.json(body, status)
  })
  // Before routes that would take its name for an id.
  api.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: definition.title,
      version: definition.version,
      description: definition.description,
    },
    servers: [{ url: definition.base }],
  })
  api.use(guardOwned(deps.db))
  definition.routes(api, deps)
  // A mounted app's notFound() is never called by its parent, so the catch-all route goes last.
  api.all('*', (c) => {
    const { status, body } = envelope({
      kind: 'no_route',
      message: `No route ${c.req.method} ${c.req.path}: see ${definition.base}/openapi.json for those there are`,
      subject: c.req.path,
      requestId: requestIdOf(c.get('requestId')),
    })
    return c.json(body, status)
  })
  return api
}

/** What a thrown error means to the caller. Whatever nobody foresaw stays inside. */
export function fromThrown(error: unknown, requestId: string): Failure {
  const seen = visible(error)
  if (seen) {
    const { kind, message, subject } = seen
    return { kind, message, requestId, ...(subject === undefined ? {} : { subject }) }
  }
  if (error instanceof FlowError) return { kind: 'invalid', message: error.message, requestId }
  if (error instanceof HTTPException && error.status < 500) return fromHttp(error, requestId)
  return { kind: 'internal', message: `internal error, request ${requestId}`, requestId }
}

function fromHttp(error: HTTPException, requestId: string): Failure {
  if (error.status === 415) {
    return {
      kind: 'unsupported',
      message: 'This content type is not taken here: send JSON with Content-Type: application/json',
      requestId,
    }
  }
  const message = /malformed json/i.test(error.message)
    ? 'The request body is not valid JSON'
    : error.message
  return { kind: 'malformed', message, requestId }
}

/** The id that the app has given the request, or a new one where it has not. */
function requestIdOf(id: string | undefined): string {
  return id ?? randomId()
}
