/**
 * Gradients from the shared products of columns: the second half of the protocol in `shared-gram.ts`.
 * @module
 */
import {
  addShares,
  type IntegerMatrix,
  multiplyOther,
  scaleShares,
  type Shares,
  wrapShare,
} from '../../compute/crypto/shared-real.ts'
import type { Address } from '../../federation/channel.ts'
import { blob, json } from '../../federation/codec.ts'
import { maskShares } from './pair-masks.ts'
import {
  COLUMN_FRACTION,
  type GramWork,
  malformed,
  type SharedGram,
  WEIGHT_BOUND,
  WEIGHT_FRACTION,
} from './shared-gram.ts'

const LIMB_BITS = 40
const LIMBS = 4

/** What one party has of every party's gradient, without what a party's own weights give for its own columns. */
export interface ProductShares {
  /** Of own columns, table after table. */
  readonly own: Shares
  /** Of the others' columns, by their addresses. */
  readonly others: ReadonlyMap<Address, Shares>
}

/**
 * `X_kᵀ Σ X_j w_j` of this party's columns, for every table in `grams`; all parties call it at the same place with their
 * own rounded weights. `number` is another one at each call.
 */
export async function gramGradients(
  work: GramWork,
  grams: readonly SharedGram[],
  { weights, number }: { weights: Float64Array; number: number },
): Promise<Float64Array[]> {
  const { context, masks } = work
  const { channel } = context
  const { cols } = grams[0]
  const { own, others } = await productShares(work, grams, weights)
  for (const [to, products] of others) {
    const part = await maskShares(masks, products, { receiver: to, number })
    await channel.send(to, 'gradient_part', json.encode(part.map(String)))
  }
  let sum = own
  for (const from of others.keys()) {
    const part = readShares(json.decode(await channel.receive(from, 'gradient_part')), sum.length)
    if (!part) throw malformed(from, 'gradient_part')
    sum = addShares(sum, part)
  }
  return grams.map((gram, at) => {
    const crossed = sum.slice(at * cols, (at + 1) * cols)
    const local = ownProducts(gram, weights)
    return Float64Array.from(crossed, (share, col) => Number(share) / GRADIENT_UNIT + local[col])
  })
}

/** Bits after the point of shares of gradients. */
export const GRADIENT_FRACTION = 2 * COLUMN_FRACTION + WEIGHT_FRACTION
const GRADIENT_UNIT = 2 ** GRADIENT_FRACTION

/** Shares of all parties' gradients at these own rounded weights, for every table in `grams`. */
export async function productShares(
  { context, own, others }: GramWork,
  grams: readonly SharedGram[],
  weights: Float64Array,
): Promise<ProductShares> {
  const { channel, random, signal } = context
  signal.throwIfAborted()
  const integers = Array.from(weights, (weight) => BigInt(weight * 2 ** WEIGHT_FRACTION))
  const question = blob.encode(own.toBytes(await own.encrypt(integers, WEIGHT_BOUND)))
  for (const to of others.keys()) await channel.send(to, 'weights', question)
  let sum: Shares = Array.from({ length: grams[0].cols * grams.length }, () => 0n)
  for (const [from, scheme] of others) {
    const theirs = scheme.fromBytes(blob.decode(await channel.receive(from, 'weights')))
    const matrix = limbMatrix(grams, from)
    if (theirs.length !== matrix.rows || theirs.bound > WEIGHT_BOUND)
      throw malformed(from, 'weights')
    const { answer, own: kept } = await multiplyOther(scheme, { matrix, shares: theirs }, random)
    await channel.send(from, 'weight_products', blob.encode(scheme.toBytes(answer)))
    sum = addShares(sum, joinLimbs(kept))
  }
  const parts = new Map<Address, Shares>()
  for (const to of others.keys()) {
    const answer = own.fromBytes(blob.decode(await channel.receive(to, 'weight_products')))
    const width = blockOf(grams[0], to).cols * grams.length
    if (answer.length !== width * LIMBS) throw malformed(to, 'weight_products')
    const products = joinLimbs((await own.decrypt(answer)).map(wrapShare))
    const local = grams.flatMap((gram) => turnedProducts(gram, to, integers))
    parts.set(to, addShares(products, local))
  }
  return { own: sum, others: parts }
}

/** What own weights give for own columns. */
export function ownProducts({ own, cols }: SharedGram, weights: Float64Array): Float64Array {
  return Float64Array.from({ length: cols }, (_, col) =>
    weights.reduce((sum, weight, other) => sum + own[col * cols + other] * weight, 0),
  )
}

/** Shares of all tables' blocks as a matrix with a row for each weight of the other and four columns an own column. */
function limbMatrix(grams: readonly SharedGram[], other: Address): IntegerMatrix {
  const { cols: rows } = blockOf(grams[0], other)
  const shares = grams.flatMap((gram) => blockOf(gram, other).shares)
  const cols = (shares.length / rows) * LIMBS
  const data = new Float64Array(rows * cols)
  shares.forEach((share, at) => {
    const [col, row] = [Math.floor(at / rows), at % rows]
    let rest = share
    for (let limb = 0; limb < LIMBS; limb++) {
      const part = limb === LIMBS - 1 ? rest : BigInt.asUintN(LIMB_BITS, rest)
      data[row * cols + col * LIMBS + limb] = Number(part)
      rest = (rest - part) >> BigInt(LIMB_BITS)
    }
  })
  return { rows, cols, data, bound: 2 ** LIMB_BITS }
}

function joinLimbs(parts: Shares): Shares {
  return Array.from({ length: parts.length / LIMBS }, (_, at) =>
    parts
      .slice(at * LIMBS, (at + 1) * LIMBS)
      .reduce(
        (sum, part, limb) => sum + scaleShares([part], 1n << BigInt(limb * LIMB_BITS))[0],
        0n,
      ),
  ).map(wrapShare)
}

/** What own shares of the block give for the other's columns: its transpose times own weights. */
function turnedProducts(gram: SharedGram, other: Address, weights: readonly bigint[]): Shares {
  const { cols, shares } = blockOf(gram, other)
  return Array.from({ length: cols }, (_, col) =>
    wrapShare(weights.reduce((sum, weight, own) => sum + weight * shares[own * cols + col], 0n)),
  )
}

function blockOf(gram: SharedGram, other: Address): { cols: number; shares: Shares } {
  const block = gram.blocks.get(other)
  if (block) return block
  throw new Error(`No products with ${other}`)
}

/** Shares as they cross in decimal digits; undefined for what is none. */
export function readShares(value: unknown, length: number): Shares | undefined {
  const fits =
    Array.isArray(value) &&
    value.length === length &&
    value.every((text) => typeof text === 'string' && /^-?\d{1,49}$/.test(text))
  return fits ? value.map(BigInt) : undefined
}
