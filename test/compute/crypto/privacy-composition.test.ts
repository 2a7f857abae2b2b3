import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { gaussianSigma } from '../../../src/compute/crypto/discrete-gaussian.ts'
import {
  isWithin,
  lossLeft,
  repeatedLoss,
  summedLoss,
  usesWithin,
} from '../../../src/compute/crypto/privacy-composition.ts'

const DELTA = 1e-8

/** The chance of a standard normal number up to `x`, by Simpson's rule on the density. */
function normal(x: number): number {
  const [low, steps] = [-40, 200_000]
  const width = (x - low) / steps
  const density = (at: number) => Math.exp((-at * at) / 2) / Math.sqrt(2 * Math.PI)
  let sum = density(low) + density(x)
  for (let at = 1; at < steps; at++) sum += (at % 2 === 1 ? 4 : 2) * density(low + at * width)
  return (sum * width) / 3
}

describe('several uses of the same data', () => {
  it('add up where no delta is left over', () => {
    assert.deepEqual(repeatedLoss({ epsilon: 0.1, delta: 0 }, 10), { epsilon: 1, delta: 0 })
    assert.deepEqual(repeatedLoss({ epsilon: 3.2, delta: 0 }, 0), { epsilon: 0, delta: 0 })
  })

  it('under Gaussian noise promise no more than is so, exactly, and less than their sum costs', () => {
    for (const epsilon of [0.05, 0.5, 1.6]) {
      for (const times of [1, 2, 9, 26, 400]) {
        const whole = repeatedLoss({ epsilon, delta: DELTA }, times)
        const sigma = gaussianSigma({ epsilon, delta: DELTA, sensitivity: 1 })
        // So many normal vectors with the same shift are one whose shift is as long as the root of their number.
        const shift = Math.sqrt(times) / sigma
        // B. Balle, Y.-X. Wang, "Improving the Gaussian mechanism", ICML 2018, theorem 8.
        const exact =
          normal(shift / 2 - whole.epsilon / shift) -
          Math.exp(whole.epsilon) * normal(-shift / 2 - whole.epsilon / shift)
        assert.ok(exact <= DELTA, `${times} × ${epsilon}: ${exact}`)
        assert.ok(times === 1 || whole.epsilon < times * epsilon)
        assert.ok(whole.epsilon < 1.5 * Math.sqrt(times) * epsilon)
      }
    }
  })

  it('are as many as stay within a bound', () => {
    for (const delta of [0, DELTA]) {
      for (const most of [0.4, 0.5, 3, 7.5]) {
        const each = { epsilon: 0.5, delta }
        const count = usesWithin(each, most)
        const at = (times: number) => repeatedLoss(each, times).epsilon
        assert.ok(at(count) <= most * (1 + 1e-8) && at(count + 1) > most, `${delta} ${most}`)
      }
    }
    assert.equal(usesWithin({ epsilon: 0.1, delta: 0 }, 0.3), 3)
    assert.equal(usesWithin({ epsilon: 0, delta: 0 }, 1), Infinity)
  })

  it('are counted', () => {
    assert.throws(() => repeatedLoss({ epsilon: 1, delta: 0 }, -1), /-1 is no number of uses/)
    assert.throws(() => repeatedLoss({ epsilon: 1, delta: 0 }, 1.5), RangeError)
  })

  it('of different promises come to what the formulas say by hand', () => {
    const gaussian = (epsilon: number) => ({ epsilon, delta: DELTA })
    // ρ of 1, 0.5 and 1.6 at δ = 1e-8: 0.013215363, 0.003347644, 0.033311901; ε = ρ + 2·√(ρ·18.420680744).
    for (const [losses, epsilon] of [
      [[gaussian(1), gaussian(0.5)], 1.12128355],
      [[gaussian(1), gaussian(1)], 1.42195494],
      [[gaussian(1.6), gaussian(1.6), gaussian(1.6)], 2.81351909],
      [[gaussian(1), { epsilon: 3.2, delta: 0 }, gaussian(0.5)], 4.32128355],
    ] as const) {
      const whole = summedLoss(losses)
      assert.ok(Math.abs(whole.epsilon - epsilon) < 1e-8, `${whole.epsilon} ${epsilon}`)
      assert.equal(whole.delta, DELTA)
    }
    assert.deepEqual(summedLoss([]), { epsilon: 0, delta: 0 })
    const pure = { epsilon: 0.5, delta: 0 }
    assert.deepEqual(summedLoss([pure, pure]), { epsilon: 1, delta: 0 })
    // Of several deltas the greatest holds for all.
    assert.equal(summedLoss([gaussian(1), { epsilon: 1, delta: 1e-6 }]).delta, 1e-6)
  })

  it('leave room for one that uses it up, and for no more', () => {
    const spent = [
      { epsilon: 1.6, delta: DELTA },
      { epsilon: 0.3, delta: 0 },
    ]
    for (const delta of [0, DELTA]) {
      for (const most of [2, 5]) {
        const left = lossLeft(spent, most, delta)
        assert.ok(left > 0)
        assert.ok(isWithin(summedLoss([...spent, { epsilon: left, delta }]), most))
        assert.ok(!isWithin(summedLoss([...spent, { epsilon: left * 1.01, delta }]), most))
      }
      assert.equal(lossLeft(spent, 1.8, delta), 0)
    }
    // By hand: ρ of 2 less that of 1.6 is ρ of 1.176678531.
    const [first] = spent
    assert.ok(Math.abs(lossLeft([first], 2, DELTA) - 1.17667853) < 1e-8)
    const tenths = Array.from({ length: 10 }, () => ({ epsilon: 0.1, delta: 0 }))
    assert.ok(isWithin(summedLoss(tenths), 1))
  })
})
