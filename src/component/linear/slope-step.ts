/**
 * A batch of a linear model whose residual is linear in the predictor: d = scale · wx - centre (`family.ts`). With weights of
 * rows, [d] is multiplied by them: gradients and the loss are then those of the weighted rows.
 *
 * 1. each host sends [wx_h] to the guest, the guest sends [d] to each host;
 * 2. each data party computes [Xᵀd] of its own columns and has the arbiter open it under a one-time mask;
 * 3. each data party computes its addend of [Σd²]; the guest adds them up for the arbiter, who opens the loss.
 * @module
 */
import { addVectors, cipherVectorToBytes } from '../../compute/crypto/cipher-vector.ts'
import { multiply, sliceRows, takeMatrixRows } from '../../compute/ml/matrix.ts'
import type { TaskContext } from '../define.ts'
import type { Batch } from './batches.ts'
import {
  type CipherContext,
  encryptPredictor,
  encryptSlopes,
  multiplySlopes,
} from './encrypted-slope.ts'
import type { Family } from './family.ts'
import type { LinearWeights } from './linear-weights.ts'
import type { LogisticParam } from './logistic-param.ts'
import { type OpenTable, receiveVector } from './lr-inputs.ts'
import type { Curvature } from './newton.ts'
import { openGradient } from './open-gradient.ts'
import { arbiterOf, guestOf, hostsOf } from './row-alignment.ts'

/** What one party needs for its steps. */
export interface SlopeWork {
  readonly context: TaskContext<LogisticParam>
  readonly cipher: CipherContext
  readonly data: OpenTable
  readonly family: Family
}

/** The guest's gradient of one batch; `centres` and `rowWeights` are of all rows. */
export async function slopeGuestStep(
  { context, cipher, data, family }: SlopeWork,
  rows: { centres: Float64Array; rowWeights: Float64Array | undefined },
  { weights, batch: { from, to } }: { weights: LinearWeights; batch: Batch },
): Promise<Float64Array> {
  const { channel, params } = context
  const hosts = hostsOf(context)
  const length = to - from
  const features = sliceRows(data.matrix, from, to)
  const own = multiply(features, weights.weights)
  const share = own.map(
    (wx, row) => family.scale * (wx + weights.intercept) - rows.centres[from + row],
  )
  const halves = []
  for (const host of hosts) {
    const place = { from: host, tag: 'host_predictor', length }
    halves.push(await receiveVector(context, cipher.key, place))
  }
  const rowWeights = rows.rowWeights?.subarray(from, to)
  const slopes = await encryptSlopes(cipher, halves, {
    own: share,
    scale: family.scale,
    rowWeights,
  })
  for (const host of hosts) await channel.send(host, 'slopes', cipherVectorToBytes(slopes))
  // The loss of a row is a constant and what d² adds: of weighted rows the constants are weighted too.
  const surplus = rowWeights?.reduce((sum, weight) => sum + weight - 1, 0) ?? 0
  const constant = weights.penalty * length + surplus * family.loss(0)
  const sums = await multiplySlopes(cipher, slopes, {
    features,
    intercept: params.init_param.fit_intercept,
    share,
    offset: constant / family.steepness,
  })
  let { loss } = sums
  for (const host of hosts) {
    const place = { from: host, tag: 'loss_part', length: 1 }
    const part = await receiveVector(context, cipher.key, place)
    loss = await addVectors(cipher.key, loss, part, cipher)
  }
  await channel.send(arbiterOf(context), 'loss', cipherVectorToBytes(loss))
  return openGradient(context, cipher, { sums, rows: length })
}

/** A host's gradient of one batch. */
export async function slopeHostStep(
  { context, cipher, data, family }: SlopeWork,
  { weights, batch: { from, to } }: { weights: LinearWeights; batch: Batch },
): Promise<Float64Array> {
  const { channel } = context
  const guest = guestOf(context)
  const length = to - from
  const features = sliceRows(data.matrix, from, to)
  const own = multiply(features, weights.weights)
  const half = await encryptPredictor(cipher, own)
  await channel.send(guest, 'host_predictor', cipherVectorToBytes(half))
  const place = { from: guest, tag: 'slopes', length }
  const slopes = await receiveVector(context, cipher.key, place)
  const sums = await multiplySlopes(cipher, slopes, {
    features,
    intercept: false,
    share: own.map((wx) => family.scale * wx),
    offset: (weights.penalty * length) / family.steepness,
  })
  await channel.send(guest, 'loss_part', cipherVectorToBytes(sums.loss))
  return openGradient(context, cipher, { sums, rows: length })
}

/** The guest's part of a product of the Hessian with a change of all weights; `rowWeights` are of all rows. */
export function slopeGuestCurvature(
  { context, cipher, data, family }: SlopeWork,
  rowWeights: Float64Array | undefined,
): Curvature {
  return async (change, rows) => {
    const { channel, params } = context
    const { fit_intercept: intercept } = params.init_param
    const features = rows ? takeMatrixRows(data.matrix, rows) : data.matrix
    const hosts = hostsOf(context)
    const shift = intercept ? change[features.cols] : 0
    const share = multiply(features, change.slice(0, features.cols)).map(
      (along) => family.scale * (along + shift),
    )
    const halves = []
    for (const host of hosts) {
      const place = { from: host, tag: 'change_predictor', length: features.rows }
      halves.push(await receiveVector(context, cipher.key, place))
    }
    const weighed =
      rowWeights && rows ? Float64Array.from(rows, (row) => rowWeights[row]) : rowWeights
    const own = { own: share, scale: family.scale, rowWeights: weighed }
    const slopes = await encryptSlopes(cipher, halves, own)
    for (const host of hosts) await channel.send(host, 'change_slopes', cipherVectorToBytes(slopes))
    const sums = await multiplySlopes(cipher, slopes, { features, intercept, share, offset: 0 })
    return openGradient(context, cipher, { sums, rows: features.rows, what: 'curvature' })
  }
}

/** A host's part. */
export function slopeHostCurvature({ context, cipher, data, family }: SlopeWork): Curvature {
  return async (change, rows) => {
    const { channel } = context
    const features = rows ? takeMatrixRows(data.matrix, rows) : data.matrix
    const along = multiply(features, change)
    const half = await encryptPredictor(cipher, along)
    await channel.send(guestOf(context), 'change_predictor', cipherVectorToBytes(half))
    const place = { from: guestOf(context), tag: 'change_slopes', length: features.rows }
    const slopes = await receiveVector(context, cipher.key, place)
    const share = along.map((value) => family.scale * value)
    const sums = await multiplySlopes(cipher, slopes, {
      features,
      intercept: false,
      share,
      offset: 0,
    })
    return openGradient(context, cipher, { sums, rows: features.rows, what: 'curvature' })
  }
}
