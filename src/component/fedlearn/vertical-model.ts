import {
  addRing,
  decodeRing,
  encodeRing,
  type RingCode,
  ringFromBytes,
  ringToBytes,
} from '../../compute/crypto/ring-mask.ts'
/**
 * What a party keeps of VerticalLinearRegression and VerticalLR: weights of its own columns, as they are, and what they
 * give for its rows. Of several hosts the guest learns the sum of what they give, and nothing of each.
 * @module
 */
import { type Frame, label } from '../../compute/ml/frame.ts'
import { type Matrix, multiply } from '../../compute/ml/matrix.ts'
import { blob } from '../../federation/codec.ts'
import type { DataSlot, Model, TaskContext } from '../define.ts'
import type { Family } from '../linear/family.ts'
import { openTable } from '../linear/lr-inputs.ts'
import { alignGuest, alignHost, guestOf, hostsOf } from '../linear/row-alignment.ts'
import { maskRing, shareSeeds } from './pair-masks.ts'

/** One party's part. */
export interface VerticalPart {
  readonly header: readonly string[]
  readonly weights: readonly number[]
  /** A host's too: what the minima of its columns take off. */
  readonly intercept: number
}

/** The least value and the extent of a column, of the rows that are learnt from. */
export interface Scale {
  readonly low: number
  readonly extent: number
}

/** The scale of every column. */
export function scalesOf({ rows, cols, data }: Matrix): Scale[] {
  return Array.from({ length: cols }, (_, col) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (let row = 0; row < rows; row++) {
      low = Math.min(low, data[row * cols + col])
      high = Math.max(high, data[row * cols + col])
    }
    return { low, extent: high - low }
  })
}

/** Columns from 0 to 1; one that is the same in all rows is 0. */
export function scaledColumns(
  { rows, cols, data }: Matrix,
  scales: readonly Scale[],
): Float64Array[] {
  return scales.map(({ low, extent }, col) =>
    Float64Array.from({ length: rows }, (_, row) =>
      extent === 0 ? 0 : (data[row * cols + col] - low) / extent,
    ),
  )
}

/** Weights of columns as they are from those of scaled ones; `constant` is the intercept of those. */
export function partOf(
  header: readonly string[],
  {
    scales,
    weights,
    constant,
  }: { scales: readonly Scale[]; weights: Float64Array; constant: number },
): VerticalPart {
  const plain = scales.map(({ extent }, at) => (extent === 0 ? 0 : weights[at] / extent))
  const intercept = scales.reduce((sum, { low }, at) => sum - plain[at] * low, constant)
  return { header, weights: plain, intercept }
}

/** The part in a stored model. Throws for a model of another kind. */
export function readPart(model: Model, kind: string): VerticalPart {
  const part = model.state as Partial<VerticalPart> | undefined
  if (model.name === kind && Array.isArray(part?.header) && Array.isArray(part.weights)) {
    return part as VerticalPart
  }
  throw new Error(`A prediction with ${kind} cannot use a model of kind ${model.name}`)
}

/** Predictions for the guest's rows in `slot`, in their order; undefined at a host, which puts in its part. */
export async function predictRows(
  context: TaskContext,
  part: VerticalPart,
  { slot, family }: { slot: DataSlot; family: Family },
): Promise<Frame | undefined> {
  const { channel, role } = context
  const { frame, order, ids, matrix } = await openTable(context, { slot, header: part.header })
  const scores = multiply(matrix, Float64Array.from(part.weights)).map((wx) => wx + part.intercept)
  const hosts = hostsOf(context)
  const code: RingCode = { ...SCORE_CODE, terms: Math.max(1, hosts.length) }
  if (role === 'host') {
    await alignHost(context, { ids, columns: part.header.length })
    const seeds = await shareSeeds(context, hosts)
    const ring = encodeRing(scores, code)
    await maskRing(seeds, ring, { receiver: guestOf(context), number: 0 })
    await channel.send(guestOf(context), 'host_score', blob.encode(ringToBytes(ring)))
    return undefined
  }
  await alignGuest(context, ids)
  const sum = new BigUint64Array(ids.length)
  for (const host of hosts) {
    const ring = ringFromBytes(blob.decode(await channel.receive(host, 'host_score')))
    if (ring.length !== ids.length) throw new Error(`${host} sent a malformed host_score`)
    addRing(sum, ring)
  }
  const theirs = decodeRing(sum, code)
  const predictor = new Float64Array(ids.length)
  order.forEach((row, at) => (predictor[row] = scores[at] + theirs[at]))
  return family.predictions({
    idName: frame.idName,
    ids: frame.ids,
    labels: label(frame),
    classes: family.classes ? [0, 1] : [],
    predictors: [predictor],
    threshold: 0.5,
    type: 'test',
  })
}

/** Parts of predictions on their way to the guest; labels are below 2^20. */
const SCORE_CODE = { fraction: 32, bound: 2 ** 24 }
