/**
 * Routes of this surface, entered into its document.
 * @module
 */
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'

import type { Principal } from '../../domain/principal.ts'
import type { AppDeps } from '../deps.ts'
import type { Api, ApiEnv } from '../surface.ts'
import { callerOf } from './caller.ts'
import { invalidParameters } from './fault.ts'

export type PaiContext = Context<ApiEnv>
type Method = 'get' | 'post' | 'put' | 'delete'

export interface PaiRoute {
  readonly id: string
  readonly summary: string
  /** Further paths of the same. */
  readonly also?: readonly string[]
  readonly query?: readonly string[]
}

export type PaiHandler = (c: PaiContext, caller: Principal) => Response | Promise<Response>

/** Adds routes whose callers are known. */
export function paiRoutes(api: Api, deps: AppDeps) {
  return (method: Method, path: string, route: PaiRoute, handler: PaiHandler): void => {
    for (const one of [path, ...(route.also ?? [])])
      api[method](one, async (c) => handler(c, await callerOf(c, deps)))
    describe(api, { method, path, route })
  }
}

/** Adds routes that anybody may call. */
export function openRoutes(api: Api) {
  return (
    method: Method,
    path: string,
    route: PaiRoute,
    handler: (c: PaiContext) => Response | Promise<Response>,
  ): void => {
    for (const one of [path, ...(route.also ?? [])]) api[method](one, (c) => handler(c))
    describe(api, { method, path, route })
  }
}

function describe(api: Api, entry: { method: Method; path: string; route: PaiRoute }): void {
  const { method, path, route } = entry
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name)
  const texts = (keys: readonly string[]) =>
    z.object(Object.fromEntries(keys.map((key) => [key, z.string()])))
  api.openAPIRegistry.registerPath({
    method,
    path: path.replaceAll(/:(\w+)/g, '{$1}'),
    operationId: `openpai.${route.id}`,
    summary: route.summary,
    request: {
      ...(names.length > 0 ? { params: texts(names) } : {}),
      ...(route.query ? { query: texts(route.query).partial() } : {}),
    },
    responses: { 200: { description: 'As the documents of OpenPAI have it' } },
  })
}

const MOST_BODY = 2 ** 20

/** The body as an object, sent as JSON or as a form. */
export async function readFields(c: PaiContext): Promise<Record<string, unknown>> {
  const text = await c.req.text()
  if (text.length > MOST_BODY) throw invalidParameters('The body is larger than 1 MiB')
  if (/urlencoded/i.test(c.req.header('content-type') ?? ''))
    return Object.fromEntries(new URLSearchParams(text))
  if (text === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // Falls through to the same refusal.
  }
  throw invalidParameters('The body is not a JSON object')
}

/** What a body has, checked; the field at fault is named. */
export function checkFields<T extends z.ZodType>(schema: T, fields: unknown): z.infer<T> {
  const result = schema.safeParse(fields)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw invalidParameters(`${issue.path.join('.') || 'The body'}: ${issue.message}`)
}

/** A whole number of the path or the query. */
export function wholeNumber(text: string | undefined, what: string): number {
  if (text === undefined || !/^\d{1,9}$/.test(text))
    throw invalidParameters(`${what} is a whole number, not "${text ?? ''}"`)
  return Number(text)
}
