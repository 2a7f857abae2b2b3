/**
 * Alerts: the webhook of a work is told when a run has failed for good. A run is told of once, after it has been looked
 * at again; a webhook that cannot be reached is tried again, less and less often.
 * @module
 */
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { appendEvents } from './event.ts'
import { type RunRequest, getRun, runsBegun } from './works-run.ts'
import { getWork } from './works.ts'

/** How long a failure must stand before it is told. */
const RECHECK_MS = 5000
/** Before the first further try, and at most. */
const BACKOFF_MS = 10_000
const LONGEST_BACKOFF_MS = 3_600_000
const MOST_TRIES = 10
const TIMEOUT_MS = 10_000
/** Alerts that are sent beside each other. */
const BATCH = 20

/** Sends a body to a webhook. Rejects where it was not taken. */
export type SendAlert = (url: string, body: object) => Promise<void>

/** Has a failed run told, unless it has recovered by then. */
export async function queueAlert(
  trx: Trx,
  { workId, runId, at }: { workId: string; runId: string; at: number },
): Promise<void> {
  await trx
    .insertInto('work_alert')
    .values({ run_id: runId, work_id: workId, at: at + RECHECK_MS, tries: 0, created_at: at })
    .onConflict((clash) => clash.doNothing())
    .execute()
}

/** Tells webhooks of what is due at `at`. Answers how many were tried. */
export async function tellAlerts(db: Db, at: number, send: SendAlert): Promise<number> {
  if (!(await due(db, at).limit(1).executeTakeFirst())) return 0
  const taken = await inTransaction(db, async (trx) => {
    const rows = await due(trx, at).limit(BATCH).execute()
    for (const { run_id: runId, tries } of rows) {
      // Set before it is sent: of several processes one sends it, and what ends meanwhile is tried again.
      const wait = Math.min(BACKOFF_MS * 2 ** tries, LONGEST_BACKOFF_MS)
      await trx
        .updateTable('work_alert')
        .set({ at: at + TIMEOUT_MS + wait, tries: tries + 1 })
        .where('run_id', '=', runId)
        .execute()
    }
    return rows
  })
  await Promise.all(taken.map((row) => tell(db, { row, at, send })))
  return taken.length
}

function due(db: Db, at: number) {
  return db.selectFrom('work_alert').selectAll().where('at', '<=', at).orderBy('at')
}

async function tell(
  db: Db,
  {
    row,
    at,
    send,
  }: {
    row: { run_id: string; work_id: string; tries: number }
    at: number
    send: SendAlert
  },
): Promise<void> {
  const work = await getWork(db, row.work_id, { deleted: true })
  const run = await getRun(db, { workId: work.id, id: row.run_id })
  const { webhook } = work.settings
  if (webhook === undefined || work.deletedAt !== null || run.state !== 'failed')
    return forget(db, row.run_id)
  const { attempt, version, dueAt } = run.request as RunRequest
  const time = (moment: number | null | undefined) =>
    moment === null || moment === undefined
      ? null
      : `${new Date(moment).toISOString().slice(0, 19)}Z`
  const begun = (await runsBegun(db, [run.id])).get(run.id)
  try {
    await send(webhook, {
      event: 'work.failed',
      work_id: work.id,
      name: work.name,
      user_id: work.userId,
      task_id: run.id,
      version,
      attempt,
      due_at: time(dueAt),
      started_at: time(begun),
      ended_at: time(run.endedAt),
      error_message: run.reason === null ? null : maskSecrets(run.reason),
    })
  } catch (error) {
    const last = row.tries + 1 >= MOST_TRIES
    if (last) await forget(db, row.run_id)
    const why = error instanceof Error ? error.message : String(error)
    return note(db, {
      runId: row.run_id,
      at,
      level: 'warning',
      message: `The webhook of the work was not told (${why.replaceAll(webhook, maskUrl(webhook))}): ${last ? 'it is given up' : 'it is tried again'}`,
    })
  }
  await forget(db, row.run_id)
  await note(db, {
    runId: row.run_id,
    at,
    level: 'info',
    message: 'The webhook of the work was told',
  })
}

async function forget(db: Db, runId: string): Promise<void> {
  await db.deleteFrom('work_alert').where('run_id', '=', runId).execute()
}

async function note(
  db: Db,
  event: { runId: string; at: number; level: 'info' | 'warning'; message: string },
): Promise<void> {
  const { runId, ...rest } = event
  await appendEvents(db, [{ ...rest, jobId: runId, type: 'work.alert' }])
}

const SECRET =
  /(['"]?[\w.-]*(?:password|passwd|secret|token|credential|access[-_.]?key|api[-_.]?key)[\w.-]*['"]?\s*[=:]\s*)('(?:[^']|'')*'|"[^"]*"|[^\s,;)&]+)/gi

/** A text without what it says after `password =` and its like, or in an address. */
export function maskSecrets(text: string): string {
  return text.replaceAll(SECRET, '$1***').replaceAll(/(\w:\/\/)[^/\s@:]*:[^/\s@]*@/g, '$1***@')
}

/** Where an address leads, without what is secret of it: paths and queries of webhooks are passwords. */
export function maskUrl(url: string): string {
  const { origin, pathname, search, username } = new URL(url)
  return pathname === '/' && search === '' && username === '' ? url : `${origin}/***`
}
