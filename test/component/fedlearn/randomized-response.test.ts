import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  gridOf,
  randomizedLabels,
  responseEpsilon,
} from '../../../src/component/fedlearn/randomized-response.ts'
import { randomBytes } from '../../../src/compute/crypto/random.ts'

describe('randomized response', () => {
  it('comes out as it is with the odds that its epsilon says', () => {
    const answers = [0, 1, 2]
    const labels = new Float64Array(30_000).fill(1)
    const drawn = randomizedLabels(labels, { answers, share: 0.3, random: randomBytes })
    const shares = answers.map((answer) => drawn.filter((one) => one === answer).length / 30_000)
    for (const [at, expected] of [0.1, 0.8, 0.1].entries()) {
      assert.ok(Math.abs(shares[at] - expected) < 0.015, String(shares))
    }
    assert.ok(Math.abs(Math.exp(responseEpsilon(3, 0.3)) - 0.8 / 0.1) < 1e-9)
  })

  it('leaves all labels alone for a share of 0, and none for a share of 1', () => {
    const labels = Float64Array.from({ length: 100 }, (_, row) => row % 2)
    const options = { answers: [0, 1], random: randomBytes }
    assert.deepEqual(randomizedLabels(labels, { ...options, share: 0 }), labels)
    assert.deepEqual([responseEpsilon(2, 0), responseEpsilon(2, 1)], [Infinity, 0])
  })

  it('answers numbers by the nearest of a grid', () => {
    const labels = Float64Array.from([-1, 0.2, 3])
    const answers = gridOf(labels, 5)
    assert.deepEqual(answers, [-1, 0, 1, 2, 3])
    const drawn = randomizedLabels(labels, { answers, share: 0, random: randomBytes })
    assert.deepEqual([...drawn], [-1, 0, 3])
    assert.deepEqual(gridOf(Float64Array.of(4, 4), 5), [4])
  })
})
