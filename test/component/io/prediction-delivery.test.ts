import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { predictionDelivery } from '../../../src/component/io/prediction-delivery.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { runComponent } from '../../helpers/parties.ts'

const IDS = ['a', 'b', 'c']

function predictions(details: readonly Record<string, number>[]): Frame {
  return {
    kind: 'prediction',
    idName: 'uid',
    ids: IDS,
    columns: [
      { name: 'predict_score', type: 'number', values: Float64Array.of(0.1, 0.2, 0.3) },
      { name: 'predict_detail', type: 'json', values: details },
    ],
  }
}

const COMMON: Frame = { kind: 'raw', idName: 'uid', ids: IDS, columns: [] }
const TWO = [
  { 0: 0.9, 1: 0.1 },
  { 0: 0.8, 1: 0.2 },
  { 0: 0.7, 1: 0.3 },
]

function deliver(receiver: string, frame = predictions(TWO)) {
  return runComponent(predictionDelivery, {
    members: { guest: ['1'], host: ['2', '3'] },
    params: predictionDelivery.params.parse({ receiver }),
    tables: {
      'guest:1': { data: frame, eval_data: COMMON },
      'host:2': { eval_data: COMMON },
      'host:3': { eval_data: COMMON },
    },
  })
}

describe('PredictionDelivery', () => {
  it('brings the scores to the host that asked for them, and nobody else', async () => {
    const run = await deliver('3')
    assert.deepEqual(run.parties['host:3'].tables, [
      {
        kind: 'data',
        idName: 'uid',
        ids: IDS,
        columns: [{ name: 'label', type: 'number', values: Float64Array.of(0.1, 0.2, 0.3) }],
      },
    ])
    assert.deepEqual([run.parties['guest:1'].tables, run.parties['host:2'].tables], [[], []])
    assert.deepEqual(
      run.wire.map(({ to, tag }) => [to, tag]),
      [['host:3', 'predictions']],
    )
  })

  it('keeps them at the guest where it asked itself', async () => {
    const run = await deliver('1')
    assert.equal(run.parties['guest:1'].tables[0].columns[0].values[2], 0.3)
    assert.deepEqual(run.wire, [])
  })

  it('brings a score a class where there are several', async () => {
    const details = IDS.map((_, row) => ({ 0: row, 1: row + 10, 2: row + 20 }))
    const { columns } = (await deliver('2', predictions(details))).parties['host:2'].tables[0]
    assert.deepEqual(
      columns.map(({ name, values }) => [name, Array.from(values as Float64Array)]),
      [
        ['0', [0, 1, 2]],
        ['1', [10, 11, 12]],
        ['2', [20, 21, 22]],
      ],
    )
  })

  it('refuses a receiver that takes no part', async () => {
    await assert.rejects(deliver('9'), /Party 9 takes no part/)
  })
})
