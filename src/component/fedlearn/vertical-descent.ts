/**
 * Descent on columns that lie at several parties: each takes the steps of its own weights, and all agree on how far by
 * sums of a few numbers that the guest adds up.
 *
 * `BatchGD` goes `−eta · gradient`. `NEWTON` goes along conjugate directions to the lowest point of each, which for a
 * quadratic loss is where BFGS with an exact line search goes (J. Nocedal, S. Wright, "Numerical Optimization", 2nd ed.
 * 2006, theorem 6.4), and ends at the lowest point of all after as many epochs as there are weights; it needs no eta.
 * @module
 */
import { floats } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import { guestOf, hostsOf } from '../linear/row-alignment.ts'
import { roundWeights } from './shared-gram.ts'
import type { VerticalRule } from './vertical-param.ts'

/** A direction gone before, and by how much the gradient grows along it. */
export interface Direction {
  readonly way: Float64Array
  readonly growth: Float64Array
  /** Over all parties: way · growth. */
  readonly curvature: number
}

/** Own weights, and what led there. */
export interface DescentState {
  readonly weights: Float64Array
  readonly directions: readonly Direction[]
}

/** How one party descends. */
export interface Descent {
  readonly rule: Pick<VerticalRule, 'optimizer' | 'eta' | 'regularization' | 'lambda'>
  /** How many of the own weights are penalised; an intercept after them is not. */
  readonly penalised: number
  /** The mean gradient of the loss without penalty at these own weights, all parties having put in theirs. */
  gradientAt(weights: Float64Array): Promise<Float64Array>
  /** Adds up numbers of all parties; the guest learns every host's where nothing else is said. */
  sum?(values: readonly number[]): Promise<Float64Array>
}

/** Directions that are kept; a fresh start after as many. */
const MOST_DIRECTIONS = 64
/** Below it a direction no longer leads anywhere that fixed-point numbers tell apart. */
const LEAST_CURVATURE = 1e-16

/** The weights after one more epoch, from the gradient at the present ones; undefined where there is nowhere to go. */
export async function descend(
  context: TaskContext,
  descent: Descent,
  { state, gradient }: { state: DescentState; gradient: Float64Array },
): Promise<DescentState | undefined> {
  const { rule } = descent
  const add = descent.sum ?? ((values: readonly number[]) => sumAtGuest(context, values))
  const { weights, directions } = state
  const slope = withPenalty(descent, weights, gradient)
  if (rule.optimizer === 'BatchGD') {
    return { weights: roundWeights(weights.map((w, at) => w - rule.eta * slope[at])), directions }
  }
  const before = directions.length < MOST_DIRECTIONS ? directions : []
  const along = await add(before.map(({ growth }) => dot(slope, growth)))
  const way = slope.map((value, at) =>
    before.reduce(
      (sum, direction, index) => sum + (along[index] / direction.curvature) * direction.way[at],
      -value,
    ),
  )
  const trial = roundWeights(weights.map((w, at) => w + way[at]))
  const step = trial.map((w, at) => w - weights[at])
  const changed = await descent.gradientAt(trial)
  const growth = changed.map((value, at) => value - gradient[at] + ridge(descent, at) * step[at])
  const [downhill, curvature] = await add([dot(slope, step), dot(step, growth)])
  if (!(curvature > LEAST_CURVATURE)) return undefined
  const far = -downhill / curvature
  return {
    weights: roundWeights(weights.map((w, at) => w + far * step[at])),
    directions: [...before, { way: step, growth, curvature }],
  }
}

/** Sums over all parties of numbers that each has; everyone learns the sums, the guest also every host's. */
export async function sumAtGuest(
  context: TaskContext,
  values: readonly number[],
): Promise<Float64Array> {
  const { channel, role } = context
  const own = Float64Array.from(values)
  if (own.length === 0) return own
  if (role === 'host') {
    await channel.send(guestOf(context), 'step_part', floats.encode(own))
    const sums = floats.decode(await channel.receive(guestOf(context), 'step'))
    if (sums.length === own.length) return sums
    throw new Error(`${guestOf(context)} sent a malformed step`)
  }
  for (const host of hostsOf(context)) {
    const part = floats.decode(await channel.receive(host, 'step_part'))
    if (part.length !== own.length || !part.every(Number.isFinite)) {
      throw new Error(`${host} sent a malformed step_part`)
    }
    part.forEach((value, at) => (own[at] += value))
  }
  for (const host of hostsOf(context)) await channel.send(host, 'step', floats.encode(own))
  return own
}

/** A state as it is kept between attempts. */
export interface KeptDescent {
  readonly weights: readonly number[]
  readonly directions: readonly {
    readonly way: readonly number[]
    readonly growth: readonly number[]
    readonly curvature: number
  }[]
}

/** What is kept of a state. */
export function writeDescent({ weights, directions }: DescentState): KeptDescent {
  return {
    weights: [...weights],
    directions: directions.map(({ way, growth, curvature }) => ({
      way: [...way],
      growth: [...growth],
      curvature,
    })),
  }
}

/** The state of what was kept. */
export function readDescent({ weights, directions }: KeptDescent): DescentState {
  return {
    weights: Float64Array.from(weights),
    directions: directions.map(({ way, growth, curvature }) => ({
      way: Float64Array.from(way),
      growth: Float64Array.from(growth),
      curvature,
    })),
  }
}

/** Adds ±lambda of L1 or 2·lambda·w of L2. */
function withPenalty(
  { rule: { regularization, lambda }, penalised }: Descent,
  weights: Float64Array,
  gradient: Float64Array,
): Float64Array {
  return gradient.map((value, at) => {
    if (at >= penalised) return value
    return value + lambda * (regularization === 'L1' ? Math.sign(weights[at]) : 2 * weights[at])
  })
}

function ridge({ rule, penalised }: Descent, at: number): number {
  return rule.regularization === 'L2' && at < penalised ? 2 * rule.lambda : 0
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, at) => sum + value * b[at], 0)
}
