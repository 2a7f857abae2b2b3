/**
 * Histograms of encrypted gradients, as pure functions of plain data that may run on another core (registered in
 * `../kernels.ts`); `gradient-vector.ts` spreads them over the cores.
 *
 * A row's two derivatives, integers whose sums over all rows stay within 2^46, are one message `g·2^48 + h`; sums of
 * messages keep both apart, as `0 ≤ h ≤ 2^46`. Several sums go into one ciphertext, 96 bits each: a pair is below 2^95
 * in magnitude, so that each slot can be read as a signed number from the lowest up. All of a key's range is used, as three
 * bits of each slot tell what ran over. Of trees with several outputs a row is several pairs beside each other in one message
 * (`lanes`), and so are its sums.
 *
 * Sources: the pair in one message and several sums in one ciphertext are W. Chen et al., "SecureBoost+", arXiv
 * 2110.10927, section 4; ciphertexts as in `additive-core.ts`.
 * @module
 */
import { invertRows } from '../kernel/invert.ts'
import type { Ring } from '../kernel/ring.ts'
import { publicCore, secretCore } from './additive-core.ts'
import { concatBytes, bigintToBytes } from './bytes.ts'
import {
  basesOf,
  type ColumnPlan,
  type HistogramCall,
  joinLists,
  planColumns,
} from './gradient-columns.ts'
import { bitLength } from './modular.ts'
import { type RandomBytes, randomBytes } from './random.ts'

/** Bits of the magnitude of both sums of a pair. */
export const PAIR_SUM_BITS = 46
/** Bits of one slot of a ciphertext. */
export const SLOT_BITS = 96

/**
 * How many pairs a ciphertext holds whose messages are below `limit` in magnitude: k slots of signed numbers below 2^95
 * add up to less than `2^(96k − 1)`.
 */
export function slotsOf(limit: bigint): number {
  return Math.floor(bitLength(limit) / SLOT_BITS)
}

/**
 * Encrypts pairs of integers, with the secret key; `lanes` of them, 1 unless given, are one message, the first in the
 * lowest slot. Throws RangeError for a pair that no sum could have.
 */
export function encryptPairs(
  call: { secret: Uint8Array; g: Float64Array; h: Float64Array; lanes?: number },
  random: RandomBytes = randomBytes,
): Uint8Array {
  const { g, h, lanes = 1 } = call
  const messages = Array.from({ length: g.length / lanes }, (_, row) => {
    let message = 0n
    for (let at = (row + 1) * lanes - 1; at >= row * lanes; at--) {
      message = (message << BigInt(SLOT_BITS)) + packPair(g[at], h[at])
    }
    return message
  })
  return secretCore(call.secret).encrypt(messages, random)
}

/**
 * Sums by bin: for each column the sums of the rows in each of its bins, one after another. `bins` holds column after
 * column, one number a row; column j has `widths[j]` bins. Not rerandomised.
 */
export function histogramRows(call: HistogramCall): Uint8Array {
  const { ring } = publicCore(call.key)
  const plan = planColumns(call, ring.width)
  return fillFullest(ring, ring.products(call.rows, plan.order, plan.start), plan)
}

/** Puts the bins that were left out into `sums`, the products that `plan` asks for. */
export function fillFullest(ring: Ring, sums: Uint8Array, plan: ColumnPlan): Uint8Array {
  const { bases, whole, left } = plan
  if (left.length === 0) return sums
  const size = ring.width
  const binsOf = (column: number) =>
    Uint32Array.from({ length: bases[column + 1] - bases[column] }, (_, bin) => bases[column] + bin)
  const all = productsOf(ring, sums, [binsOf(whole)])
  const others = productsOf(
    ring,
    sums,
    left.map(({ column }) => binsOf(column)),
  )
  const rest = ring.multiply(concatBytes(left.map(() => all)), invertRows(ring, others))
  left.forEach(({ column, bin }, at) => {
    sums.set(rest.subarray(at * size, (at + 1) * size), (bases[column] + bin) * size)
  })
  return sums
}

/** `a − b`, row by row. Not rerandomised. */
export function subtractRows(call: { key: Uint8Array; a: Uint8Array; b: Uint8Array }): Uint8Array {
  const { ring } = publicCore(call.key)
  return ring.multiply(call.a, invertRows(ring, call.b))
}

/**
 * The sums left of the cuts that `picks` names, `slots` of them in each ciphertext, each of `lanes` pairs (1 unless given),
 * with fresh randomness: its maker must not find out which of his ciphertexts were added up. Cuts are numbered by column, then bin, then missing values
 * to the right before to the left, as `ml/tree/candidate.ts` lists them.
 */
export function sealCuts(
  call: {
    key: Uint8Array
    histogram: Uint8Array
    widths: Uint32Array
    missing: Uint8Array
    picks: Uint32Array
    slots: number
    lanes?: number
  },
  random: RandomBytes = randomBytes,
): Uint8Array {
  const core = publicCore(call.key)
  const { ring } = core
  const { picks, slots, lanes = 1 } = call
  const left = leftRows(ring, call)
  const wrong = picks.findIndex((pick) => pick >= left.length)
  if (wrong >= 0) {
    throw new RangeError(`sealCuts: pick ${wrong} is cut ${picks[wrong]} of ${left.length}`)
  }
  const groups = Math.ceil(picks.length / slots)
  if (groups === 0) return new Uint8Array(0)
  const used = Math.min(slots, picks.length)
  const one = bigintToBytes(1n, ring.width)
  const rows = new Uint8Array(used * groups * ring.width)
  for (let at = 0; at < used * groups; at++) {
    const pick = (at % groups) * slots + (used - 1 - Math.floor(at / groups))
    rows.set(pick < picks.length ? left[picks[pick]] : one, at * ring.width)
  }
  return core.randomise(ring.chain(rows, groups, SLOT_BITS * lanes), random)
}

/** The pairs in ciphertexts of `slots` each, `count` in all: g and h of each. Throws RangeError when one ran over. */
export function openPairs(call: {
  secret: Uint8Array
  rows: Uint8Array
  slots: number
  count: number
}): Float64Array {
  const messages = secretCore(call.secret).decryptWide(call.rows)
  if (messages.length !== Math.ceil(call.count / call.slots)) {
    throw new RangeError(
      `openPairs: ${call.count} sums do not take ${messages.length} ciphertexts of ${call.slots}`,
    )
  }
  const pairs = new Float64Array(2 * call.count)
  messages.forEach((message, group) => {
    let rest = message
    const end = Math.min((group + 1) * call.slots, call.count)
    for (let at = group * call.slots; at < end; at++) {
      const pair = BigInt.asIntN(SLOT_BITS, rest)
      rest = (rest - pair) >> BigInt(SLOT_BITS)
      const h = BigInt.asUintN(H_BITS, pair)
      const g = (pair - h) >> BigInt(H_BITS)
      if (h > LIMIT || g > LIMIT || -g > LIMIT) throw ranOver(at)
      pairs[2 * at] = Number(g)
      pairs[2 * at + 1] = Number(h)
    }
    if (rest !== 0n) throw ranOver(end - 1)
  })
  return pairs
}

const H_BITS = 48
const LIMIT = 1n << BigInt(PAIR_SUM_BITS)

function ranOver(at: number): RangeError {
  return new RangeError(`openPairs: sum ${at} is beyond 2^${PAIR_SUM_BITS}: it cannot be one`)
}

function packPair(g: number, h: number): bigint {
  const most = 2 ** PAIR_SUM_BITS
  const fits = Number.isInteger(g) && Number.isInteger(h) && Math.abs(g) <= most
  if (fits && h >= 0 && h <= most) return (BigInt(g) << BigInt(H_BITS)) + BigInt(h)
  throw new RangeError(
    `encryptPairs: expected integers within 2^${PAIR_SUM_BITS}, the second not negative, got ${g} and ${h}`,
  )
}

/** The product of the rows of each list. */
function productsOf(ring: Ring, rows: Uint8Array, lists: readonly Uint32Array[]): Uint8Array {
  const { order, start } = joinLists(lists)
  return ring.products(rows, order, start)
}

/** The ciphertext left of every cut; steps go over the bins of all columns at once, as kernels like many rows. */
function leftRows(
  ring: Ring,
  call: { histogram: Uint8Array; widths: Uint32Array; missing: Uint8Array },
): Uint8Array[] {
  const { histogram, widths, missing } = call
  const one = bigintToBytes(1n, ring.width)
  const counts = Array.from(widths, (width, column) => width - missing[column])
  const bases = basesOf(widths)
  const binAt = (column: number, bin: number) => {
    const at = (bases[column] + bin) * ring.width
    return histogram.subarray(at, at + ring.width)
  }
  const found = counts.map((): Uint8Array[] => [])
  let columns = counts.flatMap((count, column) => (count > 0 ? [column] : []))
  let sums = concatBytes(columns.map((column) => binAt(column, 0)))
  for (let bin = 0; columns.length > 0; bin++) {
    const lost = columns.some((column) => missing[column] === 1)
    const both = lost
      ? ring.multiply(
          sums,
          concatBytes(
            columns.map((each) => (missing[each] === 1 ? binAt(each, counts[each]) : one)),
          ),
        )
      : sums
    columns.forEach((column, at) => {
      const last = bin === counts[column] - 1
      const row = (from: Uint8Array) => from.slice(at * ring.width, (at + 1) * ring.width)
      if (!last || missing[column] === 1) found[column].push(row(sums))
      if (!last && missing[column] === 1) found[column].push(row(both))
    })
    const going = columns.flatMap((column, at) =>
      bin + 1 < counts[column] ? [{ column, at }] : [],
    )
    const kept = going.map(({ at }) => sums.subarray(at * ring.width, (at + 1) * ring.width))
    columns = going.map(({ column }) => column)
    if (columns.length === 0) break
    sums = ring.multiply(
      concatBytes(kept),
      concatBytes(columns.map((column) => binAt(column, bin + 1))),
    )
  }
  return found.flat()
}
