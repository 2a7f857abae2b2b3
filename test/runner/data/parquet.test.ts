import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'

import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer'

import { describeDataset, loadDataset, readDatasetList } from '../../../src/runner/data/dataset.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const ROWS = 2500

/** Three row groups, with gaps, large integers, numbers and truth values. */
const COLUMNS: ColumnSource[] = [
  { name: 'age', data: column((row) => (row % 7 === 0 ? null : row / 4)), type: 'DOUBLE' },
  { name: 'uid', data: column((row) => `u${row}`), type: 'STRING' },
  { name: 'account', data: column((row) => 9_007_199_254_740_993n + BigInt(row)), type: 'INT64' },
  { name: 'owner', data: column((row) => row % 2 === 0), type: 'BOOLEAN' },
]

function column<T>(value: (row: number) => T): T[] {
  return Array.from({ length: ROWS }, (_, row) => value(row))
}

describe('a data set in a Parquet file', () => {
  let folder: string
  before(async () => {
    folder = await temporaryFolder()
  })
  async function offer(columnData: ColumnSource[], features: '*' | string[] = '*') {
    const bytes = parquetWriteBuffer({ columnData, rowGroupSize: 1000 })
    await writeFile(join(folder, 'loans.parquet'), new Uint8Array(bytes))
    return listed(features)
  }

  async function listed(features: '*' | string[] = '*') {
    const source = { type: 'parquet', path: 'loans.parquet' }
    const list = [{ name: 'loans', source, index: 'uid', features }]
    await writeFile(join(folder, 'datasets.json'), JSON.stringify(list))
    const path = join(folder, 'datasets.json')
    const [entry] = await readDatasetList(path, { parties: ['9999'] })
    return entry
  }

  it('has the rows of all row groups, as the texts of the same table in CSV', async () => {
    const entry = await offer(COLUMNS)
    const frame = await loadDataset(entry, ['age', 'account', 'owner'])
    assert.deepEqual(frame, {
      kind: 'raw',
      idName: 'uid',
      ids: column((row) => `u${row}`),
      columns: [
        {
          name: 'age',
          type: 'text',
          values: column((row) => (row % 7 === 0 ? '' : String(row / 4))),
        },
        {
          name: 'account',
          type: 'text',
          values: column((row) => String(9_007_199_254_740_993n + BigInt(row))),
        },
        { name: 'owner', type: 'text', values: column((row) => (row % 2 === 0 ? '1' : '0')) },
      ],
    })
    assert.deepEqual((await describeDataset(entry)).features, [
      { name: 'age', dtype: 'float' },
      { name: 'account', dtype: 'float' },
      { name: 'owner', dtype: 'float' },
    ])
  })

  it('gives no column that its owner has not listed', async () => {
    const entry = await offer(COLUMNS, ['age'])
    await assert.rejects(loadDataset(entry, ['account']), /does not offer "account"/)
    assert.deepEqual((await loadDataset(entry, ['age'])).columns.length, 1)
  })

  it('says what is wrong with a file, without its path', async () => {
    const twice = await offer([{ name: 'uid', data: ['a', 'b', 'a'], type: 'STRING' }])
    await assert.rejects(loadDataset(twice, []), /"loans" has an id more than once/)
    const gap = await offer([{ name: 'uid', data: ['a', null], type: 'STRING' }])
    await assert.rejects(loadDataset(gap, []), /a row without an id/)
    await writeFile(join(folder, 'loans.parquet'), 'uid,age\na,1\n')
    await assert.rejects(describeDataset(twice), (error: Error) => {
      assert.match(error.message, /"loans" is no Parquet file/)
      assert.ok(!error.message.includes(folder))
      return true
    })
    await rm(join(folder, 'loans.parquet'))
    await assert.rejects(describeDataset(twice), /cannot be read \(ENOENT\)/)
  })

  it('refuses a file that is damaged in its middle', async () => {
    const entry = await offer(COLUMNS)
    const bytes = new Uint8Array(parquetWriteBuffer({ columnData: COLUMNS, rowGroupSize: 1000 }))
    bytes.fill(0xff, 4, 2000)
    await writeFile(join(folder, 'loans.parquet'), bytes)
    await assert.rejects(loadDataset(entry, ['age']), /damaged|ids|id more than once/)
  })
})
