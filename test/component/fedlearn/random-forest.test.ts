import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { columnShares, treeRows } from '../../../src/component/fedlearn/forest-draw.ts'
import { noisyChoice } from '../../../src/component/fedlearn/forest-noise.ts'
import { RandomForestParam } from '../../../src/component/fedlearn/forest-param.ts'
import { randomForest } from '../../../src/component/fedlearn/random-forest.ts'
import { randomBytes } from '../../../src/compute/crypto/random.ts'
import { column, type Frame } from '../../../src/compute/ml/frame.ts'
import { quantileThresholds } from '../../../src/compute/ml/tree/binning.ts'
import { featuresOf } from '../../../src/compute/ml/tree/gbdt.ts'
import { json } from '../../../src/federation/codec.ts'
import { type ComponentRun, runComponent } from '../../helpers/parties.ts'
import { treeData, type TreeData, treeFrame } from '../../helpers/tree-data.ts'

const MEMBERS = { guest: ['1'], host: ['2', '3'] }
const WIDTHS = [2, 2, 3]
const RULE = { useMissing: true, zeroAsMissing: false }

type Given = Partial<RandomForestParam>

const BASE: Given = {
  numTrees: 3,
  maxTreeSamples: 80,
  minSamplesSplit: 6,
  maxSampledRatio: 1,
  maxDepth: 4,
  encryptionType: 'IterativeAffine',
}

/** The columns of three clients, the label at the first. */
function tables(data: TreeData, slot: string): Record<string, Record<string, Frame>> {
  let from = 0
  return Object.fromEntries(
    WIDTHS.map((width, at) => {
      const to = from + width
      const frame = treeFrame(data, { from, to, label: at === 0 })
      from = to
      return [`${at === 0 ? 'guest' : 'host'}:${at + 1}`, { [slot]: frame }]
    }),
  )
}

function train(data: TreeData, params: Given = {}): Promise<ComponentRun> {
  return runComponent(randomForest, {
    members: MEMBERS,
    params: RandomForestParam.parse({ ...BASE, ...params }),
    tables: tables(data, 'train_data'),
  })
}

function scores(run: ComponentRun): number[] {
  return Array.from(column(run.parties['guest:1'].tables[0], 'predict_score').values, Number)
}

function series(run: ComponentRun, name: string): number[] {
  return run.parties['guest:1'].metrics
    .filter((metric) => metric.namespace === 'train' && metric.name === name)
    .flatMap(({ points }) => points.map(([, y]) => y))
}

/** Trees grown the long way: every threshold of every drawn column, by what is left of the squared error. */
function plainForest(data: TreeData, given: Given): Float64Array {
  const params = RandomForestParam.parse({ ...BASE, ...given })
  const { columns, labels } = data
  const most = 8 * params.numPercentiles
  const thresholds = columns.map((values) => quantileThresholds(values, { most, rule: RULE }))
  const sums = new Float64Array(labels.length)
  for (let tree = 0; tree < params.numTrees; tree++) {
    const shares = columnShares(WIDTHS, { params, tree })
    const drawn = WIDTHS.flatMap((width, party) => {
      const before = WIDTHS.slice(0, party).reduce((sum, each) => sum + each, 0)
      const rule = { featureRate: shares[party] / width, seed: params.randomSeed }
      return Array.from(featuresOf(width, { rule, tree, party }), (at) => before + at)
    })
    const used = treeRows(labels.length, { params, tree })
    grow([...labels.keys()], new Set(used), params.maxDepth)

    function grow(rows: number[], learnt: Set<number>, levels: number): void {
      const own = rows.filter((row) => learnt.has(row))
      const whole = squaresOf(own)
      let best: { left: number; sides: (row: number) => boolean } | undefined
      if (levels > 0 && own.length > params.minSamplesSplit) {
        for (const at of drawn) {
          for (const threshold of bucketsOf(own, at)) {
            const sides = (row: number) => columns[at][row] <= threshold
            const left = own.filter(sides)
            const right = own.filter((row) => !sides(row))
            if (left.length === 0 || right.length === 0) continue
            const rest = squaresOf(left) + squaresOf(right)
            if (!best || rest < best.left - 1e-9) best = { left: rest, sides }
          }
        }
      }
      if (!best || whole - best.left < 1e-9) {
        for (const row of rows) sums[row] += meanOf(own) / params.numTrees
        return
      }
      const { sides } = best
      grow(rows.filter(sides), learnt, levels - 1)
      grow(
        rows.filter((row) => !sides(row)),
        learnt,
        levels - 1,
      )
    }
  }
  return sums

  /** Thresholds that end a bucket of a node: each holds a percentile of its rows at least. */
  function bucketsOf(own: readonly number[], at: number): number[] {
    const ends = [...thresholds[at], Number.POSITIVE_INFINITY]
    const values = own.map((row) => columns[at][row])
    const counts = ends.map(
      (end, bin) =>
        values.filter((value) => value <= end && value > (ends[bin - 1] ?? -Infinity)).length,
    )
    const few = counts.filter((count) => count > 0).length <= params.numPercentiles
    const size = few ? 1 : Math.floor(own.length / params.numPercentiles)
    let held = 0
    return ends.filter((_, bin) => {
      held += counts[bin]
      const over = counts[bin] > 0 && held >= size
      if (over) held = 0
      return over
    })
  }

  function meanOf(rows: readonly number[]): number {
    return rows.reduce((sum, row) => sum + labels[row], 0) / rows.length
  }
  function squaresOf(rows: readonly number[]): number {
    const mean = meanOf(rows)
    return rows.reduce((sum, row) => sum + (labels[row] - mean) ** 2, 0)
  }
}

function assertNear(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  assert.equal(found.length, expected.length)
  for (let row = 0; row < found.length; row++) {
    assert.ok(
      Math.abs(found[row] - expected[row]) < 1e-9,
      `row ${row}: ${found[row]}, ${expected[row]}`,
    )
  }
}

describe('RandomForest', { timeout: 120_000 }, () => {
  const data = treeData({ rows: 120, columns: 7, classes: 0 })

  it('has the trees of all columns in one table', async () => {
    const run = await train(data)
    assertNear(scores(run), plainForest(data, {}))
    assert.equal(run.unread, 0)
  })

  const VARIED: readonly Given[] = [
    { numTrees: 1 },
    { maxDepth: 2 },
    { maxTreeSamples: -1 },
    { maxSampledFeatures: 3 },
    { maxSampledRatio: 0.5 },
    { numPercentiles: 3 },
    { minSamplesSplit: 40 },
    { randomSeed: 7 },
  ]
  for (const given of VARIED) {
    it(`obeys ${JSON.stringify(given)}`, async () => {
      const [found, base] = [plainForest(data, given), plainForest(data, {})]
      assert.ok(found.some((value, row) => Math.abs(value - base[row]) > 1e-6))
      assertNear(scores(await train(data, given)), found)
    })
  }

  it('draws as many columns as it is told to, one at least of each client', () => {
    const params = RandomForestParam.parse({ maxSampledFeatures: 6, maxSampledRatio: 0.5 })
    const sums = Array.from({ length: 50 }, (_, tree) =>
      columnShares([4, 0, 6, 10], { params, tree }),
    )
    for (const [a, b, c, d] of sums) {
      assert.equal(b, 0)
      assert.ok(a >= 1 && c >= 1 && d >= 1 && a + c + d >= 6 && a + c + d <= 8)
    }
    assert.ok(new Set(sums.map(String)).size > 5)
  })

  it('encrypts labels once for all trees, with Paillier unless told otherwise', async () => {
    const few = treeData({ rows: 40, columns: 7, classes: 2 })
    const run = await train(few, { numTrees: 4, encryptionType: 'Javallier', maxDepth: 2 })
    const sent = run.wire.filter(({ tag, to }) => tag === 'gradients' && to === 'host:2')
    assert.equal(sent.length, 1)
    // Paillier's ciphertexts are twice as long as its key.
    assert.ok(sent[0].bytes.length > 40 * 512 && sent[0].bytes.length < 40 * 520)
    assertNear(scores(run), scores(await train(few, { numTrees: 4, maxDepth: 2 })))
  })

  it('predicts rows as it did in training, hosts answering directions only', async () => {
    const trained = await train(data)
    const models = Object.fromEntries(
      Object.entries(trained.parties).map(([party, { models: own }]) => [party, { model: own[0] }]),
    )
    const run = await runComponent(randomForest, {
      members: MEMBERS,
      params: RandomForestParam.parse(BASE),
      tables: tables(data, 'eval_data'),
      models,
    })
    assertNear(scores(run), scores(trained))
    const fromHosts = new Set(
      run.wire.filter(({ from }) => from !== 'guest:1').map(({ tag }) => tag),
    )
    assert.deepEqual([...fromHosts].toSorted(), ['answers', 'row_digest'])
  })

  it('measures after every tree, draws curves at the end, and knows what columns are worth', async () => {
    const binary = treeData({ rows: 120, columns: 7, classes: 2 })
    const run = await train(binary, {
      eval_metric: ['AUC', 'RMSE', 'KS', 'RAE', 'R2', 'RRSE', 'CONFUSION', 'ROCCURVE', 'TPR'],
      cat_features: '',
    })
    for (const name of ['auc', 'rmse', 'ks', 'rae', 'r2', 'rrse']) {
      assert.equal(series(run, name).length, 3, name)
    }
    const drawn = run.parties['guest:1'].metrics.find(({ name }) => name === 'confusion')
    const counts = JSON.parse(`[${String(drawn?.meta['text'])}]`) as number[][]
    assert.equal(
      counts.flat().reduce((sum, each) => sum + each),
      120,
    )
    const found = Object.values(run.parties).flatMap(({ models }) =>
      models.map(({ param }) => param['featureImportances'] as { importance: number }[]),
    )
    assert.ok(
      found.every((list) => list.length > 0 && list.every(({ importance }) => importance > 0)),
    )
  })

  it('goes on after the tree that it was stopped at, to the same forest', async () => {
    const whole = await train(data)
    const checkpoints = {}
    let trees = 0
    const stop = new Error('stopped')
    await assert.rejects(
      runComponent(randomForest, {
        members: MEMBERS,
        params: RandomForestParam.parse(BASE),
        tables: tables(data, 'train_data'),
        checkpoints,
        tamper(message) {
          if (message.tag === 'kept' && message.from === 'host:2' && ++trees === 3) throw stop
          return message.bytes
        },
      }),
      /stopped/,
    )
    const rest = await runComponent(randomForest, {
      members: MEMBERS,
      params: RandomForestParam.parse(BASE),
      tables: tables(data, 'train_data'),
      checkpoints,
    })
    assertNear(scores(rest), scores(whole))
    assert.ok(rest.wire.length < whole.wire.length)
  })

  it('parts categories one against the others', async () => {
    const rows = 120
    const kind = Float64Array.from({ length: rows }, (_, row) => row % 5)
    const noise = treeData({ rows, columns: 7, classes: 0, seed: 4 })
    // Only the middle one of five counts, which no threshold cuts out at once.
    const labels = kind.map((value) => (value === 2 ? 1 : 0))
    const columns = [...noise.columns]
    columns[3] = kind
    const given: Given = { numTrees: 1, maxDepth: 1, maxTreeSamples: -1, eval_metric: ['RMSE'] }
    const wide = { columns, labels }
    const [plain] = series(await train(wide, given), 'rmse')
    const run = await train(wide, { ...given, cat_features: 'x3' })
    assert.ok(plain > 0.2, String(plain))
    assert.equal(series(run, 'rmse')[0], 0)
    const [importance] = run.parties['host:2'].models[0].param['featureImportances'] as {
      fid: number
      fullname: string
    }[]
    assert.deepEqual([importance.fid, importance.fullname], [1, 'x3'])
  })

  it('hides labels under noise that its budget allows', async () => {
    const given: Given = { numTrees: 1, useDP: 'true', maxTreeSamples: -1 }
    const [one, two] = await Promise.all([train(data, given), train(data, given)])
    assert.notDeepEqual(scores(one), scores(two))
    const state = one.parties['guest:1'].models[0].state as {
      trees: { split: unknown; weight: number; gain: number }[][]
    }
    assert.ok(state.trees[0].every(({ split, weight }) => split === null || weight === 0))
    // What the chosen split was worth is not covered by the mechanism that chose it: nobody is told.
    assert.ok(state.trees[0].every(({ gain }) => gain === 0))
    const orders = one.wire
      .filter(({ tag }) => tag === 'order')
      .map(({ bytes }) => JSON.stringify(json.decode(bytes)))
    assert.ok(orders.some((text) => text.includes('divide')))
    assert.ok(orders.every((text) => !text.includes('gain')))
  })

  it('chooses splits with the odds of the exponential mechanism', () => {
    const rule = {
      lambda: 0,
      alpha: 0,
      minGain: 0,
      minChildWeight: 0,
      minLeaf: 1,
      minSplit: 2,
      maxDepth: 3,
    }
    const units = { gUnit: 1, hUnit: 1 }
    // Utilities 9/3 + 1/3 and 0 + 4/3, bound 1, a budget of 16: odds exp(ε/2/levels · u / 8).
    const choose = noisyChoice({ epsilon: 16, levels: 1, bound: 1, random: randomBytes })
    const left = Float64Array.from([3, 3, 0, 3])
    const total = { g: 2, h: 6 }
    let first = 0
    const rounds = 4000
    for (let at = 0; at < rounds; at++) {
      if (choose(total, left, { units, rule })?.ties[0] === 0) first++
    }
    const expected = 1 / (1 + Math.exp(-((10 / 3 - 4 / 3) * 8) / 8))
    assert.ok(Math.abs(first / rounds - expected) < 0.03, `${first / rounds}, ${expected}`)
  })
})
