/**
 * The server's database over HTTP: Hrana, versions 2 and 3 in JSON, as libSQL clients speak it.
 * @module
 */
import type { z } from '@hono/zod-openapi'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'

import type { HranaBatchResult, HranaCaller, HranaDatabase } from '../../db/hrana-type.ts'
import { DomainError } from '../../domain/error.ts'
import { checkToken } from '../../domain/token.ts'
import type { AppDeps } from '../deps.ts'
import { describeProblems, toProblems } from '../issue.ts'
import { CursorBody, PipelineBody } from './schema.ts'

/** Where the endpoint is. */
export const HRANA_PATH = '/hrana'
/** Calls at the root are the same: a client drops the last part of an address that does not end in a slash. */
const CALLS = /^(\/hrana)?\/v[23]\/(pipeline|cursor)$/

const BODY_BYTES = 32 * 1024 * 1024
/** Failures that are about the whole call, and what HTTP calls them. */
const STATUS = new Map<unknown, 400 | 503>([
  ['STREAM_EXPIRED', 400],
  ['STREAM_LIMIT', 503],
])

/** Whether a path is a call of this endpoint, which has its own limit and its own tokens. */
export function isHranaCall(path: string): boolean {
  return CALLS.test(path)
}

/** The endpoint; `app.ts` mounts it at `/hrana` and at the root. */
export function hranaRoutes(deps: AppDeps): Hono {
  const app = new Hono()
  app.onError((error, c) => answerError(deps, error, c))
  const { hrana } = deps
  if (!hrana) return app
  const call = [limitBody, asCaller(deps)] as const
  for (const version of ['v2', 'v3']) {
    app.get(`/${version}`, (c) => c.json({}))
    app.post(`/${version}/pipeline`, ...call, (c) => pipeline(hrana, c))
  }
  app.post('/v3/cursor', ...call, (c) => cursor(hrana, c))
  return app
}

interface Env {
  Variables: { caller: HranaCaller }
}

async function pipeline(hrana: HranaDatabase, c: Context<Env>): Promise<Response> {
  const { baton = null, requests } = await bodyOf(c, PipelineBody)
  const answer = await hrana.pipeline(c.get('caller'), { baton, requests })
  return c.json({ baton: answer.baton, base_url: null, results: answer.results })
}

async function cursor(hrana: HranaDatabase, c: Context<Env>): Promise<Response> {
  const { baton = null, batch } = await bodyOf(c, CursorBody)
  const answer = await hrana.batch(c.get('caller'), { baton, batch })
  const lines = [{ baton: answer.baton, base_url: null }, ...cursorEntries(answer.results)]
  return c.body(lines.map((line) => `${JSON.stringify(line)}\n`).join(''), 200, {
    'content-type': 'application/x-ndjson',
  })
}

function cursorEntries({ step_results: results, step_errors: errors }: HranaBatchResult): object[] {
  return results.flatMap((result, step): object[] => {
    const error = errors[step]
    if (error) return [{ type: 'step_error', step, error }]
    if (!result) return []
    const { cols, rows, affected_row_count, last_insert_rowid } = result
    return [
      { type: 'step_begin', step, cols },
      ...rows.map((row) => ({ type: 'row', row })),
      { type: 'step_end', affected_row_count, last_insert_rowid },
    ]
  })
}

const limitBody: MiddlewareHandler = bodyLimit({
  maxSize: BODY_BYTES,
  onError: (c) => failure(c, { status: 413, code: 'REQUEST_TOO_LARGE', message: TOO_LARGE }),
})
const TOO_LARGE = `The request body is larger than ${BODY_BYTES} bytes: send less at once`

function asCaller(deps: AppDeps): MiddlewareHandler<Env> {
  return createMiddleware<Env>(async (c, next) => {
    c.set('caller', await findCaller(deps, c.req.header('authorization')))
    await next()
  })
}

async function findCaller(deps: AppDeps, authorization: string | undefined): Promise<HranaCaller> {
  if (deps.settings.auth === 'off' && authorization === undefined) {
    return { owner: '', readOnly: false }
  }
  const check = { authorization, kind: 'database' } as const
  const { readOnly = true } = await checkToken(deps.db, check, deps.now())
  return { owner: authorization ?? '', readOnly }
}

async function bodyOf<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  let body: unknown
  try {
    body = await c.req.json()
  } catch {
    throw new DomainError('invalid', 'The body is not JSON')
  }
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  throw new DomainError('invalid', describeProblems(toProblems(parsed.error, body)))
}

function answerError(deps: AppDeps, error: Error, c: Context): Response {
  const { message } = error
  if (error instanceof DomainError) {
    return error.kind === 'unauthenticated'
      ? failure(c, { status: 401, code: 'UNAUTHENTICATED', message })
      : failure(c, { status: 400, code: 'PROTOCOL', message })
  }
  const { code } = error as { code?: unknown }
  const status = STATUS.get(code)
  if (status !== undefined) return failure(c, { status, code: String(code), message })
  deps.log.error({ error: error.stack ?? message }, 'a database call failed')
  return failure(c, {
    status: 500,
    code: 'INTERNAL',
    message: 'The call failed inside the server: its log says why',
  })
}

function failure(
  c: Context,
  { status, ...body }: { status: 400 | 401 | 413 | 500 | 503; code: string; message: string },
): Response {
  return c.json(body, status)
}
