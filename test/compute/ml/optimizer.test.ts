import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  applyStep,
  createOptimizer,
  createStop,
  OPTIMIZERS,
  penaltyLoss,
  type OptimizerName,
} from '../../../src/compute/ml/optimizer.ts'

/** The deltas of a single weight for gradients 2, -1, 0.5. */
function deltas(
  method: OptimizerName,
  more: { decay?: number; decaySqrt?: boolean } = {},
): number[] {
  const optimizer = createOptimizer({ method, learningRate: 0.1, ...more })
  return [2, -1, 0.5].map((slope, epoch) => optimizer.step(Float64Array.of(slope), epoch)[0])
}

function close(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length)
  actual.forEach((value, at) => {
    assert.ok(Math.abs(value - expected[at]) < 1e-12, `${at}: ${value}, expected ${expected[at]}`)
  })
}

describe('createOptimizer', () => {
  it('sgd lowers its rate by a thousandth before each step', () => {
    close(deltas('sgd'), [0.1 * 0.999 * 2, -0.1 * 0.999 ** 2, 0.1 * 0.999 ** 3 * 0.5])
  })

  it('rmsprop divides by the root of the running mean of squares', () => {
    const [m1, m2, m3] = [0.01 * 4, 0.99 * 0.04 + 0.01, 0.99 * (0.99 * 0.04 + 0.01) + 0.01 * 0.25]
    close(deltas('rmsprop'), [
      (0.1 * 2) / Math.sqrt(m1 + 1e-6),
      (0.1 * -1) / Math.sqrt(m2 + 1e-6),
      (0.1 * 0.5) / Math.sqrt(m3 + 1e-6),
    ])
  })

  it('adagrad divides by the root of the sum of squares', () => {
    close(deltas('adagrad'), [
      0.2 / (2 + 1e-7),
      -0.1 / (Math.sqrt(5) + 1e-7),
      0.05 / (Math.sqrt(5.25) + 1e-7),
    ])
  })

  it('adam corrects both moments for their start at zero', () => {
    const [m2, v2] = [0.9 * 0.2 - 0.1, 0.999 * 0.004 + 0.001]
    const [m3, v3] = [0.9 * m2 + 0.05, 0.999 * v2 + 0.00025]
    close(deltas('adam'), [
      (0.1 * 2) / (2 + 1e-8),
      (0.1 * (m2 / 0.19)) / (Math.sqrt(v2 / (1 - 0.999 ** 2)) + 1e-8),
      (0.1 * (m3 / (1 - 0.9 ** 3))) / (Math.sqrt(v3 / (1 - 0.999 ** 3)) + 1e-8),
    ])
  })

  it('Nesterov looks ahead and lowers its rate after each step', () => {
    const v1 = -0.1 * 2
    const v2 = 0.9 * v1 + 0.09
    const v3 = 0.9 * v2 - 0.081 * 0.5
    close(deltas('nesterov_momentum_sgd'), [-1.9 * v1, 0.9 * v1 - 1.9 * v2, 0.9 * v2 - 1.9 * v3])
  })

  it('goes by decay and epoch where decay is given', () => {
    close(deltas('sgd', { decay: 3 }), [0.2, -0.1 / 2, 0.05 / Math.sqrt(7)])
    close(deltas('sgd', { decay: 3, decaySqrt: false }), [0.2, -0.1 / 4, 0.05 / 7])
  })

  it('treats each weight alone, so that parties can keep their own parts', () => {
    for (const method of OPTIMIZERS) {
      const together = createOptimizer({ method, learningRate: 0.3 })
      const parts = [0, 1].map(() => createOptimizer({ method, learningRate: 0.3 }))
      for (let epoch = 0; epoch < 4; epoch++) {
        const gradient = Float64Array.of(epoch - 1.5, 0.1 * epoch)
        const own = parts.map((part, at) => part.step(gradient.slice(at, at + 1), epoch)[0])
        assert.deepEqual([...together.step(gradient, epoch)], own, method)
      }
    }
  })

  it('refuses rates of zero and gradients that change their length', () => {
    assert.throws(() => createOptimizer({ method: 'sgd', learningRate: 0 }), RangeError)
    const optimizer = createOptimizer({ method: 'adam', learningRate: 1 })
    optimizer.step(new Float64Array(2), 0)
    assert.throws(() => optimizer.step(new Float64Array(3), 0), /3 entries, earlier ones 2/)
  })
})

describe('penalties', () => {
  const weights = Float64Array.of(2, -0.05)
  const delta = Float64Array.of(0.5, -0.01)
  const options = { alpha: 0.5, learningRate: 0.2 }

  it('move the weights: none, towards zero in proportion, or by a constant', () => {
    const step = (penalty: 'NONE' | 'L1' | 'L2'): number[] => [
      ...applyStep(weights, delta, { penalty, ...options }),
    ]
    close(step('NONE'), [1.5, -0.04])
    close(step('L2'), [1.5 - 0.2, -0.04 + 0.005])
    close(step('L1'), [1.4, 0])
  })

  it('add to the loss', () => {
    close(
      (['NONE', 'L1', 'L2'] as const).map((penalty) =>
        penaltyLoss(weights, { penalty, ...options }),
      ),
      [0, 0.5 * 2.05, 0.25 * (4 + 0.0025)],
    )
  })
})

describe('createStop', () => {
  it('diff: stops when the loss hardly changes, never at the first epoch', () => {
    const stop = createStop('diff', 0.1)
    assert.deepEqual(
      [1, 0.8, 0.75].map((loss) => stop({ loss })),
      [false, false, true],
    )
  })

  it('abs: stops at a loss of eps or less', () => {
    const stop = createStop('abs', 0.1)
    assert.deepEqual(
      [0.2, 0.1].map((loss) => stop({ loss })),
      [false, true],
    )
  })

  it('weight_diff: measures the change against the weights, or 1 for small ones', () => {
    const stop = createStop('weight_diff', 0.1)
    assert.equal(stop({ loss: 0, squaredChange: 0.16, squaredWeights: 16 }), false)
    assert.equal(stop({ loss: 0, squaredChange: 0.15, squaredWeights: 16 }), true)
    assert.equal(stop({ loss: 0, squaredChange: 0.02, squaredWeights: 0.01 }), false)
    assert.throws(() => stop({ loss: 0 }), TypeError)
  })
})
