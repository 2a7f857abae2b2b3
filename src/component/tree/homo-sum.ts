/**
 * What the parties of HomoSecureBoost add up at the arbiter: whole numbers exactly, others in fixed point.
 * @module
 */
import { SUM_BITS } from '../../compute/ml/tree/gradient.ts'
import { collectSteady, joinSums, type SteadyParties } from '../aggregate/steady-sum.ts'
import type { TaskContext } from '../define.ts'
import { arbiterOf, guestOf, hostsOf } from '../linear/row-alignment.ts'

/** A data party's part in sums; each call is one, in the same order at all parties. */
export interface Adder {
  /** Adds whole numbers of at most 2^46. */
  whole(values: Float64Array): Promise<void>
  /**
   * Adds numbers of less than 2^52; a sum is off by at most 2^-23 for each party. Throws for larger ones; `what` is what
   * the message calls them.
   */
  real(values: readonly number[], what: string): Promise<void>
}

/** A data party's side of all sums. */
export async function createAdder(context: TaskContext): Promise<Adder> {
  const contribute = await joinSums(context, partiesOf(context))
  return {
    whole: (values) => contribute(values, WHOLE),
    async real(values, what) {
      const halves = values.flatMap((value) => {
        if (!(Math.abs(value) < 2 ** 52)) {
          throw new Error(`${what} is ${value}: scale the labels or lower learning_rate`)
        }
        const high = Math.floor(value / HIGH)
        return [high, value - high * HIGH]
      })
      await contribute(Float64Array.from(halves), REAL)
    },
  }
}

/** The arbiter's side of `whole`. */
export function sumWhole(context: TaskContext, length: number): Promise<Float64Array> {
  return collectSteady(context, partiesOf(context), { length, code: WHOLE })
}

/** The arbiter's side of `real`. */
export async function sumReal(context: TaskContext, length: number): Promise<Float64Array> {
  const options = { length: 2 * length, code: REAL }
  const sum = await collectSteady(context, partiesOf(context), options)
  return Float64Array.from({ length }, (_, at) => sum[2 * at] * HIGH + sum[2 * at + 1])
}

const WHOLE = { fraction: 0, bound: 2 ** SUM_BITS }
/** Numbers in two parts, so that both large and small ones fit. */
const REAL = { fraction: 22, bound: 2 ** 32 }
const HIGH = 2 ** 20

function partiesOf(context: TaskContext): SteadyParties {
  return { server: arbiterOf(context), contributors: [guestOf(context), ...hostsOf(context)] }
}
