/**
 * Paillier keys: generation, checks, and their forms as bytes and JSON.
 *
 * Sources: P. Paillier, "Public-key cryptosystems based on composite degree residuosity classes", EUROCRYPT 1999, with
 * g = n + 1; the short-exponent randomness of I. Damgård, M. Jurik, J. B. Nielsen, "A generalization of Paillier's
 * public-key system with applications to electronic voting", Int. J. Inf. Secur. 9 (2010), section 4.2.
 * @module
 */
import { bigintToBytes, bytesToBigint } from './bytes.ts'
import { bitLength, gcd, modPow, modulo } from './modular.ts'
import { isProbablePrime, randomPrimePair } from './prime.ts'
import { type RandomBytes, randomBytes, randomUnit } from './random.ts'

/** The key anyone may encrypt with. */
export interface PublicKey {
  readonly scheme: 'paillier'
  /** The bits of `n`; a multiple of 16. */
  readonly bits: number
  readonly n: bigint
  /** `h^n mod n²` with `h = −x² mod n`: its powers are the randomness of a ciphertext. */
  readonly hs: bigint
}

/** The key that decrypts: the factors of `n`, `p > q`. */
export interface SecretKey {
  readonly publicKey: PublicKey
  readonly p: bigint
  readonly q: bigint
}

/** A public key as JSON; numbers are lower-case hexadecimal. */
export interface PublicKeyJson {
  readonly scheme: 'paillier'
  readonly bits: number
  readonly n: string
  readonly hs: string
}

/** A secret key as JSON; numbers are lower-case hexadecimal. */
export interface SecretKeyJson extends PublicKeyJson {
  readonly p: string
  readonly q: string
}

/** The bits of a key when nobody says otherwise: about 112 bits of security (NIST SP 800-57 part 1, table 2). */
export const DEFAULT_KEY_BITS = 2048
/** Below this a key is refused whatever the caller allows. */
export const LEAST_KEY_BITS = 1024
/** Above this a key is refused: one from a peer must not keep a core busy for hours. */
export const MOST_KEY_BITS = 8192

/**
 * A fresh key of `bits` bits. Fewer than 2048 need `allowSmall`; fewer than 1024 are refused. The primes are
 * 3 mod 4 and their `p − 1` share no factor but 2, as the short-exponent randomness wants it.
 */
export function generateKey(
  options: { bits?: number; allowSmall?: boolean; random?: RandomBytes } = {},
): SecretKey {
  const bits = options.bits ?? DEFAULT_KEY_BITS
  checkBits(bits, 'generateKey')
  if (bits < DEFAULT_KEY_BITS && options.allowSmall !== true) {
    throw new RangeError(
      `generateKey: ${bits} bits are too few for real data; use ${DEFAULT_KEY_BITS}, or set allowSmall for a trial`,
    )
  }
  const random = options.random ?? randomBytes
  for (;;) {
    const [p, q] = randomPrimePair(bits, { random, accept: (prime) => (prime & 3n) === 3n })
    if (gcd(p - 1n, q - 1n) !== 2n) continue
    const n = p * q
    const x = randomUnit(n, random)
    const hs = modPow(modulo(-x * x, n), n, n * n)
    return { publicKey: { scheme: 'paillier', bits, n, hs }, p, q }
  }
}

/** A public key as bytes: version 1, kind 1, the bits, `n`, `hs`; all big-endian. */
export function publicKeyToBytes(key: PublicKey): Uint8Array {
  const bytes = new Uint8Array(4 + (3 * key.bits) / 8)
  bytes.set([1, PUBLIC, key.bits >> 8, key.bits & 255])
  bytes.set(bigintToBytes(key.n, key.bits / 8), 4)
  bytes.set(bigintToBytes(key.hs, key.bits / 4), 4 + key.bits / 8)
  return bytes
}

/** The public key in `bytes`, checked as far as the public numbers allow. Throws RangeError naming what is wrong. */
export function publicKeyFromBytes(bytes: Uint8Array): PublicKey {
  const bits = readHeader(bytes, { kind: PUBLIC, eighths: 3, what: 'public key' })
  return checkPublicKey({
    scheme: 'paillier',
    bits,
    n: bytesToBigint(bytes.subarray(4, 4 + bits / 8)),
    hs: bytesToBigint(bytes.subarray(4 + bits / 8)),
  })
}

/** A secret key as bytes: version 1, kind 2, the bits, `p`, `q`, `hs`; all big-endian. */
export function secretKeyToBytes(key: SecretKey): Uint8Array {
  const { bits, hs } = key.publicKey
  const bytes = new Uint8Array(4 + (3 * bits) / 8)
  bytes.set([1, SECRET, bits >> 8, bits & 255])
  bytes.set(bigintToBytes(key.p, bits / 16), 4)
  bytes.set(bigintToBytes(key.q, bits / 16), 4 + bits / 16)
  bytes.set(bigintToBytes(hs, bits / 4), 4 + bits / 8)
  return bytes
}

/** The secret key in `bytes`; tests its primes unless `trusted`. Throws RangeError naming what is wrong. */
export function secretKeyFromBytes(
  bytes: Uint8Array,
  options: { trusted?: boolean } = {},
): SecretKey {
  const bits = readHeader(bytes, { kind: SECRET, eighths: 3, what: 'secret key' })
  const p = bytesToBigint(bytes.subarray(4, 4 + bits / 16))
  const q = bytesToBigint(bytes.subarray(4 + bits / 16, 4 + bits / 8))
  const hs = bytesToBigint(bytes.subarray(4 + bits / 8))
  const key: SecretKey = { publicKey: { scheme: 'paillier', bits, n: p * q, hs }, p, q }
  return options.trusted === true ? key : checkSecretKey(key)
}

/** A public key as JSON. */
export function publicKeyToJson(key: PublicKey): PublicKeyJson {
  return { scheme: 'paillier', bits: key.bits, n: key.n.toString(16), hs: key.hs.toString(16) }
}

/** The public key in `json`, checked. Throws RangeError naming what is wrong. */
export function publicKeyFromJson(json: PublicKeyJson): PublicKey {
  if (json.scheme !== 'paillier') {
    throw new RangeError(
      `public key: expected the scheme "paillier", got ${JSON.stringify(json.scheme)}`,
    )
  }
  return checkPublicKey({
    scheme: 'paillier',
    bits: json.bits,
    n: fromHex(json.n, 'n'),
    hs: fromHex(json.hs, 'hs'),
  })
}

/** A secret key as JSON. */
export function secretKeyToJson(key: SecretKey): SecretKeyJson {
  return { ...publicKeyToJson(key.publicKey), p: key.p.toString(16), q: key.q.toString(16) }
}

/** The secret key in `json`, checked. Throws RangeError naming what is wrong. */
export function secretKeyFromJson(json: SecretKeyJson): SecretKey {
  const publicKey = publicKeyFromJson(json)
  return checkSecretKey({ publicKey, p: fromHex(json.p, 'p'), q: fromHex(json.q, 'q') })
}

const PUBLIC = 1
const SECRET = 2

function readHeader(
  bytes: Uint8Array,
  { kind, eighths, what }: { kind: number; eighths: number; what: string },
): number {
  if (bytes.length < 4 || bytes[0] !== 1 || bytes[1] !== kind) {
    throw new RangeError(
      `${what}: these bytes do not start as a Paillier ${what} of version 1 does`,
    )
  }
  const bits = bytes[2] * 256 + bytes[3]
  checkBits(bits, what)
  const expected = 4 + (eighths * bits) / 8
  if (bytes.length !== expected) {
    throw new RangeError(
      `${what}: expected ${expected} bytes for ${bits} bits, got ${bytes.length}`,
    )
  }
  return bits
}

function checkBits(bits: number, what: string): void {
  if (!Number.isInteger(bits) || bits % 16 !== 0 || bits > MOST_KEY_BITS) {
    throw new RangeError(
      `${what}: expected bits to be a multiple of 16 up to ${MOST_KEY_BITS}, got ${bits}`,
    )
  }
  if (bits < LEAST_KEY_BITS) {
    throw new RangeError(`${what}: a key needs at least ${LEAST_KEY_BITS} bits, got ${bits}`)
  }
}

function checkPublicKey(key: PublicKey): PublicKey {
  checkBits(key.bits, 'public key')
  if (bitLength(key.n) !== key.bits) {
    throw new RangeError(`public key: n has ${bitLength(key.n)} bits instead of ${key.bits}`)
  }
  if ((key.n & 1n) === 0n) throw new RangeError('public key: n is even')
  if (key.hs <= 1n || key.hs >= key.n * key.n) {
    throw new RangeError('public key: hs is not between 1 and n²')
  }
  if (gcd(key.hs, key.n) !== 1n) throw new RangeError('public key: hs and n have a common factor')
  return key
}

function checkSecretKey(key: SecretKey): SecretKey {
  checkPublicKey(key.publicKey)
  if (key.p * key.q !== key.publicKey.n || key.p <= key.q) {
    throw new RangeError('secret key: p and q are not the factors of n with p > q')
  }
  if (!isProbablePrime(key.p) || !isProbablePrime(key.q)) {
    throw new RangeError('secret key: p or q is not prime')
  }
  // Otherwise some ciphertexts would decrypt to nothing.
  if (gcd(key.publicKey.n, (key.p - 1n) * (key.q - 1n)) !== 1n) {
    throw new RangeError('secret key: n and (p − 1)(q − 1) have a common factor')
  }
  return key
}

function fromHex(text: string, field: string): bigint {
  if (typeof text !== 'string' || !/^[0-9a-f]{1,8192}$/.test(text)) {
    throw new RangeError(`key: ${field} is not a hexadecimal number`)
  }
  return BigInt(`0x${text}`)
}
