/**
 * Shamir's secret sharing of byte strings: of `count` shares any `threshold` give the secret back, and fewer say nothing
 * about it.
 *
 * Source: A. Shamir, "How to share a secret", CACM 22 (1979), byte by byte over GF(2^8) with the polynomial of AES. Table
 * look-ups are not constant time.
 * @module
 */
import { type RandomBytes, randomBytes } from './random.ts'

/** One share: the place where the polynomials were evaluated, and their values. */
export interface Share {
  /** 1 to 255. */
  readonly at: number
  readonly data: Uint8Array
}

/** The most shares that a secret can have. */
export const MOST_SHARES = 255

/** Shares of `secret` at the places 1 … count. */
export function shareSecret(
  secret: Uint8Array,
  {
    threshold,
    count,
    random = randomBytes,
  }: { threshold: number; count: number; random?: RandomBytes },
): Share[] {
  if (!Number.isInteger(count) || count < 1 || count > MOST_SHARES) {
    throw new RangeError(`shareSecret: expected 1 to ${MOST_SHARES} shares, got ${count}`)
  }
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > count) {
    throw new RangeError(`shareSecret: expected a threshold of 1 to ${count}, got ${threshold}`)
  }
  // Coefficient j of all bytes lies in `higher[j − 1]`.
  const higher = Array.from({ length: threshold - 1 }, () => random(secret.length))
  return Array.from({ length: count }, (_, index) => {
    const at = index + 1
    const data = new Uint8Array(secret.length)
    for (const coefficients of higher.toReversed()) {
      for (let i = 0; i < data.length; i++) data[i] = multiply(data[i] ^ coefficients[i], at)
    }
    for (let i = 0; i < data.length; i++) data[i] ^= secret[i]
    return { at, data }
  })
}

/** The secret, from at least `threshold` shares at different places. */
export function joinShares(shares: readonly Share[], threshold: number): Uint8Array {
  if (shares.length < threshold) {
    throw new RangeError(`joinShares: ${shares.length} shares are fewer than ${threshold}`)
  }
  const used = shares.slice(0, threshold)
  const places = new Set(used.map(({ at }) => at))
  const length = used[0]?.data.length ?? 0
  const sound = used.every(
    ({ at, data }) =>
      Number.isInteger(at) && at >= 1 && at <= MOST_SHARES && data.length === length,
  )
  if (!sound || places.size !== used.length) {
    throw new RangeError(
      'joinShares: expected shares of one length at different places of 1 to 255',
    )
  }
  const secret = new Uint8Array(length)
  for (const { at, data } of used) {
    let weight = 1
    for (const other of places) {
      if (other !== at) weight = multiply(weight, divide(other, other ^ at))
    }
    for (let i = 0; i < length; i++) secret[i] ^= multiply(data[i], weight)
  }
  return secret
}

const EXP = new Uint8Array(512)
const LOG = new Uint8Array(256)
for (let power = 0, value = 1; power < 255; power++) {
  EXP[power] = value
  EXP[power + 255] = value
  LOG[value] = power
  // Times 3, a generator.
  value ^= (value << 1) ^ (value & 128 ? 0x11b : 0)
}

function multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : EXP[LOG[a] + LOG[b]]
}

function divide(a: number, b: number): number {
  return a === 0 ? 0 : EXP[LOG[a] + 255 - LOG[b]]
}
