import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { binColumns } from '../../../../src/compute/ml/tree/binning.ts'
import {
  BOOST_RULE,
  type BoostRule,
  lessonOf,
  scoreGbdt,
  trainGbdt,
} from '../../../../src/compute/ml/tree/gbdt.ts'
import { outputsOf, sumOver } from '../../../../src/compute/ml/tree/gradient.ts'
import type { Tree } from '../../../../src/compute/ml/tree/grow.ts'
import { binaryObjective, softmaxObjective } from '../../../../src/compute/ml/tree/objective.ts'
import { treeData, type TreeData } from '../../../helpers/tree-data.ts'

const NONE = { useMissing: false, zeroAsMissing: false }

/** A tree as nested tuples; a leaf is its weights, rounded. */
type Nested = readonly number[] | [cut: string, left: Nested, right: Nested]

function nested(tree: Tree, at = 0): Nested {
  const { split, left, right, weights = [] } = tree[at]
  if (split === null) return weights.map(rounded)
  assert.ok('feature' in split)
  const { feature, bin, missingLeft } = split
  return [`${feature} ${bin} ${missingLeft}`, nested(tree, left), nested(tree, right)]
}

function rounded(value: number): number {
  return Math.round(value * 1e7) / 1e7 + 0
}

/**
 * The definition, on doubles and by recursion: every split of every node is tried, its gain the sum over the classes of
 * those that softmax would have alone.
 */
function growPlainly(data: TreeData, scores: readonly Float64Array[], rule: BoostRule): Nested {
  const columns = binColumns(data.columns, { most: rule.bins, rule: rule.missing })
  const pairs = Array.from(data.labels, (label, row) => {
    const powers = scores.map((each) => Math.exp(each[row]))
    const total = powers.reduce((sum, power) => sum + power, 0)
    return powers.map((power, kind) => {
      const chance = power / total
      return { g: chance - (label === kind ? 1 : 0), h: chance * (1 - chance) }
    })
  })
  const kinds = scores.map((_, kind) => kind)
  const sum = (list: readonly number[], kind: number, of: 'g' | 'h') =>
    list.reduce((all, row) => all + pairs[row][kind][of], 0)
  const soft = (G: number) => Math.sign(G) * Math.max(0, Math.abs(G) - rule.alpha)
  const score = (list: readonly number[]) =>
    kinds
      .map((kind) => soft(sum(list, kind, 'g')) ** 2 / (sum(list, kind, 'h') + rule.lambda))
      .reduce((all, part) => all + part)
  const weight = (list: readonly number[]) =>
    kinds.reduce((all, kind) => all + sum(list, kind, 'h'), 0)

  function grow(rows: readonly number[], depth: number): Nested {
    const leaf = kinds.map((kind) => {
      const step = -soft(sum(rows, kind, 'g')) / (sum(rows, kind, 'h') + rule.lambda)
      return rounded(step * rule.learningRate)
    })
    if (depth === rule.maxDepth || rows.length < rule.minSplit) return leaf
    let best: { gain: number; cut: string; left: number[]; right: number[] } | undefined
    columns.forEach(({ bins, count, missing }, feature) => {
      for (let bin = 0; bin < count; bin++) {
        for (const missingLeft of missing ? [false, true] : [false]) {
          const goes = (row: number) => (bins[row] === count ? missingLeft : bins[row] <= bin)
          const left = rows.filter(goes)
          const right = rows.filter((row) => !goes(row))
          if (Math.min(left.length, right.length) < rule.minLeaf) continue
          if (Math.min(weight(left), weight(right)) < rule.minChildWeight) continue
          const gain = score(left) + score(right) - score(rows)
          if (gain > (best ? best.gain + 1e-7 : rule.minGain)) {
            best = { gain, cut: `${feature} ${bin} ${missingLeft}`, left, right }
          }
        }
      }
    })
    if (!best) return leaf
    return [best.cut, grow(best.left, depth + 1), grow(best.right, depth + 1)]
  }
  return grow([...data.labels.keys()], 0)
}

describe('trees with several outputs', () => {
  const RULES: Record<string, Partial<BoostRule>> = {
    'the defaults': {},
    'many rows in a leaf': { minLeaf: 9, minSplit: 40, maxDepth: 5 },
    'both penalties': { lambda: 2, alpha: 0.8, maxDepth: 4 },
    // It is the sum over all classes that must be so large.
    'a least child weight and gain': { minChildWeight: 12, minGain: 0.5, maxDepth: 6 },
  }
  for (const [name, part] of Object.entries(RULES)) {
    for (const missing of [0, 0.2]) {
      it(`are those that trying every split gives: ${name}, ${missing} missing`, async () => {
        const data = treeData({ rows: 150, columns: 5, classes: 4, missing })
        const rule: BoostRule = {
          ...BOOST_RULE,
          bins: 8,
          ...part,
          rounds: 2,
          multiOutput: true,
          missing: { useMissing: missing > 0, zeroAsMissing: false },
        }
        const { trees, initial } = await trainGbdt(data, softmaxObjective(4), rule)
        assert.equal(trees.length, 2)
        let scores: Float64Array[] = initial.map((score) => new Float64Array(150).fill(score))
        for (const [round, tree] of trees.entries()) {
          assert.deepEqual(nested(tree), growPlainly(data, scores, rule))
          assert.ok(tree.length > 3)
          const model = { initial, trees: trees.slice(0, round + 1) }
          scores = await scoreGbdt(model, data.columns, { rows: 150, missing: rule.missing })
        }
      })
    }
  }

  it('score training rows as they learnt them, and get better', async () => {
    const data = treeData({ rows: 200, columns: 6, classes: 3 })
    const objective = softmaxObjective(3)
    const rule = { ...BOOST_RULE, rounds: 8, multiOutput: true }
    const model = await trainGbdt(data, objective, rule)
    const scores = await scoreGbdt(model, data.columns, { rows: 200, missing: NONE })
    assert.equal(objective.loss(data.labels, scores), model.losses[7])
    assert.ok(model.losses.every((loss, at) => at === 0 || loss < model.losses[at - 1]))
    assert.ok(model.losses[7] < 0.6 * Math.log(3), `loss ${model.losses[7]}`)
  })

  it('are the ordinary ones where there is one output', async () => {
    const data = treeData({ rows: 100, columns: 4, classes: 2 })
    const rule = { ...BOOST_RULE, rounds: 3 }
    const plain = await trainGbdt(data, binaryObjective(), rule)
    assert.deepEqual(
      await trainGbdt(data, binaryObjective(), { ...rule, multiOutput: true }),
      plain,
    )
  })

  it('learn from one sample for all outputs: the rows with the largest sums of derivatives', () => {
    const data = treeData({ rows: 100, columns: 3, classes: 3 })
    const objective = softmaxObjective(3)
    const scores = data.columns.map((values) => values.map((value) => value / 2))
    const rule = { ...BOOST_RULE, multiOutput: true, goss: { top: 0.3, other: 0.2 } }
    const state = { objective, labels: data.labels, scores }
    const { gradients, used } = lessonOf(state, { rule, round: 0, output: 'all' })
    assert.equal(used.length, 50)
    const exact = [0, 1, 2].map((output) => objective.derivatives(data.labels, scores, output))
    const sizes = Array.from(data.labels, (_, row) =>
      exact.reduce((sum, { g }) => sum + Math.abs(g[row]), 0),
    )
    const order = [...sizes.keys()].toSorted((a, b) => sizes[b] - sizes[a])
    const top = new Set(order.slice(0, 30))
    assert.ok([...top].every((row) => used.includes(row)))
    outputsOf(gradients).forEach(({ g, gUnit, h, hUnit }, output) => {
      for (const row of data.labels.keys()) {
        const factor = top.has(row) ? 1 : used.includes(row) ? 70 / 20 : 0
        assert.ok(Math.abs(g[row] * gUnit - exact[output].g[row] * factor) < 1e-9)
        assert.ok(Math.abs(h[row] * hUnit - exact[output].h[row] * factor) < 1e-9)
      }
    })
    const total = sumOver(gradients, used)
    assert.equal(outputsOf(total).length, 3)
  })
})
