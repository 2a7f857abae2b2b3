/**
 * How finely the parties of HomoSecureBoost round the derivatives of a tree, so that the sums over the rows of all are exact.
 * @module
 */
import {
  exponentFor,
  type Exponents,
  type Gradients,
  joinOutputs,
  magnitudes,
  outputsOf,
  quantise,
} from '../../compute/ml/tree/gradient.ts'
import { json } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import { arbiterOf } from '../linear/row-alignment.ts'
import type { BoostingTreeParam } from './boosting-param.ts'
import { parties } from './homo-bins.ts'
import { boundOf, POWERS, powersOf } from './homo-round.ts'
import { type Adder, sumWhole } from './homo-sum.ts'

type Context = TaskContext<BoostingTreeParam>

/** A data party's side: its derivatives, those of each output of the tree, as integers. */
export async function roundAlike(
  context: Context,
  pairs: readonly { readonly g: Float64Array; readonly h: Float64Array }[],
  { adder, weighed }: { adder: Adder; weighed: boolean },
): Promise<Gradients> {
  const most = pairs.map(({ g, h }) => magnitudes(g, h))
  if (isTold(context, weighed)) {
    const powers = most.flatMap(({ g, h }) => [...powersOf(g), ...powersOf(h)])
    await adder.whole(Float64Array.from(powers))
  }
  const from = arbiterOf(context)
  const scale = json.decode(await context.channel.receive(from, 'scale'))
  const exponents = isExponents(scale) ? outputsOf(scale) : []
  if (exponents.length !== pairs.length || !exponents.every(isExponents)) {
    throw new Error(`${from} sent a malformed scale`)
  }
  return joinOutputs(pairs.map(({ g, h }, output) => quantise(g, h, exponents[output])))
}

/**
 * The arbiter's side, of a tree with so many outputs. Derivatives of cross entropy are at most 1 and ¼; of other losses, and of
 * rows with weights, the parties say which power of two they reach.
 */
export async function leadScale(
  context: Context,
  { rows, weighed, outputs }: { rows: number; weighed: boolean; outputs: number },
): Promise<Exponents> {
  const told = isTold(context, weighed) ? await sumWhole(context, 2 * POWERS * outputs) : undefined
  const scale = joinOutputs(
    Array.from({ length: outputs }, (_, output): Exponents => {
      const [first, second] = [2 * output, 2 * output + 1].map((at) =>
        told?.subarray(at * POWERS, (at + 1) * POWERS),
      )
      return {
        g: exponentFor(rows, first ? boundOf(first) : 1),
        h: exponentFor(rows, second ? boundOf(second) : 0.25),
      }
    }),
  )
  for (const to of parties(context)) await context.channel.send(to, 'scale', json.encode(scale))
  return scale
}

/** Whether the parties say how large their derivatives are. */
function isTold({ params }: Context, weighed: boolean): boolean {
  return weighed || params.task_type === 'regression'
}

function isExponents(value: unknown): value is Exponents {
  if (typeof value !== 'object' || value === null) return false
  const { g, h, others = [] } = value as Partial<Exponents>
  return Number.isSafeInteger(g) && Number.isSafeInteger(h) && Array.isArray(others)
}
