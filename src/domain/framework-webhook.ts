/**
 * The webhook of a job of task roles is told of its changes in their order: that it runs, is tried again, is over.
 * What there is to tell follows from the record, so nothing is missed between two looks; one that cannot be reached
 * is tried again, less and less often.
 * @module
 */
import { fromJson, toJson } from '../db/json.ts'
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { invalid } from './error.ts'
import { appendEvents } from './event.ts'
import { exitSpec } from './exit-spec.ts'
import { launchedAt } from './framework-look.ts'
import { type FrameworkAttempt, listFrameworkAttempts } from './framework-record.ts'
import { secretFault } from './webhook-signature.ts'
import {
  maskSecrets,
  type SendWebhook,
  WEBHOOK_TRIES,
  webhookFault,
  webhookWait,
} from './webhook.ts'

/** What a webhook may be told of. */
export const FRAMEWORK_EVENTS = ['running', 'succeeded', 'failed', 'stopped', 'retried'] as const
export type FrameworkEvent = (typeof FRAMEWORK_EVENTS)[number]

/** Where changes are told, and which. */
export interface FrameworkWebhook {
  readonly url: string
  readonly events: readonly FrameworkEvent[]
  /** What its messages are signed with; what the server signs with where it is absent. */
  readonly secret?: string
}

/** How often a job is looked at that has nothing to tell. */
const LOOK_MS = 1000
/** Longer than any sender waits. */
const SENDING_MS = 15_000
const BATCH = 20

interface Change {
  readonly event: FrameworkEvent
  readonly attempt: FrameworkAttempt
  readonly at: number
}

/** Notes where a job's changes are told. */
export async function enterWebhook(
  trx: Trx,
  entry: { jobId: string; webhook: FrameworkWebhook; at: number },
): Promise<void> {
  const { jobId, webhook, at } = entry
  requireAddress(webhook)
  await trx
    .insertInto('framework_webhook')
    .values({
      job_id: jobId,
      url: webhook.url,
      events: toJson([...webhook.events]),
      told: 0,
      at,
      tries: 0,
      secret: webhook.secret ?? null,
    })
    .execute()
}

/** Refuses what is no address of the web, and what nothing can be signed with. */
export function requireAddress({ url, secret }: FrameworkWebhook): void {
  const fault = secret === undefined ? undefined : secretFault(secret)
  if (fault !== undefined) throw invalid(`extras.weft.webhookSecret should be ${fault}`)
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url))
    throw invalid(
      'extras.weft.webhook is no address that begins with http:// or https://; one from the secrets of the job is written <% $secrets.NAME %>',
    )
}

/** Tells what is new of jobs whose turn it is at `at`. Answers how many webhooks were called. */
export async function tellFrameworks(db: Db, at: number, send: SendWebhook): Promise<number> {
  if (!(await due(db, at).limit(1).executeTakeFirst())) return 0
  const taken = await inTransaction(db, async (trx) => {
    const rows = await due(trx, at).limit(BATCH).execute()
    for (const { job_id: jobId } of rows) {
      // Set before it is sent: of several processes one sends it.
      await set(trx, jobId, { at: at + SENDING_MS })
    }
    return rows
  })
  const called = await Promise.all(taken.map((row) => tell(db, { row, at, send })))
  return called.filter(Boolean).length
}

function due(db: Db, at: number) {
  return db.selectFrom('framework_webhook').selectAll().where('at', '<=', at).orderBy('at')
}

type Row = Awaited<ReturnType<ReturnType<typeof due>['execute']>>[number]

async function tell(db: Db, of: { row: Row; at: number; send: SendWebhook }): Promise<boolean> {
  const { row, at, send } = of
  const { job_id: jobId, url, tries } = row
  const framework = await db
    .selectFrom('framework')
    .select(['job_id', 'owner', 'name', 'version', 'virtual_cluster', 'state', 'completed_at'])
    .where('job_id', '=', jobId)
    .executeTakeFirstOrThrow()
  const changes = await changesOf(db, framework)
  const wanted = fromJson(row.events)
  const next = changes.findIndex(({ event }, index) => index >= row.told && wanted.includes(event))
  if (next < 0) {
    if (framework.state !== 'active') await forget(db, jobId)
    else await set(db, jobId, { at: at + LOOK_MS, told: changes.length, tries: 0 })
    return false
  }
  const { event, attempt, at: since } = changes[next]
  const { exitCode } = attempt
  try {
    const message = {
      event: `job.${event}`,
      job: `${framework.owner}~${framework.name}`,
      name: framework.name,
      username: framework.owner,
      version: framework.version,
      attempt: attempt.number,
      virtual_cluster: framework.virtual_cluster,
      at: new Date(since).toISOString(),
      exit_code: event === 'running' || event === 'retried' ? null : exitCode,
      exit_phrase:
        event === 'running' || event === 'retried' || exitCode === null
          ? null
          : exitSpec(exitCode).phrase,
      message: attempt.diagnostics === null ? null : maskSecrets(attempt.diagnostics),
    }
    await send(url, message, { id: `job-${jobId}-${next}`, secret: row.secret ?? undefined })
  } catch (error) {
    const last = tries + 1 >= WEBHOOK_TRIES
    await set(
      db,
      jobId,
      last ? { at, told: next + 1, tries: 0 } : { at: at + webhookWait(tries), tries: tries + 1 },
    )
    await appendEvents(db, [
      {
        jobId,
        at,
        type: 'framework.webhook',
        level: 'warning',
        message: `The webhook of the job was not told that it is ${event} (${webhookFault(error, url)}): ${last ? 'it is given up' : 'it is tried again'}`,
      },
    ])
    return true
  }
  await set(db, jobId, { at, told: next + 1, tries: 0 })
  return true
}

/** All that has happened so far, in order: only ever longer. */
async function changesOf(
  db: Db,
  framework: { job_id: string; state: string; completed_at: number | null },
): Promise<Change[]> {
  const { job_id: jobId, state, completed_at: completedAt } = framework
  const attempts = await listFrameworkAttempts(db, jobId)
  const changes: Change[] = []
  for (const attempt of attempts) {
    if (attempt.number > 0)
      changes.push({ event: 'retried', attempt, at: attempts[attempt.number - 1].completedAt ?? 0 })
    const began = attempt.launchedAt ?? (await launchedAt(db, jobId, attempt.number))
    if (began !== null) changes.push({ event: 'running', attempt, at: began })
  }
  const last = attempts.at(-1)
  if (state !== 'active' && last)
    changes.push({ event: WORDS[state] ?? 'failed', attempt: last, at: completedAt ?? 0 })
  return changes
}

const WORDS: Partial<Record<string, FrameworkEvent>> = {
  SUCCEEDED: 'succeeded',
  STOPPED: 'stopped',
}

function set(
  db: Db,
  jobId: string,
  values: { at: number; told?: number; tries?: number },
): Promise<unknown> {
  return db.updateTable('framework_webhook').set(values).where('job_id', '=', jobId).execute()
}

async function forget(db: Db, jobId: string): Promise<void> {
  await db.deleteFrom('framework_webhook').where('job_id', '=', jobId).execute()
}
