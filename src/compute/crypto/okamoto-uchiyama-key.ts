/**
 * Okamoto–Uchiyama keys: generation, checks, and their form as bytes.
 *
 * Source: T. Okamoto, S. Uchiyama, "A new public-key cryptosystem as secure as factoring", EUROCRYPT 1998: `n = p²·q`,
 * `g` with an order mod p² that p divides, `h = g^n mod n`. Inverting is as hard as factoring n; hiding rests on the
 * p-subgroup assumption of that paper. `p` and `q` have a third of the bits of n each: 683 at 2048 bits and 1024 at 3072 bits, out of
 * reach of the elliptic curve method, whose record is a factor of 83 digits (276 bits).
 *
 * With `subgroupBits` p − 1 has a prime factor t of so many bits and g has the order p·t mod p², so that decryption
 * raises to t instead of p − 1: J.-S. Coron, D. Naccache, P. Paillier, "Accelerating Okamoto–Uchiyama public-key
 * cryptosystem", Electronics Letters 35 (1999). Its further assumption is that g does not help to find p; as collisions
 * among powers of g mod p appear after about √t of them, t has twice the bits of the security wanted, 256 at least
 * (the paper took 160). Without the option, the exponent is p − 1 and nothing is assumed beyond the first paper. Such keys
 * get a q whose q − 1 has known factors, and a g that generates all units mod q: encryption with the secret key then has
 * the very distribution of the paper's (`okamoto-uchiyama.ts`), instead of an assumption of its own.
 *
 * **Chosen messages.** Decryption gives m mod p. Who encrypts an m of p or more and sees the answer a learns m − a, a multiple
 * of p, and gcd(m − a, n) is the key: the paper shows by this very step that inverting is as hard as factoring, and it
 * is a chosen-ciphertext attack as well. Therefore messages are below `ouLimit`, 2^128 times less than what p has room
 * for, and decryption refuses every other residue. For a given m the refused ones are all but [kp − L, kp + L] around a
 * multiple kp, with L = 2^(bits(p) − 130): p would have to lie in one of the intervals of length 2L/k around m/k. Over the
 * p of that size their share is below 2^-126 (one k and half of the range, or many k whose intervals add up to 2L·ln 2):
 * an m that passes is found by chance, or by who has an approximate divisor of n to 128 bits, for which no way is known
 * that does not factor n. The same holds for
 * sums and differences, which are messages like others, and for messages below 0, which are residues close to p. What passes although it is of p or more in
 * the integers, as multiples of n, gives away nothing: m − a is then a multiple of n, whose gcd with n is n. That a
 * message is refused says that it was not below L, which its maker knew: one bit a key, as what is refused ends an
 * attempt, and the next has another key.
 *
 * What is left is ciphertexts of messages that the asker does not know. Their sums below L are opened as any others, so
 * that a key is to open things for who may see them, under masks that cover them (`masked-opening.ts`).
 * @module
 */
import { bigintToBytes, bytesToBigint } from './bytes.ts'
import { bitLength, gcd, modInverse, modPow, modulo } from './modular.ts'
import { isProbablePrime, millerRabinRounds, randomPrime } from './prime.ts'
import { randomBelow, randomBits, type RandomBytes, randomBytes, randomUnit } from './random.ts'

/** The key anyone may encrypt with. */
export interface OuPublicKey {
  readonly scheme: 'okamoto-uchiyama'
  /** The bits of `n`; a multiple of 16. */
  readonly bits: number
  readonly n: bigint
  readonly g: bigint
  /** `g^n mod n`: its powers are the randomness of a ciphertext. */
  readonly h: bigint
}

/** The key that decrypts: the factors of `n = p²·q`, and the order of g mod p: p − 1 or a prime factor of it. */
export interface OuSecretKey {
  readonly publicKey: OuPublicKey
  readonly p: bigint
  readonly q: bigint
  readonly order: bigint
}

/** The bits of p for a modulus of `bits` bits. */
export function ouPrimeBits(bits: number): number {
  return Math.ceil(bits / 3)
}

/** What the plaintexts of a key have room for: a quarter of 2^bits(p), as they may be negative. */
export function ouRange(bits: number): bigint {
  return 1n << BigInt(ouPrimeBits(bits) - 2)
}

/**
 * Messages are below this in magnitude, by 128 bits less than `ouRange`: what ran over p, or was made to, is noticed but
 * for 2^-126.
 */
export function ouLimit(bits: number): bigint {
  return ouRange(bits) >> BigInt(OU_SLACK)
}

/** By how many bits a message is shorter than what the plaintexts of a key have room for. */
export const OU_SLACK = 128

/**
 * A fresh key of `bits` bits, 2048 unless said otherwise. Fewer than 2048 need `allowSmall`; fewer than 1024 are
 * refused. `subgroupBits`, 256 or more, makes decryption faster for a further assumption (see above).
 */
export function generateOuKey(
  options: {
    bits?: number
    subgroupBits?: number
    allowSmall?: boolean
    random?: RandomBytes
  } = {},
): OuSecretKey {
  const { bits = 2048, subgroupBits, random = randomBytes } = options
  checkBits(bits, 'generateOuKey')
  if (bits < 2048 && options.allowSmall !== true) {
    throw new RangeError(
      `generateOuKey: ${bits} bits are too few for real data; use 2048, or set allowSmall for a trial`,
    )
  }
  const size = ouPrimeBits(bits)
  if (subgroupBits !== undefined && !(subgroupBits >= LEAST_ORDER && subgroupBits <= size - 64)) {
    throw new RangeError(
      `generateOuKey: expected subgroupBits of ${LEAST_ORDER} to ${size - 64}, got ${subgroupBits}`,
    )
  }
  if (subgroupBits !== undefined) return subgroupKey({ bits, size, subgroupBits }, random)
  const p = randomPrime(size, { random })
  for (;;) {
    const q = randomPrime(bits - 2 * size, { random })
    const n = p * p * q
    if (bitLength(n) !== bits || gcd(n, (p - 1n) * (q - 1n)) !== 1n) continue
    const key = keyOf({ bits, p, q, order: p - 1n, g: randomUnit(n, random) })
    if (generates(key)) return key
  }
}

/** A public key as bytes: version 1, kind 4, the bits, `n`, `g`, `h`; all big-endian. */
export function ouPublicKeyToBytes(key: OuPublicKey): Uint8Array {
  const width = key.bits / 8
  return join(OU_PUBLIC, key.bits, [key.n, key.g, key.h], [width, width, width])
}

/** The public key in `bytes`, checked as far as the public numbers allow. Throws RangeError naming what is wrong. */
export function ouPublicKeyFromBytes(bytes: Uint8Array): OuPublicKey {
  const bits = headerBits(bytes, OU_PUBLIC, 'public key')
  const width = bits / 8
  const [n, g, h] = split(bytes, [width, width, width], 'public key')
  const key: OuPublicKey = { scheme, bits, n, g, h }
  return checkPublic(key)
}

/** A secret key as bytes: version 1, kind 5, the bits, `p`, `q`, the order, `g`, `h`; all big-endian. */
export function ouSecretKeyToBytes(key: OuSecretKey): Uint8Array {
  const { bits, g, h } = key.publicKey
  return join(OU_SECRET, bits, [key.p, key.q, key.order, g, h], secretWidths(bits))
}

/** The secret key in `bytes`; tests its primes unless `trusted`. Throws RangeError naming what is wrong. */
export function ouSecretKeyFromBytes(
  bytes: Uint8Array,
  options: { trusted?: boolean } = {},
): OuSecretKey {
  const bits = headerBits(bytes, OU_SECRET, 'secret key')
  const [p, q, order, g, h] = split(bytes, secretWidths(bits), 'secret key')
  const key: OuSecretKey = { publicKey: { scheme, bits, n: p * p * q, g, h }, p, q, order }
  if (options.trusted === true) return key
  checkPublic(key.publicKey)
  if (bitLength(p) !== ouPrimeBits(bits) || !isProbablePrime(p) || !isProbablePrime(q)) {
    throw new RangeError('secret key: p or q is not a prime of its size')
  }
  if (order < 1n || (p - 1n) % order !== 0n || gcd(key.publicKey.n, (p - 1n) * (q - 1n)) !== 1n) {
    throw new RangeError('secret key: the order does not divide p − 1, or p and q do not fit')
  }
  if (!generates(key)) throw new RangeError('secret key: g has not the order that it should have')
  return key
}

/** The kind byte of a public and of a secret key (Paillier has 1 and 2). */
export const OU_PUBLIC = 4
/** The kind byte of a secret key. */
export const OU_SECRET = 5

const scheme = 'okamoto-uchiyama'
const LEAST_ORDER = 256
/** Bits of q that are left beside the large prime factor of q − 1. */
const COFACTOR_BITS = 33

function keyOf(parts: {
  bits: number
  p: bigint
  q: bigint
  order: bigint
  g: bigint
}): OuSecretKey {
  const { bits, p, q, order, g } = parts
  const n = p * p * q
  return { publicKey: { scheme, bits, n, g, h: modPow(g, n, n) }, p, q, order }
}

/** A key whose g has a short order mod p and generates all units mod q. */
function subgroupKey(
  { bits, size, subgroupBits }: { bits: number; size: number; subgroupBits: number },
  random: RandomBytes,
): OuSecretKey {
  const [p, order] = subgroupPrime(size, subgroupBits, random)
  for (;;) {
    const { q, factors } = factoredPrime(bits - 2 * size, random)
    const n = p * p * q
    if (bitLength(n) !== bits || gcd(n * order, q - 1n) !== 1n || gcd(n, p - 1n) !== 1n) continue
    for (;;) {
      // A power would generate less mod q where the cofactor and q − 1 have a common factor: mod q it stays as drawn.
      const unit = randomUnit(n, random)
      const p2 = p * p
      const short = modPow(unit, (p - 1n) / order, p2)
      const g = short + p2 * modulo((unit - short) * modInverse(p2, q), q)
      if (factors.some((factor) => modPow(g, (q - 1n) / factor, q) === 1n)) continue
      const key = keyOf({ bits, p, q, order, g })
      if (generates(key)) return key
    }
  }
}

/** A random prime q of `bits` bits, the two highest set, with the prime factors of q − 1: one is large. */
function factoredPrime(bits: number, random: RandomBytes): { q: bigint; factors: bigint[] } {
  const rounds = millerRabinRounds(bits)
  const least = 3n << BigInt(bits - 2)
  for (;;) {
    const large = randomPrime(bits - COFACTOR_BITS, { random })
    const first = least / (2n * large) + 1n
    const count = (1n << BigInt(bits)) / (2n * large) - first
    // About 1 in 200 is prime; after many without luck another large factor is as good.
    for (let tries = 0; tries < 4000; tries++) {
      const cofactor = first + randomBelow(count, random)
      const q = 2n * cofactor * large + 1n
      if (!isProbablePrime(q, { rounds, random })) continue
      return { q, factors: [...new Set([2n, large, ...smallFactors(cofactor)])] }
    }
  }
}

/** The prime factors of a number of about 32 bits. */
function smallFactors(value: bigint): bigint[] {
  const factors: bigint[] = []
  let rest = Number(value)
  for (let factor = 2; factor * factor <= rest; factor++) {
    while (rest % factor === 0) {
      factors.push(BigInt(factor))
      rest /= factor
    }
  }
  return rest > 1 ? [...factors, BigInt(rest)] : factors
}

/** A prime p of `bits` bits whose p − 1 is a multiple of a random prime t of `orderBits` bits. */
function subgroupPrime(
  bits: number,
  orderBits: number,
  random: RandomBytes,
): [p: bigint, order: bigint] {
  const t = randomPrime(orderBits, { random })
  const rounds = millerRabinRounds(bits)
  const least = 3n << BigInt(bits - 2)
  for (;;) {
    const start = least | randomBits(bits - 2, random)
    const p = start - (start % (2n * t)) + 1n
    if (p > least && isProbablePrime(p, { rounds, random })) return [p, t]
  }
}

/** Whether g^order is 1 mod p but not mod p², and g mod p is not 1, which would give p away. */
function generates({ publicKey: { g }, p, order }: OuSecretKey): boolean {
  const power = modPow(g, order, p * p)
  return power % p === 1n && power !== 1n && g % p !== 1n
}

function checkPublic(key: OuPublicKey): OuPublicKey {
  const { n, g, h, bits } = key
  if (bitLength(n) !== bits || (n & 1n) === 0n) {
    throw new RangeError(`public key: n is not an odd number of ${bits} bits`)
  }
  for (const [name, value] of [
    ['g', g],
    ['h', h],
  ] as const) {
    if (value <= 1n || value >= n || gcd(value, n) !== 1n) {
      throw new RangeError(`public key: ${name} is not between 1 and n without a common factor`)
    }
  }
  if (modPow(g, n, n) !== h) throw new RangeError('public key: h is not g^n mod n')
  return key
}

function checkBits(bits: number, what: string): void {
  if (!Number.isInteger(bits) || bits % 16 !== 0 || bits < 1024 || bits > 8192) {
    throw new RangeError(
      `${what}: expected bits to be a multiple of 16 from 1024 to 8192, got ${bits}`,
    )
  }
}

function secretWidths(bits: number): number[] {
  const prime = Math.ceil(ouPrimeBits(bits) / 8)
  return [prime, prime, prime, bits / 8, bits / 8]
}

function headerBits(bytes: Uint8Array, kind: number, what: string): number {
  if (bytes.length < 4 || bytes[0] !== 1 || bytes[1] !== kind) {
    throw new RangeError(
      `${what}: these bytes do not start as an Okamoto–Uchiyama ${what} of version 1 does`,
    )
  }
  const bits = bytes[2] * 256 + bytes[3]
  checkBits(bits, what)
  return bits
}

function join(kind: number, bits: number, values: bigint[], widths: number[]): Uint8Array {
  const bytes = new Uint8Array(4 + widths.reduce((sum, width) => sum + width, 0))
  bytes.set([1, kind, bits >> 8, bits & 255])
  let at = 4
  values.forEach((value, i) => {
    bytes.set(bigintToBytes(value, widths[i]), at)
    at += widths[i]
  })
  return bytes
}

function split(bytes: Uint8Array, widths: number[], what: string): bigint[] {
  const expected = 4 + widths.reduce((sum, width) => sum + width, 0)
  if (bytes.length !== expected) {
    throw new RangeError(`${what}: expected ${expected} bytes, got ${bytes.length}`)
  }
  let at = 4
  return widths.map((width) => bytesToBigint(bytes.subarray(at, (at += width))))
}
