/**
 * Alerts: the webhook of a work is told when a run has failed for good. A run is told of once, after it has been looked
 * at again; a webhook that cannot be reached is tried again, less and less often.
 * @module
 */
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { appendEvents } from './event.ts'
import {
  maskSecrets,
  type SendWebhook,
  WEBHOOK_TRIES,
  webhookFault,
  webhookWait,
} from './webhook.ts'
import { type RunRequest, getRun, runsBegun } from './works-run.ts'
import { getWork } from './works.ts'

/** How long a failure must stand before it is told. */
const RECHECK_MS = 5000
const TIMEOUT_MS = 10_000
/** Alerts that are sent beside each other. */
const BATCH = 20

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
export async function tellAlerts(db: Db, at: number, send: SendWebhook): Promise<number> {
  if (!(await due(db, at).limit(1).executeTakeFirst())) return 0
  const taken = await inTransaction(db, async (trx) => {
    const rows = await due(trx, at).limit(BATCH).execute()
    for (const { run_id: runId, tries } of rows) {
      // Set before it is sent: of several processes one sends it, and what ends meanwhile is tried again.
      await trx
        .updateTable('work_alert')
        .set({ at: at + TIMEOUT_MS + webhookWait(tries), tries: tries + 1 })
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
    send: SendWebhook
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
    const message = {
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
    }
    await send(webhook, message, { id: `run-${run.id}` })
  } catch (error) {
    const last = row.tries + 1 >= WEBHOOK_TRIES
    if (last) await forget(db, row.run_id)
    return note(db, {
      runId: row.run_id,
      at,
      level: 'warning',
      message: `The webhook of the work was not told (${webhookFault(error, webhook)}): ${last ? 'it is given up' : 'it is tried again'}`,
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
