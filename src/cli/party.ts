/**
 * `party list`, `party add ID --url URL`, `party reset ID`: the parties, what clients call them, their pinned keys.
 * @module
 */
import { parseArgs } from 'node:util'

import type { Config } from '../config.ts'
import { addPartyUrl, listPartyUrls } from '../domain/dataset.ts'
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
  if (verb === 'add' && id) {
    const { values } = parseArgs({ args: args.slice(2), options: { url: { type: 'string' } } })
    const { url } = values
    if (url === undefined) throw new Error('usage: party add ID --url http://host:port')
    const entered = await withDatabase(config, (db) =>
      addPartyUrl(db, { party: id, url }, Date.now()),
    )
    console.log(`Clients that say ${entered} mean party ${id}`)
    return
  }
  if (verb !== 'list')
    throw new Error('usage: party list | party add ID --url URL | party reset ID')
  const [parties, urls] = await withDatabase(config, (db) =>
    Promise.all([listParties(db), listPartyUrls(db)]),
  )
  for (const { id: party, identityKey } of parties) {
    const own = urls.filter((entry) => entry.party === party).map(({ url }) => url)
    console.log([party, identityKey ?? '(no key yet)', ...own].join('\t'))
  }
}
