import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { homoSecureBoost } from '../../../src/component/tree/homo-secure-boost.ts'
import { column } from '../../../src/compute/ml/frame.ts'
import type { Address } from '../../../src/federation/channel.ts'
import { type ComponentRun, runComponent } from '../../helpers/parties.ts'
import { treeData, treeFrame } from '../../helpers/tree-data.ts'
import { tablesOf, trainApart, wholeTrees } from './scene.ts'

const WIDTHS = [2, 2, 1]

const scoresOf = (run: ComponentRun, at: Address): unknown[] => {
  const [table] = run.parties[at].tables
  return [...column(table, 'predict_score').values]
}

const modelsOf = (run: ComponentRun) =>
  Object.fromEntries(
    Object.entries(run.parties).map(([at, { models }]) => [at, { model: models[0] }]),
  )

describe('HeteroSecureBoost that starts from a model', { timeout: 300_000 }, () => {
  for (const classes of [2, 3, 0]) {
    it(`ends as one training of all rounds: ${classes || 'no'} classes`, async () => {
      const params = {
        ...(classes === 0 ? { task_type: 'regression' } : {}),
        subsample_feature_rate: 0.8,
        subsample_row_rate: 0.9,
        tree_param: { max_depth: 2 },
      }
      const data = treeData({ rows: 80, columns: 5, classes })
      const whole = await trainApart({ ...params, num_trees: 4 }, data, WIDTHS)
      const half = await trainApart({ ...params, num_trees: 2 }, data, WIDTHS)
      const rest = await trainApart({ ...params, num_trees: 2 }, data, WIDTHS, {
        models: modelsOf(half),
      })
      assert.deepEqual(wholeTrees(rest, WIDTHS), wholeTrees(whole, WIDTHS))
      assert.deepEqual(scoresOf(rest, 'guest:1'), scoresOf(whole, 'guest:1'))
      const losses = (run: ComponentRun) =>
        run.parties['guest:1'].models[0].param['losses'] as number[]
      assert.deepEqual([...losses(half), ...losses(rest)], losses(whole))
    })
  }

  it('watches a validation table with the scores of the model', async () => {
    const data = treeData({ rows: 80, columns: 5, classes: 2 })
    const tables = tablesOf(data, WIDTHS)
    const others = tablesOf(treeData({ rows: 50, columns: 5, classes: 2, seed: 5 }), WIDTHS, {
      slot: 'eval_data',
    })
    for (const at of Object.keys(tables) as Address[]) Object.assign(tables[at], others[at])
    const params = { metrics: ['loss'], validation_freqs: 1, tree_param: { max_depth: 2 } }
    const watch = (run: ComponentRun) =>
      run.parties['guest:1'].metrics
        .filter(({ namespace }) => namespace === 'validate')
        .map(({ points }) => points[0][1])
    const whole = await trainApart({ ...params, num_trees: 3 }, data, WIDTHS, { tables })
    const one = await trainApart({ ...params, num_trees: 1 }, data, WIDTHS, { tables })
    const models = modelsOf(one)
    const rest = await trainApart({ ...params, num_trees: 2 }, data, WIDTHS, { tables, models })
    assert.deepEqual([...watch(one), ...watch(rest)], watch(whole))
  })

  it('refuses a model of another task', async () => {
    const data = treeData({ rows: 60, columns: 5, classes: 2 })
    const half = await trainApart({ num_trees: 1 }, data, WIDTHS)
    const again = (params: object, labels = data.labels) =>
      trainApart(params, { ...data, labels }, WIDTHS, { models: modelsOf(half) })
    await assert.rejects(again({ task_type: 'regression' }), /the model is not of that kind/)
    await assert.rejects(again({ use_missing: true }), /trained with use_missing false/)
    const more = data.labels.map((label) => label * 2)
    await assert.rejects(again({}, more), /has the value 2, which the model does not know/)
  })
})

describe('HomoSecureBoost that starts from a model', { timeout: 300_000 }, () => {
  it('ends as one training of all rounds', async () => {
    for (const classes of [2, 0]) {
      const data = treeData({ rows: 150, columns: 4, classes })
      const part = (from: number, to: number) => ({
        train_data: treeFrame(data, {
          from: 0,
          to: 4,
          label: true,
          rows: Array.from({ length: to - from }, (_, row) => from + row),
        }),
      })
      const train = (num_trees: number, models?: ReturnType<typeof modelsOf>) =>
        runComponent(homoSecureBoost, {
          members: { guest: ['1'], host: ['2'], arbiter: ['3'] },
          params: {
            num_trees,
            n_iter_no_change: false,
            task_type: classes === 0 ? 'regression' : 'classification',
          },
          tables: { 'guest:1': part(0, 90), 'host:2': part(90, 150) },
          models,
        })
      const [whole, half] = [await train(4), await train(2)]
      const rest = await train(2, modelsOf(half))
      const treesOf = (run: ComponentRun) =>
        (run.parties['host:2'].models[0].state as { trees: unknown }).trees
      assert.deepEqual(treesOf(rest), treesOf(whole))
      assert.deepEqual(scoresOf(rest, 'host:2'), scoresOf(whole, 'host:2'))
      assert.equal(rest.parties['arbiter:3'].models[0].param['bestIteration'], 3)
    }
  })
})
