import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  type CellColumn,
  formOf,
  readEntry,
  WIDEST,
  writeEntry,
} from '../../../src/component/retrieval/entries.ts'

const NUMBERS = Float64Array.of(1.5, -0, Number.NaN, 1e308)
const TEXTS = ['', 'ä€', 'a longer text', '1']
const COLUMNS: CellColumn[] = [
  { name: 't', type: 'text', values: TEXTS },
  { name: 'n', type: 'number', values: NUMBERS },
  { name: 'u', type: 'text', values: TEXTS.toReversed() },
]

describe('entries', () => {
  it('come back bit for bit, all of one size', () => {
    const { types, width } = formOf(COLUMNS)
    assert.equal(width, 4 + 8 + 4 + Buffer.byteLength('a longer text') + Buffer.byteLength('ä€'))
    for (const row of TEXTS.keys()) {
      const entry = writeEntry(COLUMNS, row, width)
      assert.equal(entry.length, width)
      const cells = readEntry(entry, types)
      assert.deepEqual(cells, [TEXTS[row], NUMBERS[row], TEXTS[3 - row]])
    }
  })

  it('of numbers alone have 8 bytes a column', () => {
    assert.equal(formOf(COLUMNS.slice(1, 2)).width, 8)
  })

  it('are refused where they are cut, overlong, dirty or no text', () => {
    const { types, width } = formOf(COLUMNS)
    const entry = writeEntry(COLUMNS, 1, width)
    assert.throws(() => readEntry(entry.subarray(0, 10), types), /not made of the columns/)
    const long = entry.slice()
    long.set([255, 255, 255, 255])
    assert.throws(() => readEntry(long, types), /not made of the columns/)
    const dirty = writeEntry(COLUMNS, 0, width)
    dirty[width - 1] = 1
    assert.throws(() => readEntry(dirty, types), /not made of the columns/)
    const other = entry.slice()
    other[4] = 0xff
    assert.throws(() => readEntry(other, types), /not UTF-8/)
  })

  it('have a greatest size', () => {
    const values = ['x'.repeat(WIDEST)]
    assert.throws(() => formOf([{ name: 'x', type: 'text', values }]), /more than 65536 bytes/)
  })
})
