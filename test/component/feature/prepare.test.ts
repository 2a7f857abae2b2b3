import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { columnExpand } from '../../../src/component/feature/column-expand.ts'
import { featureImputation } from '../../../src/component/feature/feature-imputation.ts'
import { union } from '../../../src/component/feature/union.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { numberFrame, numbersOf, runAlone } from '../../helpers/frames.ts'
import { runComponent } from '../../helpers/parties.ts'

const GAP = Number.NaN

describe('FeatureImputation', () => {
  const frame = numberFrame({ a: [1, GAP, 3], b: [-9, 4, GAP] })

  it('fills gaps, by column or for all, and other rows as the fit did', async () => {
    const params = {
      missing_fill_method: 'max',
      col_missing_fill_method: { a: 'mean' },
      missing_impute: [-9],
    }
    const { tables, models } = await runAlone(featureImputation, { frame, params })
    assert.deepEqual(numbersOf(tables[0], 'a'), [1, 2, 3])
    assert.deepEqual(numbersOf(tables[0], 'b'), [4, 4, 4])
    assert.deepEqual(models[0].param['imputerParam'], {
      missingReplaceValue: { a: '2', b: '4' },
      missingValueRatio: { a: 1 / 3, b: 2 / 3 },
    })
    const named = { ...params, missing_impute: ['-9', 'NA', ''] }
    const texts = await runAlone(featureImputation, { frame, params: named })
    assert.deepEqual(numbersOf(texts.tables[0], 'b'), [4, 4, 4])
    const other = numberFrame({ a: [GAP, 100], b: [-9, GAP] })
    const again = await runAlone(featureImputation, { frame: other, model: models[0] })
    assert.deepEqual(numbersOf(again.tables[0], 'a'), [2, 100])
    assert.deepEqual(numbersOf(again.tables[0], 'b'), [4, 4])
  })

  it('fills with given values, and says so where a column has none of its own', async () => {
    const values = await runAlone(featureImputation, { frame, params: { default_value: [7, 8] } })
    assert.deepEqual(numbersOf(values.tables[0], 'b'), [-9, 4, 8])
    const empty = numberFrame({ a: [GAP] })
    const params = { missing_fill_method: 'mean', default_value: 5 }
    const { tables, warnings } = await runAlone(featureImputation, { frame: empty, params })
    assert.deepEqual(numbersOf(tables[0], 'a'), [5])
    assert.match(warnings[0], /Column "a" has no value to take the mean of: 5 is used/)
  })
})

describe('ColumnExpand', () => {
  it('appends columns', async () => {
    const frame = numberFrame({ a: [1, 2] }, { labels: [0, 1] })
    const params = { append_header: ['b', 'c'], fill_value: [3, 4] }
    const { tables, models } = await runAlone(columnExpand, { frame, params })
    assert.deepEqual(numbersOf(tables[0], 'b'), [3, 3])
    assert.deepEqual(numbersOf(tables[0], 'c'), [4, 4])
    assert.deepEqual(models[0].param['header'], ['a', 'b', 'c'])
    const again = await runAlone(columnExpand, { frame, model: models[0] })
    assert.deepEqual(again.tables[0], tables[0])
    await assert.rejects(
      runAlone(columnExpand, { frame, params: { append_header: 'a' } }),
      /has a column "a" already/,
    )
  })
})

describe('Union', () => {
  async function join(frames: readonly Frame[], params: object = {}): Promise<Frame> {
    const tables = frames.map((frame, at) => ({ source: `t_${at}`, frame }))
    const { parties } = await runComponent(union, {
      members: { guest: ['1'] },
      params,
      tables: { 'guest:1': { data: tables } },
    })
    return parties['guest:1'].tables[0]
  }
  const first = numberFrame({ a: [1, 2] })
  const second = numberFrame({ a: [3, 4] }, { ids: ['r1', 'r2'] })

  it('keeps the first row of an id, or all under ids of their own', async () => {
    const dropped = await join([first, second])
    assert.deepEqual(
      [dropped.ids, numbersOf(dropped, 'a')],
      [
        ['r0', 'r1', 'r2'],
        [1, 2, 4],
      ],
    )
    const kept = await join([first, second], { keep_duplicate: true })
    assert.deepEqual(
      [kept.ids, numbersOf(kept, 'a')],
      [
        ['r0', 'r1', 'r1_1', 'r2'],
        [1, 2, 3, 4],
      ],
    )
  })

  it('refuses other columns, and gaps unless they are allowed', async () => {
    await assert.rejects(join([first, numberFrame({ b: [1] })]), /t_0 has a, t_1 has b/)
    const gaps = numberFrame({ a: [GAP] }, { ids: ['z'] })
    await assert.rejects(join([first, gaps]), /Column "a" has no value in row "z"/)
    assert.equal((await join([first, gaps], { allow_missing: true })).ids.length, 3)
  })
})
