/**
 * Whether a process that failed is tried again.
 * @module
 */
import type { Trx } from '../db/type.ts'
import type { Outcome, TaskSpec } from './work.ts'

/** The same limit would end it again. */
const LIMITS: ReadonlySet<string> = new Set(['time-limit', 'memory-limit'])

/**
 * Why the task begins again after this outcome of an attempt, or undefined when it does not: only a process that
 * ended by itself, or was lost with its node, and only as often as was asked for.
 */
export async function retryAfter(
  trx: Trx,
  task: { readonly id: string; readonly spec: string },
  outcome: Outcome,
): Promise<string | undefined> {
  const { ending } = outcome
  if (outcome.state !== 'failed' || ending === undefined || LIMITS.has(ending.type))
    return undefined
  const spec = JSON.parse(task.spec) as TaskSpec
  if (spec.type !== 'process' || spec.retries === 0) return undefined
  const { failed } = await trx
    .selectFrom('attempt')
    .select((expression) => expression.fn.countAll<number>().as('failed'))
    .where('task_id', '=', task.id)
    .where('state', '=', 'failed')
    .executeTakeFirstOrThrow()
  if (failed > spec.retries) return undefined
  return `${outcome.reason} (retry ${failed} of ${spec.retries})`
}
