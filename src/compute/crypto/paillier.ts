/**
 * Paillier encryption of single numbers: sums of ciphertexts are ciphertexts of sums.
 *
 * A message is a number in `0 … n − 1`; `toSigned` and `toResidue` map it to and from `−n/2 … n/2`. The ciphertext
 * of m is `(1 + m·n) · hs^r mod n²` with a random 512-bit `r` (sources in `paillier-key.ts`). Damgård, Jurik and
 * Nielsen prove the hiding for exponents of half the modulus; shorter ones, 512 bits here, rest on the usual
 * assumption that discrete logarithms with exponents of twice the security level stay hard (T. Koshiba, K. Kurosawa,
 * "Short exponent Diffie–Hellman problems", PKC 2004): generic attacks take about 2^256 steps.
 *
 * This is the readable form on `bigint`, which is not constant time; `cipher-vector.ts` does the same in bulk.
 *
 * **Hazard.** Operations without fresh randomness (`add`, `addPlain`, `multiplyPlain`) keep whatever the maker of the
 * input knows about its randomness: he can recognise his own ciphertext and try out scalars. `rerandomise` what goes
 * back to him.
 * @module
 */
import { modInverse, modPow, modulo } from './modular.ts'
import type { PublicKey, SecretKey } from './paillier-key.ts'
import { randomBits, type RandomBytes, randomBytes } from './random.ts'

/** Bytes of the random exponent of a ciphertext: 512 bits. */
export const EXPONENT_BYTES = 64

/** The residue in `0 … n − 1` that stands for a signed `value`. Throws RangeError unless `|value| < n/3`. */
export function toResidue(value: bigint, n: bigint): bigint {
  if (3n * (value < 0n ? -value : value) >= n) {
    throw new RangeError('toResidue: the value is not below n/3 in magnitude; scale it down')
  }
  return modulo(value, n)
}

/**
 * The signed number that a residue stands for. Throws RangeError for the middle third of the residues, which only a
 * sum that ran over can reach.
 */
export function toSigned(residue: bigint, n: bigint): bigint {
  if (3n * residue < n) return residue
  if (3n * (n - residue) < n) return residue - n
  throw new RangeError('toSigned: the value ran over: it is not below n/3 in magnitude')
}

/** A ciphertext of `message`, `0 ≤ message < n`; a different one every time. */
export function encrypt(key: PublicKey, message: bigint, random?: RandomBytes): bigint {
  checkMessage(message, key, 'encrypt')
  return rerandomise(key, encryptWithoutRandomness(key, message), random)
}

/** `1 + message·n`: a valid ciphertext that hides nothing until it is multiplied by randomness. */
export function encryptWithoutRandomness(key: PublicKey, message: bigint): bigint {
  return 1n + message * key.n
}

/** The message of `ciphertext`, by the Chinese remainder theorem (Paillier 1999, section 7). */
export function decrypt(key: SecretKey, ciphertext: bigint): bigint {
  checkCiphertext(ciphertext, key.publicKey, 'decrypt')
  const { p, q } = key
  return decryptPowers(decryptionTable(key), [
    modPow(ciphertext % (p * p), p - 1n, p * p),
    modPow(ciphertext % (q * q), q - 1n, q * q),
  ])
}

/** What decryption needs from a key besides its primes. */
export interface DecryptionTable {
  readonly p: bigint
  readonly q: bigint
  readonly hp: bigint
  readonly hq: bigint
  readonly qInverse: bigint
}

/** Works out the numbers that every decryption under `key` shares. */
export function decryptionTable({ p, q }: SecretKey): DecryptionTable {
  return {
    p,
    q,
    // L_p((1 + n)^(p−1) mod p²) = (p − 1)·q = −q mod p, as g = 1 + n.
    hp: modInverse(modulo(-q, p), p),
    hq: modInverse(modulo(-p, q), q),
    qInverse: modInverse(q, p),
  }
}

/** The message, from `c^(p−1) mod p²` and `c^(q−1) mod q²`. */
export function decryptPowers(table: DecryptionTable, [cp, cq]: [bigint, bigint]): bigint {
  const { p, q, hp, hq, qInverse } = table
  const mp = (((cp - 1n) / p) * hp) % p
  const mq = (((cq - 1n) / q) * hq) % q
  return mq + q * modulo((mp - mq) * qInverse, p)
}

/** A ciphertext of the sum of both messages mod n. */
export function add(key: PublicKey, a: bigint, b: bigint): bigint {
  checkCiphertext(a, key, 'add')
  checkCiphertext(b, key, 'add')
  return (a * b) % (key.n * key.n)
}

/** A ciphertext of the message plus `message`, `0 ≤ message < n`, mod n. */
export function addPlain(key: PublicKey, ciphertext: bigint, message: bigint): bigint {
  checkCiphertext(ciphertext, key, 'addPlain')
  checkMessage(message, key, 'addPlain')
  return (ciphertext * encryptWithoutRandomness(key, message)) % (key.n * key.n)
}

/** A ciphertext of the message times `scalar` mod n; the scalar may be negative, `|scalar| < n`. */
export function multiplyPlain(key: PublicKey, ciphertext: bigint, scalar: bigint): bigint {
  checkCiphertext(ciphertext, key, 'multiplyPlain')
  const magnitude = scalar < 0n ? -scalar : scalar
  checkMessage(magnitude, key, 'multiplyPlain')
  const square = key.n * key.n
  // Dividing costs less than an exponent of the size of n, which −scalar mod n would be.
  const base = scalar < 0n ? modInverse(ciphertext, square) : ciphertext
  return modPow(base, magnitude, square)
}

/** Another ciphertext of the same message: without the secret key nobody can tell that they belong together. */
export function rerandomise(
  key: PublicKey,
  ciphertext: bigint,
  random: RandomBytes = randomBytes,
): bigint {
  checkCiphertext(ciphertext, key, 'rerandomise')
  const square = key.n * key.n
  return (ciphertext * modPow(key.hs, randomBits(8 * EXPONENT_BYTES, random), square)) % square
}

function checkMessage(message: bigint, key: PublicKey, verb: string): void {
  if (message < 0n || message >= key.n) {
    const found = message < 0n ? 'a negative one' : 'one of n or more'
    throw new RangeError(`${verb}: expected 0 <= message < n, got ${found}`)
  }
}

function checkCiphertext(ciphertext: bigint, key: PublicKey, verb: string): void {
  if (ciphertext <= 0n || ciphertext >= key.n * key.n) {
    throw new RangeError(`${verb}: expected a ciphertext with 0 < c < n²`)
  }
}
