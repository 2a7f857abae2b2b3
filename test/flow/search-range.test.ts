import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { createRng } from '../../src/compute/ml/rng.ts'
import { drawSets, drawValue, type Range } from '../../src/flow/search-range.ts'

describe('ranges', () => {
  const draw = (range: Range, count = 2000) => {
    const rng = createRng(7)
    return Array.from({ length: count }, () => drawValue(range, rng))
  }

  it('give numbers of all of the range, evenly or by their logarithms', () => {
    const bounds = { type: 'number', whole: false } as const
    const even = draw({ ...bounds, low: 2, high: 4, log: false }) as number[]
    assert.ok(Math.min(...even) < 2.01 && Math.max(...even) > 3.99)
    assert.ok(even.every((value) => value >= 2 && value <= 4))
    const logs = draw({ ...bounds, low: 0.001, high: 1, log: true }) as number[]
    // A third of the logarithms lies in each power of ten.
    for (const [low, high] of [
      [0.001, 0.01],
      [0.01, 0.1],
      [0.1, 1],
    ]) {
      const share = logs.filter((value) => value >= low && value < high).length / logs.length
      assert.ok(Math.abs(share - 1 / 3) < 0.05, `${low}: ${share}`)
    }
  })

  it('give whole numbers, both ends among them, and words', () => {
    const whole = draw({ type: 'number', low: 2, high: 5, log: false, whole: true })
    assert.deepEqual(new Set(whole), new Set([2, 3, 4, 5]))
    const words = draw({ type: 'word', words: ['b', 'a'] })
    assert.deepEqual(new Set(words), new Set(['a', 'b']))
  })

  it('throw where there is nothing in them', () => {
    const none = { type: 'number', low: 3, high: 2, log: false, whole: false } as const
    assert.throws(() => draw(none), RangeError)
    assert.throws(() => draw({ ...none, low: 0, log: true }), RangeError)
    assert.throws(() => draw({ type: 'word', words: [] }), RangeError)
  })

  it('give the same sets for the same seed', () => {
    const ranges: Record<string, Range> = {
      a: { type: 'number', low: 0, high: 1, log: false, whole: false },
      b: { type: 'word', words: ['x', 'y'] },
    }
    const sets = drawSets(ranges, { count: 20, seed: 4 })
    assert.deepEqual(drawSets(ranges, { count: 20, seed: 4 }), sets)
    assert.notDeepEqual(drawSets(ranges, { count: 20, seed: 5 }), sets)
    assert.deepEqual(Object.keys(sets[19]), ['a', 'b'])
  })
})
