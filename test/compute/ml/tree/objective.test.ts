import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  binaryObjective,
  type Objective,
  REGRESSION_LOSSES,
  regressionObjective,
  softmaxObjective,
} from '../../../../src/compute/ml/tree/objective.ts'

const CASES: [string, Objective, number[]][] = [
  ['cross entropy', binaryObjective(), [0, 1]],
  ['softmax', softmaxObjective(3), [0, 1, 2]],
  ...REGRESSION_LOSSES.map((name): [string, Objective, number[]] => [
    name,
    regressionObjective(name),
    [0.5, 2, 3.25],
  ]),
  ['tweedie of power 1', regressionObjective('tweedie', 1), [0.5, 2]],
  ['huber of delta 3', regressionObjective('huber', 3), [0.5, 2, 9]],
]

/** What the loss says its derivative is, by central differences. */
function slope(at: (shift: number) => number, step: number): number {
  return (at(step) - at(-step)) / (2 * step)
}

describe('objectives', () => {
  for (const [name, objective, labels] of CASES) {
    it(`${name}: g is the derivative of the loss, h that of g`, () => {
      for (const y of labels) {
        for (const score of [-1.3, 0.2, 0.9]) {
          for (let output = 0; output < objective.outputs; output++) {
            const scores = (shift: number) =>
              Array.from({ length: objective.outputs }, (_, at) =>
                Float64Array.of(score * (at + 1) + (at === output ? shift : 0)),
              )
            const label = Float64Array.of(y)
            const { g, h } = objective.derivatives(label, scores(0), output)
            const loss = (shift: number) => objective.loss(label, scores(shift))
            const first = (shift: number) =>
              objective.derivatives(label, scores(shift), output).g[0]
            assert.ok(Math.abs(slope(loss, 1e-5) - g[0]) < 1e-6, `g of ${y} at ${score}`)
            // The second derivative of the absolute error is 0; boosting takes 1.
            const second = name === 'lae' ? 1 : slope(first, 1e-5)
            assert.ok(Math.abs(second - h[0]) < 1e-6, `h of ${y} at ${score}`)
          }
        }
      }
    })
  }

  it('starts where a constant score is best', () => {
    const labels = Float64Array.of(1, 2, 2, 4, 9)
    for (const name of ['lse', 'lae', 'tweedie', 'poisson'] as const) {
      const objective = regressionObjective(name)
      const [start] = objective.initial(labels)
      const at = (score: number) => objective.loss(labels, [new Float64Array(5).fill(score)])
      assert.ok(at(start) <= at(start + 1e-4) && at(start) <= at(start - 1e-4), name)
    }
    assert.deepEqual(binaryObjective().initial(labels), [0])
    assert.deepEqual(softmaxObjective(3).initial(labels), [0, 0, 0])
  })

  it('stays finite for large scores', () => {
    const labels = Float64Array.of(0, 1)
    const scores = [Float64Array.of(900, -900)]
    assert.equal(binaryObjective().loss(labels, scores), 900)
    assert.deepEqual([...binaryObjective().derivatives(labels, scores, 0).g], [1, -1])
    assert.deepEqual(softmaxObjective(2).link([1000, -1000]), [1, 0])
  })

  it('refuses parameters outside of their range', () => {
    assert.throws(() => regressionObjective('tweedie', 2), /power of at least 1/)
    assert.throws(() => regressionObjective('huber', 0), /above 0/)
    assert.throws(() => softmaxObjective(1), /at least 2 classes/)
    assert.throws(() => regressionObjective('poisson').initial(Float64Array.of(-1, 3)), /negative/)
  })
})
