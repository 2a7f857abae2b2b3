/**
 * Data sets that parties offer for joint work, and the addresses by which clients call the parties.
 * @module
 */
import type { Selectable } from 'kysely'

import { fromJson, toJson } from '../db/json.ts'
import { inList } from '../db/list.ts'
import type { DatasetTable, OfferedFeature } from '../db/table/runner.ts'
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { DomainError, invalid, notFound } from './error.ts'
import type { OfferedDataset, RunnerProfile } from './work.ts'

/** A data set, and the data directory of the runner that reads it. */
export interface Dataset {
  readonly party: string
  readonly name: string
  readonly site: string
  readonly index: string
  readonly features: readonly OfferedFeature[]
  /** What trainings may promise of its labels together, at most; null for anything. */
  readonly maxEpsilon: number | null
}

/** Enters what a runner offers; what its data directory offered before and offers no more goes. */
export async function keepDatasets(trx: Trx, profile: RunnerProfile, now: number): Promise<void> {
  const datasets = profile.datasets ?? []
  for (const { party, name } of datasets) {
    if (profile.parties === null || profile.parties.includes(party)) continue
    throw invalid(
      `Runner "${profile.name}" offers data set "${name}" of party ${party}, which it does not serve`,
    )
  }
  const { parties, site } = profile
  await trx
    .deleteFrom('dataset')
    .where('site', '=', site)
    // Whoever calls a data directory by another's name must not take that one's data sets away.
    .$if(parties !== null, (builder) => builder.where('party', 'in', inList([...(parties ?? [])])))
    .execute()
  for (const { party, name, index, features, maxEpsilon } of datasets) {
    const row = {
      site: profile.site,
      index_column: index,
      features: toJson([...features]),
      updated_at: now,
      max_epsilon: maxEpsilon ?? null,
    }
    await trx
      .insertInto('dataset')
      .values({ party, name, ...row })
      .onConflict((clash) => clash.columns(['party', 'name']).doUpdateSet(row))
      .execute()
  }
}

/** The data sets that a party offers, by name. */
export async function listDatasets(db: Db, party: string): Promise<Dataset[]> {
  const rows = await db
    .selectFrom('dataset')
    .selectAll()
    .where('party', '=', party)
    .orderBy('name')
    .execute()
  return rows.map(toDataset)
}

/** A row of the table as others see it. */
export function toDataset(row: Selectable<DatasetTable>): Dataset {
  return {
    party: row.party,
    name: row.name,
    site: row.site,
    index: row.index_column,
    features: fromJson(row.features),
    maxEpsilon: row.max_epsilon,
  }
}

/** The data set of that name. */
export async function getDataset(
  db: Db,
  { party, name }: Pick<OfferedDataset, 'party' | 'name'>,
): Promise<Dataset> {
  const all = await listDatasets(db, party)
  const found = all.find((dataset) => dataset.name === name)
  if (found) return found
  const names = all.map((dataset) => `"${dataset.name}"`).join(', ')
  throw notFound(
    `Party ${party} offers no data set "${name}"; it offers ${names || 'none: list them in the file WEFT_DATASETS of its runner'}`,
  )
}

/** Lets clients call a party by `url`; an address that another party had is its no more. */
export async function addPartyUrl(
  db: Db,
  entry: { party: string; url: string },
  at: number,
): Promise<string> {
  const url = toOrigin(entry.url)
  await inTransaction(db, async (trx) => {
    const row = { party: entry.party, created_at: at }
    await trx
      .insertInto('party')
      .values({ id: entry.party, name: '', identity_key: null, created_at: at, updated_at: at })
      .onConflict((clash) => clash.doNothing())
      .execute()
    await trx
      .insertInto('party_url')
      .values({ url, ...row })
      .onConflict((clash) => clash.column('url').doUpdateSet(row))
      .execute()
  })
  return url
}

/** The addresses of every party, or of one. */
export async function listPartyUrls(
  db: Db,
  party?: string,
): Promise<{ url: string; party: string }[]> {
  return db
    .selectFrom('party_url')
    .select(['url', 'party'])
    .$if(party !== undefined, (builder) => builder.where('party', '=', party as string))
    .orderBy('url')
    .execute()
}

/**
 * The party that a client calls `url`: by an address that was entered for it, or by that of the one runner that serves
 * it alone. A path belongs to the address, as old configurations had one for each client.
 */
export async function partyAt(db: Db, url: string): Promise<string> {
  const wanted = toOrigin(url)
  const entered = await db
    .selectFrom('party_url')
    .select('party')
    .where('url', '=', wanted)
    .executeTakeFirst()
  if (entered) return entered.party
  const runners = await db
    .selectFrom('runner')
    .select(['url', 'parties'])
    .where('url', 'is not', null)
    .where('parties', 'is not', null)
    .orderBy('seen_at', 'desc')
    .limit(1000)
    .execute()
  for (const runner of runners) {
    const parties = runner.parties === null ? [] : fromJson(runner.parties)
    if (parties.length === 1 && runner.url !== null && toOrigin(runner.url) === wanted) {
      return parties[0]
    }
  }
  throw notFound(
    `No party is called ${wanted}: enter it with "npm run cli -- party add <party> --url ${wanted}"`,
  )
}

/** An address as it is compared: scheme and host in small letters, without a slash at its end. */
function toOrigin(url: string): string {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch (cause) {
    throw new DomainError(
      'invalid',
      `"${url}" is no address of a client: expected one like http://127.0.0.1:8094`,
      { cause },
    )
  }
  if (!/^https?:$/.test(parsed.protocol)) {
    throw invalid(`"${url}" is no address of a client: expected http:// or https://`)
  }
  return `${parsed.protocol}//${parsed.host}${parsed.pathname.replace(/\/+$/, '')}`
}
