import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { createRng } from '../../../../src/compute/ml/rng.ts'
import { binColumn } from '../../../../src/compute/ml/tree/binning.ts'
import { evenCuts, layOutBins } from '../../../../src/compute/ml/tree/candidate.ts'

const RULE = { useMissing: true, zeroAsMissing: false }

function layoutOf(...bins: readonly number[]) {
  const columns = bins.map((count) =>
    binColumn(
      new Float64Array(1),
      Float64Array.from({ length: count - 1 }, (_, at) => at),
      RULE,
    ),
  )
  return layOutBins(
    columns,
    Uint32Array.from(bins, (_, at) => at),
  )
}

describe('evenCuts', () => {
  it('ends a bucket where it has its share of the rows', () => {
    // Twelve rows in at most three buckets: four or more in each.
    const kept = evenCuts(layoutOf(6), [1, 3, 1, 2, 4, 1], 3)
    assert.deepEqual([...kept], [0, 1, 0, 0, 1])
  })

  it('keeps every value where there are few, and none that no row has', () => {
    assert.deepEqual([...evenCuts(layoutOf(5), [1, 0, 6, 0, 2], 3)], [1, 0, 1, 0])
  })

  it('takes each column by itself', () => {
    const kept = evenCuts(layoutOf(4, 3), [1, 1, 1, 1, 2, 1, 1], 2)
    assert.deepEqual([...kept], [0, 1, 0, 1, 0])
  })

  it('keeps both directions of what is missing, and the cut that parts nothing else', () => {
    const columns = [binColumn(Float64Array.of(0, Number.NaN), Float64Array.of(0, 1, 2), RULE)]
    const layout = layOutBins(columns, Uint32Array.of(0))
    // Bins 0 to 3 and the missing values; the last cut has missing values alone on one side.
    assert.deepEqual([...evenCuts(layout, [1, 1, 1, 1, 5], 2)], [0, 0, 1, 1, 0, 0, 1])
  })

  it('leaves no more buckets than twice what is asked for, and none too small but the last', () => {
    const rng = createRng(1)
    for (let round = 0; round < 50; round++) {
      const counts = Array.from({ length: 60 }, () => rng.integer(5))
      const rows = counts.reduce((sum, each) => sum + each)
      const kept = evenCuts(layoutOf(60), counts, 10)
      let held = 0
      counts.slice(0, -1).forEach((count, bin) => {
        held += count
        if (kept[bin] === 0) return
        assert.ok(held >= Math.floor(rows / 10))
        held = 0
      })
      assert.ok(kept.reduce((sum, each) => sum + each, 0) <= 20)
    }
  })
})
