/**
 * Who uses the pages of jobs of task roles, and refusals of the API as those of the console.
 * @module
 */
import type { Context } from 'hono'

import { callerOf } from '../../api/openpai/caller.ts'
import { PaiFault } from '../../api/openpai/fault.ts'
import { DomainError, type ErrorKind, forbidden } from '../../domain/error.ts'
import type { Principal } from '../../domain/principal.ts'
import type { ConsoleDeps } from '../deps.ts'

/** The person behind a request. */
export function personOf(c: Context, deps: ConsoleDeps): Promise<Principal> {
  return asDomain(() => callerOf(c, deps))
}

/** Whether somebody may stop, tag and resubmit jobs of that owner. */
export function mayChange(caller: Principal, owner: string): boolean {
  return caller.admin || caller.name === owner
}

/** Refuses those who are neither the owner nor an administrator. */
export function requireChange(caller: Principal, owner: string): void {
  if (!mayChange(caller, owner))
    throw forbidden(`User ${caller.name} is not allowed to change jobs of ${owner}.`)
}

/** Refuses who is no administrator. */
export function requireAdmin(caller: Principal): void {
  if (!caller.admin) throw forbidden('Only administrators may do this: ask one of them.')
}

/** What `work` answers; what the API refuses is refused with the same words here. */
export async function asDomain<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof PaiFault) throw new DomainError(kindOf(error.status), error.message)
    throw error
  }
}

/** What a refusal says; undefined where there was none. Bugs are thrown on. */
export async function refusalOf(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await asDomain(work)
    return undefined
  } catch (error) {
    if (error instanceof DomainError) return error.message
    throw error
  }
}

function kindOf(status: number): ErrorKind {
  if (status === 401) return 'unauthenticated'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'not_found'
  return status === 409 ? 'conflict' : status === 501 ? 'unavailable' : 'invalid'
}
