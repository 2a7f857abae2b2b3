/**
 * Training of one network over rows that several parties hold of the same columns: federated averaging (McMahan et al.,
 * "Communication-Efficient Learning of Deep Networks from Decentralized Data", 2017). Every party takes the optimiser's
 * steps on its own rows, and after `aggregate_every_n_epoch` epochs all go on from the mean of their networks, weighted
 * by rows. The arbiter gets that mean from a secure sum and sees no single network.
 *
 * The loss of a round is that of the network at its beginning over all rows. Optimisers keep their memory at their party.
 * @module
 */
import { type Matrix, sliceRows } from '../../compute/ml/matrix.ts'
import { createStop } from '../../compute/ml/optimizer.ts'
import type { LossName } from '../../compute/nn/loss.ts'
import type { Network, NetworkState } from '../../compute/nn/network.ts'
import { floats, json } from '../../federation/codec.ts'
import type { OpenedSums } from '../aggregate/opened-sum.ts'
import { collectSum, contributeToSum } from '../aggregate/secure-sum.ts'
import type { TaskContext } from '../define.ts'
import { cutBatches } from '../linear/batches.ts'
import { checkBound, dataParties, sumOf } from '../linear/homo-training.ts'
import type { TrainingHistory } from '../linear/linear-model.ts'
import { arbiterOf } from '../linear/row-alignment.ts'
import type { HomoNNParam } from './homo-nn-param.ts'

type Context = TaskContext<HomoNNParam>

/** What is kept where parties may be lost: whom the sums are of, and the label values of all who began. */
export interface NnSpared {
  readonly opened?: OpenedSums
  readonly classes?: readonly number[]
}

/** What everybody keeps after a round. */
export interface NnRound extends NnSpared {
  readonly losses: readonly number[]
  readonly converged: boolean
}

/** What a data party keeps. */
export interface NnFitState extends NnRound {
  readonly network: NetworkState
}

/** What the arbiter keeps: the mean to compare the next one with, none before the first. */
export interface NnWatchState extends NnRound {
  readonly model: Float64Array | undefined
}

/** Ends a round: keeps the state and reports the loss. */
export type AfterRound<S> = (state: S) => Promise<void>

/** A data party's side. `share` is its part of all rows. */
export async function fitNetwork(
  context: Context,
  network: Network,
  work: {
    rows: { x: Matrix; wanted: Matrix }
    loss: LossName
    share: number
    saved: NnFitState | undefined
    /** What the first round came to in an earlier try. */
    opened: Float64Array | undefined
    after: AfterRound<NnFitState>
  },
): Promise<TrainingHistory> {
  const { params, channel, signal } = context
  const { rows, loss, share, saved, after } = work
  let { opened } = work
  const batches = cutBatches(rows.x.rows, params.batch_size).map(({ from, to }) => ({
    x: sliceRows(rows.x, from, to),
    wanted: sliceRows(rows.wanted, from, to),
  }))
  const losses = [...(saved?.losses ?? [])]
  if (saved) await network.restore(saved.network)
  let converged = saved?.converged ?? false
  while (!converged && losses.length < params.max_iter) {
    const before = network.loss(rows.x, rows.wanted, loss)
    let step = losses.length * params.aggregate_every_n_epoch * batches.length
    for (let epoch = 0; epoch < params.aggregate_every_n_epoch; epoch++) {
      for (const { x, wanted } of batches) {
        signal.throwIfAborted()
        network.learn(x, wanted, { loss, step: step++ })
      }
    }
    const own = new Float64Array(network.size + 1)
    own.set(network.weights())
    own[network.size] = before
    checkNumbers(own)
    checkBound(own)
    if (!opened) {
      await contributeToSum(context, {
        ...sumOf(context, own.length),
        values: own.map((value) => value * share),
      })
    }
    const mean = opened ?? floats.decode(await channel.receive(arbiterOf(context), 'average'))
    opened = undefined
    if (mean.length !== own.length) throw new Error('The arbiter sent a malformed average')
    converged = json.decode(await channel.receive(arbiterOf(context), 'stop')) === true
    losses.push(mean[network.size])
    network.setWeights(mean.subarray(0, -1))
    await after({ losses: [...losses], converged, network: await network.save() })
  }
  return { iterations: losses.length, converged, losses }
}

/** The arbiter's side, for networks of `size` weights. */
export async function watchNetwork(
  context: Context,
  size: number,
  work: {
    saved: NnWatchState | undefined
    /** What the first round came to in an earlier try. */
    opened: Float64Array | undefined
    /** Keeps a sum, and the state that it came after, before anybody is told of it. */
    keepSum: (sum: Float64Array, state: NnWatchState) => Promise<void>
    after: AfterRound<NnWatchState>
  },
): Promise<TrainingHistory> {
  const { saved, keepSum, after } = work
  let { opened } = work
  const { params, channel, signal } = context
  const losses = [...(saved?.losses ?? [])]
  const stop = createStop(params.early_stop.early_stop, params.early_stop.eps, losses.at(-1))
  let before = saved?.model
  let converged = saved?.converged ?? false
  while (!converged && losses.length < params.max_iter) {
    signal.throwIfAborted()
    const sum = opened ?? (await collectSum(context, sumOf(context, size + 1))).sum
    const told = opened !== undefined
    opened = undefined
    if (!told) await keepSum(sum, { losses: [...losses], converged, model: before })
    const model = sum.slice(0, -1)
    losses.push(sum[size])
    converged = stop({
      loss: sum[size],
      // What came before the first network is not the arbiter's to know: that one is all change.
      squaredChange: squaredLength(model.map((value, at) => value - (before?.[at] ?? 0))),
      squaredWeights: squaredLength(model),
    })
    for (const party of dataParties(context)) {
      if (!told) await channel.send(party, 'average', floats.encode(sum))
      await channel.send(party, 'stop', json.encode(converged))
    }
    before = model
    await after({ losses: [...losses], converged, model })
  }
  return { iterations: losses.length, converged, losses }
}

function checkNumbers(values: Float64Array): void {
  if (values.every(Number.isFinite)) return
  throw new Error(
    'The training diverges: a weight or the loss is no number any more. ' +
      'Scale the features (FeatureScale) or lower optimizer.learning_rate',
  )
}

function squaredLength(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0)
}
