/**
 * Passwords, where this server has a way to keep them.
 * @module
 */
import type { Passwords } from '../../domain/account.ts'
import type { AppDeps } from '../deps.ts'
import { PaiFault } from './fault.ts'

/** The way; refuses where there is none. */
export function passwordsOf(deps: AppDeps): Passwords {
  if (!deps.passwords)
    throw new PaiFault(
      501,
      'NotImplementedError',
      'This server runs where passwords cannot be kept: use a token instead',
    )
  return deps.passwords
}
