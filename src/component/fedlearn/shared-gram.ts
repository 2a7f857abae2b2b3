/**
 * Products of all columns of all parties, XᵀX, of which every block of two parties is shared between these two, and
 * gradients from them. With them a training touches no row after its start.
 *
 * Once for a table: the earlier party of two sends its columns under its own key; the later one multiplies them with its
 * own and hands the products back under masks of 80 bits more (`compute/crypto/shared-real.ts`): each has a share of the
 * block. For a gradient every party sends its weights under its own key; each multiplies its shares with them, in four
 * parts of 40 bits, and hands that back masked in the same way; the weights' owner adds what its own shares give, and
 * sends the sum to the one whose gradient it is, under masks that cancel over all who send (`pair-masks.ts`). So a party
 * learns the sum over all parties of `X_kᵀ X_j w_j`, its own gradient, and nothing else. For parties that follow the
 * protocol.
 * @module
 */
import { type AdditiveScheme, type AdditiveSecret } from '../../compute/crypto/additive.ts'
import {
  addShares,
  type IntegerMatrix,
  multiplyOther,
  type Shares,
  wrapShare,
} from '../../compute/crypto/shared-real.ts'
import { fromColumns, type Matrix } from '../../compute/ml/matrix.ts'
import type { Address } from '../../federation/channel.ts'
import { blob, json } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import type { PairSeeds } from './pair-masks.ts'

/** Who takes part, and with which keys. */
export interface GramWork {
  readonly context: TaskContext
  /** In an order that all know, this one included. */
  readonly parties: readonly Address[]
  readonly own: AdditiveSecret
  readonly others: ReadonlyMap<Address, AdditiveScheme>
  readonly masks: PairSeeds
}

/** Products of this party's columns with those of all, over the rows of one table. */
export interface SharedGram {
  readonly rows: number
  /** Own columns by own columns. */
  readonly own: Float64Array
  readonly cols: number
  /** Shares of own columns by the other's, by the other's address. */
  readonly blocks: ReadonlyMap<Address, { readonly cols: number; readonly shares: Shares }>
}

/** Fractional bits of columns. */
export const COLUMN_FRACTION = 24
/** Fractional bits of weights. */
export const WEIGHT_FRACTION = 36
/** Magnitudes below which features, labels and weights are. */
const FEATURE_LIMIT = 2 ** 4
const COLUMN_LIMIT = 2 ** 20
const WEIGHT_LIMIT = 2 ** 20
const COLUMN_BOUND = COLUMN_LIMIT * 2 ** COLUMN_FRACTION
/** No weight is larger as an integer. */
export const WEIGHT_BOUND = BigInt(WEIGHT_LIMIT) << BigInt(WEIGHT_FRACTION)
/** More rows would run over the shares: 28 bits of a feature, 44 of a label, 56 of a weight, and those of rows and columns. */
const MOST_ROWS = 2 ** 24
/** Rows of one message. */
const BLOCK_ROWS = 1 << 15

/** Columns as they enter the products: rounded to 24 bits after the point. Throws for one that is too large. */
export function roundColumns(
  columns: readonly Float64Array[],
  { owner, label }: { owner: Address; label?: Float64Array },
): Matrix {
  const rounded = (values: Float64Array, limit: number, what: string) =>
    values.map((value) => {
      if (Math.abs(value) < limit) return roundTo(value, COLUMN_FRACTION)
      throw new Error(`A ${what} of ${owner} is not below ${limit} in magnitude`)
    })
  return fromColumns([
    ...columns.map((values) => rounded(values, FEATURE_LIMIT, 'scaled column')),
    ...(label ? [rounded(label, COLUMN_LIMIT, 'label')] : []),
  ])
}

/** Weights as they enter the products. Throws where a training diverges. */
export function roundWeights(weights: Float64Array): Float64Array {
  return weights.map((value) => {
    if (Math.abs(value) < WEIGHT_LIMIT) return roundTo(value, WEIGHT_FRACTION)
    throw new Error(`The training diverges: a weight is ${value}. Lower eta`)
  })
}

/** Shares of the products of `matrix`, rounded columns, with those of every other party. */
export async function shareGram(work: GramWork, matrix: Matrix): Promise<SharedGram> {
  const { context, parties } = work
  const { self } = context.channel
  const { rows, cols } = matrix
  if (rows > MOST_ROWS) throw new Error(`A training of ${rows} rows is too large`)
  const place = parties.indexOf(self)
  const blocks = new Map<Address, { cols: number; shares: Shares }>()
  const integers = integerColumns(matrix)
  await sendColumns(work, integers, parties.slice(place + 1))
  for (const from of parties.slice(0, place)) {
    blocks.set(from, await multiplyColumns(work, integers, from))
  }
  for (const from of parties.slice(place + 1)) {
    blocks.set(from, await receiveProducts(work, integers, from))
  }
  return { rows, cols, own: ownGram(matrix), blocks }
}

/** Every column of the earlier party, under its key, to all later ones, and what they make of it. */
async function sendColumns(
  { context, own }: GramWork,
  { rows, cols, data }: IntegerMatrix,
  later: readonly Address[],
): Promise<void> {
  const { channel, progress, signal } = context
  if (later.length === 0) return
  for (const to of later) await channel.send(to, 'width', json.encode(cols))
  for (let col = 0; col < cols; col++) {
    for (const { from, to: end } of blocksOf(rows)) {
      signal.throwIfAborted()
      const values = Array.from({ length: end - from }, (_, row) =>
        BigInt(data[(from + row) * cols + col]),
      )
      const column = blob.encode(own.toBytes(await own.encrypt(values, BigInt(COLUMN_BOUND))))
      for (const to of later) await channel.send(to, 'column', column)
    }
    progress(col + 1, cols, 'columns')
  }
}

/** The later party's side: its share, own columns by the other's. */
async function multiplyColumns(
  { context, others }: GramWork,
  matrix: IntegerMatrix,
  from: Address,
): Promise<{ cols: number; shares: Shares }> {
  const { channel, random, signal } = context
  const scheme = others.get(from)
  const width = json.decode(await channel.receive(from, 'width'))
  if (!scheme || typeof width !== 'number' || !Number.isSafeInteger(width) || width < 1) {
    throw malformed(from, 'width')
  }
  const { rows, cols, data, bound } = matrix
  const shares = Array.from({ length: cols * width }, () => 0n)
  for (let other = 0; other < width; other++) {
    for (const { from: top, to: end } of blocksOf(rows)) {
      signal.throwIfAborted()
      const column = scheme.fromBytes(blob.decode(await channel.receive(from, 'column')))
      if (column.length !== end - top || column.bound > BigInt(COLUMN_BOUND)) {
        throw malformed(from, 'column')
      }
      const part = { rows: end - top, cols, data: data.subarray(top * cols, end * cols), bound }
      const reply = await multiplyOther(scheme, { matrix: part, shares: column }, random)
      await channel.send(from, 'column_products', blob.encode(scheme.toBytes(reply.answer)))
      reply.own.forEach((share, col) => {
        shares[col * width + other] = wrapShare(shares[col * width + other] + share)
      })
    }
  }
  return { cols: width, shares }
}

/** The earlier party's side: its share, own columns by the other's. */
async function receiveProducts(
  { context, own }: GramWork,
  { rows, cols }: IntegerMatrix,
  from: Address,
): Promise<{ cols: number; shares: Shares }> {
  const lines: Shares[] = []
  for (let col = 0; col < cols; col++) {
    let sum: Shares | undefined
    for (let block = 0; block < blocksOf(rows).length; block++) {
      context.signal.throwIfAborted()
      const answer = own.fromBytes(
        blob.decode(await context.channel.receive(from, 'column_products')),
      )
      const width = sum?.length ?? lines[0]?.length ?? answer.length
      if (answer.length !== width) throw malformed(from, 'column_products')
      const products = (await own.decrypt(answer)).map(wrapShare)
      sum = sum ? addShares(sum, products) : products
    }
    lines.push(sum ?? [])
  }
  return { cols: lines[0]?.length ?? 0, shares: lines.flat() }
}

function integerColumns({ rows, cols, data }: Matrix): IntegerMatrix {
  return {
    rows,
    cols,
    data: data.map((value) => value * 2 ** COLUMN_FRACTION),
    bound: COLUMN_BOUND,
  }
}

function ownGram({ rows, cols, data }: Matrix): Float64Array {
  const gram = new Float64Array(cols * cols)
  for (let row = 0; row < rows; row++) {
    for (let a = 0; a < cols; a++) {
      for (let b = 0; b < cols; b++)
        gram[a * cols + b] += data[row * cols + a] * data[row * cols + b]
    }
  }
  return gram
}

function blocksOf(rows: number): { from: number; to: number }[] {
  return Array.from({ length: Math.ceil(rows / BLOCK_ROWS) }, (_, at) => ({
    from: at * BLOCK_ROWS,
    to: Math.min(rows, (at + 1) * BLOCK_ROWS),
  }))
}

function roundTo(value: number, fraction: number): number {
  return Math.round(value * 2 ** fraction) / 2 ** fraction
}

/** A peer that does not keep to the protocol. */
export function malformed(from: Address, tag: string): Error {
  return new Error(`${from} sent malformed ${tag}`)
}
