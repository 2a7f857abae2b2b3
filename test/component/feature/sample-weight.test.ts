import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { sampleWeight, SampleWeightParam } from '../../../src/component/feature/sample-weight.ts'
import { features, type Frame, rowWeights } from '../../../src/compute/ml/frame.ts'
import { numberFrame } from '../../helpers/frames.ts'
import { type PartyOutcome, runComponent } from '../../helpers/parties.ts'

const LABELS = [1, 0, 0, 0, 2, 2, 0, 1]
const TABLE = numberFrame(
  { x: [1, 2, 3, 4, 5, 6, 7, 8], w: [0, 1, 2, 3, 4, 5, 6, 7] },
  { labels: LABELS },
)

async function weigh(params: object, frame: Frame = TABLE): Promise<PartyOutcome> {
  const { parties } = await runComponent(sampleWeight, {
    members: { guest: ['1'] },
    params,
    tables: { 'guest:1': { data: frame } },
  })
  return parties['guest:1']
}

async function weights(params: object, frame?: Frame): Promise<number[]> {
  const [table] = (await weigh(params, frame)).tables
  return [...(rowWeights(table) ?? [])]
}

describe('SampleWeight', () => {
  it('balances classes: each weighs as much as any other, and rows weigh 1 on average', async () => {
    const found = await weights({ class_weight: 'Balanced' })
    const sums = [0, 1, 2].map((value) =>
      found.reduce((sum, weight, row) => sum + (LABELS[row] === value ? weight : 0), 0),
    )
    for (const sum of sums) assert.ok(Math.abs(sum - 8 / 3) < 1e-12)
    assert.equal(found[1], 8 / 12)
  })

  it('takes weights by label; those that are not named weigh 1', async () => {
    assert.deepEqual(
      await weights({ class_weight: { '0': 2, '2': 0.5 } }),
      [1, 2, 2, 2, 0.5, 0.5, 2, 1],
    )
    const { metrics } = await weigh({ class_weight: { '0': 2, '2': 0.5 } })
    assert.deepEqual(metrics[0].meta, {
      name: 'train',
      metric_type: 'SAMPLE_WEIGHT',
      weight_mode: 'class weight',
      class_weight: { '0': 2, '2': 0.5 },
      classes: ['0', '2'],
    })
  })

  it('takes them from a column, which is no feature then', async () => {
    const { tables, warnings } = await weigh({ sample_weight_name: 'w', class_weight: 'balanced' })
    assert.deepEqual([...(rowWeights(tables[0]) ?? [])], [0, 1, 2, 3, 4, 5, 6, 7])
    assert.deepEqual(
      features(tables[0]).map(({ name }) => name),
      ['x'],
    )
    assert.match(warnings.join(), /class_weight has no effect/)
    const normal = await weights({ sample_weight_name: 'w', normalize: true })
    assert.deepEqual(
      normal,
      [0, 1, 2, 3, 4, 5, 6, 7].map((value) => value / 3.5),
    )
  })

  it('replaces weights that rows had, and keeps a feature of the name it would take', async () => {
    const named = numberFrame({ sample_weight: [5, 6] }, { labels: [0, 1] })
    const [first] = (await weigh({ class_weight: 'balanced' }, named)).tables
    assert.equal(first.weightName, 'sample_weight_')
    assert.deepEqual(
      features(first).map(({ name }) => name),
      ['sample_weight'],
    )
    const [second] = (await weigh({ class_weight: { '1': 4 } }, first)).tables
    assert.deepEqual([...(rowWeights(second) ?? [])], [1, 4])
    assert.equal(second.columns.length, 3)
  })

  it('leaves a table as it is where nothing is asked for, or there is no label', async () => {
    assert.deepEqual((await weigh({})).tables, [TABLE])
    const without = numberFrame({ x: [1, 2] })
    assert.deepEqual((await weigh({ class_weight: 'balanced' }, without)).tables, [without])
  })

  it('refuses what is no weight, by column and row', async () => {
    const cases: [object, Frame, RegExp][] = [
      [{ sample_weight_name: 'z' }, TABLE, /The table lacks "z"/],
      [
        { sample_weight_name: 'w' },
        numberFrame({ w: [1, -2] }),
        /"w" of weights holds -2 in row "r1"/,
      ],
      [{ sample_weight_name: 'w' }, numberFrame({ w: [0, 0] }), /"w" holds no weight above 0/],
      [{ class_weight: { '0': 0, '1': 0, '2': 0 } }, TABLE, /every row the weight 0/],
    ]
    for (const [params, frame, message] of cases) {
      await assert.rejects(weigh(params, frame), message)
    }
    for (const class_weight of ['equal', { a: 1 }, { '1': -1 }]) {
      assert.throws(() => SampleWeightParam.parse({ class_weight }), /class_weight/)
    }
  })
})
