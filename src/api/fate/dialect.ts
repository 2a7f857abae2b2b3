/**
 * The words of later versions of FATE-Flow under the same paths: one table of what differs.
 * @module
 */
import type { Context, MiddlewareHandler } from 'hono'

import { invalid } from '../../domain/error.ts'
import type { AppDeps } from '../deps.ts'
import type { ApiEnv } from '../surface.ts'

/** Names the dialect that a client speaks; without it the server's own is meant. */
export const DIALECT_HEADER = 'fate-dialect'

/** What a version says in another way than 1.0. */
export interface Dialect {
  /** Leaves out keys of the envelope whose value is null, empty or 0, `retcode` excepted. */
  readonly sparse: boolean
  /** A job that is stopped while it waits is `canceled`, and the answer tells what stopping was. */
  readonly cancels: boolean
  /** Dependencies are `{component_name, type}`, with `component_need_run`; role and party are required. */
  readonly edges: boolean
  /** Downloaded rows begin with a heading unless `head` says no. */
  readonly heading: boolean
}

const V1_0 = { sparse: false, cancels: false, edges: false, heading: false }
const V1_1 = { ...V1_0, sparse: true, cancels: true, edges: true }

/** Every dialect by its name. */
export const DIALECTS = {
  '1.0': V1_0,
  '1.1': V1_1,
  '1.4': { ...V1_1, heading: true },
} as const satisfies Record<string, Dialect>

export type DialectName = keyof typeof DIALECTS

/** The dialect of a request. Throws for a name that there is none of. */
export function dialectOf(c: Context<ApiEnv>, deps: Pick<AppDeps, 'settings'>): Dialect {
  const name = c.req.header(DIALECT_HEADER) ?? deps.settings.fateDialect ?? '1.0'
  if (isDialect(name)) return DIALECTS[name]
  throw invalid(
    `There is no dialect "${name}": the header ${DIALECT_HEADER} takes ${Object.keys(DIALECTS).join(', ')}`,
  )
}

/** Words the envelope of every answer in the dialect of its request. */
export function wordEnvelopes(deps: Pick<AppDeps, 'settings'>): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const { sparse } = dialectOf(c, deps)
    await next()
    if (!sparse || !isJson(c.res) || c.req.path.endsWith('/openapi.json')) return
    const body = (await c.res.json()) as Record<string, unknown>
    const kept = Object.entries(body).filter(([key, value]) => key === 'retcode' || isThere(value))
    const headers = new Headers(c.res.headers)
    headers.delete('content-length')
    const { status } = c.res
    c.res = undefined
    c.res = new Response(JSON.stringify(Object.fromEntries(kept)), { status, headers })
  }
}

function isDialect(name: string): name is DialectName {
  return Object.hasOwn(DIALECTS, name)
}

function isJson(response: Response): boolean {
  return (response.headers.get('content-type') ?? '').startsWith('application/json')
}

function isThere(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return Boolean(value)
}
