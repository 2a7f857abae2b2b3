import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { heteroSecureBoost } from '../../../src/component/tree/hetero-secure-boost.ts'
import type { GuestState, HostState } from '../../../src/component/tree/sbt-model.ts'
import { column } from '../../../src/compute/ml/frame.ts'
import { scoreGbdt } from '../../../src/compute/ml/tree/gbdt.ts'
import { softmaxObjective } from '../../../src/compute/ml/tree/objective.ts'
import type { Address } from '../../../src/federation/channel.ts'
import { json } from '../../../src/federation/codec.ts'
import { decodeModel, encodeModel } from '../../../src/runner/data/model-store.ts'
import { type ComponentRun, runComponent } from '../../helpers/parties.ts'
import { treeData, type TreeData } from '../../helpers/tree-data.ts'
import { membersOf, SMALL, tablesOf, trainApart, trainJoined, wholeTrees } from './scene.ts'

const MULTI = { multi_mode: 'multi_output' }
const WIDTHS = [2, 2, 1]
const NONE = { useMissing: false, zeroAsMissing: false }

const details = (run: ComponentRun) =>
  [...column(run.parties['guest:1'].tables[0], 'predict_detail').values].map((detail) =>
    Object.values(detail as Record<string, number>),
  )

const guestOf = (run: ComponentRun) => run.parties['guest:1'].models[0].state as GuestState

const modelsOf = (run: ComponentRun) =>
  Object.fromEntries(
    Object.entries(run.parties).map(([at, { models }]) => [at, { model: models[0] }]),
  )

function part(data: TreeData, list: readonly number[]): TreeData {
  const take = (values: Float64Array) => Float64Array.from(list, (row) => values[row])
  return { columns: data.columns.map(take), labels: take(data.labels) }
}

function rowsBetween(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at)
}

/** Tables of a training and of a validation. */
function tablesWith(data: TreeData, widths: number[], fit: number[], rest: number[]) {
  const tables = tablesOf(data, widths, { rows: fit })
  const others = tablesOf(data, widths, { rows: rest, slot: 'eval_data' })
  for (const party of Object.keys(tables) as Address[]) Object.assign(tables[party], others[party])
  return tables
}

describe('HeteroSecureBoost of one tree for several classes', { timeout: 300_000 }, () => {
  it('predicts what the joined model does, in training and afterwards', async () => {
    const data = treeData({ rows: 110, columns: 5, classes: 4 })
    const [fit, rest] = [rowsBetween(0, 80), rowsBetween(80, 110)]
    const tables = tablesWith(data, WIDTHS, fit, rest)
    const run = await trainApart(MULTI, data, WIDTHS, { tables })
    const plain = await trainJoined(MULTI, part(data, fit))
    assert.deepEqual(wholeTrees(run, WIDTHS), plain.trees)
    const link = softmaxObjective(4).link
    const expected = await Promise.all(
      [fit, rest].map(async (list) => {
        const options = { rows: list.length, missing: NONE }
        const scores = await scoreGbdt(plain, part(data, list).columns, options)
        return list.map((_, at) => link(scores.map((each) => each[at])))
      }),
    )
    assert.deepEqual(details(run), expected.flat())
    const again = await runComponent(heteroSecureBoost, {
      members: membersOf(WIDTHS),
      params: { ...SMALL, ...MULTI },
      tables: tablesOf(data, WIDTHS, { rows: rest, slot: 'eval_data', label: false }),
      models: Object.fromEntries(
        Object.entries(modelsOf(run)).map(([party, { model }]) => {
          // As they are kept, exported and imported.
          return [party, { model: decodeModel(encodeModel(model)) }]
        }),
      ),
    })
    assert.deepEqual(details(again), expected[1])
    const results = column(again.parties['guest:1'].tables[0], 'predict_result').values
    assert.deepEqual(
      [...results],
      expected[1].map((values) => values.indexOf(Math.max(...values))),
    )
  })

  it('sends a round once: as few ciphertexts a row as hold the outputs', async () => {
    const data = treeData({ rows: 60, columns: 4, classes: 5 })
    const sent = async (params: object) => {
      const { wire } = await trainApart({ ...params, num_trees: 2 }, data, [2, 2])
      const gradients = wire.filter(({ tag }) => tag === 'gradients')
      return {
        trees: gradients.length,
        bytes: gradients.reduce((sum, { bytes }) => sum + bytes.length, 0),
      }
    }
    const [multi, single] = [await sent(MULTI), await sent({})]
    assert.deepEqual([multi.trees, single.trees], [2, 10])
    // A ciphertext of 1024 bits holds three pairs: two a row instead of five.
    assert.ok(Math.abs(multi.bytes / single.bytes - 2 / 5) < 0.01)
  })

  it('shows its model as FATE names it', async () => {
    const data = treeData({ rows: 80, columns: 5, classes: 3 })
    const run = await trainApart(MULTI, data, [2, 3])
    const { param } = run.parties['guest:1'].models[0]
    assert.deepEqual([param['treeNum'], param['treeDim'], param['numClasses']], [3, 1, 3])
    assert.deepEqual(param['initScore'], [0, 0, 0])
    const shown = param['trees'] as { tree: { weight: number; moWeight: number[] }[] }[]
    const { trees } = guestOf(run)
    shown.forEach(({ tree }, index) =>
      tree.forEach((node, id) => {
        assert.equal(node.weight, 0)
        assert.equal(node.moWeight.length, 3)
        assert.deepEqual(node.moWeight, trees[index][id].weights)
      }),
    )
    const splits = trees.flat().filter(({ split }) => split !== null)
    const importances = param['featureImportances'] as { importance: number }[]
    assert.equal(
      importances.reduce((sum, { importance }) => sum + importance, 0),
      splits.length,
    )
    const host = run.parties['host:2'].models[0]
    assert.doesNotMatch(JSON.stringify(host), /weight/i)
    assert.ok((host.state as HostState).splits.length > 0)
  })

  it('stops early, and keeps the trees of the best round', async () => {
    const data = treeData({ rows: 150, columns: 4, classes: 3, seed: 3 })
    const list = rowsBetween(0, 150)
    const [fit, rest] = [list.filter((row) => row % 3 > 0), list.filter((row) => row % 3 === 0)]
    const tables = tablesWith(data, [2, 2], fit, rest)
    const params = {
      ...MULTI,
      num_trees: 30,
      early_stopping_rounds: 2,
      metrics: ['loss'],
      learning_rate: 0.8,
    }
    const run = await trainApart(params, data, [2, 2], { tables })
    const points = run.parties['guest:1'].metrics.flatMap(({ namespace, name, points: found }) =>
      namespace === 'validate' && name === 'loss' ? found.map(([, loss]) => loss) : [],
    )
    const best = points.indexOf(Math.min(...points))
    assert.ok(points.length < 30)
    assert.equal(points.length, best + 3)
    assert.equal(guestOf(run).trees.length, best + 1)
    const chances = details(run).slice(fit.length)
    const loss = rest.reduce((sum, row, at) => sum - Math.log(chances[at][data.labels[row]]), 0)
    assert.ok(Math.abs(loss / rest.length - points[best]) < 1e-9)
  })

  it('goes on from a model as one training of all rounds, and from no other kind', async () => {
    const data = treeData({ rows: 80, columns: 5, classes: 3 })
    const params = { ...MULTI, subsample_feature_rate: 0.8, run_goss: true }
    const train = (num_trees: number, models?: ReturnType<typeof modelsOf>, more: object = {}) =>
      trainApart({ ...params, num_trees, ...more }, data, WIDTHS, { models })
    const [whole, half] = [await train(4), await train(2)]
    const rest = await train(2, modelsOf(half))
    assert.deepEqual(wholeTrees(rest, WIDTHS), wholeTrees(whole, WIDTHS))
    assert.deepEqual(details(rest), details(whole))
    const single = { multi_mode: 'single_output' }
    await assert.rejects(
      train(1, modelsOf(half), single),
      /was trained with multi_mode multi_output: give the same/,
    )
    const other = await train(1, undefined, single)
    await assert.rejects(
      train(1, modelsOf(other)),
      /was trained with multi_mode single_output: give the same/,
    )
  })

  it('is the ordinary training where there is one output', async () => {
    for (const [classes, task_type] of [
      [2, 'classification'],
      [0, 'regression'],
    ] as const) {
      const data = treeData({ rows: 60, columns: 4, classes })
      const [multi, plain] = [
        await trainApart({ ...MULTI, task_type }, data, [2, 2]),
        await trainApart({ task_type }, data, [2, 2]),
      ]
      assert.deepEqual(guestOf(multi).trees, guestOf(plain).trees)
      assert.deepEqual(
        multi.parties['guest:1'].models[0].param,
        plain.parties['guest:1'].models[0].param,
      )
    }
  })

  it('gives levels, trees and the first rounds to some parties only', async () => {
    const data = treeData({ rows: 100, columns: 6, classes: 3 })
    const owners = async (params: object) => {
      const run = await trainApart({ ...MULTI, ...params }, data, [2, 2, 2])
      const { trees } = guestOf(run)
      assert.ok(trees.every((tree) => tree.every(({ weights }) => weights?.length === 3)))
      return trees.map((tree) => new Set(tree.flatMap(({ split }) => split?.party ?? [])))
    }
    const mixed = await owners({ boosting_strategy: 'mix' })
    assert.deepEqual(mixed, [new Set([0]), new Set([1]), new Set([2])])
    const layered = await owners({ boosting_strategy: 'layered', guest_depth: 1, host_depth: 2 })
    assert.ok(layered.every((used) => used.has(0) && used.size > 1))
    const [first, second] = await owners({ complete_secure: 1 })
    assert.deepEqual(first, new Set([0]))
    assert.ok(second.size > 1)
  })

  it('is refused by a host where gradients and outputs do not agree', async () => {
    const data = treeData({ rows: 60, columns: 4, classes: 4 })
    const told = (outputs: unknown) =>
      trainApart(MULTI, data, [2, 2], {
        tamper({ tag, bytes }) {
          if (tag !== 'order') return bytes
          const order = json.decode(bytes) as { do: string }
          return order.do === 'tree' ? json.encode({ ...order, outputs }) : bytes
        },
      })
    await assert.rejects(told(9), /expected 180 ciphertexts/)
    for (const outputs of [0, -1, 1.5, 2 ** 17, '3']) {
      await assert.rejects(told(outputs), /speaks of a tree of .* outputs/)
    }
  })
})
