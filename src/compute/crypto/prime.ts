/**
 * Random primes for keys: trial division, then Miller–Rabin.
 *
 * Source: FIPS 186-5, appendices A.1.3 (random probable primes), B.3.1 (Miller–Rabin) and table B.1 (rounds).
 * @module
 */
import { bitLength, modPow } from './modular.ts'
import { randomBelow, randomBits, type RandomBytes, randomBytes } from './random.ts'

/**
 * How many rounds of Miller–Rabin a random candidate of `bits` bits gets: table B.1 of FIPS 186-5 (error below 2^−112
 * at 1024 bits, 2^−128 at 1536, 2^−144 at 2048). Smaller ones, which the standard leaves out, get 40, whose bound of
 * 4^−40 holds for any candidate.
 */
export function millerRabinRounds(bits: number): number {
  if (bits >= 1536) return 4
  return bits >= 1024 ? 5 : 40
}

/**
 * Whether `value` is prime; a composite passes with probability at most `4^−rounds` even when someone chose it.
 * For numbers from elsewhere leave `rounds` at 64.
 */
export function isProbablePrime(
  value: bigint,
  options: { rounds?: number; random?: RandomBytes } = {},
): boolean {
  if (value < 2n) return false
  for (const prime of SMALL_PRIMES) {
    if (value === prime) return true
    if (value % prime === 0n) return false
  }
  return passesMillerRabin(value, options.rounds ?? 64, options.random ?? randomBytes)
}

/**
 * A random prime of exactly `bits ≥ 16` bits whose two top bits are set, so that the product of two has `2 · bits`
 * bits; `accept` may refuse candidates before the costly test (for example those that are not 3 mod 4).
 */
export function randomPrime(
  bits: number,
  options: { random?: RandomBytes; accept?: (candidate: bigint) => boolean } = {},
): bigint {
  if (!Number.isInteger(bits) || bits < 16) {
    throw new RangeError(`randomPrime: expected at least 16 bits, got ${bits}`)
  }
  const random = options.random ?? randomBytes
  const rounds = millerRabinRounds(bits)
  const top = 3n << BigInt(bits - 2)
  for (;;) {
    const candidate = randomBits(bits, random) | top | 1n
    if (options.accept !== undefined && !options.accept(candidate)) continue
    if (isProbablePrime(candidate, { rounds, random })) return candidate
  }
}

/**
 * Two primes of `bits / 2` bits each for a modulus of exactly `bits` bits, further apart than `2^(bits/2 − 100)`
 * (FIPS 186-5, A.1.3 step 5.4), so that Fermat's method cannot find them.
 */
export function randomPrimePair(
  bits: number,
  options: { random?: RandomBytes; accept?: (candidate: bigint) => boolean } = {},
): [bigint, bigint] {
  const half = bits / 2
  if (!Number.isInteger(half) || half < 128) {
    throw new RangeError(`randomPrimePair: expected an even number of bits from 256, got ${bits}`)
  }
  const p = randomPrime(half, options)
  for (;;) {
    const q = randomPrime(half, options)
    const distance = p > q ? p - q : q - p
    if (bitLength(distance) > half - 100) return p > q ? [p, q] : [q, p]
  }
}

function passesMillerRabin(value: bigint, rounds: number, random: RandomBytes): boolean {
  const minusOne = value - 1n
  let odd = minusOne
  let halvings = 0
  while ((odd & 1n) === 0n) {
    odd >>= 1n
    halvings++
  }
  for (let round = 0; round < rounds; round++) {
    const base = 2n + randomBelow(value - 3n, random)
    let x = modPow(base, odd, value)
    if (x === 1n || x === minusOne) continue
    let composite = true
    for (let i = 1; i < halvings && composite; i++) {
      x = (x * x) % value
      composite = x !== minusOne
    }
    if (composite) return false
  }
  return true
}

/** The primes below 2,000: they sift out 85 % of odd candidates, which costs less than one round. */
const SMALL_PRIMES: readonly bigint[] = sieve(2000)

function sieve(limit: number): bigint[] {
  const composite = new Uint8Array(limit)
  const primes = []
  for (let i = 2; i < limit; i++) {
    if (composite[i] === 1) continue
    primes.push(BigInt(i))
    for (let j = i * i; j < limit; j += i) composite[j] = 1
  }
  return primes
}
