import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  chooseStepwise,
  informationCriterion,
  type StepwiseRule,
} from '../../../src/compute/ml/stepwise.ts'

const RULE: StepwiseRule = {
  criterion: 'AIC',
  direction: 'both',
  maxSteps: 10,
  least: 0,
  most: null,
  intercept: true,
  squares: false,
}
/** What each column takes off the loss; the first two do most together. */
const GAINS = [0.1, 0.08, 0.001, 0.03, 0]
const loss = (mask: readonly boolean[]) =>
  0.7 - GAINS.reduce((sum, gain, at) => sum + (mask[at] ? gain : 0), 0)

async function choose(change: Partial<StepwiseRule>, rows = 100) {
  const asked: string[] = []
  const steps = await chooseStepwise({ ...RULE, ...change }, { columns: 5, rows }, async (mask) => {
    asked.push(mask.map(Number).join(''))
    return loss(mask)
  })
  assert.equal(new Set(asked).size, asked.length, 'a model was asked for twice')
  return steps.map(({ mask }) => mask.map(Number).join(''))
}

describe('stepwise choice', () => {
  it('counts 2 or log n for each parameter', () => {
    const size = { loss: 0.5, columns: 3, rows: 100 }
    assert.equal(informationCriterion(RULE, size), 8 + 100)
    const bic = { ...RULE, criterion: 'BIC' as const, intercept: false }
    assert.equal(informationCriterion(bic, size), 3 * Math.log(100) + 100)
    const squares = { ...RULE, squares: true }
    assert.equal(informationCriterion(squares, { ...size, loss: 0.2 }), 8 + 100 * Math.log(0.4))
  })

  it('goes forward by the column that helps most, and backward by the one that helps least', async () => {
    assert.deepEqual(await choose({ direction: 'forward' }), ['00000', '10000', '11000', '11010'])
    assert.deepEqual(await choose({ direction: 'backward' }), ['11111', '11110', '11010'])
    assert.deepEqual(await choose({}), ['11111', '11110', '11010'])
  })

  it('finds the best of all models where columns help on their own', async () => {
    for (const rows of [20, 60, 100, 5000]) {
      for (const criterion of ['AIC', 'BIC'] as const) {
        const scored = Array.from({ length: 32 }, (_, code) => {
          const mask = GAINS.map((_gain, at) => ((code >> at) & 1) === 1)
          const columns = mask.filter(Boolean).length
          const rule = { ...RULE, criterion }
          return { mask, score: informationCriterion(rule, { loss: loss(mask), columns, rows }) }
        })
        const best = scored.reduce((a, b) => (b.score < a.score ? b : a))
        for (const direction of ['forward', 'backward', 'both'] as const) {
          const found = (await choose({ criterion, direction }, rows)).at(-1)
          assert.equal(found, best.mask.map(Number).join(''), `${criterion} ${direction} ${rows}`)
        }
      }
    }
  })

  it('stays within the numbers of columns and steps that it is given', async () => {
    assert.deepEqual(await choose({ least: 4 }), ['11111', '11110'])
    assert.deepEqual(await choose({ direction: 'forward', most: 1 }), ['00000', '10000'])
    assert.deepEqual(await choose({ maxSteps: 1 }), ['11111', '11110'])
  })

  it('takes a column back in that it has dropped, where both ways are open', async () => {
    const losses: Record<string, number> = {
      '1111': 0.5,
      '0111': 0.5,
      '0011': 0.5,
      '0010': 0.5,
      '1010': 0.3,
    }
    const steps = await chooseStepwise(RULE, { columns: 4, rows: 100 }, async (mask) => {
      return losses[mask.map(Number).join('')] ?? 0.9
    })
    assert.deepEqual(
      steps.map(({ mask }) => mask.map(Number).join('')),
      ['1111', '0111', '0011', '0010', '1010'],
    )
  })
})
