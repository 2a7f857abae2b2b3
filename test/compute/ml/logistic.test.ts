import assert from 'node:assert/strict'
import { it } from 'node:test'

import { sigmoid, taylorLoss, taylorSlope } from '../../../src/compute/ml/logistic.ts'

it('sigmoid: neither end overflows, and both sides add up to 1', () => {
  assert.equal(sigmoid(0), 0.5)
  assert.equal(sigmoid(-1000), 0)
  assert.equal(sigmoid(1000), 1)
  for (const x of [0.1, 3, 30]) assert.ok(Math.abs(sigmoid(x) + sigmoid(-x) - 1) < 1e-15)
})

it('taylorLoss: is the Taylor polynomial of the logistic loss, from the slopes alone', () => {
  const rows = [
    [0.3, 1],
    [-1.2, 1],
    [2, -1],
  ]
  const direct = rows.reduce((sum, [wx, y]) => sum + Math.LN2 - (y * wx) / 2 + (wx * wx) / 8, 0) / 3
  const squares = rows.reduce((sum, [wx, y]) => sum + taylorSlope(wx, y) ** 2, 0) / 3
  assert.ok(Math.abs(taylorLoss(squares) - direct) < 1e-15)
})

it('taylorSlope: is the derivative of the loss at small predictors', () => {
  for (const y of [1, -1]) {
    const exact = -y * sigmoid(-y * 0.01)
    assert.ok(Math.abs(taylorSlope(0.01, y) - exact) < 1e-7)
  }
})
