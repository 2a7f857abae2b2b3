import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { selectRows, spreadRows, takeRows } from '../../../src/component/nn/row-selector.ts'

const LOSSES = [0.1, 0.5, 0.2, 0.9, 0.3]

/** How often each row is selected. */
function shares(param: object, recent: readonly number[] = []): number[] {
  const times = LOSSES.map(() => 0)
  const all = { beta: 1, selective_size: 1024, min_prob: 0, ...param }
  for (let seed = 0; seed < 4000; seed++) {
    for (const row of selectRows(LOSSES, recent, { param: all, seed }).rows) times[row]++
  }
  return times.map((count) => count / 4000)
}

function close(actual: readonly number[], expected: readonly number[]): void {
  actual.forEach((share, row) =>
    assert.ok(Math.abs(share - expected[row]) < 0.03, `row ${row}: ${share}, not ${expected[row]}`),
  )
}

describe('selectRows', () => {
  it('takes a row with the share of losses that are not above its own, to the power of beta', () => {
    close(shares({}), [0.2, 0.8, 0.4, 1, 0.6])
    close(shares({ beta: 2 }), [0.04, 0.64, 0.16, 1, 0.36])
    close(shares({ beta: 0 }), [1, 1, 1, 1, 1])
  })

  it('takes no row less often than min_prob, and compares with what it has seen', () => {
    close(shares({ beta: 3, min_prob: 0.5 }), [0.5, 0.512, 0.5, 1, 0.5])
    close(shares({}, [0.05, 0.05, 0.05, 2, 2]), [0.4, 0.7, 0.5, 0.8, 0.6])
    // Only the last three: 0.2, 0.9 and 0.3.
    close(shares({ selective_size: 3 }), [0, 2 / 3, 1 / 3, 1, 2 / 3])
  })

  it('selects the same rows for the same seed, and remembers the losses seen last', () => {
    const param = { beta: 1, selective_size: 6, min_prob: 0 }
    const once = selectRows(LOSSES, [7, 8, 9], { param, seed: 3 })
    assert.deepEqual(once, selectRows(LOSSES, [7, 8, 9], { param, seed: 3 }))
    assert.deepEqual(once.recent, [9, ...LOSSES])
  })
})

describe('takeRows and spreadRows', () => {
  it('take rows out and put them back, zeros between', () => {
    const matrix = { rows: 3, cols: 2, data: Float64Array.of(1, 2, 3, 4, 5, 6) }
    const taken = takeRows(matrix, [0, 2])
    assert.deepEqual(taken, { rows: 2, cols: 2, data: Float64Array.of(1, 2, 5, 6) })
    const back = spreadRows(taken, [0, 2], 3)
    assert.deepEqual(back.data, Float64Array.of(1, 2, 0, 0, 5, 6))
  })
})
