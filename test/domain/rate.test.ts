import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { countRate } from '../../src/domain/rate.ts'

describe('a rate', () => {
  it('lets so many by in a window, and the next ones when it is over', () => {
    const count = countRate({ most: 3, windowMs: 1000 })
    assert.deepEqual(
      [0, 10, 20, 30, 999].map((at) => count('a', at)),
      [0, 0, 0, 970, 1],
    )
    assert.equal(count('b', 30), 0)
    assert.deepEqual(
      [1000, 1001, 1002, 1003].map((at) => count('a', at)),
      [0, 0, 0, 997],
    )
  })

  it('agrees with a plain count of what it let by', () => {
    const most = 5
    const windowMs = 100
    const count = countRate({ most, windowMs })
    const windows = new Map<string, { start: number; passed: number }>()
    let seed = 7
    const random = () => (seed = (seed * 48_271) % 2_147_483_647)
    for (let at = 0; at < 5000; at += random() % 9) {
      const key = `k${random() % 4}`
      const known = windows.get(key)
      const window = known && at < known.start + windowMs ? known : { start: at, passed: 0 }
      windows.set(key, window)
      const expected = window.passed < most ? 0 : window.start + windowMs - at
      if (expected === 0) window.passed += 1
      assert.equal(count(key, at), expected, `${key} at ${at}`)
    }
  })

  it('keeps no more keys than it can, however many come', () => {
    const count = countRate({ most: 1, windowMs: 1_000_000 })
    count('first', 0)
    assert.ok(count('first', 1) > 0)
    for (let key = 0; key < 10_000; key += 1) count(`key ${key}`, 2)
    assert.equal(count('first', 3), 0, 'the oldest is forgotten')
    assert.ok(count('key 9999', 3) > 0)
  })
})
