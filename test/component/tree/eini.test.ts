import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { allowedWeights, groupLeaves, waysThrough } from '../../../src/component/tree/eini.ts'
import { heteroSecureBoost } from '../../../src/component/tree/hetero-secure-boost.ts'
import type { GuestState, HostState } from '../../../src/component/tree/sbt-model.ts'
import { column } from '../../../src/compute/ml/frame.ts'
import type { Tree } from '../../../src/compute/ml/tree/grow.ts'
import { type ComponentRun, runComponent } from '../../helpers/parties.ts'
import { treeData, type TreeData } from '../../helpers/tree-data.ts'
import { membersOf, SMALL, tablesOf, trainApart } from './scene.ts'

const WIDTHS = [2, 3]

const modelsOf = (run: ComponentRun) =>
  Object.fromEntries(
    Object.entries(run.parties).map(([at, { models }]) => [at, { model: models[0] }]),
  )

function predict(
  trained: ComponentRun,
  params: object,
  { data, widths = WIDTHS }: { data: TreeData; widths?: number[] },
): Promise<ComponentRun> {
  return runComponent(heteroSecureBoost, {
    members: membersOf(widths),
    params: { ...SMALL, ...params },
    tables: tablesOf(data, widths, { slot: 'eval_data' }),
    models: modelsOf(trained),
  })
}

const details = (run: ComponentRun) =>
  [...column(run.parties['guest:1'].tables[0], 'predict_detail').values].flatMap((detail) =>
    Object.values(detail as Record<string, number>),
  )

const CASES: Record<string, { params?: object; data?: Partial<Parameters<typeof treeData>[0]> }> = {
  'two classes': {},
  'three classes': { params: { num_trees: 2 }, data: { classes: 3 } },
  'one tree for three classes': {
    params: { num_trees: 2, multi_mode: 'multi_output' },
    data: { classes: 3 },
  },
  'a number': { params: { task_type: 'regression' }, data: { classes: 0 } },
  'missing values': { params: { use_missing: true }, data: { missing: 0.2 } },
  'deep trees': { params: { tree_param: { max_depth: 5 }, num_trees: 2 } },
  'trees of one party each': { params: { boosting_strategy: 'mix' } },
  Paillier: { params: { encrypt_param: { method: 'paillier', key_length: 1024 }, num_trees: 2 } },
}

describe('EINI prediction', { timeout: 300_000 }, () => {
  for (const [name, { params = {}, data: shape = {} }] of Object.entries(CASES)) {
    it(`is the ordinary one: ${name}`, async () => {
      const make = (rows: number, seed: number) =>
        treeData({ rows, columns: 5, classes: 2, ...shape, seed })
      const trained = await trainApart(params, make(80, 1), WIDTHS)
      const data = make(40, 2)
      const plain = await predict(trained, params, { data })
      const blind = await predict(trained, { ...params, EINI_inference: true }, { data })
      const [expected, found] = [details(plain), details(blind)]
      assert.equal(found.length, expected.length)
      found.forEach((value, at) => assert.ok(Math.abs(value - expected[at]) < 1e-10))
      assert.equal(blind.unread, 0)
      const tags = new Set(blind.wire.map(({ tag }) => tag))
      assert.ok(tags.has('leaf_weights') && tags.has('score_sums'))
      assert.ok(!tags.has('query_rows') && !tags.has('answers'))
    })
  }

  it('sends other ciphertexts each time', async () => {
    const data = treeData({ rows: 60, columns: 5, classes: 2 })
    const trained = await trainApart({}, data, WIDTHS)
    const sent = async (tag: string) =>
      (await predict(trained, { EINI_inference: true }, { data })).wire.flatMap((message) =>
        message.tag === tag ? [message.bytes.join()] : [],
      )
    for (const tag of ['leaf_weights', 'score_sums']) {
      const [first, second] = [await sent(tag), await sent(tag)]
      assert.ok(first.every((bytes) => !second.includes(bytes)))
    }
  })

  it("groups leaves by the host's splits before them", () => {
    const leaf = (weight: number) => ({ split: null, left: -1, right: -1, weight, gain: 0 })
    const inner = (split: Tree[number]['split'], left: number, right: number) => {
      return { split, left, right, weight: 0, gain: 1 }
    }
    const own = { party: 0 as const, feature: 0, bin: 0, threshold: 1, missingLeft: false }
    const mixed: Tree = [
      inner(own, 1, 2),
      inner({ party: 1, key: 3 }, 3, 4),
      inner({ party: 1, key: 4 }, 5, 6),
      leaf(1),
      leaf(2),
      leaf(3),
      leaf(4),
    ]
    const under: Tree = [
      inner({ party: 1, key: 5 }, 1, 2),
      inner(own, 3, 4),
      leaf(1),
      leaf(2),
      leaf(3),
    ]
    const alone: Tree = [inner(own, 1, 2), leaf(1), leaf(2)]
    const groups = groupLeaves([mixed, under, alone], 1)
    assert.deepEqual(
      groups.map(({ tree, sides }) => [tree, ...sides.flat()]),
      [
        [0, 3, true],
        [0, 3, false],
        [0, 4, true],
        [0, 4, false],
        [1, 5, true],
        [1, 5, false],
      ],
    )
    assert.equal(waysThrough(groups), 3)
  })

  it('has groups for every output of a tree, which are ways through it once', () => {
    const leaf = (...weights: number[]) => {
      return { split: null, left: -1, right: -1, weight: 0, weights, gain: 0 }
    }
    const split = { party: 1, key: 0 }
    const tree: Tree = [
      { split, left: 1, right: 2, weight: 0, weights: [0, 0, 0], gain: 1 },
      leaf(1, 2, 3),
      leaf(4, 5, 6),
    ]
    const groups = groupLeaves([tree, tree], 3)
    assert.deepEqual(
      groups.slice(0, 6).map(({ tree: index, output, sides }) => [index, output, ...sides.flat()]),
      [true, false].flatMap((left) => [0, 1, 2].map((output) => [0, output, 0, left])),
    )
    assert.equal(groups.length, 12)
    assert.equal(waysThrough(groups), 2)
    const table = { columns: [], from: 0, to: 1, rule: { useMissing: false, zeroAsMissing: false } }
    assert.deepEqual(
      allowedWeights([tree, tree], groups, table).map((weight) => Number(weight) / 2 ** 40),
      [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6],
    )
  })

  it('refuses what it cannot or should not do', async () => {
    const data = treeData({ rows: 60, columns: 5, classes: 2 })
    const two = [2, 2, 1]
    const eini = { EINI_inference: true }
    await assert.rejects(
      predict(await trainApart({}, data, two), eini, { data, widths: two }),
      /between a guest and one host, this job has 2/,
    )
    const trained = await trainApart({ num_trees: 1 }, data, WIDTHS)
    const strict = { ...eini, EINI_complexity_check: true }
    await assert.rejects(predict(trained, strict, { data }), /2\^[\d.]+ ways through the trees/)
    const other = structuredClone(trained)
    const { state } = other.parties['host:2'].models[0]
    ;(state as { splits: HostState['splits'] }).splits = []
    await assert.rejects(predict(other, eini, { data }), /not of one training/)
    await assert.rejects(
      runComponent(heteroSecureBoost, {
        members: membersOf(WIDTHS),
        params: SMALL,
        paramsAt: { 'host:2': eini },
        tables: tablesOf(data, WIDTHS, { slot: 'eval_data' }),
        models: modelsOf(trained),
      }),
      /asks where rows go, which EINI_inference does not allow/,
    )
    assert.ok((trained.parties['guest:1'].models[0].state as GuestState).trees.length === 1)
  })
})
