import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { homoLr } from '../../../src/component/linear/homo-lr.ts'
import { logExposureOf, requireCounts } from '../../../src/component/linear/lr-inputs.ts'
import { PrivateFault } from '../../../src/component/private-fault.ts'
import { numberFrame } from '../../helpers/frames.ts'
import { runComponent } from '../../helpers/parties.ts'

const IDS = ['anna', 'bert', 'carl']

/** Whether a fault tells its owner `whole`, and everybody `publicly`. */
function tells(whole: RegExp, publicly: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof PrivateFault)
    assert.match(error.message, whole)
    assert.equal(error.publicly, publicly)
    return true
  }
}

describe('What is wrong with rows', () => {
  it('is told to their owner alone where a count is below 0', () => {
    const frame = numberFrame({ x: [1, 2, 3] }, { labels: [1, -7, 2], ids: IDS })
    assert.throws(
      () => requireCounts(frame, Float64Array.of(1, -7, 2)),
      tells(/holds -7: counts are not below 0/, 'A label is below 0: counts are not'),
    )
  })

  it('is told to their owner alone where a row has no exposure', () => {
    const frame = numberFrame({ months: [1, 0, 3] }, { ids: IDS })
    assert.throws(
      () => logExposureOf({ frame, order: Uint32Array.of(0, 1, 2) }, 'months'),
      tells(/in row "bert"/, 'A row has no number above 0 in the exposure column "months"'),
    )
  })

  it('is told to their owner alone where HomoLR finds no label', async () => {
    const rows = (labels: number[]) => ({
      train_data: numberFrame({ x: [1, 2, 3] }, { labels, ids: IDS }),
    })
    const run = runComponent(homoLr, {
      members: { guest: ['1'], host: ['2'], arbiter: ['3'] },
      params: { max_iter: 1, batch_size: -1 },
      tables: { 'guest:1': rows([0, Number.NaN, 1]), 'host:2': rows([0, 1, 1]) },
    })
    await assert.rejects(
      run,
      tells(/has no number in row "bert"/, 'A row has no number in the label column'),
    )
  })
})
