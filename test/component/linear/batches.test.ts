import assert from 'node:assert/strict'
import { it } from 'node:test'

import { cutBatches } from '../../../src/component/linear/batches.ts'

const sizes = (rows: number, size: number): number[] =>
  cutBatches(rows, size).map(({ from, to }) => to - from)

it('cutBatches: -1 and sizes beyond the table mean all rows', () => {
  assert.deepEqual(sizes(569, -1), [569])
  assert.deepEqual(sizes(5, 10), [5])
  assert.deepEqual(sizes(20, 20), [20])
})

it('cutBatches: a rest below ten rows joins the batch before it', () => {
  assert.deepEqual(sizes(40, 15), [15, 15, 10])
  assert.deepEqual(sizes(39, 15), [15, 24])
  assert.deepEqual(sizes(569, 320), [320, 249])
})

it('cutBatches: every row is in exactly one batch, none has fewer than ten', () => {
  for (let rows = 10; rows < 120; rows++) {
    for (const size of [10, 11, 37]) {
      const batches = cutBatches(rows, size)
      assert.deepEqual(
        batches.map(({ from }) => from),
        [0, ...batches.slice(0, -1).map(({ to }) => to)],
      )
      assert.equal(batches.at(-1)?.to, rows)
      assert.ok(batches.every(({ from, to }) => to - from >= 10))
    }
  }
})
