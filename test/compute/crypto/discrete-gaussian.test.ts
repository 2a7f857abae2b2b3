import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { discreteGaussians, gaussianSigma } from '../../../src/compute/crypto/discrete-gaussian.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'

/** Bytes that are the same in every run, so that what is counted is too. */
function seeded(seed: number): (bytes: number) => Uint8Array {
  const rng = createRng(seed)
  return (bytes) => Uint8Array.from({ length: bytes }, () => rng.integer(256))
}

describe('discreteGaussians', () => {
  it('draws each whole number as often as the density says', () => {
    const count = 20_000
    const sigma = 2
    const drawn = discreteGaussians(count, BigInt(sigma), seeded(1)).map(Number)
    const density = (x: number) => Math.exp(-(x * x) / (2 * sigma * sigma))
    const all = Array.from({ length: 41 }, (_, at) => density(at - 20)).reduce((a, b) => a + b)
    // Pearson's test with 11 degrees of freedom: above 31.3 one time in a thousand.
    let chi = 0
    for (let x = -5; x <= 6; x++) {
      const inside = (value: number) => (x === 6 ? Math.abs(value) > 5 : value === x)
      const there = drawn.filter(inside).length
      const share =
        x === 6
          ? 1 - Array.from({ length: 11 }, (_, at) => density(at - 5)).reduce((a, b) => a + b) / all
          : density(x) / all
      chi += (there - count * share) ** 2 / (count * share)
    }
    assert.ok(chi < 31.3, `chi square ${chi}`)
  })

  it('spreads as far as sigma says where sigma is large', () => {
    const sigma = 2 ** 50
    const drawn = discreteGaussians(2000, BigInt(sigma), seeded(2)).map((x) => Number(x) / sigma)
    const mean = drawn.reduce((sum, x) => sum + x, 0) / drawn.length
    const square = drawn.reduce((sum, x) => sum + x * x, 0) / drawn.length
    assert.ok(Math.abs(mean) < 0.1 && Math.abs(square - 1) < 0.15, `${mean} ${square}`)
  })

  it('refuses a sigma below 1', () => {
    assert.throws(() => discreteGaussians(1, 0n, seeded(3)), /expected at least 1/)
  })
})

describe('gaussianSigma', () => {
  it('keeps to epsilon and delta, as the exact condition on Gaussian noise has it', () => {
    for (const [epsilon, delta] of [
      [1.6, 1e-8],
      [0.05, 1e-8],
      [1, 1e-5],
    ]) {
      const sigma = gaussianSigma({ epsilon, delta, sensitivity: 3 })
      // B. Balle, Y.-X. Wang, "Improving the Gaussian mechanism", ICML 2018, theorem 8.
      const [half, far] = [3 / (2 * sigma), (epsilon * sigma) / 3]
      const exact = normal(half - far) - Math.exp(epsilon) * normal(-half - far)
      assert.ok(exact <= delta, `${exact} > ${delta}`)
      assert.ok(exact > delta / 1e5, `is not far from it: ${exact}`)
    }
  })
})

/** The distribution function of the standard normal, by the continued fraction of its tail. */
function normal(x: number): number {
  if (x > 0) return 1 - normal(-x)
  let fraction = 0
  for (let k = 200; k > 0; k--) fraction = k / (-x + fraction)
  return Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI) / (-x + fraction)
}
