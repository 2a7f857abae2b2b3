/**
 * Parties.
 * @module
 */
import { Hono } from 'hono'

import { type ListedParty, PartiesPage } from '../../views/runner/page.tsx'
import type { AppDeps } from '../api/deps.ts'
import { listParties, type Party } from '../domain/party.ts'
import { listRunners, type Runner, serves } from '../domain/runner.ts'

/** `/parties`. */
export function siteRoutes(deps: AppDeps): Hono {
  const { db, now } = deps
  const app = new Hono()
  app.get('/parties', async (c) => {
    const runners = (await listRunners(db)).filter((runner) => runner.live)
    const parties = await Promise.all(
      (await listParties(db)).map((party) => describeParty(party, runners)),
    )
    return c.render(<PartiesPage parties={parties} now={now()} />, { title: 'Parties' })
  })
  return app
}

async function describeParty(party: Party, live: readonly Runner[]): Promise<ListedParty> {
  return {
    party,
    fingerprint: party.identityKey === null ? null : await fingerprint(party.identityKey),
    runners: live.filter((runner) => serves(runner, party.id)).map((runner) => runner.name),
  }
}

/** SHA-256 of a key's bytes, in groups of four hexadecimal digits for reading aloud. */
async function fingerprint(key: string): Promise<string> {
  const base64 = key.replaceAll('-', '+').replaceAll('_', '/')
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replaceAll(/(.{4})(?=.)/g, '$1 ')
}
