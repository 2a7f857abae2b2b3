import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import {
  bucketLists,
  planBuckets,
  planCost,
  scalarBits,
} from '../../../src/compute/kernel/buckets.ts'

test('the buckets of all windows add up to every scalar', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.maxSafeInteger(),
          fc.integer({ min: -300, max: 300 }),
          fc.integer({ min: -52, max: 52 }).map((power) => Math.sign(power) * 2 ** Math.abs(power)),
        ),
        { minLength: 1, maxLength: 30 },
      ),
      fc.integer({ min: 1, max: 100_000 }),
      (values, rows) => {
        const scalars = Float64Array.from(values)
        const plan = planBuckets(rows, scalarBits(scalars))
        const sums = values.map(() => 0n)
        let weight = 1n
        for (const { order, start } of bucketLists(plan, scalars, { columns: 1, column: 0 })) {
          for (let b = 0; b < 2 * plan.buckets; b++) {
            const digit = b < plan.buckets ? b + 1 : plan.buckets - b - 1
            for (let k = start[b]; k < start[b + 1]; k++) {
              sums[order[k]] += weight * BigInt(digit)
            }
          }
          weight <<= BigInt(plan.width)
        }
        assert.deepEqual(sums, values.map(BigInt))
      },
    ),
  )
})

test('a column is read out of a row-major matrix', () => {
  const plan = planBuckets(2, 3)
  const scalars = Float64Array.of(1, 0, 0, -1)
  const lists = (column: number) =>
    [...bucketLists(plan, scalars, { columns: 2, column })].flatMap(({ order }) => [...order])
  assert.deepEqual([lists(0), lists(1)], [[0], [1]])
})

test('30,000 scalars of 24 bits cost less than 4 multiplications each', () => {
  assert.ok(planCost(planBuckets(30_000, 24), 30_000) < 4 * 30_000)
})

test('the bits of scalars are those of the power of two that none is beyond', () => {
  assert.equal(scalarBits(Float64Array.of()), 0)
  assert.equal(scalarBits(Float64Array.of(0, 0)), 0)
  assert.equal(scalarBits(Float64Array.of(1, -8, 7)), 3)
  assert.equal(scalarBits(Float64Array.of(1, -9, 7)), 4)
  assert.equal(scalarBits(Float64Array.of(2 ** 53 - 1)), 53)
  assert.equal(scalarBits(Float64Array.of(-(2 ** 52))), 52)
})
