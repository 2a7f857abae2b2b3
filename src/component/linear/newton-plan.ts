/**
 * How the `sqn` optimiser works in one training, as all parties agree on it, and which rows it samples.
 * @module
 */
import { createRng } from '../../compute/ml/rng.ts'
import { DEFAULT_SEED } from './linear-weights.ts'
import type { LogisticParam } from './logistic-param.ts'

/** How the method works, as the guest tells the others. */
export interface NewtonPlan {
  readonly interval: number
  readonly memory: number
  readonly sample: number
  readonly seed: number
}

/** The plan that the parameters make; undefined for another optimiser. */
export function newtonPlan({ optimizer, sqn_param }: LogisticParam): NewtonPlan | undefined {
  if (optimizer !== 'sqn') return undefined
  const { update_interval_L: interval, memory_M: memory, sample_size: sample } = sqn_param
  return { interval, memory, sample, seed: sqn_param.random_seed ?? DEFAULT_SEED }
}

/** Whether a plan from another party can be followed. */
export function isNewtonPlan(value: unknown): value is NewtonPlan {
  if (typeof value !== 'object' || value === null) return false
  const { interval, memory, sample, seed } = value as Partial<NewtonPlan>
  const counts = [interval, memory, sample].every((n) => Number.isSafeInteger(n) && Number(n) > 0)
  return counts && Number.isSafeInteger(seed) && Number(memory) <= 100
}

/** The rows of the curvature of the pair number `made`, the same at all parties; undefined for all of them. */
export function sampleRows(
  rows: number,
  { plan, made }: { plan: Pick<NewtonPlan, 'sample' | 'seed'>; made: number },
): Uint32Array | undefined {
  if (plan.sample >= rows) return undefined
  const rng = createRng(plan.seed, SAMPLE_STREAM + made)
  const all = Uint32Array.from({ length: rows }, (_, row) => row)
  for (let at = 0; at < plan.sample; at++) {
    const other = at + rng.integer(rows - at)
    ;[all[at], all[other]] = [all[other], all[at]]
  }
  return all.slice(0, plan.sample).sort()
}

/** Streams of the seed below this one draw first weights. */
const SAMPLE_STREAM = 1_000_000
