import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'

import { foldRows } from '../../src/component/cross-validation.ts'
import type { Component } from '../../src/component/define.ts'
import { heteroLinR } from '../../src/component/linear/hetero-linr.ts'
import { heteroLr } from '../../src/component/linear/hetero-lr.ts'
import { heteroPoisson } from '../../src/component/linear/hetero-poisson.ts'
import { heteroSsheLr } from '../../src/component/linear/hetero-sshe-lr.ts'
import { heteroSecureBoost } from '../../src/component/tree/hetero-secure-boost.ts'
import { column, type Frame, takeRows } from '../../src/compute/ml/frame.ts'
import type { Address } from '../../src/federation/channel.ts'
import {
  type ComponentRun,
  runComponent,
  type RunOptions,
  type WireMessage,
} from '../helpers/parties.ts'
import { treeData } from '../helpers/tree-data.ts'
import { tablesOf } from './tree/scene.ts'

const WIDTHS = [2, 2]
const ROWS = 62
const CV = { need_cv: true, n_splits: 3, shuffle: true, random_seed: 103 }
const BOOST = {
  encrypt_param: { key_length: 1024 },
  num_trees: 2,
  bin_num: 8,
  subsample_feature_rate: 1,
  tree_param: { max_depth: 2 },
}
const LINEAR = { encrypt_param: { key_length: 1024 }, max_iter: 2, eps: 1e-9, learning_rate: 0.1 }
interface Case {
  readonly of: Component
  readonly params: object
  readonly members: RunOptions['members']
  /** By how much two runs of the same may differ, where their rounding depends on what they drew. */
  readonly within?: number
}
const CASES: readonly Case[] = [
  { of: heteroSecureBoost, params: BOOST, members: { guest: ['1'], host: ['2'] } },
  {
    of: heteroLr,
    params: LINEAR,
    members: { guest: ['1'], host: ['2'], arbiter: ['3'] },
  },
  {
    of: heteroLinR,
    params: LINEAR,
    members: { guest: ['1'], host: ['2'], arbiter: ['3'] },
  },
  {
    of: heteroPoisson,
    params: LINEAR,
    members: { guest: ['1'], host: ['2'], arbiter: ['3'] },
  },
  { of: heteroSsheLr, params: LINEAR, members: { guest: ['1'], host: ['2'] }, within: 1e-7 },
]

test('folds part all rows, and differ by one row at most', () => {
  for (const seed of [null, 5]) {
    const folds = foldRows(23, { folds: 4, seed })
    assert.deepEqual(
      folds.map((rows) => rows.length),
      [6, 6, 6, 5],
    )
    const all = folds.flatMap((rows) => [...rows]).toSorted((a, b) => a - b)
    assert.deepEqual(
      all,
      Array.from({ length: 23 }, (_, row) => row),
    )
    for (const rows of folds) assert.deepEqual(rows, rows.toSorted())
  }
  assert.deepEqual([...foldRows(5, { folds: 2, seed: null })[0]], [0, 1, 2])
  assert.deepEqual(foldRows(50, { folds: 5, seed: 7 }), foldRows(50, { folds: 5, seed: 7 }))
  assert.notDeepEqual(foldRows(50, { folds: 5, seed: 7 }), foldRows(50, { folds: 5, seed: 8 }))
  assert.throws(() => foldRows(3, { folds: 4, seed: 1 }), /set a smaller n_splits/)
})

describe('cross validation', { timeout: 240_000 }, () => {
  for (const { of, params, members, within = 0 } of CASES) {
    it(`of ${of.name} is the training of every fold on the others`, async () => {
      const run = await runComponent(of, {
        members,
        params: { ...params, cv_param: CV },
        tables: tablesOf(data(), WIDTHS),
      })
      assert.equal(run.unread, 0)
      const { tables, models, metrics, logs } = run.parties['guest:1']
      assert.equal(models.length, 0)
      const [frame] = tables
      assert.deepEqual([...frame.ids].toSorted(), [...whole('guest:1').ids].toSorted())
      const summaries = metrics.filter(({ meta }) => meta.metric_type === 'EVALUATION_SUMMARY')
      assert.deepEqual(
        summaries.map(({ namespace, name }) => `${namespace}/${name}`),
        [0, 1, 2].flatMap((k) => [`train/train_fold_${k}`, `validate/validate_fold_${k}`]),
      )
      const losses = [...metrics, ...(run.parties['arbiter:3']?.metrics ?? [])].filter(
        ({ name, namespace }) => namespace === 'train' && name.startsWith('loss'),
      )
      assert.deepEqual([...new Set(losses.map(({ name }) => name))], ['loss.0', 'loss.1', 'loss.2'])
      assert.ok(losses.every(({ name, meta }) => meta['curve_name'] === `train.${name.slice(5)}`))
      assert.ok(logs.some(({ text }) => /^validate \S+: \S+ ± \S+ over 3 folds$/.test(text)))

      // One fold by hand: train without its rows, then predict them.
      const places = foldRows(ROWS, { folds: 3, seed: 103 })[1]
      const ids = new Set(
        Array.from(places, (place) => [...whole('guest:1').ids].toSorted()[place]),
      )
      const part = (slot: string, held: boolean) =>
        Object.entries(tablesOf(data(), WIDTHS)).map(([party, { train_data: table }]) => {
          const rows = table.ids.flatMap((id, row) => (ids.has(id) === held ? [row] : []))
          return [party, { [slot]: takeRows(table, rows) }] as const
        })
      const validate = new Map(part('validate_data', true))
      const alone = await runComponent(of, {
        members,
        params,
        tables: Object.fromEntries(
          part('train_data', false).map(([party, slots]) => [
            party,
            { ...slots, ...validate.get(party) },
          ]),
        ),
      })
      const [expected] = alone.parties['guest:1'].tables
      const score = (table: Frame, id: string) =>
        column(table, 'predict_score').values[table.ids.indexOf(id)]
      for (const id of ids) near(score(frame, id), score(expected, id), within)
    })

    it(`of ${of.name} that is stopped goes on to the same`, async () => {
      const options = {
        members,
        params: { ...params, cv_param: CV },
        tables: tablesOf(data(), WIDTHS),
      }
      const undisturbed = await runComponent(of, options)
      const checkpoints: RunOptions['checkpoints'] = {}
      for (const share of [0.3, 0.6]) {
        const tamper = breakAt(Math.floor(share * undisturbed.wire.length))
        const crash = runComponent(of, { ...options, checkpoints, tamper })
        await assert.rejects(crash, /line cut/)
      }
      const resumed = await runComponent(of, { ...options, checkpoints })
      near(outcome(resumed), outcome(undisturbed), within)
      assert.ok(resumed.wire.length < undisturbed.wire.length)
    })
  }

  it('measures folds as evaluate_param says, and by the labels where it says nothing', async () => {
    const scoresOf = async (evaluate_param: object): Promise<string[]> => {
      const run = await runComponent(heteroSecureBoost, {
        members: { guest: ['1'], host: ['2'] },
        params: { ...BOOST, num_trees: 1, cv_param: { ...CV, evaluate_param } },
        tables: tablesOf(data(), WIDTHS),
      })
      const found = run.parties['guest:1'].metrics.find(
        ({ name, meta }) => name === 'validate_fold_0' && meta.metric_type === 'EVALUATION_SUMMARY',
      )
      return (found?.points ?? []).map(([name]) => String(name))
    }
    assert.deepEqual(await scoresOf({}), ['auc', 'ks'])
    assert.deepEqual(await scoresOf({ eval_type: 'multi' }), ['accuracy', 'precision', 'recall'])
    assert.deepEqual(await scoresOf({ metrics: ['auc'] }), ['auc'])
  })

  it('is left alone where a model is there to predict with', async () => {
    const members = { guest: ['1'], host: ['2'] }
    const tables = tablesOf(data(), WIDTHS)
    const trained = await runComponent(heteroSecureBoost, { members, params: BOOST, tables })
    const models = Object.fromEntries(
      Object.entries(trained.parties).map(
        ([
          party,
          {
            models: [model],
          },
        ]) => [party, { model }],
      ),
    )
    const run = await runComponent(heteroSecureBoost, {
      members,
      params: { ...BOOST, cv_param: CV },
      tables: tablesOf(data(), WIDTHS, { slot: 'eval_data' }),
      models,
    })
    const types = new Set<unknown>(column(run.parties['guest:1'].tables[0], 'type').values)
    assert.deepEqual(types, new Set(['test']))
  })

  it('of fewer rows than folds is refused, as are fewer than two folds', async () => {
    const options = { members: { guest: ['1'], host: ['2'] }, tables: tablesOf(data(), WIDTHS) }
    const many = { ...BOOST, cv_param: { need_cv: true, n_splits: 63 } }
    await assert.rejects(
      runComponent(heteroSecureBoost, { ...options, params: many }),
      /62 rows cannot be cut into 63 folds/,
    )
    assert.throws(
      () => heteroSecureBoost.params.parse({ cv_param: { need_cv: true, n_splits: 1 } }),
      /n_splits must be at least 2/,
    )
  })
})

function data() {
  return treeData({ rows: ROWS, columns: 4, classes: 2 })
}

function whole(party: Address): Frame {
  return tablesOf(data(), WIDTHS)[party]['train_data']
}

/** Fails the sending of message number `at`. */
function breakAt(at: number): (message: WireMessage) => Uint8Array {
  let sent = 0
  return ({ bytes }) => {
    if (sent++ === at) throw new Error('line cut')
    return bytes
  }
}

/** Fails unless both are the same; numbers may differ by `within`. */
function near(actual: unknown, expected: unknown, within: number): void {
  if (within === 0) return assert.deepEqual(actual, expected)
  if (typeof actual === 'number' && typeof expected === 'number') {
    if (Number.isNaN(actual) || Number.isNaN(expected)) return assert.deepEqual(actual, expected)
    return assert.ok(Math.abs(actual - expected) <= within, `${actual} is not near ${expected}`)
  }
  if (typeof actual !== 'object' || actual === null) return assert.deepEqual(actual, expected)
  const entries = Object.entries(actual)
  assert.ok(typeof expected === 'object' && expected !== null)
  const others = new Map(Object.entries(expected))
  assert.deepEqual(
    entries.map(([key]) => key),
    [...others.keys()],
  )
  for (const [key, value] of entries) near(value, others.get(key), within)
}

/** What callers see of a run: tables, and every point of every metric once. */
function outcome({ parties }: ComponentRun): unknown {
  return Object.entries(parties).map(([party, { tables, models, metrics }]) => {
    const points = new Map<string, number>()
    for (const { namespace, name, points: own } of metrics) {
      for (const [x, y] of own) points.set(`${namespace}/${name}/${x}`, y)
    }
    return { party, tables, models: models.length, points: Object.fromEntries(points) }
  })
}
