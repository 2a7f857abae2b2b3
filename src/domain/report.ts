/**
 * Takes in what runners report of their tasks. Reports on tasks that a runner no longer holds are dropped.
 * @module
 */
import { toJson } from '../db/json.ts'
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { appendEvents, type EventLevel } from './event.ts'
import { keepFact } from './fact.ts'
import { addToLedger } from './ledger.ts'
import { appendMetric } from './metric.ts'
import { isNewReport } from './repeat.ts'
import type { Report, TaskSpec } from './work.ts'

/**
 * Applies a batch of reports, in order, in one transaction. The batch that the runner sent last is not applied again
 * when it comes under the same name.
 */
export async function applyReports(
  db: Db,
  runnerId: string,
  reports: readonly Report[],
  options: { readonly batch?: string } = {},
): Promise<void> {
  if (reports.length === 0) return
  await inTransaction(db, async (trx) => {
    if (!(await isNewReport(trx, { runnerId, batch: options.batch }))) return
    const held = await trx
      .selectFrom('lease')
      .innerJoin('task', 'task.id', 'lease.task_id')
      .select([
        'lease.attempt_id',
        'task.id',
        'task.job_id',
        'task.name',
        'task.site',
        'task.role',
        'task.party',
        'task.spec',
      ])
      .where('lease.runner_id', '=', runnerId)
      .where('lease.attempt_id', 'in', [...new Set(reports.map((report) => report.attemptId))])
      .execute()
    const tasks = new Map(held.map((row) => [row.attempt_id, row]))
    for (const report of reports) {
      const task = tasks.get(report.attemptId)
      if (task && task.id === report.taskId) await apply(trx, task, report)
    }
    for (const jobId of new Set(held.map((row) => row.job_id))) {
      const at = Math.max(...reports.map((report) => report.at))
      await trx.updateTable('job').set({ updated_at: at }).where('id', '=', jobId).execute()
    }
  })
}

interface HeldTask {
  readonly id: string
  readonly job_id: string
  readonly name: string
  readonly site: string | null
  readonly role: string | null
  readonly party: string | null
  readonly spec: string
}

async function apply(trx: Trx, task: HeldTask, report: Report): Promise<void> {
  const owner = { jobId: task.job_id, taskId: task.id, at: report.at }
  switch (report.type) {
    case 'log':
      await trx
        .insertInto('log_chunk')
        .values({
          job_id: task.job_id,
          task_id: task.id,
          attempt_id: report.attemptId,
          at: report.at,
          level: report.level,
          text: report.text,
        })
        .execute()
      return
    case 'event':
      await appendEvents(trx, [
        {
          ...owner,
          attemptId: report.attemptId,
          type: 'task.note',
          level: report.level as EventLevel,
          message: report.message,
        },
      ])
      return
    case 'progress':
      await trx
        .updateTable('task')
        .set({ progress: report.fraction, reason: report.note ?? null, updated_at: report.at })
        .where('id', '=', task.id)
        .execute()
      return
    case 'fact':
      await keepFact(trx, { taskId: task.id, key: report.key, value: report.value, at: report.at })
      return
    case 'metric':
      await appendMetric(trx, { ...owner, ...report })
      return
    case 'ledger':
      await addToLedger(trx, {
        job_id: task.job_id,
        // A runner speaks for its own task only.
        component: task.name,
        sender: `${task.role}:${task.party}`,
        receiver: report.receiver,
        tag: report.tag,
        kind: report.kind,
        reveals: report.reveals,
        messages: report.messages,
        bytes: report.bytes,
      })
      return
    case 'artifact':
      await saveArtifact(trx, task, report)
      return
    case 'table':
      await saveTable(trx, task, report)
  }
}

async function saveArtifact(
  trx: Trx,
  task: HeldTask,
  report: Extract<Report, { type: 'artifact' }>,
): Promise<void> {
  const row = {
    site: task.site,
    location: report.location,
    rows: report.rows ?? null,
    summary: toJson(report.summary),
    preview: report.preview === null ? null : toJson(report.preview),
    created_at: report.at,
  }
  await trx
    .insertInto('artifact')
    .values({
      job_id: task.job_id,
      task_id: task.id,
      kind: report.kind,
      name: report.name,
      ...row,
    })
    .onConflict((clash) => clash.columns(['task_id', 'kind', 'name']).doUpdateSet(row))
    .execute()
}

async function saveTable(
  trx: Trx,
  task: HeldTask,
  report: Extract<Report, { type: 'table' }>,
): Promise<void> {
  // The name was fixed at submission: a runner cannot write over somebody else's table.
  const spec = JSON.parse(task.spec) as TaskSpec
  if (spec.type !== 'upload') return
  const runner = await trx
    .selectFrom('lease')
    .innerJoin('runner', 'runner.id', 'lease.runner_id')
    .select('runner.site')
    .where('lease.task_id', '=', task.id)
    .executeTakeFirst()
  const row = {
    party: task.party,
    site: runner?.site ?? task.site,
    location: report.location,
    columns: toJson([...report.columns]),
    id_column: report.idColumn,
    partitions: report.partitions,
    rows: report.rows,
    preview: report.preview === null ? null : toJson(report.preview),
    job_id: task.job_id,
    updated_at: report.at,
  }
  await trx
    .insertInto('data_table')
    .values({
      namespace: spec.namespace,
      name: spec.name,
      created_at: report.at,
      ...row,
    })
    .onConflict((clash) => clash.columns(['namespace', 'name']).doUpdateSet(row))
    .execute()
}
