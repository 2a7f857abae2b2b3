/**
 * Which centre is nearest to each row, without an arbiter: online, and in predictions that name none.
 *
 * Of the distances only differences count. By how much farther a centre is than the first one is, over one party's
 * columns, a linear function of them: |x − c|² − |x − c₀|² = |c|² − |c₀|² − 2x·(c − c₀). Hosts tell the guest these, as
 * hosts of a linear model tell it their part of the predictor.
 * @module
 */
import type { Matrix } from '../../compute/ml/matrix.ts'
import { floats } from '../../federation/codec.ts'
import { guestOf, hostsOf } from '../linear/row-alignment.ts'
import type { KmeansContext } from './kmeans-param.ts'
import { distances } from './kmeans-steps.ts'
import { toFixed } from './masked-sum.ts'

/** Of each row the nearest centre, at the guest; a host tells its part and is left with nothing. */
export async function nearestApart(
  context: KmeansContext,
  { matrix, centres }: { matrix: Matrix; centres: readonly Float64Array[] },
): Promise<Uint32Array | undefined> {
  const { channel, role } = context
  const k = centres.length
  const farther = offsets(distances(matrix, centres), k)
  if (role === 'host') {
    await channel.send(guestOf(context), 'centre_offsets', floats.encode(farther))
    return undefined
  }
  for (const from of hostsOf(context)) {
    const theirs = floats.decode(await channel.receive(from, 'centre_offsets'))
    if (theirs.length !== farther.length || !theirs.every(Number.isSafeInteger)) {
      throw new Error(`${from} sent malformed centre_offsets`)
    }
    for (let at = 0; at < farther.length; at++) farther[at] += theirs[at]
  }
  return Uint32Array.from({ length: matrix.rows }, (_, row) => {
    let [best, least] = [0, 0]
    for (let at = 1; at < k; at++) {
      const own = farther[row * (k - 1) + at - 1]
      if (own < least) [best, least] = [at, own]
    }
    return best
  })
}

/** By how much farther than the first every other centre is, row by row, in the fixed point that an arbiter adds up in. */
function offsets(squared: Float64Array, k: number): Float64Array {
  const rows = squared.length / k
  const found = new Float64Array(rows * (k - 1))
  for (let row = 0; row < rows; row++) {
    const first = toFixed(squared[row * k])
    for (let at = 1; at < k; at++) {
      found[row * (k - 1) + at - 1] = toFixed(squared[row * k + at]) - first
    }
  }
  return found
}
