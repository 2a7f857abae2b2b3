import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { dataTransform } from '../../../src/component/io/data-transform.ts'
import { reader } from '../../../src/component/io/reader.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { numbersOf, runAlone } from '../../helpers/frames.ts'
import { runComponent } from '../../helpers/parties.ts'

const RAW: Frame = {
  kind: 'raw',
  idName: 'id',
  ids: ['a', 'b'],
  columns: [
    { name: 'x', type: 'text', values: ['1', ''] },
    { name: 'y', type: 'text', values: ['0', '1'] },
  ],
}

describe('DataTransform', () => {
  it('takes the label by the name "y" and keeps gaps, unless it is told otherwise', async () => {
    const { tables, models } = await runAlone(dataTransform, {
      frame: RAW,
      params: { with_label: true },
    })
    assert.equal(tables[0].labelName, 'y')
    assert.deepEqual(numbersOf(tables[0], 'x'), [1, Number.NaN])
    assert.equal(models[0].name, 'DataTransform')
    const params = {
      with_label: true,
      label_idx: 1,
      missing_fill: true,
      missing_fill_method: 'max',
    }
    const filled = await runAlone(dataTransform, { frame: RAW, params })
    assert.deepEqual(numbersOf(filled.tables[0], 'x'), [1, 1])
    const again = await runAlone(dataTransform, { frame: RAW, model: filled.models[0] })
    assert.deepEqual(again.tables, filled.tables)
  })

  it('refuses match ids, and a gap where gaps are not kept', async () => {
    assert.throws(
      () => dataTransform.params.parse({ with_match_id: true }),
      /with_match_id is not available/,
    )
    await assert.rejects(
      runAlone(dataTransform, { frame: RAW, params: { keep_missing: false } }),
      /row "b"/,
    )
  })
})

describe('Reader', () => {
  it('hands its table on', async () => {
    const { tables } = await runAlone(reader, {
      frame: RAW,
      params: { table: { name: 'n', namespace: 's' } },
    })
    assert.deepEqual(tables, [RAW])
    await assert.rejects(
      runComponent(reader, { members: { guest: ['1'] } }),
      /needs one uploaded table at guest:1/,
    )
  })
})
