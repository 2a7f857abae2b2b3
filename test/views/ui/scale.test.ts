import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { linearScale } from '../../../views/ui/scale.ts'

describe('linear scale', () => {
  it('ticks are round, evenly spaced and enclose the data', () => {
    const scale = linearScale([0.27, 0.69], [0, 100])
    assert.deepEqual(scale.ticks, [0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
    assert.equal(scale.place(0.2), 0)
    assert.equal(scale.place(0.7), 100)
  })

  it('a single value gets room on both sides', () => {
    const scale = linearScale([5, 5], [0, 10])
    assert.ok(scale.min < 5 && scale.max > 5)
    assert.ok(scale.place(5) > 0 && scale.place(5) < 10)
  })

  it('nothing but zero gets room too', () => {
    const scale = linearScale([0, 0], [0, 10])
    assert.equal(scale.place(0), 5)
  })

  it('an axis that runs downwards puts the largest value at its start', () => {
    const scale = linearScale([0, 1], [200, 20])
    assert.equal(scale.place(0), 200)
    assert.equal(scale.place(1), 20)
  })
})
