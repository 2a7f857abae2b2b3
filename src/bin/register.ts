/**
 * `weft-runner register`: checks server, token and parties with the server, and keeps them for `run`.
 * @module
 */
import { hostname } from 'node:os'
import { resolve } from 'node:path'

import type { Config } from '../config.ts'
import { randomId } from '../domain/id.ts'
import { fingerprint } from '../federation/identity.ts'
import { openSite } from '../runner/data/site.ts'
import { gatewayStore } from '../runner/store-gateway.ts'
import { VERSION } from './place.ts'
import { writeRegistration } from './registration.ts'
import { openIdentities } from './start-runner.ts'

/** Where a registration was kept, and what the other organisations compare. */
export interface Registered {
  readonly path: string
  readonly fingerprints: readonly { readonly party: string; readonly fingerprint: string }[]
}

/**
 * Registers the runner of `config` once, which pins the keys of its parties at the server, and keeps its server.
 * Throws what the server has against it; nothing is kept then but the keys.
 */
export async function register(config: Config): Promise<Registered> {
  const { server, parties, name } = config.runner
  if (server === null) throw new Error('Which server? Add --server URL')
  if (parties === null || parties.length === 0) {
    throw new Error('Which parties does the runner serve? Add --parties ID,ID')
  }
  const dataDir = resolve(config.dataDir)
  const site = await openSite(dataDir)
  try {
    const identityOf = openIdentities(dataDir, parties)
    const identities = await Promise.all(parties.map(identityOf))
    const store = gatewayStore({ url: server.url, token: server.token ?? undefined })
    const id = randomId()
    await store.register({
      id,
      name: name ?? hostname(),
      site: site.id,
      parties,
      url: null,
      slots: 1,
      identities: Object.fromEntries(identities.map((own) => [own.party, own.publicKey])),
      facts: { version: VERSION },
    })
    // It takes no work before `run`.
    await store.beat(id, 'gone')
    const path = await writeRegistration(dataDir, {
      server: server.url,
      token: server.token,
      parties: [...parties],
    })
    const fingerprints = await Promise.all(
      identities.map(async (own) => ({
        party: own.party,
        fingerprint: await fingerprint(own.publicKey),
      })),
    )
    return { path, fingerprints }
  } finally {
    await site.release()
  }
}
