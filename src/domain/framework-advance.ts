/**
 * What a job of task roles does next: its attempts begin, are decided by the instances that ended, and are followed by
 * another or by the end of the job. Works inside the transaction of the change that made it necessary.
 * @module
 */
import { fromJson } from '../db/json.ts'
import type { FrameworkTable } from '../db/table/framework.ts'
import type { Trx } from '../db/type.ts'
import { cancelTasks } from './cancel.ts'
import { appendEvents } from './event.ts'
import { EXIT, exitSpec } from './exit-spec.ts'
import { type Exit, retryVerdict } from './exit.ts'
import { launchedAt, membersOf, triggerExit } from './framework-look.ts'
import {
  type Completion,
  completionOf,
  type FrameworkPlan,
  groupEnd,
  groupName,
  groupStart,
  totalsOf,
} from './framework-plan.ts'
import type { JobState } from './job-state.ts'
import { insertTasks, type NewTask } from './new-task.ts'
import { whyHeld } from './virtual-cluster.ts'

/** Losses of a runner that cost an instance without a gang only time. */
const LOSSES = 1000

/** How a job is over. */
export interface JobEnd {
  readonly state: JobState
  readonly reason: string | null
}

interface Row {
  readonly job_id: string
  readonly virtual_cluster: string
  readonly priority: string | null
  readonly plan: FrameworkTable['plan']
  readonly attempt: number
  readonly due_at: number | null
  readonly user_retries: number
  readonly platform_retries: number
  readonly resource_retries: number
}

/** Does what is due, and answers how the job is over when it is. */
export async function advanceFramework(
  trx: Trx,
  { jobId, at }: { jobId: string; at: number },
): Promise<JobEnd | undefined> {
  const row = await readRow(trx, jobId)
  if (!row || (row.due_at !== null && row.due_at > at)) return undefined
  const plan = planOf(row.plan)
  const members = await membersOf(trx, jobId, row.attempt)
  if (members.every(({ state }) => state === 'waiting'))
    return begin(trx, { row, plan, entered: members.length > 0, at })
  const completion = completionOf(plan.roles, members)
  if (completion) return complete(trx, { row, plan, completion, at })
  const done = members.filter(({ state }) => state === 'succeeded' || state === 'failed').length
  await trx
    .updateTable('job')
    .set({ progress: Math.floor((done / members.length) * 100), updated_at: at })
    .where('id', '=', jobId)
    .execute()
  await readyTasks(trx, { jobId, attempt: row.attempt, at })
  return undefined
}

/** Ends the current attempt with what has decided it from outside; answers how the job is over when it is. */
export async function decideAttempt(
  trx: Trx,
  end: { jobId: string; completion: Completion; at: number },
): Promise<JobEnd | undefined> {
  const row = await readRow(trx, end.jobId)
  return row && complete(trx, { ...end, row, plan: planOf(row.plan) })
}

function readRow(trx: Trx, jobId: string): Promise<Row | undefined> {
  return trx
    .selectFrom('framework')
    .select(['job_id', 'virtual_cluster', 'priority', 'plan', 'attempt', 'due_at'])
    .select(['user_retries', 'platform_retries', 'resource_retries'])
    .where('job_id', '=', jobId)
    .executeTakeFirst()
}

/** Notes the end of a job of task roles, however it came; nothing for other jobs. */
export async function closeFramework(
  trx: Trx,
  end: { jobId: string; state: JobState; reason: string | null; at: number },
): Promise<void> {
  const { jobId, state, reason, at } = end
  const [row] = await trx
    .updateTable('framework')
    .set({
      state: STATES[state] ?? 'FAILED',
      ...(state === 'canceled' ? { execution: 'STOP', exit_code: EXIT.stopped } : {}),
      // Nobody needs them any more.
      secrets: null,
      due_at: null,
      held: 0,
      completed_at: at,
    })
    .where('job_id', '=', jobId)
    .where('state', '=', 'active')
    .returning('attempt')
    .execute()
  if (!row || state !== 'canceled') return
  await trx
    .updateTable('framework_attempt')
    .set({ completed_at: at, exit_code: EXIT.stopped, diagnostics: reason })
    .where('job_id', '=', jobId)
    .where('number', '=', row.attempt)
    .execute()
}

const STATES: Partial<Record<JobState, string>> = {
  succeeded: 'SUCCEEDED',
  failed: 'FAILED',
  canceled: 'STOPPED',
}

/** The plan of a job. */
export function planOf(text: FrameworkTable['plan']): FrameworkPlan {
  return fromJson(text) as FrameworkPlan
}

/** The tasks of one attempt. */
export function frameworkTasks(plan: FrameworkPlan, attempt: number): NewTask[] {
  const roles = plan.roles.map(({ name, ports }) => ({ name, ports }))
  return plan.roles.flatMap((role) =>
    Array.from({ length: role.instances }, (_, index): NewTask => {
      const { engine, needs, sandbox } = role.spec
      const labels = { ...needs.labels, ...(sandbox === false ? { processes: 'host' } : {}) }
      return {
        name: groupName(attempt, plan.gang ? undefined : { role: role.name, index }),
        kind: 'process',
        role: role.name,
        party: null,
        position: index,
        // A gang that has lost one of its own begins anew as a whole, as the next attempt.
        maxAttempts: plan.gang ? 1 : LOSSES,
        needs: { ...needs, engine, ...(Object.keys(labels).length > 0 ? { labels } : {}) },
        spec: {
          ...role.spec,
          retries: plan.gang ? 0 : role.retries,
          ensemble: { role: role.name, index, attempt, gang: plan.gang, roles },
        },
      }
    }),
  )
}

async function begin(
  trx: Trx,
  start: { row: Row; plan: FrameworkPlan; entered: boolean; at: number },
): Promise<undefined> {
  const { row, plan, entered, at } = start
  const { job_id: jobId, attempt } = row
  if (!entered) await insertTasks(trx, { jobId, tasks: frameworkTasks(plan, attempt), at })
  const held = await whyHeld(trx, {
    jobId,
    virtualCluster: row.virtual_cluster,
    priority: row.priority,
    totals: totalsOf(plan),
  })
  await trx
    .updateTable('framework')
    .set({ due_at: null, held: held === undefined ? 0 : 1 })
    .where('job_id', '=', jobId)
    .execute()
  if (held === undefined) {
    await readyTasks(trx, { jobId, attempt, at })
    return undefined
  }
  await trx
    .updateTable('task')
    .set({ reason: held })
    .where('job_id', '=', jobId)
    .where('state', '=', 'waiting')
    .execute()
  return undefined
}

async function readyTasks(
  trx: Trx,
  ready: { jobId: string; attempt: number; at: number },
): Promise<void> {
  const { jobId, attempt, at } = ready
  await trx
    .updateTable('task')
    .set({ state: 'ready', reason: null, ready_at: at, updated_at: at })
    .where('job_id', '=', jobId)
    .where('name', '>=', groupStart(attempt))
    .where('name', '<', groupEnd(attempt))
    .where('state', '=', 'waiting')
    .execute()
}

interface Completing {
  readonly row: Row
  readonly plan: FrameworkPlan
  readonly completion: Completion
  readonly at: number
}

async function complete(trx: Trx, done: Completing): Promise<JobEnd | undefined> {
  const { row, plan, completion, at } = done
  const { job_id: jobId, attempt } = row
  const exit = await triggerExit(trx, { jobId, attempt, completion })
  await cancelTasks(trx, { jobId, reason: `The attempt is over: ${completion.message}`, at })
  const launched = await launchedAt(trx, jobId, attempt)
  await trx
    .updateTable('framework_attempt')
    .set({
      launched_at: launched,
      completed_at: at,
      exit_code: exit.code,
      diagnostics: exit.message === '' ? null : exit.message,
      trigger_role: completion.trigger?.role ?? null,
      trigger_index: completion.trigger?.index ?? null,
      trigger_message: completion.message,
    })
    .where('job_id', '=', jobId)
    .where('number', '=', attempt)
    .execute()
  await trx
    .updateTable('framework')
    .set(({ fn, val }) => ({
      exit_code: exit.code,
      launched_at: fn.coalesce('launched_at', val(launched)),
    }))
    .where('job_id', '=', jobId)
    .execute()
  const verdict = retryVerdict(exit, {
    fancy: true,
    max: plan.retries,
    accountable: row.user_retries,
    free: row.platform_retries + row.resource_retries,
    random: random(),
  })
  if (verdict) {
    await retry(trx, { ...done, verdict, exit })
    return undefined
  }
  if (completion.succeeded) return { state: 'succeeded', reason: null }
  const who = completion.trigger
  const seat = who ? `${who.role}[${who.index}] failed: ${exit.message}` : completion.message
  return { state: 'failed', reason: seat }
}

async function retry(
  trx: Trx,
  again: Completing & { verdict: { counted: string; delayMs: number }; exit: Exit },
): Promise<void> {
  const { row, plan, at, verdict, exit } = again
  const { job_id: jobId } = row
  const attempt = row.attempt + 1
  const due = at + verdict.delayMs
  const spec = exitSpec(exit.code)
  const unknown = spec.behavior === 'UNKNOWN' ? 1 : 0
  const one = (name: string) => (verdict.counted === name ? 1 : 0)
  await trx
    .updateTable('framework')
    .set(({ eb }) => ({
      attempt,
      due_at: verdict.delayMs > 0 ? due : null,
      user_retries: eb('user_retries', '+', one('user')),
      platform_retries: eb('platform_retries', '+', one('platform')),
      resource_retries: eb('resource_retries', '+', one('resource')),
      unknown_retries: eb('unknown_retries', '+', unknown),
    }))
    .where('job_id', '=', jobId)
    .execute()
  await trx
    .insertInto('framework_attempt')
    .values({ job_id: jobId, number: attempt, created_at: due, delay_ms: verdict.delayMs })
    .execute()
  const wait = verdict.delayMs > 0 ? ` in ${Math.round(verdict.delayMs / 1000)} s` : ''
  await appendEvents(trx, [
    {
      jobId,
      at,
      type: 'framework.retried',
      level: 'warning',
      message: `Attempt ${row.attempt} ended with ${exit.code} (${spec.phrase}): ${exit.message}; attempt ${attempt} follows${wait}`,
    },
  ])
  if (verdict.delayMs === 0) {
    await begin(trx, { row: { ...row, attempt }, plan, entered: false, at })
  }
}

function random(): number {
  const [value] = crypto.getRandomValues(new Uint32Array(1))
  return value / 2 ** 32
}
