/**
 * The interactive layer between the guest and one host, as each of them runs it: the products of
 * `compute/crypto/shared-dense.ts`, and how they cross the channel.
 *
 * Weights are W = A + B in the ring. The guest has A, the first weights at the beginning, the host has B, zero at the
 * beginning. Every step the host draws a mask that goes into B while the guest's A takes the step without it.
 * @module
 */
import type { AdditiveScheme, AdditiveSecret, CipherBatch } from '../../compute/crypto/additive.ts'
import {
  addRings,
  batchesOf,
  encryptRows,
  fromRing,
  INPUT_FRACTION,
  MOST_VALUE,
  multiplyHidden,
  multiplyRing,
  openProduct,
  type ProductShape,
  randomRing,
  type RingMatrix,
  ringOfZeros,
  sharedPacking,
  SLOPE_FRACTION,
  toRing,
  toScalars,
  transposeRing,
  WEIGHT_FRACTION,
} from '../../compute/crypto/shared-dense.ts'
import type { Matrix } from '../../compute/ml/matrix.ts'
import type { Address } from '../../federation/channel.ts'
import type { TaskContext } from '../define.ts'
import { guestOf } from '../linear/row-alignment.ts'
import { receiveBatches, sendBatches } from './hetero-nn-messages.ts'
import type { HeteroNNParam } from './hetero-nn-param.ts'

type Context = TaskContext<HeteroNNParam>

/** What both sides know of the layer. */
export interface LayerShape {
  /** Answers of the host's network. */
  readonly inputs: number
  readonly units: number
}

/** The guest's end. */
export interface GuestLayer {
  /** Has the host multiply; `fresh` after weights changed. The answer has one row a row. */
  askForward(options: { rows: number; fresh: boolean }): Promise<Matrix>
  /** One step by the derivatives by the units; `sent` are those times the rate, under the guest's key. */
  askBackward(slopes: Matrix, sent: readonly CipherBatch[]): Promise<void>
  share(): RingMatrix
  setShare(share: RingMatrix): void
}

/** The guest's end of the layer to `host`, from its share of the weights. */
export function guestLayer(
  context: Context,
  shape: LayerShape,
  keys: { host: Address; secret: AdditiveSecret; theirs: AdditiveScheme; share: RingMatrix },
): GuestLayer {
  const { host, secret, theirs } = keys
  const { inputs, units } = shape
  let { share } = keys
  return {
    async askForward({ rows, fresh }) {
      const packing = sharedPacking(secret.limit, forward(shape))
      if (fresh) {
        const batches = await encryptRows(secret, share, { packing, encrypted: 'shares' })
        await sendBatches(context, secret, { to: host, tag: 'weights', batches })
      }
      const count = batchesOf(units, packing)
      const hidden = await receiveBatches(context, secret, {
        from: host,
        tag: 'products',
        count,
        rows,
      })
      const opened = await openProduct(secret, hidden, { rows, cols: units, packing })
      return { rows, cols: units, data: fromRing(opened, INPUT_FRACTION + WEIGHT_FRACTION) }
    },
    async askBackward(slopes, sent) {
      const { rows } = slopes
      await sendBatches(context, secret, { to: host, tag: 'slopes', batches: sent })
      const back = errorsOf(shape)
      const wide = sharedPacking(theirs.limit, back)
      const noise = await receiveBatches(context, theirs, {
        from: host,
        tag: 'noise',
        count: batchesOf(inputs, wide),
        rows: units,
      })
      const scalars = toScalars(slopes, 'slopes')
      const addend = multiplyRing(scalars, transposeRing(share))
      const work = {
        scalars,
        addend,
        packing: wide,
        shape: back,
        random: (size: number) => context.random(size),
      }
      const errors = await multiplyHidden(theirs, noise, work)
      await sendBatches(context, theirs, { to: host, tag: 'errors', batches: errors })
      const packing = sharedPacking(secret.limit, steps(shape, rows))
      const hidden = await receiveBatches(context, secret, {
        from: host,
        tag: 'weight_steps',
        count: batchesOf(units, packing),
        rows: inputs,
      })
      const step = await openProduct(secret, hidden, { rows: inputs, cols: units, packing })
      share = addRings(share, step, -1)
    },
    share: () => share,
    setShare(next) {
      share = next
    },
  }
}

/** The derivatives by the units times the rate, under the guest's key: the same ciphertexts go to all hosts. */
export function encryptSlopes(
  secret: AdditiveSecret,
  slopes: Matrix,
  rate: number,
): Promise<CipherBatch[]> {
  const { rows, cols: units } = slopes
  const scaled = { ...slopes, data: slopes.data.map((value) => value * rate) }
  const packing = sharedPacking(secret.limit, steps({ inputs: 0, units }, rows))
  return encryptRows(secret, toRing(scaled, SLOPE_FRACTION), { packing, encrypted: 'slopes' })
}

/** First weights as the guest's share. */
export function firstShare(weights: Float64Array, { inputs, units }: LayerShape): RingMatrix {
  return toRing({ rows: inputs, cols: units, data: weights }, WEIGHT_FRACTION)
}

/** A host's end. */
export interface HostLayer {
  answerForward(answers: Matrix, options: { fresh: boolean }): Promise<void>
  /** The derivative by the answers that the last forward was of. */
  answerBackward(answers: Matrix): Promise<Matrix>
  noise(): RingMatrix
  setNoise(noise: RingMatrix): void
}

/** A host's end of the layer. */
export function hostLayer(
  context: Context,
  shape: LayerShape,
  keys: { secret: AdditiveSecret; theirs: AdditiveScheme; noise?: RingMatrix },
): HostLayer {
  const { secret, theirs } = keys
  const { inputs, units } = shape
  const guest = guestOf(context)
  let noise = keys.noise ?? ringOfZeros(inputs, units)
  let weights: CipherBatch[] = []
  return {
    async answerForward(answers, { fresh }) {
      checkAnswers(context, answers)
      const packing = sharedPacking(theirs.limit, forward(shape))
      const count = batchesOf(units, packing)
      if (fresh) {
        const place = { from: guest, tag: 'weights', count, rows: inputs }
        weights = await receiveBatches(context, theirs, place)
      }
      if (weights.length !== count) throw new Error(`${guest} has sent no weights to multiply with`)
      const scalars = toScalars(answers, 'inputs')
      const addend = multiplyRing(scalars, noise)
      const work = {
        scalars,
        addend,
        packing,
        shape: forward(shape),
        random: (size: number) => context.random(size),
      }
      const batches = await multiplyHidden(theirs, weights, work)
      await sendBatches(context, theirs, { to: guest, tag: 'products', batches })
    },
    async answerBackward(answers) {
      const { rows } = answers
      const back = errorsOf(shape)
      const wide = sharedPacking(secret.limit, back)
      const turned = transposeRing(noise)
      const sent = await encryptRows(secret, turned, { packing: wide, encrypted: 'shares' })
      await sendBatches(context, secret, { to: guest, tag: 'noise', batches: sent })
      const packing = sharedPacking(theirs.limit, steps(shape, rows))
      const count = batchesOf(units, packing)
      const slopes = await receiveBatches(context, theirs, {
        from: guest,
        tag: 'slopes',
        count,
        rows,
      })
      const mask = randomRing(inputs, units, (size) => context.random(size))
      const batches = await multiplyHidden(theirs, slopes, {
        scalars: transpose(toScalars(answers, 'inputs')),
        addend: mask,
        packing,
        shape: steps(shape, rows),
        random: (size) => context.random(size),
      })
      await sendBatches(context, theirs, { to: guest, tag: 'weight_steps', batches })
      const errors = await receiveBatches(context, secret, {
        from: guest,
        tag: 'errors',
        count: batchesOf(inputs, wide),
        rows,
      })
      const opened = await openProduct(secret, errors, { rows, cols: inputs, packing: wide })
      // The guest takes its step with the mask added, so the mask goes into this share.
      noise = addRings(noise, mask)
      return { rows, cols: inputs, data: fromRing(opened, SLOPE_FRACTION + WEIGHT_FRACTION) }
    },
    noise: () => noise,
    setNoise(next) {
      noise = next
    },
  }
}

const forward = ({ inputs, units }: LayerShape): ProductShape => ({
  cols: units,
  terms: inputs,
  encrypted: 'shares',
  scalars: 'inputs',
})
const steps = ({ units }: LayerShape, rows: number): ProductShape => ({
  cols: units,
  terms: rows,
  encrypted: 'slopes',
  scalars: 'inputs',
})
const errorsOf = ({ inputs, units }: LayerShape): ProductShape => ({
  cols: inputs,
  terms: units,
  encrypted: 'shares',
  scalars: 'slopes',
})

function checkAnswers({ channel }: Context, { data }: Matrix): void {
  const bad = data.find((value) => !(Math.abs(value) < MOST_VALUE))
  if (bad === undefined) return
  throw new Error(
    `The bottom network of ${channel.self} answers with numbers of ${MOST_VALUE} and more: ` +
      'scale the features (FeatureScale), or lower optimizer.learning_rate',
  )
}

function transpose({ rows, cols, data }: Matrix): Matrix {
  const turned = new Float64Array(data.length)
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) turned[col * rows + row] = data[row * cols + col]
  }
  return { rows: cols, cols: rows, data: turned }
}
