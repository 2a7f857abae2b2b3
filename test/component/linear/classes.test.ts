import assert from 'node:assert/strict'
import { it } from 'node:test'

import { classesOf, signsOf } from '../../../src/component/linear/classes.ts'

const binary = { oneVsRest: false, column: 'y' }

it('classesOf: 1 is positive where it is there, else the larger label', () => {
  const cases: [number[], number[]][] = [
    [
      [0, 1, 0],
      [0, 1],
    ],
    [
      [1, -1],
      [-1, 1],
    ],
    [
      [2, 1, 2],
      [2, 1],
    ],
    [
      [4, 2],
      [2, 4],
    ],
  ]
  for (const [labels, values] of cases) {
    const expected = { values, targets: [null] }
    assert.deepEqual(classesOf(Float64Array.from(labels), binary), expected)
  }
})

it('classesOf: one model for each class on request', () => {
  const classes = classesOf(Float64Array.of(3, 1, 2, 3), { oneVsRest: true, column: 'y' })
  assert.deepEqual(classes, { values: [1, 2, 3], targets: [1, 2, 3] })
})

it('classesOf: shows a few of many classes', () => {
  const labels = Float64Array.from({ length: 9 }, (_, at) => at)
  assert.throws(() => classesOf(labels, binary), /"y" holds 9 classes \(0, 1, 2, 3, 4, …\)/)
})

it('signsOf: +1 for the positive class', () => {
  assert.deepEqual(signsOf(Float64Array.of(2, 4, 2), 4), Float64Array.of(-1, 1, -1))
})
