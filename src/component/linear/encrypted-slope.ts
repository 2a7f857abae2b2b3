/**
 * What one party computes from the encrypted slopes [d] of a batch: its part of the gradient and of the loss.
 *
 * Fixed point: wx is encrypted with 60 fractional bits, d then has 62; each column of the features is scaled by a power
 * of two to lie within 1 and rounded to 40 fractional bits, so that sums have 102. With |wx| below 2^40 at each
 * party (checked) and fewer than 2^32 rows a sum stays below 2^80: 182 bits of at least 340. Rounding puts a mean
 * gradient off by at most 2^-41 · max|x| · mean|d|.
 *
 * Weights of rows add 24 fractional bits, and up to 16 bits above the point, for fewer than 2^23 rows.
 *
 * From 4,096 rows on features have 25 fractional bits, which saves two fifths of the work (`kernel/buckets.ts`: two digits
 * instead of three). The bound is 2^-26 · max|x| · mean|d| then; but as what rounding takes from an entry has nothing to do
 * with the residual of its row, errors average out: their standard deviation is below 2^-26.7 / √rows · max|x| · rms(d),
 * 1.5e-10 at 4,096 rows and 3e-11 at 100,000; in a column of few values they
 * need not. FATE rounds to 23 bits (`floating_point_precision`).
 * @module
 */
import type { BlockRange } from '../../compute/crypto/cipher-product.ts'
import {
  addVectors,
  affine,
  encryptVector,
  transposeMultiply,
  type CipherVector,
  type CipherKey,
  type VectorOptions,
} from '../../compute/crypto/cipher-vector.ts'
import type { Matrix } from '../../compute/ml/matrix.ts'

/** Bits above the point of everything that is summed over rows. */
export const SUM_BITS = 80

const WX_FRACTION = 60
const WEIGHT_FRACTION = 24
/** Fractional bits of a feature, and from how many rows on fewer are enough. */
const FEATURE_FRACTION = 40
const SHORT_FRACTION = 25
const SHORT_ROWS = 4096
const LOSS_FRACTION = 8
const WX_LIMIT = 2 ** 40

/** Fractional bits of a feature in a batch of so many rows. */
export function featureFraction(rows: number): number {
  return rows < SHORT_ROWS ? FEATURE_FRACTION : SHORT_FRACTION
}

/** The most fractional bits of slopes: two more than a predictor, and those of a row's weight. */
export const SLOPE_FRACTION = WX_FRACTION + 2 + WEIGHT_FRACTION

/** The most fractional bits that a sum over rows has, of slopes with `fraction` of them. */
export function sumFraction(fraction: number): number {
  return fraction + FEATURE_FRACTION
}

/** A key and where work runs. */
export interface CipherContext extends VectorOptions {
  readonly key: CipherKey
}

/** Encrypts a host's half of the linear predictor. */
export async function encryptPredictor(
  context: CipherContext,
  wx: Float64Array,
): Promise<CipherVector> {
  checkPredictor(wx)
  return encryptVector(context.key, wx, { ...context, fraction: WX_FRACTION })
}

/** A row's weight as it is multiplied: rounded to 24 fractional bits. */
export function roundWeight(weight: number): number {
  return Math.round(weight * 2 ** WEIGHT_FRACTION) / 2 ** WEIGHT_FRACTION
}

/**
 * [d] = scale · [Σ wx_h] + own, freshly randomised: a host must not find its own randomness in it. With `rowWeights`, below
 * 2^16 and rounded, every d is multiplied by that of its row.
 */
export async function encryptSlopes(
  context: CipherContext,
  hosts: readonly CipherVector[],
  { own, scale, rowWeights }: { own: Float64Array; scale: number; rowWeights?: Float64Array },
): Promise<CipherVector> {
  checkPredictor(own)
  let sum = hosts[0]
  for (const next of hosts.slice(1)) sum = await addVectors(context.key, sum, next, context)
  if (!rowWeights) {
    return affine(context.key, sum, { ...context, scale, scaleFraction: 2, offset: own })
  }
  return affine(context.key, sum, {
    ...context,
    scale: rowWeights.map((weight) => weight * scale),
    scaleFraction: 2 + WEIGHT_FRACTION,
    offset: own.map((d, row) => d * rowWeights[row]),
  })
}

/** Ciphertexts of sums over the rows of a batch. */
export interface SlopeSums {
  /** Σ x·d by column, then Σ d where there is an intercept; each to be multiplied by its entry of `scales`. */
  readonly gradient: CipherVector
  readonly scales: Float64Array
  /** Σ d·share + offset, one value. */
  readonly loss: CipherVector
}

/**
 * Multiplies [d] with the columns of `features` and with `share`, this party's addend of d. The products of all
 * parties add up to Σ d², of which the Taylor loss is a linear function: with any number of hosts it costs one
 * column each, and no square is ever sent.
 */
export async function multiplySlopes(
  context: CipherContext,
  slopes: CipherVector,
  options: { features: Matrix; intercept: boolean; share: Float64Array; offset: number },
): Promise<SlopeSums> {
  const { features, intercept, share, offset } = options
  const { rows } = features
  const scales = columnScales(features, intercept)
  // The loss parts of all parties are added up, so each takes its scale off at home; 2^-8 keeps that exact.
  const lossScale = Math.max(powerAbove(largest(share)), 2 ** -LOSS_FRACTION)
  const cols = scales.length + 1
  const matrix = {
    rows,
    cols,
    block: (at: BlockRange) => scaledBlock(at, { features, scales, share, lossScale }),
  }
  const sums = await transposeMultiply(context.key, matrix, slopes, {
    ...context,
    fraction: featureFraction(rows),
  })
  const width = sums.data.length / cols
  const gradient = sums.data.slice(0, (cols - 1) * width)
  const last = sums.data.slice((cols - 1) * width)
  const loss = await affine(
    context.key,
    { ...sums, length: 1, data: last },
    {
      ...context,
      scale: lossScale,
      scaleFraction: LOSS_FRACTION,
      offset: Float64Array.of(offset),
    },
  )
  return { gradient: { ...sums, length: cols - 1, data: gradient }, scales, loss }
}

/** A part of the matrix of scaled features, a column of ones where there is an intercept, and the scaled shares. */
function scaledBlock(
  { top, bottom, left, right }: BlockRange,
  of: { features: Matrix; scales: Float64Array; share: Float64Array; lossScale: number },
): Float64Array {
  const { features, scales, share, lossScale } = of
  const width = right - left
  const part = new Float64Array((bottom - top) * width)
  for (let row = top, at = 0; row < bottom; row++) {
    for (let col = left; col < right; col++, at++) {
      if (col < features.cols) part[at] = features.data[row * features.cols + col] / scales[col]
      else part[at] = col < scales.length ? 1 : share[row] / lossScale
    }
  }
  return part
}

function checkPredictor(wx: Float64Array): void {
  const most = largest(wx)
  if (most < WX_LIMIT) return
  throw new Error(
    `The training diverges: the linear predictor reached ${most}. ` +
      'Scale the features (FeatureScale) or lower learning_rate',
  )
}

function columnScales(features: Matrix, intercept: boolean): Float64Array {
  const most = new Float64Array(features.cols + (intercept ? 1 : 0)).fill(0)
  for (let at = 0; at < features.data.length; at++) {
    const col = at % features.cols
    most[col] = Math.max(most[col], Math.abs(features.data[at]))
  }
  return most.map(powerAbove)
}

/** The largest absolute value; NaN where one is none, Infinity for an infinite one. */
function largest(values: Float64Array): number {
  let most = 0
  for (const value of values) most = Math.max(most, Math.abs(value))
  return most
}

/** The least power of two that is not below `size`; 1 for 0. Dividing by it is exact. */
function powerAbove(size: number): number {
  if (size === 0) return 1
  const power = 2 ** Math.ceil(Math.log2(size))
  return power < size ? power * 2 : power
}
