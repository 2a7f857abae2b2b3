/**
 * Who calls the gateway, and what of the server it may touch.
 * @module
 */
import { createMiddleware } from 'hono/factory'

import type { Db } from '../../db/type.ts'
import { DomainError, forbidden, notFound } from '../../domain/error.ts'
import { activeMembers, findRunner, type RunnerRecord } from '../../domain/runner-scope.ts'
import { checkToken } from '../../domain/token.ts'
import type { RunnerProfile } from '../../domain/work.ts'
import type { AppDeps } from '../deps.ts'

export interface Caller {
  /** The parties it may speak for; null for every party. */
  readonly parties: readonly string[] | null
  /** Names the token without giving it away; null where the server trusts every caller. */
  readonly owner: string | null
}

/** Under this fact the row of a runner keeps the token that registered it. */
export const OWNER_FACT = 'gateway'

/** Middleware: everything behind it has a caller. */
export function asCaller(deps: AppDeps) {
  return createMiddleware<{ Variables: { caller: Caller } }>(async (c, next) => {
    c.set('caller', await findCaller(deps, c.req.header('authorization')))
    await next()
  })
}

/** Middleware for what trusted runners need besides the database: its token will do. */
export function asReader(deps: AppDeps) {
  return createMiddleware<{ Variables: { caller: Caller } }>(async (c, next) => {
    c.set('caller', await findReader(deps, c.req.header('authorization')))
    await next()
  })
}

/** Refuses a profile with parties that the caller may not speak for, or an id that somebody else took. */
export function checkProfile(
  caller: Caller,
  profile: RunnerProfile,
  known: RunnerRecord | undefined,
): void {
  const { id, parties } = profile
  if (!covers(caller, parties)) {
    const foreign =
      parties === null ? 'every party' : `party ${missing(caller, parties).join(', ')}`
    throw forbidden(
      `This token may not serve ${foreign}: set WEFT_PARTIES=${caller.parties?.join(',') ?? ''}, or ask for another token`,
    )
  }
  const keyed = parties ?? ['*']
  const stray = Object.keys(profile.identities).find((party) => !keyed.includes(party))
  if (stray !== undefined)
    throw forbidden(`The runner names a key for party ${stray}, which it does not serve`)
  if (known && !owns(caller, known.facts)) {
    throw forbidden(`Runner "${id}" was registered by somebody else: choose another id`)
  }
}

/** Refuses a runner that the caller did not register, or whose parties it may no longer speak for. */
export async function checkRunner(db: Db, caller: Caller, runnerId: string): Promise<void> {
  if (await speaksForRunner(db, caller, runnerId)) return
  throw forbidden(`Runner "${runnerId}" was not registered with this token: register it first`)
}

/** Whether the caller registered a runner, and may speak for its parties. */
export async function speaksForRunner(db: Db, caller: Caller, runnerId: string): Promise<boolean> {
  const known = await findRunner(db, runnerId)
  return known !== undefined && owns(caller, known.facts) && covers(caller, known.parties)
}

/** The members of a running job in which one of the caller's parties takes part. */
export async function membersFor(db: Db, caller: Caller, jobId: string): Promise<string[]> {
  const members = await activeMembers(db, jobId)
  if (!members && caller.parties === null) {
    throw notFound(`No job "${jobId}" is running: it has ended or never was`)
  }
  // A caller with limited rights learns nothing of other jobs, not even whether they are there.
  if (members?.some((member) => speaksFor(caller, member))) return members
  throw forbidden(`None of this token's parties takes part in a running job "${jobId}"`)
}

/** Whether the caller may act for the party at `address`. */
export function speaksFor(caller: Caller, address: string): boolean {
  return caller.parties === null || caller.parties.includes(address.slice(address.indexOf(':') + 1))
}

async function findCaller(deps: AppDeps, authorization: string | undefined): Promise<Caller> {
  if (deps.settings.auth === 'off' && authorization === undefined) {
    return { parties: null, owner: null }
  }
  const { parties } = await checkToken(deps.db, { authorization, kind: 'runner' }, deps.now())
  return { parties, owner: await digest(authorization ?? '') }
}

async function findReader(deps: AppDeps, authorization: string | undefined): Promise<Caller> {
  try {
    return await findCaller(deps, authorization)
  } catch (error) {
    if (!(error instanceof DomainError) || error.kind !== 'unauthenticated') throw error
    const check = { authorization, kind: 'database' } as const
    const token = await checkToken(deps.db, check, deps.now()).catch(() => undefined)
    // Whoever may write to the database may do what it likes anyway.
    if (token?.readOnly === false) return { parties: null, owner: null }
    throw error
  }
}

function owns(caller: Caller, facts: Record<string, unknown>): boolean {
  return caller.owner === null || facts[OWNER_FACT] === caller.owner
}

function covers(caller: Caller, parties: readonly string[] | null): boolean {
  if (caller.parties === null) return true
  return parties !== null && missing(caller, parties).length === 0
}

function missing(caller: Caller, parties: readonly string[]): string[] {
  return parties.filter((party) => !caller.parties?.includes(party))
}

/** Not the hash under which the token is stored, so that it cannot be matched with the token table. */
async function digest(authorization: string): Promise<string> {
  const token = authorization.replace(/^Bearer\s+/i, '')
  const bytes = new TextEncoder().encode(`runner gateway owner ${token}`)
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(hash.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
