/**
 * Paillier in bulk, as pure functions of plain data that may run on another core (registered in `../kernels.ts`).
 *
 * Ciphertexts are rows of `2 · bits / 8` big-endian bytes. The tables of a key (fixed-base powers, about 11 MB for
 * 2048 bits) stay in the thread that built them; the four keys used last are kept.
 * @module
 */
import { invertRows } from '../kernel/invert.ts'
import { createRing } from '../kernel/load.ts'
import type { FixedBase, Ring } from '../kernel/ring.ts'
import { fromRows, toRows } from './bytes.ts'
import { decodeFixed, encodeFixed } from './fixed-point.ts'
import { publicKeyFromBytes, type PublicKey, secretKeyFromBytes } from './paillier-key.ts'
import {
  decryptionTable,
  type DecryptionTable,
  decryptPowers,
  encryptWithoutRandomness,
  EXPONENT_BYTES,
  toResidue,
  toSigned,
} from './paillier.ts'
import { type RandomBytes, randomBytes } from './random.ts'

/** Encrypts `values` with `fraction` fractional bits. */
export function encryptRows(
  call: { key: Uint8Array; values: Float64Array; fraction: number },
  random?: RandomBytes,
): Uint8Array {
  const context = publicContext(call.key)
  return randomise(context, encodeRows(context, call.values, call.fraction), random)
}

/** Decrypts `rows` to floats. Throws RangeError when a value ran over. */
export function decryptRows(call: {
  key: Uint8Array
  rows: Uint8Array
  fraction: number
}): Float64Array {
  const { table, n, p2, q2, width } = secretContext(call.key)
  const ciphertexts = fromRows(call.rows, width)
  const powers = (ring: Ring, exponent: bigint) => {
    const residues = ciphertexts.map((ciphertext) => ciphertext % ring.modulus)
    return fromRows(ring.power(toRows(residues, ring.width), exponent), ring.width)
  }
  const cp = powers(p2, table.p - 1n)
  const cq = powers(q2, table.q - 1n)
  return Float64Array.from(ciphertexts, (_, i) =>
    decodeFixed(toSigned(decryptPowers(table, [cp[i], cq[i]]), n), call.fraction),
  )
}

/** Products of ciphertexts, hence sums of their messages, after doubling `a` and `b` so many times. */
export function addRows(call: {
  key: Uint8Array
  a: Uint8Array
  b: Uint8Array
  doublingsA: number
  doublingsB: number
}): Uint8Array {
  const { ring } = publicContext(call.key)
  return ring.multiply(
    doubled(ring, call.a, call.doublingsA),
    doubled(ring, call.b, call.doublingsB),
  )
}

/** `scale · value + offset` with fresh randomness; `scale` is an integer below 2^53, `fraction` that of the result. */
export function affineRows(
  call: {
    key: Uint8Array
    rows: Uint8Array
    scale: number | Float64Array
    offset: Float64Array | null
    fraction: number
  },
  random?: RandomBytes,
): Uint8Array {
  const context = publicContext(call.key)
  const { ring } = context
  let rows = typeof call.scale === 'number' ? scaleRows(ring, call.rows, call.scale) : call.rows
  if (typeof call.scale !== 'number') {
    const { width } = ring
    rows = new Uint8Array(call.rows.length)
    for (const [row, scale] of call.scale.entries()) {
      const one = call.rows.slice(row * width, (row + 1) * width)
      rows.set(scaleRows(ring, one, scale), row * width)
    }
  }
  if (call.offset !== null) {
    rows = ring.multiply(rows, encodeRows(context, call.offset, call.fraction))
  }
  return randomise(context, rows, random)
}

function scaleRows(ring: Ring, rows: Uint8Array, scale: number): Uint8Array {
  const magnitude = Math.abs(scale)
  const power = magnitude === 1 ? rows : ring.power(rows, BigInt(magnitude))
  return scale < 0 ? invertRows(ring, power) : power
}

/** For every column of integer `scalars` (row-major) the ciphertext of `Σ scalar · value`, with fresh randomness. */
export function transposeMultiplyRows(
  call: { key: Uint8Array; rows: Uint8Array; scalars: Float64Array; columns: number },
  random?: RandomBytes,
): Uint8Array {
  const context = publicContext(call.key)
  const { ring } = context
  const products = ring.powerProducts(call.rows, call.scalars, call.columns)
  const positive = new Uint8Array(call.columns * ring.width)
  const negative = new Uint8Array(call.columns * ring.width)
  for (let column = 0; column < call.columns; column++) {
    const at = 2 * column * ring.width
    positive.set(products.subarray(at, at + ring.width), column * ring.width)
    negative.set(products.subarray(at + ring.width, at + 2 * ring.width), column * ring.width)
  }
  return randomise(context, ring.multiply(positive, invertRows(ring, negative)), random)
}

/** The product of all rows: the ciphertext of the sum. */
export function sumRows(call: { key: Uint8Array; rows: Uint8Array }): Uint8Array {
  return publicContext(call.key).ring.product(call.rows)
}

interface PublicContext {
  readonly key: PublicKey
  readonly ring: Ring
  /** Built by the first operation that needs it: it costs as much as 25 encryptions. */
  base?: FixedBase
}

interface SecretContext {
  readonly n: bigint
  readonly width: number
  readonly table: DecryptionTable
  readonly p2: Ring
  readonly q2: Ring
}

function randomise(context: PublicContext, rows: Uint8Array, random: RandomBytes = randomBytes) {
  context.base ??= context.ring.fixedBase(context.key.hs, EXPONENT_BYTES)
  const count = rows.length / context.ring.width
  return context.base.power(random(count * EXPONENT_BYTES), rows)
}

function encodeRows({ key, ring }: PublicContext, values: Float64Array, fraction: number) {
  const bound = key.n / 3n
  return toRows(
    Array.from(values, (value) =>
      encryptWithoutRandomness(key, toResidue(encodeFixed(value, fraction, bound), key.n)),
    ),
    ring.width,
  )
}

function doubled(ring: Ring, rows: Uint8Array, times: number): Uint8Array {
  return times === 0 ? rows : ring.power(rows, 1n << BigInt(times))
}

const publicContexts = new Map<string, PublicContext>()
const secretContexts = new Map<string, SecretContext>()

function publicContext(bytes: Uint8Array): PublicContext {
  return remembered(publicContexts, bytes, () => {
    const key = publicKeyFromBytes(bytes)
    return { key, ring: createRing(key.n * key.n) }
  })
}

function secretContext(bytes: Uint8Array): SecretContext {
  return remembered(secretContexts, bytes, () => {
    // The caller checked the key when it came in; testing its primes again would cost more than the work.
    const key = secretKeyFromBytes(bytes, { trusted: true })
    return {
      n: key.publicKey.n,
      width: key.publicKey.bits / 4,
      table: decryptionTable(key),
      p2: createRing(key.p * key.p),
      q2: createRing(key.q * key.q),
    }
  })
}

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
