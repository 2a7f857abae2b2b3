/**
 * Runners: who they are, whom they serve, whether they live.
 * @module
 */
import { type Selectable, sql } from 'kysely'

import { fromJson, toJson } from '../db/json.ts'
import type { Database } from '../db/schema.ts'
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { databaseTime } from './clock.ts'
import { keepDatasets } from './dataset.ts'
import { conflict, unavailable } from './error.ts'
import { keepUnits } from './flow-unit.ts'
import { recordSample } from './runner-use.ts'
import type { Capacity, Peer, RunnerProfile, RunnerSample, RunnerState } from './work.ts'

/** A runner that has not been heard of for this long counts as gone. */
export const LIVE_MS = 15_000
/**
 * After how long without a word nothing is kept for a runner any more: it says more than one within each of its leases,
 * so where they are short it is missed sooner.
 */
export const SILENT_MS = sql<number>`min(coalesce(runner.lease_ms, ${sql.lit(LIVE_MS)}), ${sql.lit(LIVE_MS)})`
/** The key under which a runner that serves every party registers one identity for all of them. */
export const EVERY_PARTY = '*'

/** The state of a runner that the operator took off the lists; its row stays for the name in its attempts. */
const REMOVED = 'removed'

export interface Runner {
  readonly id: string
  readonly name: string
  readonly site: string
  /** Null for every party. */
  readonly parties: readonly string[] | null
  readonly url: string | null
  readonly slots: number
  readonly facts: Record<string, unknown>
  readonly capacity: Capacity
  readonly state: string
  readonly startedAt: number
  readonly seenAt: number
  readonly live: boolean
  /** Whether the operator keeps it from work. */
  readonly drained: boolean
}

/**
 * Enters a runner. The identity key of each party it names is pinned the first time; another key for the same
 * party is refused until the operator clears the pin, as it may be somebody else.
 */
export async function registerRunner(db: Db, profile: RunnerProfile, at?: number): Promise<void> {
  const now = at ?? (await databaseTime(db))
  await inTransaction(db, async (trx) => {
    for (const party of profile.parties ?? []) await pin(trx, { party, profile, now })
    const row = {
      name: profile.name,
      site: profile.site,
      parties: profile.parties === null ? null : toJson([...profile.parties]),
      url: profile.url,
      slots: profile.slots,
      facts: toJson({ ...profile.facts, identities: profile.identities }),
      capacity: toJson(profile.capacity ?? {}),
      ...(await heldBack(trx, profile)),
      lease_ms: profile.leaseMs ?? null,
      started_at: now,
      seen_at: now,
    }
    await trx
      .insertInto('runner')
      .values({ id: profile.id, ...row })
      .onConflict((clash) => clash.column('id').doUpdateSet(row))
      .execute()
    await keepDatasets(trx, profile, now)
    await keepUnits(trx, profile, now)
  })
}

/**
 * Says that a runner is alive, and how busy; answers what the server wants of it. Drained by the operator it stays
 * `draining` though it says `active`; removed, or never entered, it is to be `gone`.
 */
export async function beatRunner(
  db: Db,
  beat: { id: string; state: RunnerState; sample?: RunnerSample },
  at?: number,
): Promise<RunnerState> {
  const now = at ?? (await databaseTime(db))
  const state =
    beat.state === 'active'
      ? sql<string>`case state when 'draining' then 'draining' else 'active' end`
      : beat.state
  const row = await db
    .updateTable('runner')
    .set({ seen_at: now, state })
    .where('id', '=', beat.id)
    .where('state', '!=', REMOVED)
    .returning('state')
    .executeTakeFirst()
  if (!row) return 'gone'
  if (beat.sample) await recordSample(db, { runnerId: beat.id, sample: beat.sample }, now)
  return row.state as RunnerState
}

/** The runners heard of within the last hour, live ones first. */
export async function listRunners(db: Db, at?: number): Promise<Runner[]> {
  const now = at ?? (await databaseTime(db))
  const rows = await db
    .selectFrom('runner')
    .selectAll()
    .where('seen_at', '>', now - 3_600_000)
    .where('state', '!=', REMOVED)
    .orderBy('seen_at', 'desc')
    .limit(500)
    .execute()
  return rows.map((row) => toRunner(row, now)).toSorted((a, b) => Number(b.live) - Number(a.live))
}

/** A runner from its row, alive or not at `now`. */
export function toRunner(row: Selectable<Database['runner']>, now: number): Runner {
  return {
    id: row.id,
    name: row.name,
    site: row.site,
    parties: row.parties === null ? null : fromJson(row.parties),
    url: row.url,
    slots: row.slots,
    facts: fromJson(row.facts),
    capacity: fromJson(row.capacity),
    state: row.state,
    startedAt: row.started_at,
    seenAt: row.seen_at,
    drained: row.held_back === 1,
    live: row.state !== 'gone' && row.state !== REMOVED && row.seen_at > now - LIVE_MS,
  }
}

/** The runners that can take work now. */
export async function liveRunners(db: Db, at?: number): Promise<Runner[]> {
  return (await listRunners(db, at)).filter((runner) => runner.live && runner.state === 'active')
}

/** Whether `runner` may work for `party`; work that belongs to no party goes to runners that serve all. */
export function serves(
  runner: { readonly parties: readonly string[] | null },
  party: string | null,
): boolean {
  if (runner.parties === null) return true
  return party !== null && runner.parties.includes(party)
}

/** Refuses work for parties that no live runner serves, with the remedy. */
export async function requireRunners(
  db: Db,
  parties: readonly { role: string | null; party: string | null }[],
): Promise<void> {
  const live = await liveRunners(db)
  for (const { role, party } of parties) {
    if (live.some((runner) => serves(runner, party))) continue
    throw unavailable(noRunner(role, party))
  }
}

/** The sentence for a party that nobody serves. */
export function noRunner(role: string | null, party: string | null): string {
  const who = party === null ? 'this task' : `${role === null ? 'party' : `${role} party`} ${party}`
  const remedy =
    party === null
      ? 'start one with "npm run runner"'
      : `start one with WEFT_PARTIES=${party} npm run runner, or name another party`
  return `No live runner serves ${who}: ${remedy}`
}

/** The sentence for work that waits only because the operator has drained whoever could do it. */
export function onlyDrained(names: readonly string[]): string {
  const who = names.slice(0, 3).map((name) => `"${name}"`)
  const rest = names.length > 3 ? ` and ${names.length - 3} more` : ''
  const subject = names.length === 1 ? 'Only runner' : 'Only runners'
  return `${subject} ${who.join(', ')}${rest} could take it, drained by the operator: activate one on the page of runners, or start another`
}

/** Where the members of one node of a job run now. */
export async function findPeers(db: Db, query: { jobId: string; node: string }): Promise<Peer[]> {
  const rows = await db
    .selectFrom('task')
    .innerJoin('lease', 'lease.task_id', 'task.id')
    .innerJoin('runner', 'runner.id', 'lease.runner_id')
    .select(['task.role', 'task.party', 'runner.id', 'runner.url', 'runner.facts'])
    .where('task.job_id', '=', query.jobId)
    .where('task.name', '=', query.node)
    .execute()
  return rows.flatMap((row) => {
    if (row.role === null || row.party === null) return []
    const identities = (fromJson(row.facts)['identities'] ?? {}) as Record<string, string>
    return [
      {
        address: `${row.role}:${row.party}`,
        runnerId: row.id,
        url: row.url,
        identity: identities[row.party] ?? identities[EVERY_PARTY] ?? '',
      },
    ]
  })
}

/** Whether the operator has drained who had this data directory last: a restart does not undo that. */
async function heldBack(
  trx: Trx,
  { site, facts }: RunnerProfile,
): Promise<{ state: RunnerState; held_back: number }> {
  const last = await trx
    .selectFrom('runner')
    .select('held_back')
    .where('site', '=', site)
    // Whoever comes through the gateway follows only those of its own token.
    .where(sql`coalesce(facts ->> '$.gateway', '')`, '=', facts['gateway'] ?? '')
    .orderBy('started_at', 'desc')
    .orderBy(sql`rowid`, 'desc')
    .limit(1)
    .executeTakeFirst()
  return last?.held_back === 1
    ? { state: 'draining', held_back: 1 }
    : { state: 'active', held_back: 0 }
}

async function pin(
  trx: Trx,
  entry: { party: string; profile: RunnerProfile; now: number },
): Promise<void> {
  const key = entry.profile.identities[entry.party]
  if (key === undefined)
    throw conflict(`Runner "${entry.profile.name}" names no key for party ${entry.party}`)
  const known = await trx
    .selectFrom('party')
    .select('identity_key')
    .where('id', '=', entry.party)
    .executeTakeFirst()
  if (known?.identity_key === key) return
  if (known?.identity_key) {
    throw conflict(
      `Party ${entry.party} is pinned to another identity key: start its runner with the data directory it had, ` +
        `or clear the pin with "npm run cli party reset ${entry.party}"`,
    )
  }
  const row = { identity_key: key, updated_at: entry.now }
  await trx
    .insertInto('party')
    .values({ id: entry.party, name: '', created_at: entry.now, ...row })
    .onConflict((clash) => clash.column('id').doUpdateSet(row))
    .execute()
}
