/**
 * Real numbers as additive shares of two parties, and products of one party's plain matrix with a shared vector.
 *
 * A number v with `fraction` bits after the point is the integer `round(v · 2^fraction)` mod 2^160, the sum of two shares of
 * which either alone is uniform. Sums and products with public numbers are taken share by share. To drop fractional bits
 * each party shifts its own share (P. Mohassel, Y. Zhang, "SecureML", IEEE S&P 2017, section 4.1): off by one unit at most,
 * and wrong altogether with a probability of |v| · 2^(fraction − 158), below 2^-50 for |v · 2^fraction| < 2^108.
 *
 * A product of a plain matrix and a shared vector: the matrix's owner multiplies its own share in the clear, and the other
 * one's under that one's key (C. Chen et al., "When homomorphic encryption marries secret sharing", KDD 2021, arXiv
 * 2008.08753, protocol 2). What it hands back is hidden by a random number that is 80 bits longer than any product, of
 * which it keeps the negative: the statistical distance is 2^-80 a value. For parties that follow the protocol.
 * @module
 */
import type { AdditiveScheme, CipherBatch } from './additive.ts'
import { bytesToBigint } from './bytes.ts'
import { bitLength } from './modular.ts'
import type { RandomBytes } from './random.ts'

/** Shares are numbers mod 2^160, taken as signed. */
export const SHARE_BITS = 160

/** One party's share of every number of a vector. */
export type Shares = readonly bigint[]

/** The greatest magnitude of a share. */
export const SHARE_BOUND = 1n << BigInt(SHARE_BITS - 1)

/** A plain matrix of integers below 2^53, row-major, with their bound. */
export interface IntegerMatrix {
  readonly rows: number
  readonly cols: number
  readonly data: Float64Array
  readonly bound: number
}

/** The share that stands for an integer. */
export function wrapShare(value: bigint): bigint {
  return BigInt.asIntN(SHARE_BITS, value)
}

/** `values · 2^fraction`, rounded. Throws RangeError for one that is not finite. */
export function encodeShares(values: ArrayLike<number>, fraction: number): Shares {
  return Array.from(values, (value, at) => {
    const integer = Math.round(value * 2 ** fraction)
    if (Number.isFinite(integer)) return wrapShare(BigInt(integer))
    throw new RangeError(`encodeShares: value ${at} is ${value}`)
  })
}

/** The numbers that two shares stand for. */
export function openShares(own: Shares, other: Shares, fraction: number): Float64Array {
  if (own.length !== other.length) {
    throw new RangeError(`openShares: lengths ${own.length} and ${other.length} differ`)
  }
  const scale = 2 ** -fraction
  return Float64Array.from(own, (share, at) => Number(wrapShare(share + other[at])) * scale)
}

/** Splits numbers: a uniform share to give away and what is left. */
export function splitShares(values: Shares, random: RandomBytes): { own: Shares; other: Shares } {
  const other = values.map(() => wrapShare(bytesToBigint(random(SHARE_BITS / 8))))
  return { own: values.map((value, at) => wrapShare(value - other[at])), other }
}

/** Sums of shares, element by element. */
export function addShares(a: Shares, b: Shares): Shares {
  if (a.length !== b.length) {
    throw new RangeError(`addShares: lengths ${a.length} and ${b.length} differ`)
  }
  return a.map((share, at) => wrapShare(share + b[at]))
}

/** A share with `bits` fewer fractional bits; the two parties do different things, whose sum is right. */
export function shortenShares(shares: Shares, bits: number, party: 0 | 1): Shares {
  const shift = BigInt(bits)
  return shares.map((share) => (party === 0 ? share >> shift : -(-share >> shift)))
}

/** Products with one public integer, all of them. */
export function scaleShares(shares: Shares, factor: bigint): Shares {
  return shares.map((share) => wrapShare(share * factor))
}

/** `Xᵀ·s` of an own share in the clear. */
export function multiplyOwn({ rows, cols, data }: IntegerMatrix, shares: Shares): Shares {
  const sums = Array.from({ length: cols }, () => 0n)
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) sums[col] += BigInt(data[row * cols + col]) * shares[row]
  }
  return sums.map(wrapShare)
}

/**
 * `Xᵀ·s` of the other party's share, encrypted under its key: the answer for it, freshly randomised, and what this party
 * keeps. Throws RangeError where the products would not fit under the key.
 */
export async function multiplyOther(
  scheme: AdditiveScheme,
  { matrix, shares }: { matrix: IntegerMatrix; shares: CipherBatch },
  random: RandomBytes,
): Promise<{ answer: CipherBatch; own: Shares }> {
  return hideProducts(scheme, await scheme.transposeMultiply(shares, matrix, matrix.bound), random)
}

/** Products under masks for the key's holder: the answer for it, freshly randomised, and what this party keeps. */
export async function hideProducts(
  scheme: AdditiveScheme,
  products: CipherBatch,
  random: RandomBytes,
): Promise<{ answer: CipherBatch; own: Shares }> {
  const bits = Math.max(bitLength(products.bound), SHARE_BITS) + MASK_BITS
  const bytes = Math.ceil(bits / 8)
  const masks = Array.from({ length: products.length }, () => bytesToBigint(random(bytes)))
  const hidden = await scheme.encrypt(masks, (1n << BigInt(8 * bytes)) - 1n)
  const answer = await scheme.add(products, hidden)
  return { answer, own: masks.map((mask) => wrapShare(-mask)) }
}

/** By how many bits a mask is longer than what it hides. */
export const MASK_BITS = 80
