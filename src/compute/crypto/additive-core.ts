/**
 * What an additive scheme is to the bulk operations: how a message becomes a ciphertext and back. Everything else is
 * multiplication of ciphertexts, the same for all schemes.
 *
 * A core belongs to one key and one thread, with its tables (1 to 11 MB); the four keys used last are kept.
 * @module
 */
import { createRing } from '../kernel/load.ts'
import type { FixedBase, Ring } from '../kernel/ring.ts'
import { bytesToBigint, fromRows, toRows } from './bytes.ts'
import { bitLength, modInverse, modPow, modulo } from './modular.ts'
import {
  OU_PUBLIC,
  OU_SECRET,
  ouLimit,
  type OuPublicKey,
  ouPublicKeyFromBytes,
  ouRange,
  type OuSecretKey,
  ouSecretKeyFromBytes,
} from './okamoto-uchiyama-key.ts'
import {
  OU_EXPONENT_BYTES,
  ouOpen,
  ouResidue,
  ouSecretExponents,
  ouTable,
} from './okamoto-uchiyama.ts'
import {
  type PublicKey,
  publicKeyFromBytes,
  type SecretKey,
  secretKeyFromBytes,
} from './paillier-key.ts'
import {
  decryptionTable,
  decryptPowers,
  encryptWithoutRandomness,
  EXPONENT_BYTES,
  toSigned,
} from './paillier.ts'
import type { RandomBytes } from './random.ts'

/** Work with the public key. */
export interface PublicCore {
  /** Arithmetic of ciphertexts: modulo n², or n. */
  readonly ring: Ring
  /** Messages are below this in magnitude, and so must every sum be. */
  readonly limit: bigint
  /** What `decryptWide` gives back is below this in magnitude. */
  readonly range: bigint
  /** The modulus of the key, with which every ciphertext has no common factor. */
  readonly n: bigint
  /** Ciphertexts that hide nothing: to be randomised, or multiplied into something that is. */
  embed(messages: readonly bigint[]): Uint8Array
  /** Other ciphertexts of the same messages. */
  randomise(rows: Uint8Array, random: RandomBytes): Uint8Array
  /** What `randomise` multiplies by: `base` to the power of so many random bytes. */
  readonly randomness: { readonly base: bigint; readonly bytes: number }
}

/** Work with the secret key. */
export interface SecretCore {
  /** As `embed` and `randomise` together, in about half the time. */
  encrypt(messages: readonly bigint[], random: RandomBytes): Uint8Array
  /** The messages. Throws RangeError for what is no ciphertext of the key and for what ran over. */
  decrypt(rows: Uint8Array): bigint[]
  /**
   * As `decrypt`, of sums whose form tells whether they ran over, which the caller checks: under Okamoto–Uchiyama of the 128
   * bits too that other messages leave free.
   */
  decryptWide(rows: Uint8Array): bigint[]
}

/** The core of a public key's bytes. */
export function publicCore(key: Uint8Array): PublicCore {
  return remembered(publicCores, key, () =>
    key[1] === OU_PUBLIC
      ? ouPublicCore(ouPublicKeyFromBytes(key))
      : paillierPublicCore(publicKeyFromBytes(key)),
  )
}

/** Bits of the modulus of ciphertexts under the public key in `key`, without opening it. */
export function cipherBits(key: Uint8Array): number {
  return (256 * key[2] + key[3]) * (key[1] === OU_PUBLIC ? 1 : 2)
}

/** The core of a secret key's bytes, which the caller has checked. */
export function secretCore(key: Uint8Array): SecretCore {
  return remembered(secretCores, key, () =>
    key[1] === OU_SECRET
      ? ouSecretCore(ouSecretKeyFromBytes(key, { trusted: true }))
      : paillierSecretCore(secretKeyFromBytes(key, { trusted: true })),
  )
}

function paillierPublicCore(key: PublicKey): PublicCore {
  const ring = createRing(key.n * key.n)
  const base = once(() => ring.fixedBase(key.hs, EXPONENT_BYTES))
  return {
    ring,
    n: key.n,
    limit: (key.n + 2n) / 3n,
    range: (key.n + 2n) / 3n,
    embed: (messages) =>
      toRows(
        messages.map((message) => encryptWithoutRandomness(key, modulo(message, key.n))),
        ring.width,
      ),
    randomise: (rows, random) =>
      base().power(random((rows.length / ring.width) * EXPONENT_BYTES), rows),
    randomness: { base: key.hs, bytes: EXPONENT_BYTES },
  }
}

function paillierSecretCore(key: SecretKey): SecretCore {
  const { publicKey, p, q } = key
  const { n, hs, bits } = publicKey
  const width = bits / 4
  const table = decryptionTable(key)
  const [p2, q2] = [p * p, q * q]
  const [ringP, ringQ] = [createRing(p2), createRing(q2)]
  const baseP = once(() => ringP.fixedBase(hs % p2, EXPONENT_BYTES))
  const baseQ = once(() => ringQ.fixedBase(hs % q2, EXPONENT_BYTES))
  const p2Inverse = modInverse(p2, q2)
  function decrypt(rows: Uint8Array): bigint[] {
    const ciphertexts = fromRows(rows, width)
    const half = (ring: Ring, prime: bigint) => {
      const powers = ring.power(residues(ring, ciphertexts), prime - 1n)
      return fromRows(powers, ring.width).map((power, i) => {
        if (power % prime === 1n) return power
        throw new RangeError(`decrypt: ciphertext ${i} has a common factor with n`)
      })
    }
    const cp = half(ringP, p)
    const cq = half(ringQ, q)
    return cp.map((power, i) => toSigned(decryptPowers(table, [power, cq[i]]), n))
  }
  return {
    encrypt(messages, random) {
      const exponents = random(messages.length * EXPONENT_BYTES)
      /** `(1 + message·n) · hs^r` modulo the square of a prime, where `message·n` is that prime times the rest below. */
      const half = (ring: Ring, base: FixedBase, [prime, other]: [bigint, bigint]) => {
        const plain = messages.map((message) => 1n + prime * modulo(message * other, prime))
        return fromRows(base.power(exponents, toRows(plain, ring.width)), ring.width)
      }
      const cp = half(ringP, baseP(), [p, q])
      const cq = half(ringQ, baseQ(), [q, p])
      return toRows(
        cp.map((c, i) => c + p2 * modulo((cq[i] - c) * p2Inverse, q2)),
        width,
      )
    },
    decrypt,
    decryptWide: decrypt,
  }
}

function ouPublicCore(key: OuPublicKey): PublicCore {
  const { n, g, h, bits } = key
  const ring = createRing(n)
  const base = once(() => ring.fixedBase(h, OU_EXPONENT_BYTES))
  const tables = new Map<number, { base: FixedBase; shift: bigint; back: bigint }>()
  /** Powers of g for messages of so many bytes. A negative message is shifted up, and its ciphertext back down. */
  function tableOf(bytes: number) {
    let table = tables.get(bytes)
    if (table === undefined) {
      const shift = 1n << BigInt(8 * bytes - 1)
      const back = modPow(modInverse(g, n), shift, n)
      table = { base: ring.fixedBase(g, bytes), shift, back }
      tables.set(bytes, table)
    }
    return table
  }
  return {
    ring,
    n,
    limit: ouLimit(bits),
    range: ouRange(bits),
    embed(messages) {
      const bytes = 8 * Math.ceil((bitLength(greatest(messages)) + 1) / 64)
      const { base: powers, shift, back } = tableOf(bytes)
      if (messages.every((message) => message >= 0n)) return powers.power(toRows(messages, bytes))
      return powers.power(
        toRows(
          messages.map((message) => message + shift),
          bytes,
        ),
        toRows(
          Array.from(messages, () => back),
          ring.width,
        ),
      )
    },
    randomise: (rows, random) =>
      base().power(random((rows.length / ring.width) * OU_EXPONENT_BYTES), rows),
    randomness: { base: h, bytes: OU_EXPONENT_BYTES },
  }
}

function ouSecretCore(key: OuSecretKey): SecretCore {
  const { publicKey } = key
  const { bits } = publicKey
  const table = ouTable(key)
  const { p2, q } = table
  const ring = createRing(p2)
  const { width: exponentBytes } = ouSecretExponents(key, 0)
  const base = once(() => ring.fixedBase(publicKey.h % p2, exponentBytes))
  // 64 bits more than q has leave a uniform residue but for 2^-64.
  const lift = Math.ceil(bitLength(q) / 8) + 8
  const width = bits / 8
  function open(rows: Uint8Array, limit: bigint): bigint[] {
    const powers = ring.power(residues(ring, fromRows(rows, width)), table.order)
    return fromRows(powers, ring.width).map((power) => ouOpen(table, power, limit))
  }
  return {
    encrypt(messages, random) {
      const count = messages.length
      const plain = toRows(
        messages.map((message) => ouResidue(table, message)),
        ring.width,
      )
      const residue = base().power(ouSecretExponents(key, count, random).rows, plain)
      const above = random(count * lift)
      return toRows(
        messages.map((_, i) => {
          const t = bytesToBigint(above.subarray(i * lift, (i + 1) * lift)) % q
          const c = bytesToBigint(residue.subarray(i * ring.width, (i + 1) * ring.width))
          return c + p2 * t
        }),
        width,
      )
    },
    decrypt: (rows) => open(rows, ouLimit(bits)),
    decryptWide: (rows) => open(rows, ouRange(bits)),
  }
}

function residues(ring: Ring, values: readonly bigint[]): Uint8Array {
  return toRows(
    values.map((value) => value % ring.modulus),
    ring.width,
  )
}

function greatest(values: readonly bigint[]): bigint {
  return values.reduce((most, value) => {
    const magnitude = value < 0n ? -value : value
    return magnitude > most ? magnitude : most
  }, 0n)
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}

const publicCores = new Map<string, PublicCore>()
const secretCores = new Map<string, SecretCore>()

/** The value under the whole key's bytes (a shorter fingerprint could collide), or a new one; keeps four. */
function remembered<T>(map: Map<string, T>, key: Uint8Array, make: () => T): T {
  const name = key.join()
  const value = map.get(name) ?? make()
  map.delete(name)
  map.set(name, value)
  for (const oldest of map.keys()) {
    if (map.size <= 4) break
    map.delete(oldest)
  }
  return value
}
