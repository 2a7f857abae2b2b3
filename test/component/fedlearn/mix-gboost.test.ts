import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { mixGBoost } from '../../../src/component/fedlearn/mix-gboost.ts'
import { MixGBoostParam } from '../../../src/component/fedlearn/mix-param.ts'
import { mixedMatch } from '../../../src/component/fedlearn/mixed-match.ts'
import { column } from '../../../src/compute/ml/frame.ts'
import { frames, joined, type Scene, scene } from '../../helpers/mixed-scene.ts'
import { type ComponentRun, runComponent, type RunOptions } from '../../helpers/parties.ts'

const MEMBERS = { guest: ['1'], host: ['2', '3'] }
const ADDRESSES = ['guest:1', 'host:2', 'host:3'] as const

type Given = Partial<MixGBoostParam>

const BASE: Given = {
  maxTreeNum: 3,
  verticalFeatureSampling: 1,
  horizontalFeaturesRatio: 1,
  needVerticalSplitRatio: 0,
  minSampleSplit: 8,
  maxDepth: 4,
  evalMetric: ['RMSE'],
}

async function train(
  of: Scene,
  given: Given = {},
  more: {
    checkpoints?: NonNullable<RunOptions['checkpoints']>
    tamper?: (tag: string, from: string) => void
  } = {},
): Promise<ComponentRun> {
  const tables = frames(of)
  const addresses = ADDRESSES.slice(0, tables.length)
  const members = { guest: ['1'], host: MEMBERS.host.slice(0, tables.length - 1) }
  const match = await runComponent(mixedMatch, {
    members,
    tables: Object.fromEntries(addresses.map((at, party) => [at, { data: tables[party] }])),
    // The numbers of rows decide which are kept to validate with.
    random: (bytes) => new Uint8Array(bytes).fill(7),
  })
  return runComponent(mixGBoost, {
    members,
    params: MixGBoostParam.parse({ ...BASE, ...given }),
    tables: Object.fromEntries(
      addresses.map((at, party) => [
        at,
        { data: match.parties[at].tables[0], train_data: tables[party] },
      ]),
    ),
    ...(more.checkpoints ? { checkpoints: more.checkpoints } : {}),
    tamper(message) {
      more.tamper?.(message.tag, message.from)
      return message.bytes
    },
  })
}

/** The same trees grown the long way over that table; scores by row. */
function plain(of: Scene, given: Given): Map<number, number> {
  const params = MixGBoostParam.parse({ ...BASE, ...given })
  const { rows, value, everywhere, common } = joined(of)
  const names = Object.keys(of.columns)
  const logistic = params.objective !== 'regSquare'
  const scores = new Map(rows.map((row) => [row, 0]))
  for (let tree = 0; tree < params.maxTreeNum; tree++) {
    const slope = new Map(
      rows.map((row) => {
        const score = scores.get(row) ?? 0
        const chance = 1 / (1 + Math.exp(-score))
        return [
          row,
          logistic
            ? { g: chance - of.labels[row], h: chance * (1 - chance) }
            : { g: score - of.labels[row], h: 1 },
        ]
      }),
    )
    grow(rows, 1)

    function score(list: readonly number[]): number {
      const { g, h } = sums(list)
      return g ** 2 / (h + params.lambda)
    }
    function sums(list: readonly number[]): { g: number; h: number } {
      return list.reduce(
        (sum, row) => ({
          g: sum.g + (slope.get(row)?.g ?? 0),
          h: sum.h + (slope.get(row)?.h ?? 0),
        }),
        { g: 0, h: 0 },
      )
    }
    function grow(list: readonly number[], depth: number): void {
      let best = { gain: 1e-9, first: [] as number[] }
      if (depth < params.maxDepth && list.length > params.minSampleSplit) {
        const share = list.filter(everywhere).length / list.length
        const open = share >= params.needVerticalSplitRatio ? names : common
        for (const name of open) {
          const known = list.filter((row) => !Number.isNaN(value(row, name)))
          for (const threshold of new Set(known.map((row) => value(row, name)))) {
            const below = known.filter((row) => value(row, name) <= threshold)
            const above = known.filter((row) => value(row, name) > threshold)
            for (const first of common.includes(name) ? [below, above] : [below]) {
              const rest = list.filter((row) => !first.includes(row))
              if (first.length === 0 || rest.length === 0) continue
              const gain = (score(first) + score(rest) - score(list)) / 2 - params.gamma
              if (gain > best.gain + 1e-9) best = { gain, first }
            }
          }
        }
      }
      if (best.first.length === 0) {
        const { g, h } = sums(list)
        for (const row of list) {
          scores.set(row, (scores.get(row) ?? 0) - (params.eta * g) / (h + params.lambda))
        }
        return
      }
      grow(best.first, depth + 1)
      grow(
        list.filter((row) => !best.first.includes(row)),
        depth + 1,
      )
    }
  }
  return scores
}

function predictions(run: ComponentRun): Map<number, number> {
  const [table] = run.parties['guest:1'].tables
  const values = column(table, 'predict_score').values
  return new Map(table.ids.map((id, at) => [Number(id.slice(1)), Number(values[at])]))
}

function assertSame(found: Map<number, number>, expected: Map<number, number>): void {
  for (const [row, value] of found) {
    const wanted = expected.get(row) ?? Number.NaN
    assert.ok(Math.abs(value - wanted) < 1e-6, `row ${row}: ${value}, ${wanted}`)
  }
}

function series(run: ComponentRun, name: string, namespace = 'train'): number[] {
  return run.parties['guest:1'].metrics
    .filter((metric) => metric.namespace === namespace && metric.name === name)
    .flatMap(({ points }) => points.map(([, y]) => y))
}

describe('MixGBoost', { timeout: 120_000 }, () => {
  it('learns from numbers between 0 and 1, which are no classes', async () => {
    const wide = scene(0)
    const [low, high] = [Math.min(...wide.labels), Math.max(...wide.labels)]
    const narrow = { ...wide, labels: wide.labels.map((value) => (value - low) / (high - low)) }
    const run = await train(narrow, { maxTreeNum: 1 })
    assertSame(predictions(run), plain(narrow, { maxTreeNum: 1 }))
  })

  const numbers = scene(0)

  it('has the trees of one table with gaps, labels at two of three parties', async () => {
    const run = await train(numbers)
    const expected = plain(numbers, {})
    const found = predictions(run)
    assert.equal(found.size, 80)
    assertSame(found, expected)
    assert.equal(run.unread, 0)
    const errors = [...expected].map(([row, value]) => (value - numbers.labels[row]) ** 2)
    const rmse = Math.sqrt(errors.reduce((sum, each) => sum + each) / errors.length)
    assert.ok(Math.abs((series(run, 'rmse').at(-1) ?? 0) - rmse) < 1e-4)
  })

  const VARIED: readonly Given[] = [
    { needVerticalSplitRatio: 1 },
    { needVerticalSplitRatio: 0.4 },
    { minSampleSplit: 30 },
    { lambda: 5 },
    { gamma: 10 },
    { maxDepth: 2 },
    { eta: 0.1 },
    { maxTreeNum: 1 },
  ]
  for (const given of VARIED) {
    it(`obeys ${JSON.stringify(given)}`, async () => {
      const [found, base] = [plain(numbers, given), plain(numbers, {})]
      assert.ok([...found].some(([row, value]) => Math.abs(value - (base.get(row) ?? 0)) > 1e-6))
      assertSame(predictions(await train(numbers, given)), found)
    })
  }

  it('learns classes, and measures them over all parties', async () => {
    const classes = scene(2)
    const given: Given = {
      objective: 'binaryLogistic',
      evalMetric: ['ACC', 'AUC', 'F1', 'RECALL', 'PRECISION', 'RMSE', 'MAPE', 'MAAPE', 'MSE'],
    }
    const run = await train(classes, given)
    const chances = new Map(
      [...plain(classes, given)].map(([row, score]) => [row, 1 / (1 + Math.exp(-score))]),
    )
    assertSame(predictions(run), chances)
    const right = [...chances].filter(
      ([row, chance]) => chance > 0.5 === (classes.labels[row] === 1),
    )
    assert.ok(Math.abs((series(run, 'acc').at(-1) ?? 0) - right.length / chances.size) < 1e-4)
    for (const name of ['auc', 'f1', 'recall', 'precision', 'rmse', 'mape', 'maape', 'mse']) {
      assert.equal(series(run, name).length, 3, name)
    }
  })

  it('samples columns and cuts as it is told to', async () => {
    const names = [['x', 'u', 'a', 'b', 'c'], ['x', 'u'], ['x']]
    const wide = { ...numbers, has: numbers.has.map((one, at) => ({ ...one, names: names[at] })) }
    const base = predictions(await train(wide))
    for (const given of [
      { verticalFeatureSampling: 0 },
      { needVerticalSplitRatio: 1, horizontalFeaturesRatio: 0.3 },
      { maxBinNum: 2 },
    ]) {
      const found = predictions(await train(wide, given))
      assert.ok([...found].some(([row, value]) => Math.abs(value - (base.get(row) ?? 0)) > 1e-6))
    }
  })

  it('keeps a share of the rows to validate with', async () => {
    const run = await train(numbers, { crossValidation: 0.7 })
    assert.equal(series(run, 'rmse', 'validate').length, 3)
    assert.notDeepEqual(series(run, 'rmse', 'validate'), series(run, 'rmse'))
  })

  it('needs no ciphertext where all have the same columns, and masks what the guest adds up', async () => {
    const same = {
      ...numbers,
      has: numbers.has.map((one) => ({ ...one, names: ['x', 'u'], labelled: true })),
    }
    const run = await train(same)
    const tags = new Set(run.wire.map(({ tag }) => tag))
    assert.ok(!tags.has('gradients') && !tags.has('candidates'))
    assertSame(predictions(run), plain(same, {}))
    const [one, two] = [await train(same, { maxTreeNum: 1 }), await train(same, { maxTreeNum: 1 })]
    const first = (of: ComponentRun) =>
      of.wire.find(({ tag, from }) => tag === 'mix_sums' && from === 'host:2')?.bytes
    assert.notDeepEqual(first(one), first(two))
  })

  it('predicts rows of any party, as in training', async () => {
    const trained = await train(numbers)
    const ids = [...numbers.labels.keys()].map((row) => `r${row}`)
    const tables = frames(numbers, false)
    const run = await runComponent(mixGBoost, {
      members: MEMBERS,
      params: MixGBoostParam.parse({ ...BASE, ids: [...ids, 'nobody'] }),
      tables: Object.fromEntries(ADDRESSES.map((at, party) => [at, { eval_data: tables[party] }])),
      models: Object.fromEntries(
        ADDRESSES.map((at) => [at, { model: trained.parties[at].models[0] }]),
      ),
    })
    const found = predictions(run)
    assert.equal(found.size, 120)
    const expected = plain(numbers, {})
    assertSame(new Map([...found].filter(([row]) => expected.has(row))), expected)
    assert.equal(expected.size, 110)
  })

  it('goes on after the tree that it was stopped at', async () => {
    const checkpoints = {}
    let kept = 0
    await assert.rejects(
      train(
        numbers,
        {},
        {
          checkpoints,
          tamper(tag, from) {
            if (tag === 'kept' && from === 'host:2' && ++kept === 2) throw new Error('stopped')
          },
        },
      ),
      /stopped/,
    )
    const rest = await train(numbers, {}, { checkpoints })
    assertSame(predictions(rest), plain(numbers, {}))
    assert.equal(series(rest, 'rmse').length, 3)
  })

  it('works between two parties, one of which has no label', async () => {
    const two = {
      ...numbers,
      has: [numbers.has[0], { ...numbers.has[1], labelled: false }],
    }
    const run = await train(two)
    assertSame(predictions(run), plain(two, {}))
    assert.ok(run.wire.some(({ tag, from }) => tag === 'candidates' && from === 'host:2'))
    assert.equal(
      run.wire.filter(({ tag, from }) => tag === 'gradients' && from === 'host:2').length,
      0,
    )
  })

  it('takes gaps in columns as values that nobody knows', async () => {
    const { columns } = numbers
    const holes = (values: Float64Array, step: number) =>
      values.map((value, row) => (row % step === 0 ? Number.NaN : value))
    const gaps = {
      ...numbers,
      columns: { ...columns, x: holes(columns.x, 3), a: holes(columns.a, 4) },
    }
    assertSame(predictions(await train(gaps)), plain(gaps, {}))
  })

  it('sends what it declares, and no residual in the clear', async () => {
    const run = await train(numbers, { maxTreeNum: 1 })
    const kinds = new Map(run.ledger.map(({ tag, kind }) => [tag, kind]))
    assert.deepEqual(
      ['gradients', 'candidates', 'mix_sums', 'mix_scores'].map((tag) => kinds.get(tag)),
      ['ciphertext', 'aggregate', 'masked', 'masked'],
    )
    // Each is encrypted under the key of the label's owner, of which the holder of c alone has no secret.
    const widths = run.wire.filter(({ tag }) => tag === 'public_key').map(({ from }) => from)
    assert.deepEqual([...new Set(widths)].toSorted(), ['guest:1', 'host:2'])
  })

  it('knows what columns are worth, each once', async () => {
    const run = await train(numbers)
    const found = ADDRESSES.flatMap((at) =>
      (
        run.parties[at].models[0].param['featureImportances'] as {
          fullname: string
          importance: number
        }[]
      )
        .filter(({ importance }) => importance > 0)
        .map(({ fullname }) => fullname),
    )
    assert.equal(new Set(found).size, found.length)
    assert.ok(found.length >= 4, String(found))
  })

  it('says so where labels are not what the objective is for', async () => {
    await assert.rejects(train(numbers, { objective: 'regLogistic' }), /labels 0 and 1/)
  })
})
