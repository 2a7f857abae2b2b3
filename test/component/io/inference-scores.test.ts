import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { inferenceScores } from '../../../src/component/io/inference-scores.ts'
import type { Column, Frame } from '../../../src/compute/ml/frame.ts'
import { runComponent } from '../../helpers/parties.ts'

function frame(label: Column): Frame {
  return {
    kind: 'prediction',
    idName: 'uid',
    ids: ['a', 'b'],
    columns: [
      label,
      { name: 'predict_result', type: 'number', values: Float64Array.of(1, 0) },
      { name: 'predict_score', type: 'number', values: Float64Array.of(2, 5) },
      { name: 'predict_detail', type: 'json', values: [{ label: 2 }, { label: 5 }] },
    ],
  }
}

function scores(data: Frame, metrics: readonly string[] = ['RMSE', 'MAE']) {
  return runComponent(inferenceScores, {
    members: { guest: ['1'], host: [] },
    params: inferenceScores.params.parse({ metrics }),
    tables: { 'guest:1': { data } },
  })
}

const LABELS: Column = { name: 'label', type: 'number', values: Float64Array.of(1, 3) }

describe('InferenceScores', () => {
  it('scores predictions by the labels of the guest', async () => {
    const run = await scores(frame(LABELS))
    assert.deepEqual(
      run.parties['guest:1'].metrics.map(({ name, points }) => [name, points[0][1]]),
      [
        ['rmse', Math.sqrt((1 + 4) / 2)],
        ['mae', 1.5],
      ],
    )
  })

  it('refuses rows without labels, no rows and a metric that there is not', async () => {
    const none: Column = { name: 'label', type: 'json', values: [null, null] }
    await assert.rejects(scores(frame(none)), /no label/)
    const empty: Frame = {
      ...frame(LABELS),
      ids: [],
      columns: frame({ ...LABELS, values: new Float64Array(0) }).columns,
    }
    await assert.rejects(scores(empty), /No client has all/)
    assert.throws(() => inferenceScores.params.parse({ metrics: ['GOODNESS'] }))
  })
})
