import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { countTrials, nextTrial, type ScoredTrial } from '../../../src/compute/ml/halving.ts'

describe('successive halving', () => {
  function run(scores: readonly number[], rungs: number): ScoredTrial[] {
    const done: ScoredTrial[] = []
    for (;;) {
      const next = nextTrial(done, { candidates: scores.length, rungs })
      if (!next) return done
      done.push({ ...next, score: scores[next.candidate] })
    }
  }

  it('tries all once, the best third of them again, and the best of these at last', () => {
    const done = run([1, 9, 2, 8, 3, 7, 4, 6, 5], 3)
    const at = (rung: number) =>
      done.filter((trial) => trial.rung === rung).map(({ candidate }) => candidate)
    assert.deepEqual(at(0), [0, 1, 2, 3, 4, 5, 6, 7, 8])
    assert.deepEqual([at(1), at(2)], [[1, 3, 5], [1]])
    assert.equal(done.length, countTrials(9, 3))
  })

  it('goes on with one where there are few, and never with what is no number before others', () => {
    assert.deepEqual(
      run([Number.NaN, 1], 2).map(({ candidate }) => candidate),
      [0, 1, 1],
    )
    assert.equal(run([1], 3).length, countTrials(1, 3))
    assert.equal(nextTrial([], { candidates: 0, rungs: 2 }), undefined)
  })
})
