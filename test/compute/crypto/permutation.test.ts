import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { randomPermutation } from '../../../src/compute/crypto/permutation.ts'
import { randomBytes } from '../../../src/compute/crypto/random.ts'

describe('randomPermutation', () => {
  it('holds every number once', () => {
    fc.assert(
      fc.property(fc.nat(3000), (count) => {
        const order = randomPermutation(count, randomBytes)
        assert.deepEqual(
          order.toSorted(),
          Uint32Array.from({ length: count }, (_, i) => i),
        )
      }),
      { numRuns: 20 },
    )
  })

  it('all orders of four are equally likely', () => {
    const counts = new Map<string, number>()
    for (let i = 0; i < 24_000; i++) {
      const order = randomPermutation(4, fewBytes).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    assert.equal(counts.size, 24)
    // 23 degrees of freedom: above 70 once in a million runs.
    const chi2 = [...counts.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0)
    assert.ok(chi2 < 70, `chi² is ${chi2}`)
  })

  it('draws again when a number would favour small results', () => {
    // 2^32 mod 3 = 1: the draw 0xffffffff must be rejected for a range of 3.
    const script = [0xffffffff, 1, 0]
    const bytes = new Uint8Array(4096)
    const view = new DataView(bytes.buffer)
    script.forEach((draw, i) => view.setUint32(4 * i, draw))
    // i = 2: rejected, then 1 → swap 2 and 1; i = 1: 0 → swap 1 and 0.
    assert.deepEqual([...randomPermutation(3, () => bytes)], [2, 0, 1])
  })
})

let pool = randomBytes(0)

/** Random bytes, 16 at a time from one large draw: quick for many small permutations. */
function fewBytes(): Uint8Array {
  if (pool.length === 0) pool = randomBytes(65536)
  const bytes = pool.slice(0, 16)
  pool = pool.subarray(16)
  return bytes
}
