/**
 * The step of a stochastic quasi-Newton method, for a vector that several parties hold parts of.
 *
 * Byrd, Hansen, Nocedal and Singer, "A Stochastic Quasi-Newton Method for Large-Scale Optimization" (SIAM Journal on
 * Optimization 26, 2016): limited-memory BFGS whose pairs are the change s of averaged weights and y = H·s of a sample of
 * the rows. The two-loop recursion asks for nothing but inner products, so that the step is a combination of gradient and
 * memory whose factors follow from sums over all parties (Chen, Wang and Zhou, "Large-scale L-BFGS using MapReduce", NIPS
 * 2014): each party adds up its own part.
 * @module
 */
import { dot } from './matrix.ts'

/** One party's part of a pair: the change of the weights, and the Hessian's product with it. */
export interface NewtonPair {
  readonly s: Float64Array
  readonly y: Float64Array
}

/** Inner products over all parties: `sy[i][j]` = s_i·y_j, `yy[i][j]` = y_i·y_j, the oldest pair first. */
export interface NewtonTable {
  readonly sy: readonly (readonly number[])[]
  readonly yy: readonly (readonly number[])[]
}

/** What gradient and memory are multiplied by. */
export interface NewtonFactors {
  readonly gradient: number
  readonly s: readonly number[]
  readonly y: readonly number[]
}

/** A pair that is no change to speak of says nothing of the curvature. */
const LEAST = 2 ** -70

/** A memory of no pairs. */
export const NO_PAIRS: NewtonTable = { sy: [], yy: [] }

/** The memory with one more pair; beyond `most` pairs the oldest goes. */
export function remember<T>(pairs: readonly T[], pair: T, most: number): T[] {
  return [...pairs.slice(Math.max(0, pairs.length + 1 - most)), pair]
}

/** One party's addends of s_i·g for all pairs, then of y_i·g. */
export function gradientProducts(
  pairs: readonly NewtonPair[],
  gradient: Float64Array,
): Float64Array {
  return Float64Array.of(
    ...pairs.map(({ s }) => dot(s, gradient)),
    ...pairs.map(({ y }) => dot(y, gradient)),
  )
}

/** One party's addends for the newest pair n: s_n·y_j and s_j·y_n for all others j, y_n·y_j for these, s_n·y_n, y_n·y_n. */
export function pairProducts(pairs: readonly NewtonPair[]): Float64Array {
  const newest = pairs[pairs.length - 1]
  const others = pairs.slice(0, -1)
  return Float64Array.of(
    ...others.map(({ y }) => dot(newest.s, y)),
    ...others.map(({ s }) => dot(s, newest.y)),
    ...others.map(({ y }) => dot(newest.y, y)),
    dot(newest.s, newest.y),
    dot(newest.y, newest.y),
  )
}

/** How many numbers `pairProducts` gives for so many pairs. */
export function countPairProducts(pairs: number): number {
  return 3 * (pairs - 1) + 2
}

/** The table with the sums of `pairProducts` of all parties; beyond `most` pairs the oldest is forgotten. */
export function growTable(table: NewtonTable, sums: Float64Array, most: number): NewtonTable {
  const from = Math.max(0, table.sy.length + 1 - most)
  const keep = (rows: NewtonTable['sy']) => rows.slice(from).map((row) => row.slice(from))
  const [sy, yy] = [keep(table.sy), keep(table.yy)]
  const others = sy.length
  if (sums.length !== countPairProducts(others + 1)) {
    throw new RangeError(`growTable: ${sums.length} sums for ${others + 1} pairs`)
  }
  const part = (at: number) => [...sums.subarray(at * others, (at + 1) * others)]
  const [own, theirs, both] = [part(0), part(1), part(2)]
  const [sn, yn] = sums.subarray(3 * others)
  return {
    sy: [...sy.map((row, at) => [...row, theirs[at]]), [...own, sn]],
    yy: [...yy.map((row, at) => [...row, both[at]]), [...both, yn]],
  }
}

/** The two-loop recursion on inner products: the factors of H·g, from the sums of `gradientProducts` of all parties. */
export function newtonFactors({ sy, yy }: NewtonTable, products: Float64Array): NewtonFactors {
  const count = sy.length
  if (products.length !== 2 * count) {
    throw new RangeError(`newtonFactors: ${products.length} products for ${count} pairs`)
  }
  const s = Array.from(sy, () => 0)
  const y = Array.from(sy, () => 0)
  const usable = sy.flatMap((row, at) => (row[at] > LEAST ? [at] : []))
  const last = usable.at(-1)
  if (last === undefined) return { gradient: 1, s, y }
  const alphas = new Map<number, number>()
  for (const i of usable.toReversed()) {
    const along = products[i] + y.reduce((sum, factor, j) => sum + factor * sy[i][j], 0)
    const alpha = along / sy[i][i]
    alphas.set(i, alpha)
    y[i] -= alpha
  }
  const gamma = sy[last][last] / yy[last][last]
  for (let j = 0; j < count; j++) y[j] *= gamma
  for (const i of usable) {
    let along = gamma * products[count + i]
    for (let j = 0; j < count; j++) along += y[j] * yy[i][j] + s[j] * sy[j][i]
    s[i] += (alphas.get(i) ?? 0) - along / sy[i][i]
  }
  return { gradient: gamma, s, y }
}

/** One party's part of H·g. */
export function combine(
  pairs: readonly NewtonPair[],
  gradient: Float64Array,
  factors: NewtonFactors,
): Float64Array {
  return gradient.map((slope, at) =>
    pairs.reduce(
      (sum, pair, i) => sum + factors.s[i] * pair.s[at] + factors.y[i] * pair.y[at],
      factors.gradient * slope,
    ),
  )
}
