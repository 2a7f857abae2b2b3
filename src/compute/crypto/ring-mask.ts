/**
 * Real numbers in the ring of integers mod 2^64, and pseudorandom masks over it.
 *
 * A value is `round(v · 2^fraction)`. Sums of up to `terms` values of at most `bound` are exact while
 * `terms · (bound · 2^fraction + ½) < 2^63`, which encoding checks: what comes out is the sum, or an error.
 * @module
 */

/** How numbers lie in the ring. */
export interface RingCode {
  /** Bits after the point; rounding costs at most `2^−(fraction + 1)` a value. */
  readonly fraction: number
  /** The greatest magnitude of a value. */
  readonly bound: number
  /** How many values a sum may have. */
  readonly terms: number
}

/** Throws RangeError where sums under `code` could run over. */
export function checkCode({ fraction, bound, terms }: RingCode): void {
  const most = terms * (bound * 2 ** fraction + 0.5)
  if (Number.isInteger(fraction) && fraction >= 0 && bound >= 0 && most < 2 ** 63) return
  throw new RangeError(
    `ring: sums of ${terms} values of at most ${bound} with ${fraction} fractional bits do not fit into 64 bits`,
  )
}

/** `values` in the ring. Throws RangeError for one beyond the bound. */
export function encodeRing(values: Float64Array, code: RingCode): BigUint64Array {
  checkCode(code)
  const scale = 2 ** code.fraction
  const encoded = new BigUint64Array(values.length)
  values.forEach((value, at) => {
    if (!(Math.abs(value) <= code.bound)) {
      throw new RangeError(`ring: value ${at}, ${value}, is not within ${code.bound}`)
    }
    // The array takes its entries mod 2^64.
    encoded[at] = BigInt(Math.round(value * scale))
  })
  return encoded
}

/** The numbers that ring elements stand for, negative ones in the upper half. */
export function decodeRing(encoded: BigUint64Array, { fraction }: RingCode): Float64Array {
  const scale = 2 ** -fraction
  return Float64Array.from(encoded, (value) => Number(BigInt.asIntN(64, value)) * scale)
}

/** Adds `sign` times `other` to `sum`, in place. */
export function addRing(sum: BigUint64Array, other: BigUint64Array, sign: 1 | -1 = 1): void {
  if (sum.length !== other.length) {
    throw new RangeError(`ring: lengths ${sum.length} and ${other.length} differ`)
  }
  if (sign === 1) for (let at = 0; at < sum.length; at++) sum[at] += other[at]
  else for (let at = 0; at < sum.length; at++) sum[at] -= other[at]
}

/** `length` ring elements that `seed`, 32 bytes, determines: the key stream of AES-256 in counter mode. */
export async function expandMask(seed: Uint8Array, length: number): Promise<BigUint64Array> {
  const key = await crypto.subtle.importKey('raw', seed.slice(), 'AES-CTR', false, ['encrypt'])
  const stream = await crypto.subtle.encrypt(
    { name: 'AES-CTR', counter: new Uint8Array(16), length: 64 },
    key,
    new Uint8Array(8 * length),
  )
  return ringFromBytes(new Uint8Array(stream))
}

/** Elements as little-endian bytes. */
export function ringToBytes(elements: BigUint64Array): Uint8Array {
  const bytes = new Uint8Array(8 * elements.length)
  const view = new DataView(bytes.buffer)
  elements.forEach((element, at) => view.setBigUint64(8 * at, element, true))
  return bytes
}

/** The elements in little-endian bytes. */
export function ringFromBytes(bytes: Uint8Array): BigUint64Array {
  if (bytes.length % 8 !== 0)
    throw new RangeError(`ring: ${bytes.length} bytes are not whole elements`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return BigUint64Array.from({ length: bytes.length / 8 }, (_, at) =>
    view.getBigUint64(8 * at, true),
  )
}
