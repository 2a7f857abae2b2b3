/**
 * Who calls, and what they may do.
 * @module
 */
import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'

import type { Db } from '../../db/type.ts'
import { storagesOf } from '../../domain/account.ts'
import { EVERYBODY, type Principal, principalOf } from '../../domain/principal.ts'
import { TOKEN_COOKIE } from '../auth.ts'
import type { AppDeps } from '../deps.ts'
import { forbiddenUser, PaiFault } from './fault.ts'

/** Finds out who calls. Refuses guests where the server asks for tokens. */
export async function callerOf(c: Context, deps: AppDeps): Promise<Principal> {
  const cookie = getCookie(c, TOKEN_COOKIE)
  const authorization = c.req.header('authorization') ?? (cookie && `Bearer ${cookie}`)
  const found = await principalOf(deps.db, authorization, deps.now())
  if (found) return found
  if (deps.settings.auth === 'off') return EVERYBODY
  throw new PaiFault(401, 'UnauthorizedUserError', 'Guest is not allowed to do this operation.')
}

export function requireAdmin(caller: Principal): void {
  if (!caller.admin) throw forbiddenUser('Non-admin is not allow to do this operation.')
}

export function requirePerson(caller: Principal): void {
  if (caller.application) throw forbiddenUser('Applications are not allowed to do this operation.')
}

/** Owners and administrators may change a job. */
export function requireOwner(caller: Principal, owner: string): void {
  if (!caller.admin && caller.name !== owner)
    throw forbiddenUser(`User ${caller.name} is not allowed to change jobs of ${owner}.`)
}

/** Those of the storages that the caller may read and write; all of them without an account. */
export function storagesFor(
  db: Db,
  { account }: Principal,
  there: Iterable<string>,
): Promise<{ all: string[]; byDefault: string[] }> {
  return storagesOf(db, account ?? { admin: true, groups: [] }, there)
}

/** Refuses who is in none of the groups that a storage is for. */
export async function requireStorage(db: Db, caller: Principal, name: string): Promise<void> {
  if ((await storagesFor(db, caller, [name])).all.length === 0)
    throw forbiddenUser(`User ${caller.name} is not allowed to access ${name}.`)
}
