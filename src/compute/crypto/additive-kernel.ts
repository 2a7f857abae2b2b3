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
 * For every `group` ciphertexts one of `Σ scalar · message`, each with an integer scalar of its own: powers bit by bit, all
 * groups at once, up to four ciphertexts of a group together by a table of their products (E. Straus, "Addition chains of
 * vectors", Amer. Math. Monthly 71, 1964).
 */
export function weighGroups(call: {
  key: Uint8Array
  rows: Uint8Array
  scalars: Float64Array
  group: number
}): Uint8Array {
  const { ring } = publicCore(call.key)
  const { group, scalars } = call
  const { width } = ring
  const groups = scalars.length / group
  const inverses = scalars.some((scalar) => scalar < 0) ? invertRows(ring, call.rows) : call.rows
  /** Ciphertext `i` of each group, or its inverse, as its scalar's sign says. */
  const member = (i: number): Uint8Array => {
    const rows = new Uint8Array(groups * width)
    for (let at = 0; at < groups; at++) {
      const row = at * group + i
      const from = scalars[row] < 0 ? inverses : call.rows
      rows.set(from.subarray(row * width, (row + 1) * width), at * width)
    }
    return rows
  }
  const most = scalars.reduce((high, scalar) => Math.max(high, Math.abs(scalar)), 0)
  const bits = most === 0 ? 1 : Math.floor(Math.log2(most)) + 2
  let total: Uint8Array | undefined
  for (let first = 0; first < group; first += TOGETHER) {
    const count = Math.min(TOGETHER, group - first)
    const one = bigintToBytes(1n, width)
    const subsets: Uint8Array[] = [
      Uint8Array.from({ length: groups * width }, (_, at) => one[at % width]),
    ]
    for (let subset = 1; subset < 2 ** count; subset++) {
      const last = 31 - Math.clz32(subset)
      const rest = subset - 2 ** last
      const own = rest === 0 ? member(first + last) : subsets[2 ** last]
      subsets.push(rest === 0 ? own : ring.multiply(own, subsets[rest]))
    }
    const steps = new Uint8Array(bits * groups * width)
    for (let step = 0; step < bits; step++) {
      const place = 2 ** (bits - 1 - step)
      for (let at = 0; at < groups; at++) {
        let subset = 0
        for (let i = 0; i < count; i++) {
          const scalar = Math.abs(scalars[at * group + first + i])
          subset += 2 ** i * (Math.floor(scalar / place) % 2)
        }
        const row = subsets[subset].subarray(at * width, (at + 1) * width)
        steps.set(row, (step * groups + at) * width)
      }
    }
    const powers = ring.chain(steps, groups, 1)
    total = total ? ring.multiply(total, powers) : powers
  }
  return total ?? new Uint8Array(0)
}

/** Ciphertexts whose powers are taken together: a table of 2 to this many products. */
const TOGETHER = 4

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
