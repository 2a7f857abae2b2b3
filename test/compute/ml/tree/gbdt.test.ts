import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { auc } from '../../../../src/compute/ml/metric.ts'
import { createRng } from '../../../../src/compute/ml/rng.ts'
import { binColumns, type MissingRule } from '../../../../src/compute/ml/tree/binning.ts'
import {
  BOOST_RULE,
  type BoostRule,
  scoreGbdt,
  trainGbdt,
} from '../../../../src/compute/ml/tree/gbdt.ts'
import { quantise, SUM_BITS } from '../../../../src/compute/ml/tree/gradient.ts'
import type { Tree } from '../../../../src/compute/ml/tree/grow.ts'
import {
  binaryObjective,
  regressionObjective,
  softmaxObjective,
} from '../../../../src/compute/ml/tree/objective.ts'
import { gossSample, sampleOf } from '../../../../src/compute/ml/tree/sample.ts'
import { sharedData } from '../../../helpers/shared-data.ts'
import { joined, sharedParties, treeData, type TreeData } from '../../../helpers/tree-data.ts'

const NONE = { useMissing: false, zeroAsMissing: false }

/** A tree as nested tuples. */
type Nested = number | [feature: number, bin: number, missingLeft: boolean, l: Nested, r: Nested]

function nested(tree: Tree, at = 0): Nested {
  const { split, left, right, weight } = tree[at]
  if (split === null) return Math.round(weight * 1e7) / 1e7
  assert.ok('feature' in split)
  const { feature, bin, missingLeft } = split
  return [feature, bin, missingLeft, nested(tree, left), nested(tree, right)]
}

/** The definition: tries every split of every node on doubles, with recursion instead of levels. */
function growPlainly(
  data: TreeData,
  { g, h }: { g: Float64Array; h: Float64Array },
  rule: BoostRule,
): Nested {
  const columns = binColumns(data.columns, { most: rule.bins, rule: rule.missing })
  const score = (G: number, H: number) => {
    const soft = Math.sign(G) * Math.max(0, Math.abs(G) - rule.alpha)
    return soft ** 2 / (H + rule.lambda)
  }
  function grow(rows: number[], depth: number): Nested {
    const sum = (of: Float64Array, list: number[]) => list.reduce((all, row) => all + of[row], 0)
    const [G, H] = [sum(g, rows), sum(h, rows)]
    const soft = Math.sign(G) * Math.max(0, Math.abs(G) - rule.alpha)
    const leaf = Math.round((-soft / (H + rule.lambda)) * rule.learningRate * 1e7) / 1e7 + 0
    if (depth === rule.maxDepth || rows.length < rule.minSplit) return leaf
    let best: { gain: number; cut: [number, number, boolean]; left: number[] } | undefined
    columns.forEach(({ bins, count, missing }, feature) => {
      for (let bin = 0; bin < count; bin++) {
        for (const missingLeft of missing ? [false, true] : [false]) {
          const left = rows.filter((row) => (bins[row] === count ? missingLeft : bins[row] <= bin))
          const right = rows.filter((row) => !left.includes(row))
          if (left.length < Math.max(1, rule.minLeaf)) continue
          if (right.length < Math.max(1, rule.minLeaf)) continue
          if (sum(h, left) < rule.minChildWeight || sum(h, right) < rule.minChildWeight) continue
          const gain =
            score(sum(g, left), sum(h, left)) + score(sum(g, right), sum(h, right)) - score(G, H)
          if (gain > (best ? best.gain + 1e-7 : rule.minGain)) {
            best = { gain, cut: [feature, bin, missingLeft], left }
          }
        }
      }
    })
    if (!best) return leaf
    const { left, cut } = best
    const right = rows.filter((row) => !left.includes(row))
    return [...cut, grow(left, depth + 1), grow(right, depth + 1)]
  }
  return grow([...data.labels.keys()], 0)
}

describe('the histogram learner', () => {
  const RULES: Record<string, Partial<BoostRule>> = {
    'the defaults': {},
    'many rows in a leaf': { minLeaf: 9, minSplit: 40, maxDepth: 5 },
    'both penalties': { lambda: 2, alpha: 0.8, maxDepth: 4 },
    'a least child weight and gain': { minChildWeight: 5, minGain: 1, maxDepth: 6 },
    'few bins': { bins: 3, maxDepth: 4 },
  }
  for (const [name, part] of Object.entries(RULES)) {
    for (const missing of [0, 0.2]) {
      it(`grows the tree that trying every split gives: ${name}, ${missing} missing`, async () => {
        const data = treeData({ rows: 120, columns: 5, classes: 2, missing })
        const rule = {
          ...BOOST_RULE,
          bins: 8,
          ...part,
          rounds: 1,
          missing: { useMissing: missing > 0, zeroAsMissing: false },
        }
        const { trees } = await trainGbdt(data, binaryObjective(), rule)
        const scores = [new Float64Array(120)]
        const plain = growPlainly(data, binaryObjective().derivatives(data.labels, scores, 0), rule)
        assert.deepEqual(nested(trees[0]), plain)
        assert.ok(trees[0].length > 3)
      })
    }
  }

  it('scores training rows as it learnt them', async () => {
    for (const missing of [0, 0.15]) {
      const rows = 200
      const data = treeData({ rows, columns: 6, classes: 2, missing })
      const rule: MissingRule = { useMissing: missing > 0, zeroAsMissing: false }
      const objective = binaryObjective()
      const model = await trainGbdt(data, objective, { ...BOOST_RULE, rounds: 8, missing: rule })
      const scores = await scoreGbdt(model, data.columns, { rows, missing: rule })
      assert.equal(objective.loss(data.labels, scores), model.losses[7])
      assert.ok(model.losses.every((loss, at) => at === 0 || loss < model.losses[at - 1]))
    }
  })

  it('tells three classes apart, and learns a number', async () => {
    const rows = 300
    const three = treeData({ rows, columns: 5, classes: 3 })
    const softmax = softmaxObjective(3)
    const model = await trainGbdt(three, softmax, { ...BOOST_RULE, rounds: 15 })
    assert.equal(model.trees.length, 45)
    const scores = await scoreGbdt(model, three.columns, { rows, missing: NONE })
    const right = three.labels.filter((label, row) => {
      const chances = softmax.link(scores.map((each) => each[row]))
      return chances.indexOf(Math.max(...chances)) === label
    })
    assert.ok(right.length > 0.9 * rows, `${right.length} of ${rows}`)

    const numbers = treeData({ rows, columns: 5, classes: 0 })
    for (const name of ['lse', 'lae', 'huber', 'fair', 'log_cosh', 'tweedie', 'poisson'] as const) {
      const rule = { ...BOOST_RULE, rounds: 40, learningRate: 0.2 }
      const { losses } = await trainGbdt(numbers, regressionObjective(name), rule)
      assert.ok(losses[39] < losses[0], `${name}: ${losses[0]} to ${losses[39]}`)
    }
  })

  it('gives the same bits for the same seed, others for another', async () => {
    const data = treeData({ rows: 200, columns: 6, classes: 2 })
    const rule = { ...BOOST_RULE, rounds: 4, featureRate: 0.5, rowRate: 0.7 }
    const first = await trainGbdt(data, binaryObjective(), rule)
    assert.deepEqual(await trainGbdt(data, binaryObjective(), rule), first)
    const other = await trainGbdt(data, binaryObjective(), { ...rule, seed: 7 })
    assert.notDeepEqual(other.trees, first.trees)
  })
})

describe('integer gradients', () => {
  it('are off by no more than they say, and their sums fit', () => {
    const rng = createRng(4)
    for (const scale of [1e-250, 1e-9, 1, 12345.678, 1e200]) {
      const g = Float64Array.from({ length: 1000 }, () => scale * rng.normal())
      const { g: integers, gUnit } = quantise(g, new Float64Array(1000))
      const most = Math.max(...g.map(Math.abs))
      assert.ok(integers.every(Number.isInteger))
      assert.ok(integers.reduce((sum, value) => sum + Math.abs(value), 0) <= 2 ** SUM_BITS)
      integers.forEach((integer, row) => {
        assert.ok(Math.abs(integer * gUnit - g[row]) <= 1000 * most * 2 ** (1 - SUM_BITS))
      })
    }
    const extreme = quantise(new Float64Array(7).fill(-3), new Float64Array(7).fill(3))
    assert.ok(extreme.h.reduce((sum, value) => sum + value, 0) <= 2 ** SUM_BITS)
  })

  it('refuse what has no sum', () => {
    assert.throws(() => quantise(Float64Array.of(Number.NaN), Float64Array.of(1)), /row 0 is NaN/)
    assert.throws(() => quantise(Float64Array.of(1), Float64Array.of(-1)), /second derivative/)
  })
})

describe('samples', () => {
  it('one-side sampling keeps the large gradients and an unbiased sum', () => {
    const g = Float64Array.from({ length: 1000 }, (_, row) => ((row * 7919) % 1000) / 1000)
    let sum = 0
    for (let seed = 0; seed < 200; seed++) {
      const sample = gossSample(g, { top: 0.2, other: 0.1, rng: createRng(seed) })
      assert.equal(sample.rows.length, 300)
      const { rows, factors = new Float64Array() } = sample
      const kept = new Set(rows)
      g.forEach((value, row) => value >= 0.8 && assert.ok(kept.has(row)))
      assert.ok(rows.every((row, at) => at === 0 || row > rows[at - 1]))
      rows.forEach((row, at) => (sum += factors[at] * g[row]))
    }
    assert.ok(Math.abs(sum / 200 / 499.5 - 1) < 0.01, `${sum / 200}`)
  })

  it('one-side sampling learns nearly as well', async () => {
    const data = treeData({ rows: 600, columns: 6, classes: 2 })
    const areaOf = async (goss: BoostRule['goss']) => {
      const model = await trainGbdt(data, binaryObjective(), { ...BOOST_RULE, rounds: 20, goss })
      const [scores] = await scoreGbdt(model, data.columns, { rows: 600, missing: NONE })
      return auc(data.labels, scores)
    }
    const [all, some] = [await areaOf(null), await areaOf({ top: 0.2, other: 0.1 })]
    assert.ok(some > all - 0.03, `${some}, with all rows ${all}`)
  })

  it('have the size that was asked for', () => {
    assert.equal(sampleOf(10, 0.25, createRng(1)).length, 3)
    assert.equal(sampleOf(10, 0.01, createRng(1)).length, 1)
    assert.throws(() => sampleOf(10, 0, createRng(1)), /rate above 0/)
  })
})

describe("FATE's tables", { skip: sharedData === undefined && 'needs the shared data' }, () => {
  it('breast: 10 trees of depth 3 give an AUC above 0.995', async () => {
    const data = joined(sharedParties('breast_hetero_guest.csv', 'breast_hetero_host.csv'))
    const model = await trainGbdt(data, binaryObjective(), { ...BOOST_RULE, rounds: 10 })
    const rows = data.labels.length
    const [scores] = await scoreGbdt(model, data.columns, { rows, missing: NONE })
    assert.ok(auc(data.labels, scores) > 0.995)
  })

  it('default credit: 50 trees of depth 3 give an AUC of at least 0.785', async () => {
    const data = joined(
      sharedParties('default_credit_hetero_guest.csv', 'default_credit_hetero_host.csv'),
    )
    const model = await trainGbdt(data, binaryObjective())
    const rows = data.labels.length
    const [scores] = await scoreGbdt(model, data.columns, { rows, missing: NONE })
    const area = auc(data.labels, scores)
    assert.ok(area >= 0.785, `AUC ${area}`)
  })
})
