import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  DP_DELTA,
  type DpType,
  exact,
  underNoise,
} from '../../../src/component/fedlearn/label-privacy.ts'
import type { SharedGram } from '../../../src/component/fedlearn/shared-gram.ts'
import { verticalLinearRegression } from '../../../src/component/fedlearn/vertical-linear.ts'
import { gaussianSigma } from '../../../src/compute/crypto/discrete-gaussian.ts'
import { modelsOf, runVertical, seriesOf, verticalData } from '../../helpers/vertical-data.ts'

const COLS = 401
const LABEL = COLS - 1
const EPOCHS = 15
const SIGMA = gaussianSigma({ epsilon: 0.5, delta: DP_DELTA, sensitivity: 1 })

/** Nothing but zeros, so that what is there afterwards is noise. */
const GRAM: SharedGram = {
  rows: 10,
  cols: COLS,
  own: new Float64Array(COLS * COLS),
  blocks: new Map(),
}

/** The products of the label with all other columns after each of some epochs. */
function noises(dpType: DpType, epochs: readonly number[]): number[][] {
  const read = underNoise([GRAM], {
    release: { epsilon: 0.5, labels: [LABEL], sensitivity: 1, squares: 0 },
    dpType,
    epochs: EPOCHS,
    seed: { noise: '5a'.repeat(32) },
  })
  return epochs.map((epoch) => {
    const [{ own }] = read(epoch)
    assert.ok(
      own.slice(0, LABEL).every((value) => value === 0),
      'columns keep what they are',
    )
    return Array.from(own.subarray(LABEL * COLS, LABEL * COLS + LABEL))
  })
}

function spread(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)
}

describe('labels under noise', { timeout: 60_000 }, () => {
  it('are told once with OBJECTIVE_PERTURB, however many epochs read them', () => {
    const [first, last] = noises('OBJECTIVE_PERTURB', [0, EPOCHS])
    assert.deepEqual(last, first)
    assert.ok(Math.abs(spread(first) / SIGMA - 1) < 0.15, `${spread(first)}, expected ${SIGMA}`)
  })

  it('are told anew in every epoch with OUTPUT_PERTURB, with noise for all of them together', () => {
    const all = noises('OUTPUT_PERTURB', [...Array(EPOCHS + 1).keys()])
    for (const own of all) {
      // Sixteen times the same sum moves four times as far as once.
      assert.ok(Math.abs(spread(own) / (4 * SIGMA) - 1) < 0.15, `${spread(own) / SIGMA}`)
    }
    // Whoever averages over all of it is where a single telling leaves them.
    const mean = all[0].map((_, at) => all.reduce((sum, own) => sum + own[at], 0) / all.length)
    assert.ok(Math.abs(spread(mean) / SIGMA - 1) < 0.15, `${spread(mean)}, expected ${SIGMA}`)
    const again = noises('OUTPUT_PERTURB', [7, 3, 7])
    assert.deepEqual(again, [all[7], all[3], all[7]], 'another attempt draws no other noise')
    assert.throws(() => noises('OUTPUT_PERTURB', [EPOCHS + 1]), /beyond 15 epochs/)
  })

  it('are read as they are where nothing is asked for', () => {
    assert.equal(exact([GRAM])(3)[0], GRAM)
  })

  it('of an interrupted training have the noise of its epochs when it goes on', async () => {
    const train = verticalData({ rows: 200, widths: [1, 1] })
    for (const optimizer of ['BatchGD', 'NEWTON']) {
      const params = { maxEpoch: 3, eta: 0.5, optimizer, useDP: 'true', dpType: 'OUTPUT_PERTURB' }
      const kept: Record<string, Map<number, string>> = {}
      const whole = await runVertical(verticalLinearRegression, params, {
        train,
        checkpoints: kept,
      })
      const early = Object.fromEntries(
        Object.entries(kept).map(([at, steps]) => [
          at,
          new Map([...steps].filter(([step]) => step <= 3)),
        ]),
      )
      const rest = await runVertical(verticalLinearRegression, params, {
        train,
        checkpoints: early,
      })
      assert.deepEqual(modelsOf(rest), modelsOf(whole), optimizer)
      assert.deepEqual(seriesOf(whole, 'dpEpsilon'), [1.6])
    }
  })
})
