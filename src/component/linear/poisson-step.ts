/**
 * A batch of Poisson regression: the mean of a row is m = exposure · exp(wx), the residual d = m - y and the loss
 * mean(m - y·wx). What hosts hold of the exponent becomes a factor:
 *
 * 1. the first host sends [exp(wx_h)] to the next one, which multiplies each row by its own exp(wx_h), and so on; the
 *    last sends the product to the guest, which makes [d] of it in the same way;
 * 2. each host sends [wx_h] to the guest, for the loss only.
 *
 * From [d] on it is the protocol of `arbiter-training.ts`.
 * @module
 */
import {
  addVectors,
  affine,
  type CipherVector,
  cipherVectorToBytes,
  encryptVector,
  transposeMultiply,
} from '../../compute/crypto/cipher-vector.ts'
import { multiply, sliceRows } from '../../compute/ml/matrix.ts'
import type { TaskContext } from '../define.ts'
import type { Batch } from './batches.ts'
import { type CipherContext, encryptPredictor, multiplySlopes } from './encrypted-slope.ts'
import type { LinearWeights } from './linear-weights.ts'
import type { LogisticParam } from './logistic-param.ts'
import { type OpenTable, receiveVector } from './lr-inputs.ts'
import { openGradient } from './open-gradient.ts'
import { arbiterOf, guestOf, hostsOf } from './row-alignment.ts'

type Context = TaskContext<LogisticParam>

/** What one party needs for its steps. */
export interface PoissonWork {
  readonly context: Context
  readonly cipher: CipherContext
  readonly data: OpenTable
}

/** The guest's gradient of one batch; `logExposure`, `labels` and `rowWeights` are of all rows. */
export async function poissonGuestStep(
  { context, cipher, data }: PoissonWork,
  rows: {
    labels: Float64Array
    logExposure: Float64Array
    rowWeights: Float64Array | undefined
  },
  { weights, batch: { from, to } }: { weights: LinearWeights; batch: Batch },
): Promise<Float64Array> {
  const { channel, params } = context
  const hosts = hostsOf(context)
  const length = to - from
  const features = sliceRows(data.matrix, from, to)
  // A weighted row is one whose rate and count are both multiplied.
  const share = rows.rowWeights?.subarray(from, to) ?? new Float64Array(length).fill(1)
  const labels = rows.labels.slice(from, to).map((y, row) => y * share[row])
  const own = multiply(features, weights.weights).map(
    (wx, row) => wx + weights.intercept + rows.logExposure[from + row],
  )
  const rate = await receiveVector(context, cipher.key, {
    from: hosts[hosts.length - 1],
    tag: 'host_rate',
    length,
  })
  const slopes = await scaleRates(cipher, rate, { own, share, offset: labels.map((y) => -y) })
  for (const host of hosts) await channel.send(host, 'slopes', cipherVectorToBytes(slopes))
  // The share of every row is 1: what is summed for the loss is d itself, to which y - y·wx is still missing.
  const missing = labels.reduce((sum, y, row) => sum + y - y * own[row], 0)
  const sums = await multiplySlopes(cipher, slopes, {
    features,
    intercept: params.init_param.fit_intercept,
    share: new Float64Array(length).fill(1),
    offset: missing + weights.penalty * length,
  })
  let { loss } = sums
  for (const host of hosts) {
    const exponent = await receiveVector(context, cipher.key, {
      from: host,
      tag: 'host_predictor',
      length,
    })
    const products = await transposeMultiply(
      cipher.key,
      { rows: length, cols: 1, data: labels.map((y) => -y) },
      exponent,
      { ...cipher, fraction: LABEL_FRACTION },
    )
    const part = await receiveVector(context, cipher.key, {
      from: host,
      tag: 'loss_part',
      length: 1,
    })
    loss = await addVectors(cipher.key, loss, products, cipher)
    loss = await addVectors(cipher.key, loss, part, cipher)
  }
  await channel.send(arbiterOf(context), 'loss', cipherVectorToBytes(loss))
  return openGradient(context, cipher, { sums, rows: length })
}

/** A host's gradient of one batch. */
export async function poissonHostStep(
  { context, cipher, data }: PoissonWork,
  { weights, batch: { from, to } }: { weights: LinearWeights; batch: Batch },
): Promise<Float64Array> {
  const { channel, position } = context
  const hosts = hostsOf(context)
  const guest = guestOf(context)
  const length = to - from
  const features = sliceRows(data.matrix, from, to)
  const own = multiply(features, weights.weights)
  const before = hosts[position - 1]
  const rate = before
    ? await scaleRates(
        cipher,
        await receiveVector(context, cipher.key, { from: before, tag: 'host_rate', length }),
        { own },
      )
    : await encryptVector(cipher.key, ratesOf(own), { ...cipher, fraction: RATE_FRACTION })
  await channel.send(hosts[position + 1] ?? guest, 'host_rate', cipherVectorToBytes(rate))
  const half = await encryptPredictor(cipher, own)
  await channel.send(guest, 'host_predictor', cipherVectorToBytes(half))
  const slopes = await receiveVector(context, cipher.key, { from: guest, tag: 'slopes', length })
  const sums = await multiplySlopes(cipher, slopes, {
    features,
    intercept: false,
    share: new Float64Array(length),
    offset: weights.penalty * length,
  })
  await channel.send(guest, 'loss_part', cipherVectorToBytes(sums.loss))
  return openGradient(context, cipher, { sums, rows: length })
}

/** Fractional bits of a factor; with a factor below 2^17, its row's weight included, the integer is below 2^53. */
const RATE_FRACTION = 36
const RATE_LIMIT = 2 ** 17
const LABEL_FRACTION = 16

/** Fractional bits of slopes, to which every one of so many hosts and the guest add theirs. */
export function rateFraction(hosts: number): number {
  return RATE_FRACTION * (hosts + 1)
}

/** [exp(own) · rate + offset], freshly randomised. */
function scaleRates(
  cipher: CipherContext,
  rate: CipherVector,
  { own, share, offset }: { own: Float64Array; share?: Float64Array; offset?: Float64Array },
): Promise<CipherVector> {
  const scale = ratesOf(own).map((rate, row) => rate * (share?.[row] ?? 1))
  return affine(cipher.key, rate, { ...cipher, scale, scaleFraction: RATE_FRACTION, offset })
}

function ratesOf(own: Float64Array): Float64Array {
  const rates = own.map((wx) => Math.exp(wx))
  const row = rates.findIndex((rate) => !(rate < RATE_LIMIT))
  if (row < 0) return rates
  throw new Error(
    `The training diverges: the linear predictor reached ${own[row]}, whose exponential is beyond ${RATE_LIMIT}. ` +
      'Scale the features (FeatureScale) or lower learning_rate',
  )
}
