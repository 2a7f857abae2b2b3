import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'

import { DRAWINGS, SCORES } from '../../../src/component/fedlearn/score.ts'

const VECTORS = new URL(
  '../../../../shared/data/fedlearn/fedlearn-metric-vectors.json',
  import.meta.url,
)

interface Case {
  readonly metric: string
  readonly label?: number[]
  readonly pred?: number[]
  readonly diff?: number[]
  readonly value: number
}

function score(name: string, labels: number[], predictions: number[]): number {
  const found = SCORES.get(name)
  assert.ok(found, name)
  return found.of(labels, predictions)
}

function close(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`)
}

describe('scores as FedLearn has them', () => {
  const missing = existsSync(VECTORS)
    ? false
    : 'the vectors lie beside the checkout on some machines'
  it('agree with the vectors of the original', { skip: missing }, () => {
    const { cases } = JSON.parse(readFileSync(VECTORS, 'utf8')) as { cases: Case[] }
    assert.ok(cases.length >= 16)
    for (const { metric, label, pred, diff, value } of cases) {
      const labels = label ?? diff?.map(() => 0) ?? []
      close(score(metric.replace('_FROM_DIFF', ''), labels, pred ?? diff ?? []), value)
    }
  })

  it('count by hand', () => {
    const labels = [1, 0, 1, 0]
    const predictions = [0.9, 0.5, 0.5, 0.6]
    close(score('ACC', labels, predictions), 1 / 4)
    close(score('ERROR', labels, predictions), 3 / 4)
    close(score('PRECISION', labels, predictions), 1 / 2)
    close(score('RECALL', labels, predictions), 1 / 2)
    close(score('F1', labels, predictions), 1 / 2)
    close(score('MAE', labels, predictions), (0.1 + 0.5 + 0.5 + 0.6) / 4)
    close(score('MAPE', labels, predictions), (100 * (0.1 + 0.5)) / 4)
    close(score('RRSE', labels, predictions), (0.01 + 0.25 + 0.25 + 0.36) / 1)
    close(score('RAE', labels, predictions), 1.7 / 2)
    close(score('CROSS_ENTRO', [1, 0], [0.5, 0.5]), 2 * Math.log(2))
    close(score('MACC', [0, 1, 2], [0, 2, 2]), 2 / 3)
    assert.deepEqual(DRAWINGS.get('CONFUSION')?.of(labels, predictions), [
      [1, 1],
      [1, 1],
    ])
  })

  it('answer where there is nothing to compare', () => {
    assert.equal(score('AUC', [1, 1], [0.2, 0.3]), 0)
    assert.equal(score('KS', [0, 0], [0.2, 0.3]), 0)
    assert.equal(score('PRECISION', [1, 0], [0.1, 0.2]), Number.NaN)
  })

  it('draw curves from a threshold above everything down to the lowest score', () => {
    const labels = [1, 0, 1, 0]
    const predictions = [0.9, 0.7, 0.7, 0.2]
    assert.deepEqual(DRAWINGS.get('TPR')?.of(labels, predictions), [
      [1, 0],
      [0.9, 0.5],
      [0.7, 1],
      [0.2, 1],
    ])
    assert.deepEqual(DRAWINGS.get('ROCCURVE')?.of(labels, predictions), [
      [0, 0],
      [0, 0.5],
      [0.5, 1],
      [1, 1],
    ])
    assert.deepEqual(DRAWINGS.get('KSCURVE')?.of(labels, predictions)[1], [0.9, 0.5])
  })
})
