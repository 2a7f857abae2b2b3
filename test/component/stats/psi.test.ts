import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { psi, stability } from '../../../src/component/stats/psi.ts'
import { numberFrame, randomColumns } from '../../helpers/frames.ts'
import { runComponent } from '../../helpers/parties.ts'

const NONE = { max_bin_num: 2, dense_missing_val: null }

describe('stability', () => {
  it('compares shares of bins that are equal parts of the first column', () => {
    const found = stability(Float64Array.of(1, 2, 3, 4), Float64Array.of(1, 5, 5, 9), NONE)
    assert.deepEqual(found.intervals, ['(-inf, 2]', '(2, +inf)'])
    assert.deepEqual(
      [found.expectCounts, found.actualCounts],
      [
        [2, 2],
        [1, 3],
      ],
    )
    const expected = (0.25 - 0.5) * Math.log(0.5) + (0.75 - 0.5) * Math.log(1.5)
    assert.ok(Math.abs(found.totalPsi - expected) < 1e-12)
  })

  it('counts missing values apart, and an empty bin as one of a millionth', () => {
    const found = stability(Float64Array.of(1, 1, -9), Float64Array.of(1, 1, 1), {
      ...NONE,
      dense_missing_val: -9,
    })
    assert.deepEqual(
      [found.intervals.at(-1), found.expectCounts, found.actualCounts],
      ['missing', [2, 1], [3, 0]],
    )
    const gone = (1e-6 - 1 / 3) * Math.log(1e-6 * 3)
    assert.ok(Math.abs(found.psi[1] - gone) < 1e-12)
  })
})

describe('PSI', () => {
  it('reports own columns by name and those of hosts by place', async () => {
    const own = randomColumns('x', { columns: 1, rows: 50, seed: 1 })
    const theirs = randomColumns('h', { columns: 2, rows: 50, seed: 2 })
    const moved = { h0: theirs['h0'], h1: theirs['h1'].map((value) => value + 2) }
    const { parties, wire } = await runComponent(psi, {
      members: { guest: ['1'], host: ['2'] },
      params: { max_bin_num: 5 },
      tables: {
        'guest:1': { train_data: numberFrame(own), validate_data: numberFrame(own) },
        'host:2': { train_data: numberFrame(theirs), validate_data: numberFrame(moved) },
      },
    })
    const scores = parties['guest:1'].models[0].param['totalScore'] as Record<string, number>
    assert.deepEqual(Object.keys(scores), ['x0', 'host_2_0', 'host_2_1'])
    assert.equal(scores['x0'], 0)
    assert.equal(scores['host_2_0'], 0)
    const plain = stability(Float64Array.from(theirs['h1']), Float64Array.from(moved.h1), {
      ...NONE,
      max_bin_num: 5,
    })
    assert.equal(scores['host_2_1'], plain.totalPsi)
    assert.ok(plain.totalPsi > 1)
    assert.deepEqual(
      wire.map(({ tag }) => tag),
      ['host_psi'],
    )
  })

  it('needs two tables of the same columns', async () => {
    const frame = numberFrame({ a: [1, 2] })
    const run = (tables: object): Promise<unknown> =>
      runComponent(psi, { members: { guest: ['1'] }, tables: { 'guest:1': tables } })
    await assert.rejects(run({ train_data: frame }), /needs a second table/)
    await assert.rejects(
      run({ train_data: frame, validate_data: numberFrame({ b: [1] }) }),
      /The table lacks "a"/,
    )
  })
})
