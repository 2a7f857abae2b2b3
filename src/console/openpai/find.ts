/**
 * Finds the job of task roles that an address or a form names.
 * @module
 */
import type { Db } from '../../db/type.ts'
import { notFound } from '../../domain/error.ts'
import { findFramework, type Framework } from '../../domain/framework.ts'
import type { Principal } from '../../domain/principal.ts'

/** The job `owner~name`, or of that name alone, its newest version where none is named. */
export async function findNamed(
  db: Db,
  text: string,
  caller: Principal,
  version?: number,
): Promise<Framework> {
  const tilde = text.indexOf('~')
  const found = await findFramework(db, {
    owner: tilde === -1 ? null : text.slice(0, tilde),
    name: tilde === -1 ? text : text.slice(tilde + 1),
    prefer: caller.name,
    ...(version === undefined ? {} : { version }),
  })
  if (found) return found
  const which = version === undefined ? '' : ` has no version ${version}, or it`
  throw notFound(`Job ${text}${which} is not found.`)
}

/** A whole number of an address, or undefined. */
export function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
