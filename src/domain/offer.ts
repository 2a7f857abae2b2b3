/**
 * What all parties offer for joint work, and whether a live runner has it.
 * @module
 */
import type { Db } from '../db/type.ts'
import { addPartyUrl, type Dataset, listPartyUrls, toDataset } from './dataset.ts'
import { listRunners, type Runner, serves } from './runner.ts'

/** A data set, and whether the data directory that holds it has a live runner. */
export interface Offer extends Dataset {
  readonly live: boolean
}

/** Data sets that are listed at most. */
const MOST_OFFERS = 1000

/** The data sets of every party, by party and name. */
export async function listOffers(db: Db): Promise<Offer[]> {
  const [rows, runners] = await Promise.all([
    db
      .selectFrom('dataset')
      .selectAll()
      .orderBy('party')
      .orderBy('name')
      .limit(MOST_OFFERS)
      .execute(),
    listRunners(db),
  ])
  return rows.map((row) => ({
    ...toDataset(row),
    live: runners.some(
      (runner) => runner.live && runner.site === row.site && serves(runner, row.party),
    ),
  }))
}

/**
 * The address by which clients call a party: one that was entered, or that of its own runner. A party without any gets
 * one that leads nowhere, as `.invalid` never does (RFC 6761): it is called by its name then.
 */
export async function addressOf(db: Db, party: string, now: number): Promise<string> {
  const [entered] = await listPartyUrls(db, party)
  if (entered) return entered.url
  const own = (await listRunners(db)).find((runner) => isOwn(runner, party))
  if (own?.url !== null && own?.url !== undefined) return own.url
  const url = `http://${[...new TextEncoder().encode(party)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}.invalid`
  return addPartyUrl(db, { party, url }, now)
}

function isOwn({ url, parties }: Runner, party: string): boolean {
  return url !== null && parties?.length === 1 && parties[0] === party
}
