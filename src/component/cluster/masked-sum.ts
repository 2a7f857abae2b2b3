/**
 * Numbers of several parties that only come out as their sum: each value modulo 2^64 under masks that cancel.
 *
 * The guest draws one key for each host; the host adds the stream of that key, the guest takes all streams off its own
 * values. Whoever adds up everything gets the exact sum, and each single vector is uniform to it. A stream is AES in
 * counter mode; every round has counters of its own.
 * @module
 */

/** Bits after the point. */
const FRACTION = 20
const SCALE = 2 ** FRACTION
/** Sums of up to 2^10 parties' values stay below 2^63. */
const LIMIT = 2 ** 52

/** A round whose masks no round of a training has. */
export const LAST_ROUND = 2 ** 32 - 1

/** Bytes of a mask's key. */
export const MASK_KEY_BYTES = 16

/** A value as a whole number of units of 2^-20. Throws RangeError for one beyond ±2^32. */
export function toFixed(value: number): number {
  const fixed = Math.round(value * SCALE)
  if (Math.abs(fixed) < LIMIT) return fixed
  throw new RangeError(`${value} is too large: scale the features (FeatureScale)`)
}

/** `values` in fixed point, with the streams of `add` added and those of `subtract` taken off. */
export async function maskValues(
  values: Float64Array,
  masks: { add?: readonly Uint8Array[]; subtract?: readonly Uint8Array[]; round: number },
): Promise<BigUint64Array> {
  const masked = BigUint64Array.from(values, (value) => BigInt.asUintN(64, BigInt(toFixed(value))))
  for (const [keys, sign] of [
    [masks.add ?? [], 1n],
    [masks.subtract ?? [], -1n],
  ] as const) {
    for (const key of keys) {
      const mask = await stream(key, { words: values.length, round: masks.round })
      // An element of the array keeps 64 bits, so the sum is modulo 2^64.
      for (let at = 0; at < masked.length; at++) masked[at] += sign * mask[at]
    }
  }
  return masked
}

/** The values of a sum of masked vectors whose masks cancel. Throws RangeError for vectors of other lengths. */
export function sumMasked(parts: readonly BigUint64Array[]): Float64Array {
  const [first] = parts
  if (parts.some((part) => part.length !== first.length)) {
    throw new RangeError('sumMasked: the vectors have different lengths')
  }
  return Float64Array.from(first, (_, at) => {
    let sum = 0n
    for (const part of parts) sum += part[at]
    return Number(BigInt.asIntN(64, sum)) / SCALE
  })
}

async function stream(
  key: Uint8Array,
  { words, round }: { words: number; round: number },
): Promise<BigUint64Array> {
  const counter = new Uint8Array(16)
  new DataView(counter.buffer).setUint32(0, round)
  const imported = await crypto.subtle.importKey('raw', key.slice(), 'AES-CTR', false, ['encrypt'])
  const algorithm = { name: 'AES-CTR', counter, length: 64 }
  const bytes = await crypto.subtle.encrypt(algorithm, imported, new Uint8Array(8 * words))
  const view = new DataView(bytes)
  return BigUint64Array.from({ length: words }, (_, at) => view.getBigUint64(8 * at, true))
}
