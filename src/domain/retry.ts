/**
 * Whether a process that failed is tried again.
 * @module
 */
import { fromJson } from '../db/json.ts'
import type { Trx } from '../db/type.ts'
import { exitOf, type RetryVerdict, retryVerdict } from './exit.ts'
import type { Outcome, TaskSpec } from './work.ts'

/** The same limit would end it again. */
const LIMITS: ReadonlySet<string> = new Set(['time-limit', 'memory-limit'])

/** Another try. */
export interface Retry {
  readonly reason: string
  /** Whether it lets others go before it. */
  readonly pause: boolean
}

/**
 * Why the task begins again after this outcome of an attempt, or undefined when it does not: only a process that
 * ended by itself, or was lost with its node, and only as often as was asked for.
 */
export async function retryAfter(
  trx: Trx,
  task: { readonly id: string; readonly spec: string },
  outcome: Outcome,
): Promise<Retry | undefined> {
  const { ending } = outcome
  if (outcome.state !== 'failed' || ending === undefined) return undefined
  const spec = JSON.parse(task.spec) as TaskSpec
  if (spec.type !== 'process') return undefined
  if (spec.ensemble !== undefined)
    return spec.ensemble.gang
      ? undefined
      : retryMember(trx, { id: task.id, max: spec.retries, outcome })
  if (LIMITS.has(ending.type) || spec.retries === 0) return undefined
  const { failed } = await trx
    .selectFrom('attempt')
    .select((expression) => expression.fn.countAll<number>().as('failed'))
    .where('task_id', '=', task.id)
    .where('state', '=', 'failed')
    .executeTakeFirstOrThrow()
  if (failed > spec.retries) return undefined
  return { reason: `${outcome.reason} (retry ${failed} of ${spec.retries})`, pause: false }
}

/** By the class of its exit, as a whole job is; what others of it do makes no difference. */
async function retryMember(
  trx: Trx,
  member: { id: string; max: number; outcome: Outcome & { readonly state: 'failed' } },
): Promise<Retry | undefined> {
  const { id, max, outcome } = member
  const rows = await trx
    .selectFrom('attempt')
    .select(['state', 'reason', 'ending'])
    .where('task_id', '=', id)
    .where('state', 'in', ['failed', 'lost'])
    .orderBy('number')
    .execute()
  let accountable = 0
  let free = 0
  let verdict: RetryVerdict | undefined
  for (const { ending, ...row } of rows) {
    const exit = exitOf({ ...row, ending: ending === null ? null : fromJson(ending) })
    if (!exit) continue
    verdict = retryVerdict(exit, { fancy: true, max, accountable, free, random: 0 })
    if (verdict?.counted === 'user') accountable += 1
    else if (verdict) free += 1
  }
  if (!verdict) return undefined
  const counted = verdict.counted === 'user' ? ` (retry ${accountable} of ${max})` : ''
  return { reason: `${outcome.reason}${counted}`, pause: verdict.delayMs > 0 }
}
