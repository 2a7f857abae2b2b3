import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { dot } from '../../../src/compute/ml/matrix.ts'
import {
  combine,
  gradientProducts,
  growTable,
  newtonFactors,
  type NewtonPair,
  NO_PAIRS,
  pairProducts,
  remember,
} from '../../../src/compute/ml/quasi-newton.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import { newtonStep } from '../../helpers/plain-sqn.ts'

const WIDTH = 6
const rng = createRng(5)
const vector = () => Float64Array.from({ length: WIDTH }, rng.normal)
const root = Array.from({ length: WIDTH }, vector)
/** Products with a Hessian that is positive definite. */
const bend = (v: Float64Array) => {
  const half = root.map((row) => dot(row, v))
  return v.map((value, at) => value + root.reduce((sum, row, i) => sum + row[at] * half[i], 0))
}
const pairOf = (s: Float64Array): NewtonPair => ({ s, y: bend(s) })
const cut = ({ s, y }: NewtonPair, from: number, to: number): NewtonPair => {
  return { s: s.slice(from, to), y: y.slice(from, to) }
}
const sum = (a: Float64Array, b: Float64Array) => a.map((value, at) => value + b[at])

describe('quasi-Newton steps', () => {
  it('two parties add up the step of the recursion on whole vectors, also when old pairs go', () => {
    const places = [
      [0, 2],
      [2, WIDTH],
    ] as const
    let whole: NewtonPair[] = []
    let parts: NewtonPair[][] = [[], []]
    let table = NO_PAIRS
    for (let round = 0; round < 5; round++) {
      const pair = pairOf(vector())
      whole = remember(whole, pair, 3)
      parts = parts.map((own, at) => remember(own, cut(pair, places[at][0], places[at][1]), 3))
      table = growTable(table, sum(pairProducts(parts[0]), pairProducts(parts[1])), 3)
      const g = vector()
      const own = places.map(([from, to]) => g.slice(from, to))
      const products = parts.map((pairs, at) => gradientProducts(pairs, own[at]))
      const factors = newtonFactors(table, sum(products[0], products[1]))
      const found = parts.flatMap((pairs, at) => [...combine(pairs, own[at], factors)])
      const expected = newtonStep(whole, g)
      found.forEach((value, at) => assert.ok(Math.abs(value - expected[at]) < 1e-10))
      assert.equal(table.sy.length, Math.min(3, round + 1))
    }
  })

  it('the step along the last change is that change: H·y = s', () => {
    const pairs = [pairOf(vector()), pairOf(vector())]
    let table = growTable(NO_PAIRS, pairProducts(pairs.slice(0, 1)), 5)
    table = growTable(table, pairProducts(pairs), 5)
    const factors = newtonFactors(table, gradientProducts(pairs, pairs[1].y))
    combine(pairs, pairs[1].y, factors).forEach((value, at) => {
      assert.ok(Math.abs(value - pairs[1].s[at]) < 1e-10)
    })
  })

  it('a change of nothing is passed over', () => {
    const still = { s: new Float64Array(WIDTH), y: new Float64Array(WIDTH) }
    const g = vector()
    const table = growTable(NO_PAIRS, pairProducts([still]), 5)
    assert.deepEqual(combine([still], g, newtonFactors(table, gradientProducts([still], g))), g)
  })
})
