/**
 * Who calls, and what of jobs, flows, works, models, tables and services is theirs: the one place where accounts meet every API but OpenPAI's,
 * which has rules of its own. An account has what it has entered; administrators, and tokens of the operator, everything.
 * @module
 */
import type { Context, MiddlewareHandler } from 'hono'

import type { Db } from '../db/type.ts'
import { forbidden, notFound } from '../domain/error.ts'
import { findForeign } from '../domain/owner.ts'
import { EVERYBODY, hasAll, type Principal } from '../domain/principal.ts'
import type { AppDeps } from './deps.ts'
import { pathText } from './path-text.ts'

/** Where a request says who calls: in its context, or in its bindings when this server asks itself. */
interface Called {
  Variables: { caller?: Principal; mayName?: (value: unknown) => Promise<void> }
  Bindings: { caller?: Principal }
}

/** Who calls; everybody is trusted where the server asks nobody for a token. */
export function callerIn(c: Context): Principal {
  const called = c as unknown as Context<Called>
  const bound = called.env as Called['Bindings'] | undefined
  return called.get('caller') ?? bound?.caller ?? EVERYBODY
}

/** Notes who calls, for everything behind. */
export function setCaller(c: Context, caller: Principal): void {
  ;(c as unknown as Context<Called>).set('caller', caller)
}

/** Whose it is what the caller enters: null for the operator's. */
export function ownerIn(c: Context): string | null {
  return callerIn(c).account?.name ?? null
}

/** What a route works with, where it enters something for the caller. */
export function depsFor<D extends AppDeps>(c: Context, deps: D): D {
  return { ...deps, owner: ownerIn(c) }
}

/** What lists are limited to: an account's own, everything for administrators. */
export function ownOnly(c: Context): { readonly owner?: string } {
  const caller = callerIn(c)
  return hasAll(caller) || caller.account === null ? {} : { owner: caller.account.name }
}

/**
 * Middleware: whoever names a job, a flow, a work, a model, a service or a table of somebody else is told that it is not there, wherever in the
 * request the name stands; and what concerns the whole server is for administrators.
 */
export function guardOwned(db: Db, { forms = false }: { forms?: boolean } = {}): MiddlewareHandler {
  return async (c, next) => {
    const { owner } = ownOnly(c)
    // Jobs of task roles may be read by everybody, and have pages of their own.
    if (owner === undefined || c.req.path.startsWith('/batch')) return next()
    if (isForAdmins(c)) throw forbidden('Only administrators may do this: ask one of them')
    const path = c.req.path.split('/').map((part) => pathText(part) ?? part)
    const mayName = async (values: readonly unknown[], flows: readonly string[] = []) => {
      const foreign = await findForeign(db, owner, {
        texts: [...textsIn(values)],
        flows,
        services: SERVICES.test(c.req.path) ? [...path.slice(-1), ...servicesIn(values)] : [],
        tables: TABLES.test(c.req.path) ? tablesIn([...values, tableAt(path)]) : [],
      })
      if (foreign !== undefined)
        throw notFound(`There is no "${foreign}" of yours: see the list for those there are`)
    }
    ;(c as unknown as Context<Called>).set('mayName', (value) => mayName([value]))
    const { value, name } = await bodyOf(c.req.raw, forms)
    await mayName([path, c.req.queries(), value], FLOWS.test(c.req.path) ? [...path, name] : [])
    return next()
  }
}

/** Looks at a body that is read in another way than most. */
export async function checkNamed(c: Context, value: unknown): Promise<void> {
  await (c as unknown as Context<Called>).get('mayName')?.(value)
}

/** Where paths, and the field `name` of forms, name flows. */
const FLOWS = /^(\/flows|\/api\/weft\/flows|\/v1\/modelbox\/job)\//
/** Where services are named: in paths, or in fields. */
const SERVICES = /^\/(api\/weft\/serving|models|v1\/model)\//
/**
 * Where tables themselves are asked for, changed or shown. Jobs may use any table whose name they know, as parties let
 * each other do: what they may use it for is theirs to say.
 */
const TABLES = /^\/(tables|v1\/(table|data))\//
const FOR_ADMINS = /^(\/api\/weft)?\/runners(\/|$)/
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

function isForAdmins(c: Context): boolean {
  const { path, method } = c.req
  return path === '/runners/invite' || (FOR_ADMINS.test(path) && !SAFE.has(method))
}

/** What a body holds that is JSON or a form. Uploads stream, and name nothing. */
async function bodyOf(
  request: Request,
  forms: boolean,
): Promise<{ value?: unknown; name: string }> {
  const type = request.headers.get('content-type') ?? ''
  if (SAFE.has(request.method) || !/json|urlencoded|text\/plain|form-data/i.test(type))
    return { name: '' }
  if (/form-data/i.test(type))
    return forms ? fieldsOf(await request.clone().formData()) : { name: '' }
  // A copy: whoever answers reads the body in its own way.
  const text = await request.clone().text()
  return /urlencoded/i.test(type)
    ? fieldsOf(new URLSearchParams(text))
    : { value: parsed(text), name: '' }
}

/** Forms hold whole documents in their fields. */
function fieldsOf(form: FormData | URLSearchParams): { value: unknown; name: string } {
  const texts = [...form.values()].filter((value) => typeof value === 'string')
  const name = form.get('name')
  return {
    value: [Object.fromEntries(form), ...texts.map((text) => [text, parsed(text)])],
    name: typeof name === 'string' ? name : '',
  }
}

function parsed(text: string): unknown {
  if (!/^\s*[[{"]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The services that a body or a form names. */
function servicesIn(values: readonly unknown[]): string[] {
  return objectsIn(values).flatMap((one) =>
    [one['service_id'], one['service']].flat().filter((name) => typeof name === 'string'),
  )
}

/** The tables that a body or a query names. */
function tablesIn(values: readonly unknown[]): [namespace: string, name: string][] {
  return objectsIn(values).flatMap((one) => {
    const [namespace] = [one['namespace']].flat() as unknown[]
    const names = [one['name'], one['table_name']].flat()
    if (typeof namespace !== 'string') return []
    return names.flatMap((name): [string, string][] =>
      typeof name === 'string' ? [[namespace, name]] : [],
    )
  })
}

function tableAt([, first, namespace, name]: readonly string[]): object {
  return first === 'tables' ? { namespace, name } : {}
}

function objectsIn(values: readonly unknown[]): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = []
  const left: unknown[] = [...values]
  while (left.length > 0) {
    const value = left.pop()
    if (typeof value !== 'object' || value === null) continue
    if (!Array.isArray(value)) found.push(value as Record<string, unknown>)
    left.push(...Object.values(value))
  }
  return found
}

const LONGEST = 512

/** Every text in a value, and the parts of those that are put together of several. */
function textsIn(values: readonly unknown[]): Set<string> {
  const found = new Set<string>()
  const left: unknown[] = [...values]
  while (left.length > 0) {
    const value = left.pop()
    if (typeof value === 'object' && value !== null) {
      for (const [key, one] of Object.entries(value)) left.push(key, one)
    } else if (typeof value === 'number') found.add(String(value))
    else if (typeof value === 'string' && value !== '' && value.length <= LONGEST) {
      found.add(value)
      for (const part of value.split(/[\s,;#~_/]+/)) if (part.length > 3) found.add(part)
    }
  }
  return found
}
