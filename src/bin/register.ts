/**
 * `weft-runner register`: joins a server, with a one-time code or with a token, and keeps what `run` needs.
 * @module
 */
import { hostname } from 'node:os'
import { resolve } from 'node:path'

import { sql } from 'kysely'

import type { Config } from '../config.ts'
import { openRemote } from '../db/open.ts'
import { randomId } from '../domain/id.ts'
import { fingerprint } from '../federation/identity.ts'
import { openSite } from '../runner/data/site.ts'
import { gatewayStore, joinServer } from '../runner/store-gateway.ts'
import { openIdentities } from './identities.ts'
import { VERSION } from './place.ts'
import { databaseUrl, type Registration, writeRegistration } from './registration.ts'

/** Where a registration was kept, and what the other organisations compare. */
export interface Registered {
  readonly path: string
  readonly fingerprints: readonly { readonly party: string; readonly fingerprint: string }[]
  /** Whether the runner works on the database itself. */
  readonly trusted: boolean
}

/**
 * Registers the runner of `config`, which pins the keys of its parties at the server. With a code the server says which
 * parties they are. Throws what the server has against it; without a code nothing is kept then but the keys.
 */
export async function register(
  config: Config,
  options: { readonly code?: string } = {},
): Promise<Registered> {
  const { server, parties, name } = config.runner
  const { code } = options
  if (server === null) throw new Error('Which server? Add --server URL')
  if (code === undefined && (parties === null || parties.length === 0)) {
    throw new Error(
      'Which parties does the runner serve? Add --code CODE, or --parties ID,ID and --token TOKEN',
    )
  }
  const dataDir = resolve(config.dataDir)
  // Before the code is used up: a directory that cannot be written to would lose the token.
  const site = await openSite(dataDir)
  try {
    let entry: Registration
    let path: string | undefined
    if (code === undefined) {
      entry = { server: server.url, token: server.token, parties: [...(parties ?? [])] }
    } else {
      entry = await redeem(server.url, code)
      path = await writeRegistration(dataDir, entry)
    }
    try {
      const fingerprints =
        'databaseToken' in entry
          ? await checkDatabase(entry)
          : await enter(entry, { dataDir, site: site.id, name: name ?? hostname() })
      path ??= await writeRegistration(dataDir, entry)
      return { path, fingerprints, trusted: 'databaseToken' in entry }
    } catch (error) {
      if (path === undefined) throw error
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(
        `The code was exchanged for a token, which is kept in ${path}, but the server refused this runner: ${reason}. Mend that and start "weft-runner run"; the code is not needed again`,
        { cause: error },
      )
    }
  } finally {
    await site.release()
  }
}

async function redeem(server: string, code: string): Promise<Registration> {
  const { kind, token, parties } = await joinServer(server, code)
  if (kind === 'database') {
    return { server, databaseToken: token, parties: parties && [...parties] }
  }
  return { server, token, parties: [...(parties ?? [])] }
}

/** Enters a runner once, so that the server pins the keys of its parties. */
async function enter(
  entry: Extract<Registration, { token: string | null }>,
  runner: { readonly dataDir: string; readonly site: string; readonly name: string },
): Promise<Registered['fingerprints']> {
  const { parties } = entry
  const identityOf = openIdentities(runner.dataDir, parties)
  const identities = await Promise.all(parties.map(identityOf))
  const store = gatewayStore({ url: entry.server, token: entry.token ?? undefined })
  const id = randomId()
  await store.register({
    id,
    name: runner.name,
    site: runner.site,
    parties,
    url: null,
    slots: 1,
    identities: Object.fromEntries(identities.map((own) => [own.party, own.publicKey])),
    facts: { version: VERSION },
  })
  // It takes no work before `run`.
  await store.beat(id, 'gone')
  return Promise.all(
    identities.map(async (own) => ({
      party: own.party,
      fingerprint: await fingerprint(own.publicKey),
    })),
  )
}

async function checkDatabase(
  entry: Extract<Registration, { databaseToken: string }>,
): Promise<Registered['fingerprints']> {
  const db = openRemote({ url: databaseUrl(entry.server), authToken: entry.databaseToken })
  try {
    await sql`select 1`.execute(db)
  } finally {
    await db.destroy()
  }
  return []
}
