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
import { cutBatches } from './batches.ts'
import type { HomoLogisticParam } from './homo-param.ts'
import type { TrainingHistory } from './linear-model.ts'
import { createWeights, type LinearWeights, type WeightState } from './linear-weights.ts'
import { arbiterOf, guestOf, hostsOf } from './row-alignment.ts'

type Context = TaskContext<HomoLogisticParam>

/** What adding up rows needs to know. */
type Weighed = TaskContext<{ readonly party_weight: number }>

/** Where a training of one model is after a round. */
export interface HomoRound {
  readonly epoch: number
  readonly losses: readonly number[]
  /** Weights, then the intercept; what the arbiter compares the next model with. */
  readonly model: Float64Array
}

/** Ends a round: keeps the state and reports the loss. */
export type AfterRound<S> = (state: S, over: boolean) => Promise<void>

/** The rows of one party, with labels +1 and -1. */
export interface HomoRows {
  readonly matrix: Matrix
  readonly signs: Float64Array
}

/** A data party between two rounds. */
export interface HomoFitState extends HomoRound {
  readonly weights: WeightState
}

/** What a training ends with. */
export interface HomoFit extends TrainingHistory {
  readonly weights: Float64Array
  readonly intercept: number
}

/** A data party's side. `share` is its part of all rows. */
export async function fitHomo(
  context: Context,
  rows: HomoRows,
  options: { share: number; saved?: HomoFitState; after: AfterRound<HomoFitState> },
): Promise<HomoFit> {
  const { params, channel, signal } = context
  const { matrix } = rows
  const { share, saved, after } = options
  const shape = { features: matrix.cols, intercept: params.init_param.fit_intercept, stream: 0 }
  const batches = cutBatches(matrix.rows, params.batch_size)
  const losses = [...(saved?.losses ?? [])]
  let weights = createWeights(params, { ...shape, saved: saved?.weights })
  let epoch = saved?.epoch ?? 0
  for (;;) {
    const loss = lossOf(rows, weights)
    const last = Math.min(params.max_iter, epoch + params.aggregate_iters)
    for (; epoch < last; epoch++) {
      for (const { from, to } of batches) {
        signal.throwIfAborted()
        weights.step(gradientOf(rows, weights, { from, to }), epoch)
      }
    }
    const own = Float64Array.of(...weights.weights, weights.intercept, loss)
    checkBound(own)
    await contributeToSum(context, {
      ...sumOf(context, own.length),
      values: own.map((value) => value * share),
    })
    const mean = floats.decode(await channel.receive(arbiterOf(context), 'average'))
    if (mean.length !== own.length) throw new Error('The arbiter sent a malformed average')
    const converged = json.decode(await channel.receive(arbiterOf(context), 'stop')) === true
    losses.push(mean[matrix.cols + 1])
    const model = mean.slice(0, -1)
    const state = {
      weights: model.slice(0, -1),
      intercept: model[matrix.cols],
      optimizer: weights.state().optimizer,
    }
    weights = createWeights(params, { ...shape, saved: state })
    const over = converged || epoch === params.max_iter
    await after({ epoch, losses, model, weights: state }, over)
    if (!over) continue
    return { ...state, iterations: epoch, converged, losses }
  }
}

/** The arbiter's side, for models of `columns` weights. */
export async function watchHomo(
  context: Context,
  columns: number,
  options: { saved?: HomoRound; after: AfterRound<HomoRound> },
): Promise<TrainingHistory> {
  const { params, channel, signal } = context
  const { saved, after } = options
  const losses = [...(saved?.losses ?? [])]
  const stop = createStop(params.converge_func, params.eps, losses.at(-1))
  let before = saved?.model
  let epoch = saved?.epoch ?? 0
  for (;;) {
    signal.throwIfAborted()
    const { sum } = await collectSum(context, sumOf(context, columns + 2))
    const model = sum.slice(0, -1)
    epoch = Math.min(params.max_iter, epoch + params.aggregate_iters)
    const loss = sum[columns + 1]
    losses.push(loss)
    const converged = stop({
      loss,
      // What came before the first model is not the arbiter's to know: that one is all change.
      squaredChange: squaredLength(model.map((value, at) => value - (before?.[at] ?? 0))),
      squaredWeights: squaredLength(model),
    })
    for (const party of dataParties(context)) {
      await channel.send(party, 'average', floats.encode(sum))
      await channel.send(party, 'stop', json.encode(converged))
    }
    before = model
    const over = converged || epoch === params.max_iter
    await after({ epoch, losses, model }, over)
    if (over) return { iterations: epoch, converged, losses }
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
  // All must stay: a model of some of the parties is not what was asked for.
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
  { matrix, signs }: HomoRows,
  { weights, intercept }: LinearWeights,
  { from, to }: { from: number; to: number },
): Float64Array {
  const part = sliceRows(matrix, from, to)
  const slopes = multiply(part, weights).map((wx, at) => {
    const sign = signs[from + at]
    return -sign * sigmoid(-sign * (wx + intercept))
  })
  const gradient = new Float64Array(matrix.cols + 1)
  gradient.set(multiplyTransposed(part, slopes))
  gradient[matrix.cols] = slopes.reduce((sum, slope) => sum + slope, 0)
  return gradient.map((value) => value / (to - from))
}

/** The mean loss of all own rows, with the penalty. */
function lossOf({ matrix, signs }: HomoRows, own: LinearWeights): number {
  let sum = 0
  multiply(matrix, own.weights).forEach((wx, row) => {
    const margin = signs[row] * (wx + own.intercept)
    // log(1 + e^-m), without overflow.
    sum += Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(0, -margin)
  })
  return sum / matrix.rows + own.penalty
}

function squaredLength(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0)
}
