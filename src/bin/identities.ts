/**
 * The key pairs of a runner's parties.
 * @module
 */
import { join } from 'node:path'

import { EVERY_PARTY } from '../domain/runner.ts'
import { type Identity, openIdentity } from '../federation/identity.ts'
import { diskKeys } from '../runner/key-store.ts'

/** The key pairs of the runner's parties, made at their first use; one for all where it serves all. */
export function openIdentities(
  dataDir: string,
  parties: readonly string[] | null,
): (party: string) => Promise<Identity> {
  const keys = diskKeys(join(dataDir, 'identity'))
  const open = new Map<string, Promise<Identity>>()
  return (party) => {
    const name = parties === null ? EVERY_PARTY : party
    const known = open.get(name) ?? openIdentity(keys, name)
    open.set(name, known)
    return known
  }
}
