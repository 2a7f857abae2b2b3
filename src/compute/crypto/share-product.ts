/**
 * Products of what several parties share: with `share-rounding.ts` the arithmetic of a network that nobody sees (P. Mohassel,
 * Y. Zhang, "SecureML", IEEE S&P 2017, with encryption in place of triples as in section IV.C there). Shares are those of
 * `shared-real.ts`, mod 2^160, one a party.
 *
 * *A plain matrix times a shared one.* One party multiplies what is encrypted under another's key, rows of which lie side
 * by side in a ciphertext, as scalars act on all slots alike; what the other opens is under masks of 80 bits more, and
 * the negative of these masks is what the first one has: both have a uniform share of the product.
 *
 * *A shared vector times a shared vector*, element by element. `(Σ a_i)(Σ b_i)` is the products of own shares and those of
 * every two parties' shares, each of which these two share in the same way. A share is too long for a scalar and goes in
 * two parts, for which its factor is encrypted twice, once 2^48 times as large.
 * @module
 */
import { type AdditiveScheme, type AdditiveSecret, type CipherBatch, slot } from './additive.ts'
import { bitLength } from './modular.ts'
import { randomBits, type RandomBytes, randomBytes } from './random.ts'
import { hideProducts, MASK_BITS, SHARE_BITS, type Shares, wrapShare } from './shared-real.ts'

/** Shares of a matrix, row by row. */
export interface ShareMatrix {
  readonly rows: number
  readonly cols: number
  readonly data: Shares
}

/** A plain matrix of integers: a row for each that is encrypted, a column for each that comes out. */
export interface Scalars {
  readonly rows: number
  readonly cols: number
  readonly data: Float64Array
  /** No entry is larger in magnitude. */
  readonly bound: number
}

/** How a row of shares lies in ciphertexts. */
export interface RowPacking {
  readonly cols: number
  /** Bits of a slot, and slots of a ciphertext. */
  readonly slot: number
  readonly slots: number
  /** Bits of a product before its mask. */
  readonly product: number
}

/** The packing of rows of `cols` shares for sums of `terms` products. Throws RangeError where a key holds none. */
export function rowPacking(
  limit: bigint,
  { cols, terms, bound }: { cols: number; terms: number; bound: number },
): RowPacking {
  const product = SHARE_BITS + bitLength(BigInt(bound)) + bitLength(BigInt(terms))
  const width = product + MASK_BITS + 3
  const slots = Math.floor((bitLength(limit) - 2) / width)
  if (slots >= 1) return { cols, slot: width, slots: Math.min(slots, cols), product }
  throw new RangeError(
    `rowPacking: sums of ${terms} products take ${width} bits, the key holds ${bitLength(limit) - 2}`,
  )
}

/** How many batches rows take. */
export function packedBatches({ cols, slots }: RowPacking): number {
  return Math.ceil(cols / slots)
}

/** Rows of shares under a key: a batch for each group of columns, a ciphertext a row. */
export async function encryptShareRows(
  scheme: AdditiveScheme,
  { rows, cols, data }: ShareMatrix,
  packing: RowPacking,
): Promise<CipherBatch[]> {
  const batches: CipherBatch[] = []
  for (const [from, to] of groupsOf(packing)) {
    const messages = Array.from({ length: rows }, (_, row) =>
      packed(
        data
          .slice(row * cols + from, row * cols + to)
          .map((share) => BigInt.asUintN(SHARE_BITS, share)),
        packing.slot,
      ),
    )
    batches.push(await scheme.encrypt(messages, slotsBound(to - from, packing.slot, SHARE_BITS)))
  }
  return batches
}

/** `scalarsᵀ` times encrypted rows: the answer for the key's holder and this party's share. */
export async function multiplyShareRows(
  scheme: AdditiveScheme,
  batches: readonly CipherBatch[],
  work: { scalars: Scalars; packing: RowPacking; random?: RandomBytes },
): Promise<{ answer: CipherBatch[]; own: ShareMatrix }> {
  const { scalars, packing, random = randomBytes } = work
  const bits = packing.product + MASK_BITS
  const own: bigint[] = Array.from({ length: scalars.cols * packing.cols }, () => 0n)
  const answer: CipherBatch[] = []
  for (const [at, [from, to]] of groupsOf(packing).entries()) {
    const product = await scheme.transposeMultiply(batches[at], scalars, scalars.bound)
    const masks = Array.from({ length: scalars.cols }, (_, row) =>
      Array.from({ length: to - from }, (__, col) => {
        const mask = randomBits(bits, random)
        own[row * packing.cols + from + col] = wrapShare(-mask)
        return mask
      }),
    )
    const hidden = masks.map((values) => packed(values, packing.slot))
    const bound = slotsBound(to - from, packing.slot, bits)
    answer.push(await scheme.add(product, await scheme.encrypt(hidden, bound)))
  }
  return { answer, own: { rows: scalars.cols, cols: packing.cols, data: own } }
}

/** What the key's holder has of the product of `rows` rows. */
export async function openShareRows(
  secret: AdditiveSecret,
  batches: readonly CipherBatch[],
  { rows, packing }: { rows: number; packing: RowPacking },
): Promise<ShareMatrix> {
  const { cols } = packing
  const data: bigint[] = Array.from({ length: rows * cols }, () => 0n)
  for (const [at, [from, to]] of groupsOf(packing).entries()) {
    const messages = await secret.decrypt(batches[at])
    messages.forEach((message, row) => {
      for (let col = from; col < to; col++) {
        const place = { at: (col - from) * packing.slot, bits: packing.slot }
        data[row * cols + col] = wrapShare(slot(message, place))
      }
    })
  }
  return { rows, cols, data }
}

/** `scalarsᵀ` times own shares, in the clear. */
export function multiplyOwnRows(scalars: Scalars, { cols, data }: ShareMatrix): ShareMatrix {
  const entries = Array.from(scalars.data, BigInt)
  const sums: bigint[] = []
  for (let row = 0; row < scalars.cols; row++) {
    for (let col = 0; col < cols; col++) {
      let sum = 0n
      for (let term = 0; term < scalars.rows; term++) {
        sum += entries[term * scalars.cols + row] * data[term * cols + col]
      }
      sums.push(wrapShare(sum))
    }
  }
  return { rows: scalars.cols, cols, data: sums }
}

/** Magnitudes of the shares that are multiplied with each other have at most so many bits. */
export const FACTOR_BITS = 96
const PART_BITS = FACTOR_BITS / 2
/** Bound of the integers that `factorParts` gives, of a factor or of twice one. */
const PART_BOUND = 2 ** (PART_BITS + 1)

/** Own shares under a key, two ciphertexts each. Throws RangeError for one that is too long. */
export function encryptFactors(scheme: AdditiveScheme, shares: Shares): Promise<CipherBatch> {
  checkFactors(shares)
  const messages = shares.flatMap((share) => [share, share << BigInt(PART_BITS)])
  return scheme.encrypt(messages, 1n << BigInt(FACTOR_BITS + PART_BITS))
}

/** The other's encrypted factors, as they are expected. Throws RangeError for others. */
export function readFactors(scheme: AdditiveScheme, bytes: Uint8Array, count: number): CipherBatch {
  const batch = scheme.fromBytes(bytes, 1n << BigInt(FACTOR_BITS + PART_BITS))
  if (batch.length === 2 * count) return batch
  throw new RangeError(`readFactors: expected ${2 * count} ciphertexts, got ${batch.length}`)
}

/** The other's encrypted factors, each `times` times, one after another. */
export function repeatFactors(
  batch: CipherBatch,
  { times, width }: { times: number; width: number },
): CipherBatch {
  const pair = 2 * width
  const data = new Uint8Array(batch.data.length * times)
  for (let at = 0; at < batch.length / 2; at++) {
    const own = batch.data.subarray(at * pair, (at + 1) * pair)
    for (let time = 0; time < times; time++) data.set(own, (at * times + time) * pair)
  }
  return { ...batch, length: batch.length * times, data }
}

/**
 * The other's encrypted factors times own shares, element by element, or sums of several such products. They still show
 * their factors to its maker.
 */
export function multiplyFactors(
  scheme: AdditiveScheme,
  ...terms: readonly { batch: CipherBatch; shares: Shares }[]
): Promise<CipherBatch> {
  const [{ batch }] = terms
  const group = 2 * terms.length
  const scalars = new Float64Array(batch.length * terms.length)
  const pair = 2 * scheme.width
  const data = new Uint8Array(batch.data.length * terms.length)
  for (const [term, own] of terms.entries()) {
    const parts = factorParts(own.shares)
    for (let at = 0; at < batch.length / 2; at++) {
      const place = at * terms.length + term
      data.set(own.batch.data.subarray(at * pair, (at + 1) * pair), place * pair)
      scalars.set(parts.subarray(2 * at, 2 * at + 2), 2 * place)
    }
  }
  const joined = { ...batch, length: batch.length * terms.length, data }
  return scheme.weighGroups(joined, scalars, { group, entryBound: PART_BOUND })
}

/** The sum of the other's encrypted factors times own shares: the answer and this party's share. */
export async function multiplySum(
  scheme: AdditiveScheme,
  { batch, shares }: { batch: CipherBatch; shares: Shares },
  random: RandomBytes = randomBytes,
): Promise<{ answer: CipherBatch; own: Shares }> {
  const data = factorParts(shares)
  const sum = await scheme.transposeMultiply(
    batch,
    { rows: data.length, cols: 1, data },
    PART_BOUND,
  )
  return hideProducts(scheme, sum, random)
}

/** Twice the shares: for squares, where both products of two parties' shares are one. */
export function twice(shares: Shares): Shares {
  return shares.map((share) => 2n * share)
}

function checkFactors(shares: Shares): void {
  const most = 1n << BigInt(FACTOR_BITS)
  const wrong = shares.findIndex((share) => share >= most || share <= -most)
  if (wrong >= 0) throw new RangeError(`factors: share ${wrong} is beyond ${FACTOR_BITS} bits`)
}

/** Numbers of up to 97 bits in two parts each: `low + 2^48 · high`. */
function factorParts(shares: Shares): Float64Array {
  const parts = new Float64Array(2 * shares.length)
  shares.forEach((share, at) => {
    const low = BigInt.asUintN(PART_BITS, share)
    parts[2 * at] = Number(low)
    parts[2 * at + 1] = Number((share - low) >> BigInt(PART_BITS))
  })
  return parts
}

function slotsBound(count: number, width: number, bits: number): bigint {
  return 1n << BigInt((count - 1) * width + bits + 1)
}

function groupsOf({ cols, slots }: RowPacking): [number, number][] {
  return Array.from({ length: Math.ceil(cols / slots) }, (_, at) => {
    return [at * slots, Math.min(cols, (at + 1) * slots)]
  })
}

function packed(values: readonly bigint[], width: number): bigint {
  return values.reduceRight((sum, value) => (sum << BigInt(width)) + value, 0n)
}
