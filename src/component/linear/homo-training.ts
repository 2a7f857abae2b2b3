/**
 * Training of one logistic model over rows that several parties hold of the same columns: every party takes the
 * optimiser's steps on its own rows, and after `aggregate_iters` epochs all go on from the mean of their models,
 * weighted by rows. The arbiter gets that mean from a secure sum and sees no single model.
 *
 * The loss of a round is that of the model at its beginning over all rows.
 * @module
 */
import { sigmoid } from '../../compute/ml/logistic.ts'
import { type Matrix, multiply, multiplyTransposed, sliceRows } from '../../compute/ml/matrix.ts'
import { createStop } from '../../compute/ml/optimizer.ts'
import type { Address } from '../../federation/channel.ts'
import { floats, json } from '../../federation/codec.ts'
import { collectSum, contributeToSum, type SecureSumOptions } from '../aggregate/secure-sum.ts'
import type { TaskContext } from '../define.ts'
import { UNWATCHED, type WatchState as WatchedMetrics } from '../tree/sbt-watch.ts'
import { cutBatches } from './batches.ts'
import type { Size } from './homo-inputs.ts'
import type { HomoLogisticParam } from './homo-param.ts'
import type { TrainingHistory } from './linear-model.ts'
import { createWeights, type LinearWeights, type WeightState } from './linear-weights.ts'
import type { BestWeights } from './lr-checkpoint.ts'
import { arbiterOf, guestOf, hostsOf } from './row-alignment.ts'
import { receiveVerdict, type Validation } from './validation.ts'
import type { Progress } from './warm-start.ts'

type Context = TaskContext<HomoLogisticParam>

/** What adding up rows needs to know. */
type Weighed = TaskContext<{ readonly party_weight: number }>

/** Where a training of one model is after a round. */
export interface HomoRound {
  readonly epoch: number
  readonly losses: readonly number[]
  /** Weights, then the intercept; what the arbiter compares the next model with. */
  readonly model: Float64Array
  /** Which round predicted the guest's validation table best so far. */
  readonly bestRound?: number
}

/** Ends a round: keeps the state and reports the loss. */
export type AfterRound<S> = (state: S, over: boolean) => Promise<void>

/** The rows of one party, with labels +1 and -1. */
export interface HomoRows {
  readonly matrix: Matrix
  readonly signs: Float64Array
  /** How much each row counts; undefined for 1 each. */
  readonly rowWeights: Float64Array | undefined
}

/** A data party between two rounds. */
export interface HomoFitState extends HomoRound {
  readonly weights: WeightState
  readonly watch?: WatchedMetrics
  readonly best?: BestWeights
}

/** What a training ends with. */
export interface HomoFit extends TrainingHistory {
  readonly weights: Float64Array
  readonly intercept: number
  /** For a training that goes on from it. */
  readonly progress: Progress
  /** What was measured of it. */
  readonly watch?: WatchedMetrics
}

/** A data party's side. `share` is its part of all rows. */
export async function fitHomo(
  context: Context,
  rows: HomoRows,
  options: {
    share: number
    target: number | null
    validation: Validation | undefined
    saved?: HomoFitState
    /** What the first round came to in an earlier try. */
    opened?: Float64Array
    /** Epochs of the model that the training goes on from. */
    behind: number
    after: AfterRound<HomoFitState>
  },
): Promise<HomoFit> {
  const { params, channel, signal } = context
  const { matrix } = rows
  const { share, target, validation, saved, behind, after } = options
  let { opened } = options
  const end = behind + params.max_iter
  const shape = { features: matrix.cols, intercept: params.init_param.fit_intercept, stream: 0 }
  const batches = cutBatches(matrix.rows, params.batch_size)
  const losses = [...(saved?.losses ?? [])]
  let weights = createWeights(params, { ...shape, saved: saved?.weights })
  let epoch = saved?.epoch ?? 0
  let watch = saved?.watch ?? UNWATCHED
  let best = saved?.best
  validation?.tell({ state: watch, from: 0, target })
  for (;;) {
    const loss = lossOf(rows, weights)
    const last = Math.min(end, epoch + params.aggregate_iters)
    const common = weights.weights.slice()
    for (; epoch < last; epoch++) {
      for (const { from, to } of batches) {
        signal.throwIfAborted()
        weights.step(gradientOf(rows, weights, { from, to }), epoch)
        if (params.use_proximal) weights.pull(common, params.mu)
      }
    }
    const part = Float64Array.of(...weights.weights, weights.intercept, loss)
    checkBound(part)
    if (!opened) {
      await contributeToSum(context, {
        ...sumOf(context, part.length),
        values: part.map((value) => value * share),
      })
    }
    const mean = opened ?? floats.decode(await channel.receive(arbiterOf(context), 'average'))
    opened = undefined
    if (mean.length !== part.length) throw new Error('The arbiter sent a malformed average')
    const round = losses.push(mean[matrix.cols + 1]) - 1
    const model = mean.slice(0, -1)
    const own = { weights: Array.from(model.subarray(0, -1)), intercept: model[matrix.cols] }
    const measured = await validation?.measure(own, { epoch: round, target, state: watch })
    if (measured) watch = measured.state
    if (measured?.verdict?.best) best = { ...own, epoch: round }
    const ends = json.decode(await channel.receive(arbiterOf(context), 'stop')) === true
    const converged = ends && measured?.verdict?.over !== true
    const state = {
      weights: model.slice(0, -1),
      intercept: model[matrix.cols],
      optimizer: weights.state().optimizer,
    }
    weights = createWeights(params, { ...shape, saved: state })
    const over = ends || epoch === end
    const watched = validation ? { watch, best } : {}
    await after({ epoch, losses, model, weights: state, ...watched }, over)
    if (!over) continue
    const { weights: final, intercept } = best ?? state
    const history = { iterations: epoch, converged, losses, best: best?.epoch }
    // Of the best round only the weights are known, unless it was the last one.
    const later = best === undefined ? 0 : round - best.epoch
    const epochs = epoch - later * params.aggregate_iters
    const progress = later === 0 ? { epochs, optimizer: state.optimizer } : { epochs }
    return { weights: Float64Array.from(final), intercept, ...history, watch, progress }
  }
}

/** The arbiter's side, for models of `columns` weights. */
export async function watchHomo(
  context: Context,
  { columns, stopsEarly = false }: Pick<Size, 'columns' | 'stopsEarly'>,
  options: {
    saved?: Omit<HomoRound, 'model'> & Partial<HomoRound>
    /** What the first round came to in an earlier try. */
    opened?: Float64Array
    /** Keeps a sum before anybody is told of it. */
    keepSum: (sum: Float64Array) => Promise<void>
    behind: number
    after: AfterRound<HomoRound>
  },
): Promise<TrainingHistory> {
  const { params, channel, signal } = context
  const { saved, behind, keepSum, after } = options
  let { opened } = options
  const end = behind + params.max_iter
  let best = saved?.bestRound
  const losses = [...(saved?.losses ?? [])]
  const stop = createStop(params.converge_func, params.eps, losses.at(-1))
  let before = saved?.model
  let epoch = saved?.epoch ?? 0
  for (;;) {
    signal.throwIfAborted()
    const sum = opened ?? (await collectSum(context, sumOf(context, columns + 2))).sum
    const told = opened !== undefined
    opened = undefined
    if (!told) await keepSum(sum)
    const model = sum.slice(0, -1)
    epoch = Math.min(end, epoch + params.aggregate_iters)
    const loss = sum[columns + 1]
    const round = losses.push(loss) - 1
    const near = stop({
      loss,
      // What came before the first model is not the arbiter's to know: that one is all change.
      squaredChange: squaredLength(model.map((value, at) => value - (before?.[at] ?? 0))),
      squaredWeights: squaredLength(model),
    })
    for (const party of told ? [] : dataParties(context)) {
      await channel.send(party, 'average', floats.encode(sum))
    }
    const verdict = stopsEarly ? await receiveVerdict(context, guestOf(context)) : undefined
    if (verdict?.best) best = round
    const ends = near || verdict?.over === true
    for (const party of dataParties(context)) {
      await channel.send(party, 'stop', json.encode(ends))
    }
    before = model
    const over = ends || epoch === end
    await after({ epoch, losses, model, ...(stopsEarly ? { bestRound: best } : {}) }, over)
    const converged = near && verdict?.over !== true
    if (over) return { iterations: epoch, converged, losses, best }
  }
}

/** A data party's part of all rows, which it has the arbiter add up without telling anybody how many it has. */
export async function shareOfRows(context: Weighed, rows: number): Promise<number> {
  const own = rows * context.params.party_weight
  const values = Float64Array.of(own)
  await contributeToSum(context, { ...rowSum(context), values })
  const from = arbiterOf(context)
  const [all] = floats.decode(await context.channel.receive(from, 'all_rows'))
  if (all >= own * (1 - 1e-6)) return own / all
  throw new Error(`${from} sent a malformed all_rows`)
}

/** The arbiter's side of `shareOfRows`. */
export async function countRows(context: Weighed): Promise<void> {
  const { sum } = await collectSum(context, rowSum(context))
  for (const party of dataParties(context)) {
    await context.channel.send(party, 'all_rows', floats.encode(sum))
  }
}

/** Everybody with rows. */
export function dataParties(context: TaskContext): Address[] {
  return [guestOf(context), ...hostsOf(context)]
}

const FRACTION = 36
/** With 36 fractional bits and 255 parties a sum stays within 63 bits. */
const BOUND = 2 ** 18

/** The terms of a sum of `length` weights and losses, of which none is lost. */
export function sumOf(context: TaskContext, length: number): SecureSumOptions {
  const contributors = dataParties(context)
  // All of a try must stay: who is lost for good is missing from the next one, not from a sum of this one.
  const threshold = contributors.length
  const server = arbiterOf(context)
  return { server, contributors, threshold, length, fraction: FRACTION, bound: BOUND }
}

/** Up to 2^36 rows a party. */
function rowSum(context: TaskContext): SecureSumOptions {
  return { ...sumOf(context, 1), fraction: 16, bound: 2 ** 36 }
}

/** Throws where a value is beyond what a sum can hold. */
export function checkBound(values: Float64Array): void {
  const most = values.reduce((high, value) => Math.max(high, Math.abs(value)), 0)
  if (most < BOUND) return
  throw new Error(
    `The training diverges: a weight or the loss reached ${most}. ` +
      'Scale the features (FeatureScale) or lower learning_rate',
  )
}

/** The mean gradient of rows `from` to `to`, with the intercept's last. */
function gradientOf(
  { matrix, signs, rowWeights }: HomoRows,
  { weights, intercept }: LinearWeights,
  { from, to }: { from: number; to: number },
): Float64Array {
  const part = sliceRows(matrix, from, to)
  const slopes = multiply(part, weights).map((wx, at) => {
    const sign = signs[from + at]
    return -sign * sigmoid(-sign * (wx + intercept)) * (rowWeights?.[from + at] ?? 1)
  })
  const gradient = new Float64Array(matrix.cols + 1)
  gradient.set(multiplyTransposed(part, slopes))
  gradient[matrix.cols] = slopes.reduce((sum, slope) => sum + slope, 0)
  return gradient.map((value) => value / (to - from))
}

/** The mean loss of all own rows, with the penalty. */
function lossOf({ matrix, signs, rowWeights }: HomoRows, own: LinearWeights): number {
  let sum = 0
  multiply(matrix, own.weights).forEach((wx, row) => {
    const margin = signs[row] * (wx + own.intercept)
    // log(1 + e^-m), without overflow.
    const loss = Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(0, -margin)
    sum += loss * (rowWeights?.[row] ?? 1)
  })
  return sum / matrix.rows + own.penalty
}

function squaredLength(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0)
}
