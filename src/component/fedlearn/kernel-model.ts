import {
  addRing,
  decodeRing,
  encodeRing,
  type RingCode,
  ringFromBytes,
  ringToBytes,
} from '../../compute/crypto/ring-mask.ts'
/**
 * What a party keeps of FederatedKernel: how its columns are mapped, and weights of the leading directions of what they
 * are mapped to. Of several hosts the guest learns the sum of what they give, and nothing of each.
 * @module
 */
import { type FourierPlan, fourierMap } from '../../compute/ml/fourier-features.ts'
import { atRows, type LeadingBasis } from '../../compute/ml/leading-basis.ts'
import type { Matrix } from '../../compute/ml/matrix.ts'
import { blob } from '../../federation/codec.ts'
import type { Model, TaskContext } from '../define.ts'
import type { OpenTable } from '../linear/lr-inputs.ts'
import { guestOf, hostsOf } from '../linear/row-alignment.ts'
import { maskRing, shareSeeds } from './pair-masks.ts'

/** How a column is shifted and then divided, before it is mapped. */
export interface Norm {
  readonly shift: number
  readonly extent: number
}

/** Own columns as the training reads them. */
export interface KernelMap {
  readonly header: readonly string[]
  readonly norms: readonly Norm[]
  readonly plan: FourierPlan
  readonly basis: LeadingBasis
}

/** One party's part. */
export interface KernelPart extends KernelMap {
  /** Weights of the directions, by target. */
  readonly weights: readonly (readonly number[])[]
  /** How what is predicted becomes a label, at the guest; labels are from centre − half to centre + half. */
  readonly labels: { readonly centre: number; readonly half: number } | null
  readonly numClass: number
}

/** How the columns are made comparable, from the rows to learn from. */
export function normsOf(
  { rows, cols, data }: Matrix,
  type: 'NONE' | 'MINMAX' | 'STANDARD',
): Norm[] {
  return Array.from({ length: cols }, (_, col) => {
    if (type === 'NONE') return { shift: 0, extent: 1 }
    const values = Array.from({ length: rows }, (__, row) => data[row * cols + col])
    if (type === 'MINMAX') {
      const low = values.reduce((least, value) => Math.min(least, value), Infinity)
      const high = values.reduce((most, value) => Math.max(most, value), -Infinity)
      return { shift: low, extent: high - low || 1 }
    }
    const mean = values.reduce((sum, value) => sum + value, 0) / rows
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows
    return { shift: mean, extent: Math.sqrt(variance) || 1 }
  })
}

/** Columns as they are mapped, all features. */
export function mapped({ norms, plan }: Pick<KernelMap, 'norms' | 'plan'>, x: Matrix): Matrix {
  const data = x.data.map((value, at) => {
    const { shift, extent } = norms[at % x.cols]
    return (value - shift) / extent
  })
  return fourierMap(plan)({ ...x, data })
}

/**
 * Rows along the directions. A row that lies further out than any that was learnt from can, of length 1, counts as one
 * that lies there.
 */
export function directions(map: KernelMap, x: Matrix): Matrix {
  const found = atRows(map.basis, mapped(map, x))
  const { rows, cols, data } = found
  for (let row = 0; row < rows; row++) {
    const own = data.subarray(row * cols, (row + 1) * cols)
    const length = Math.hypot(...own)
    if (length > 1) own.forEach((value, at) => (own[at] = value / length))
  }
  return found
}

/** The part in a stored model. Throws for a model of another kind. */
export function readKernel(model: Model): KernelPart {
  const part = model.state as Partial<KernelPart> | undefined
  if (model.name === 'FederatedKernel' && Array.isArray(part?.header)) return part as KernelPart
  throw new Error(`A prediction with FederatedKernel cannot use a model of kind ${model.name}`)
}

/** What all parties predict for the rows of aligned tables, a column each target; undefined at a host. */
export async function kernelScores(
  context: TaskContext,
  part: KernelPart,
  { table, number }: { table: OpenTable; number: number },
): Promise<Matrix | undefined> {
  const { channel, role } = context
  const own = ownScores(part, table)
  const hosts = hostsOf(context)
  const code: RingCode = { fraction: 32, bound: 2 ** 24, terms: Math.max(1, hosts.length) }
  if (role === 'host') {
    const seeds = await shareSeeds(context, hosts)
    const ring = encodeRing(own.data, code)
    await maskRing(seeds, ring, { receiver: guestOf(context), number })
    await channel.send(guestOf(context), 'host_score', blob.encode(ringToBytes(ring)))
    return undefined
  }
  const sum = new BigUint64Array(own.data.length)
  for (const host of hosts) {
    const ring = ringFromBytes(blob.decode(await channel.receive(host, 'host_score')))
    if (ring.length !== sum.length) throw new Error(`${host} sent a malformed host_score`)
    addRing(sum, ring)
  }
  const theirs = decodeRing(sum, code)
  const { centre, half } = part.labels ?? { centre: 0, half: 1 }
  return { ...own, data: own.data.map((value, at) => centre + half * (value + theirs[at])) }
}

function ownScores(part: KernelPart, { matrix }: OpenTable): Matrix {
  const { weights } = part
  const along = directions(part, matrix)
  const cols = weights.length
  const data = new Float64Array(along.rows * cols)
  for (let row = 0; row < along.rows; row++) {
    weights.forEach((target, at) => {
      data[row * cols + at] = target.reduce(
        (sum, weight, col) => sum + weight * along.data[row * along.cols + col],
        0,
      )
    })
  }
  return { rows: along.rows, cols, data }
}
