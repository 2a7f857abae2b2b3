/**
 * Encrypted vectors in bulk, as pure functions of plain data that may run on another core (registered in
 * `../kernels.ts`). `additive-core.ts` says what a scheme is to them, and keeps the tables of a key in the thread.
 * @module
 */
import { invertRows } from '../kernel/invert.ts'
import type { Ring } from '../kernel/ring.ts'
import { type PublicCore, publicCore, secretCore } from './additive-core.ts'
import { weighMessages } from './additive-kernel.ts'
import { decodeFixed, encodeFixed } from './fixed-point.ts'
import { type RandomBytes, randomBytes } from './random.ts'

/** Encrypts `values` with `fraction` fractional bits. */
export function encryptRows(
  call: { key: Uint8Array; values: Float64Array; fraction: number },
  random: RandomBytes = randomBytes,
): Uint8Array {
  const core = publicCore(call.key)
  return core.randomise(encodeRows(core, call), random)
}

/** Decrypts `rows` to floats. Throws RangeError when a value ran over. */
export function decryptRows(call: {
  key: Uint8Array
  rows: Uint8Array
  fraction: number
}): Float64Array {
  const messages = secretCore(call.key).decrypt(call.rows)
  return Float64Array.from(messages, (message) => decodeFixed(message, call.fraction))
}

/** Products of ciphertexts, hence sums of their messages, after doubling `a` and `b` so many times. */
export function addRows(call: {
  key: Uint8Array
  a: Uint8Array
  b: Uint8Array
  doublingsA: number
  doublingsB: number
}): Uint8Array {
  const { ring } = publicCore(call.key)
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
  random: RandomBytes = randomBytes,
): Uint8Array {
  const core = publicCore(call.key)
  const { ring } = core
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
    rows = ring.multiply(rows, encodeRows(core, { values: call.offset, fraction: call.fraction }))
  }
  return core.randomise(rows, random)
}

function scaleRows(ring: Ring, rows: Uint8Array, scale: number): Uint8Array {
  const magnitude = Math.abs(scale)
  const power = magnitude === 1 ? rows : ring.power(rows, BigInt(magnitude))
  return scale < 0 ? invertRows(ring, power) : power
}

/** For every column of integer `scalars` (row-major) the ciphertext of `Σ scalar · value`, with fresh randomness. */
export function transposeMultiplyRows(
  call: { key: Uint8Array; rows: Uint8Array; scalars: Float64Array; columns: number },
  random: RandomBytes = randomBytes,
): Uint8Array {
  return publicCore(call.key).randomise(weighMessages(call), random)
}

/** The product of all rows: the ciphertext of the sum. */
export function sumRows(call: { key: Uint8Array; rows: Uint8Array }): Uint8Array {
  return publicCore(call.key).ring.product(call.rows)
}

/** Values as ciphertexts that hide nothing yet. Throws RangeError for one that is not finite or too large. */
export function encodeRows(
  core: PublicCore,
  { values, fraction }: { values: Float64Array; fraction: number },
): Uint8Array {
  return core.embed(Array.from(values, (value) => encodeFixed(value, fraction, core.limit)))
}

function doubled(ring: Ring, rows: Uint8Array, times: number): Uint8Array {
  return times === 0 ? rows : ring.power(rows, 1n << BigInt(times))
}
