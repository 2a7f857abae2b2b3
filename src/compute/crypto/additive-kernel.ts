/**
 * Bulk work under additive encryption, as pure functions of plain data that may run on another core (registered in
 * `../kernels.ts`). Ciphertexts are rows of big-endian bytes; `additive.ts` checks all arguments.
 * @module
 */
import { invertRows } from '../kernel/invert.ts'
import { publicCore, secretCore } from './additive-core.ts'
import { bigintToBytes } from './bytes.ts'
import { type RandomBytes, randomBytes } from './random.ts'

/** Messages to ciphertexts, with the secret key where `secret` is one. */
export function encryptMessages(
  call: { key: Uint8Array; secret: Uint8Array | null; messages: readonly bigint[] },
  random: RandomBytes = randomBytes,
): Uint8Array {
  if (call.secret !== null) return secretCore(call.secret).encrypt(call.messages, random)
  const core = publicCore(call.key)
  return core.randomise(core.embed(call.messages), random)
}

/** Ciphertexts to messages. */
export function decryptMessages(call: { secret: Uint8Array; rows: Uint8Array }): bigint[] {
  return secretCore(call.secret).decrypt(call.rows)
}

/** Other ciphertexts of the same messages. */
export function rerandomiseRows(
  call: { key: Uint8Array; rows: Uint8Array },
  random: RandomBytes = randomBytes,
): Uint8Array {
  return publicCore(call.key).randomise(call.rows, random)
}

/** `a[i] + b[i]`, or `a[i] − b[i]`. */
export function addMessages(call: {
  key: Uint8Array
  a: Uint8Array
  b: Uint8Array
  minus: boolean
}): Uint8Array {
  const { ring } = publicCore(call.key)
  return ring.multiply(call.a, call.minus ? invertRows(ring, call.b) : call.b)
}

/** Every message times `scalar`. */
export function scaleMessages(call: {
  key: Uint8Array
  rows: Uint8Array
  scalar: bigint
}): Uint8Array {
  const { ring } = publicCore(call.key)
  const { scalar } = call
  const rows = scalar < 0n ? invertRows(ring, call.rows) : call.rows
  const magnitude = scalar < 0n ? -scalar : scalar
  return magnitude === 1n ? rows : ring.power(rows, magnitude)
}

/** The sums of listed messages (`Ring.products`). */
export function sumMessages(call: {
  key: Uint8Array
  rows: Uint8Array
  order: Uint32Array
  start: Uint32Array
}): Uint8Array {
  return publicCore(call.key).ring.products(call.rows, call.order, call.start)
}

/** For every column of integer `scalars`, row-major, the ciphertext of `Σ scalar · message`. */
export function weighMessages(call: {
  key: Uint8Array
  rows: Uint8Array
  scalars: Float64Array
  columns: number
}): Uint8Array {
  const { ring } = publicCore(call.key)
  const { width } = ring
  const products = ring.powerProducts(call.rows, call.scalars, call.columns)
  const sides = [0, 1].map((side) => {
    const rows = new Uint8Array(call.columns * width)
    for (let column = 0; column < call.columns; column++) {
      const at = (2 * column + side) * width
      rows.set(products.subarray(at, at + width), column * width)
    }
    return rows
  })
  return ring.multiply(sides[0], invertRows(ring, sides[1]))
}

/**
 * For every `group` ciphertexts one of `Σ message[i] · 2^(shift·i)`, by Horner's rule, freshly randomised; the last
 * group may be shorter. Costs `shift` squarings a ciphertext.
 */
export function compressMessages(
  call: { key: Uint8Array; rows: Uint8Array; group: number; shift: number },
  random: RandomBytes = randomBytes,
): Uint8Array {
  const core = publicCore(call.key)
  const { ring } = core
  const { width } = ring
  const count = call.rows.length / width
  const groups = Math.ceil(count / call.group)
  /** Ciphertext `i` of each group; 1, a ciphertext of 0, where there is none. */
  const slice = (i: number) => {
    const rows = new Uint8Array(groups * width)
    for (let group = 0; group < groups; group++) {
      const k = group * call.group + i
      const row =
        k < count ? call.rows.subarray(k * width, (k + 1) * width) : bigintToBytes(1n, width)
      rows.set(row, group * width)
    }
    return rows
  }
  let sum: Uint8Array = slice(call.group - 1)
  for (let i = call.group - 2; i >= 0; i--) {
    sum = ring.multiply(ring.power(sum, 1n << BigInt(call.shift)), slice(i))
  }
  return core.randomise(sum, random)
}
