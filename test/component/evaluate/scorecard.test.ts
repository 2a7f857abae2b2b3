import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { scorecard } from '../../../src/component/evaluate/scorecard.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { numberFrame, numbersOf, runAlone } from '../../helpers/frames.ts'

function predictions(scores: readonly number[]): Frame {
  const frame = numberFrame({ predict_score: scores })
  return { ...frame, kind: 'prediction' }
}

describe('Scorecard', () => {
  it('gives the offset at even odds and the factor for each doubling, within its limits', async () => {
    const { tables } = await runAlone(scorecard, { frame: predictions([0.5, 1 / 3, 0.8, 0, 1]) })
    const scores = numbersOf(tables[0], 'credit_score').map(
      (score) => Math.round(score * 1e9) / 1e9,
    )
    assert.deepEqual(scores, [500, 520, 460, 1500, 0])
    const params = {
      offset: 600,
      factor: 10,
      factor_base: 4,
      upper_limit_ratio: 1,
      lower_limit_value: 590,
    }
    const other = await runAlone(scorecard, { frame: predictions([0.2, 0.8, 0.999]), params })
    assert.deepEqual(numbersOf(other.tables[0], 'credit_score').map(Math.round), [600, 590, 590])
  })

  it('refuses what is no probability and what is no prediction', async () => {
    await assert.rejects(
      runAlone(scorecard, { frame: predictions([3]) }),
      /The predict_score of row "r0" is 3, no probability/,
    )
    await assert.rejects(
      runAlone(scorecard, { frame: numberFrame({ a: [1] }) }),
      /expected predictions/,
    )
  })
})
