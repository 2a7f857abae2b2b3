import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { inferenceAnswer } from '../../../src/component/fedlearn/inference-answer.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { runComponent } from '../../helpers/parties.ts'

function predictions(rows: readonly { score: number; detail: Record<string, number> }[]): Frame {
  return {
    kind: 'prediction',
    idName: 'uid',
    ids: rows.map((_, at) => `r${at}`),
    columns: [
      {
        name: 'predict_score',
        type: 'number',
        values: Float64Array.from(rows, (row) => row.score),
      },
      { name: 'predict_detail', type: 'json', values: rows.map((row) => row.detail) },
    ],
  }
}

async function answer(frame: Frame) {
  const run = await runComponent(inferenceAnswer, {
    members: { guest: ['1'], host: [] },
    tables: { 'guest:1': { data: frame } },
  })
  return run.parties['guest:1'].metrics.map(({ namespace, name, points }) => [
    namespace,
    name,
    points,
  ])
}

describe('InferenceAnswer', () => {
  it('hands over a score a row', async () => {
    const rows = [
      { score: 0.75, detail: { 0: 0.25, 1: 0.75 } },
      { score: 0.5, detail: { 0: 0.5, 1: 0.5 } },
    ]
    assert.deepEqual(await answer(predictions(rows)), [
      [
        'answer',
        'score',
        [
          ['r0', 0.75],
          ['r1', 0.5],
        ],
      ],
    ])
  })

  it('hands over a score a class where there are several', async () => {
    const rows = [{ score: 0.5, detail: { 0: 0.2, 1: 0.3, 2: 0.5 } }]
    assert.deepEqual(await answer(predictions(rows)), [
      ['answer', '0', [['r0', 0.2]]],
      ['answer', '1', [['r0', 0.3]]],
      ['answer', '2', [['r0', 0.5]]],
    ])
  })
})
