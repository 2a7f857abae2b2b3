/**
 * Random numbers for cryptography. The source is handed in, so that tests can repeat a run; the default is WebCrypto.
 * @module
 */
import { bytesToBigint } from './bytes.ts'
import { bitLength, gcd } from './modular.ts'

/** Gives `length` bytes that nobody can predict. */
export type RandomBytes = (length: number) => Uint8Array

/** Bytes of the runtime's cryptographic generator. */
export function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  // getRandomValues refuses more than 65,536 bytes a call.
  for (let i = 0; i < length; i += 65536) crypto.getRandomValues(bytes.subarray(i, i + 65536))
  return bytes
}

/** A uniform number of at most `bits` bits. */
export function randomBits(bits: number, random: RandomBytes = randomBytes): bigint {
  const bytes = random(Math.ceil(bits / 8))
  if (bits % 8 > 0) bytes[0] &= (1 << (bits % 8)) - 1
  return bytesToBigint(bytes)
}

/** A uniform number in `0 … bound − 1`, by rejection: fewer than two draws on average. */
export function randomBelow(bound: bigint, random: RandomBytes = randomBytes): bigint {
  if (bound < 1n) throw new RangeError(`randomBelow: expected a bound >= 1, got ${bound}`)
  const bits = bitLength(bound - 1n)
  for (;;) {
    const value = randomBits(bits, random)
    if (value < bound) return value
  }
}

/** A uniform number in `1 … modulus − 1` that has no common factor with `modulus`. */
export function randomUnit(modulus: bigint, random: RandomBytes = randomBytes): bigint {
  for (;;) {
    const value = randomBelow(modulus, random)
    if (value > 0n && gcd(value, modulus) === 1n) return value
  }
}
