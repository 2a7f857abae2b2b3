/**
 * `party list`, `party reset ID`: the parties and their pinned identity keys.
 * @module
 */
import type { Config } from '../config.ts'
import { listParties, resetParty } from '../domain/party.ts'
import { withDatabase } from './open.ts'

/** Runs the command. */
export async function party(config: Config, args: string[]): Promise<void> {
  const [verb, id] = args
  if (verb === 'reset' && id) {
    await withDatabase(config, (db) => resetParty(db, id))
    console.log(`The pinned key of party ${id} is cleared: its next runner registers a new one`)
    return
  }
  if (verb !== 'list') throw new Error('usage: party list | party reset ID')
  const parties = await withDatabase(config, listParties)
  for (const entry of parties) console.log(`${entry.id}\t${entry.identityKey ?? '(no key yet)'}`)
}
