import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'

import Libsql from 'libsql'

import {
  type DatasetEntry,
  describeDataset,
  loadDataset,
} from '../../../../src/runner/data/dataset.ts'
import { temporaryFolder } from '../../../helpers/folder.ts'

describe('a data set in a SQLite file', () => {
  let folder: string
  let path: string
  before(async () => {
    folder = await temporaryFolder()
    path = join(folder, 'loans.db')
    const db = new Libsql(path)
    db.exec('create table loans (age integer, uid text, "the ""job""" text, secret text)')
    db.exec(
      `insert into loans values (31, 'u1', 'cook', 'a'), (null, 'u2', null, 'b'), (2.5, 'u3', 'x', 'c')`,
    )
    db.exec('create view twice as select uid, age from loans union all select uid, age from loans')
    db.exec('create table many (uid integer, x real)')
    db.exec(
      'with recursive n(i) as (select 1 union all select i + 1 from n where i < 9000) insert into many select i, i / 4.0 from n',
    )
    db.close()
  })
  const entry = (over: { table?: string; index?: string; path?: string } = {}): DatasetEntry => ({
    name: 'loans',
    party: '9999',
    source: { type: 'sqlite', path: over.path ?? path, table: over.table ?? 'loans' },
    index: over.index ?? 'uid',
    features: over.table === undefined ? ['age', 'the "job"'] : '*',
  })

  it('is read as a CSV file is: texts, and nothing for what is null', async () => {
    assert.deepEqual(await loadDataset(entry(), ['the "job"', 'age']), {
      kind: 'raw',
      idName: 'uid',
      ids: ['u1', 'u2', 'u3'],
      columns: [
        { name: 'the "job"', type: 'text', values: ['cook', '', 'x'] },
        { name: 'age', type: 'text', values: ['31', '', '2.5'] },
      ],
    })
    const { features } = await describeDataset(entry())
    assert.deepEqual(
      features.map(({ dtype }) => dtype),
      ['float', 'string'],
    )
  })

  it('comes in parts, all rows of it', async () => {
    const { ids, columns } = await loadDataset(entry({ table: 'many' }), ['x'])
    assert.deepEqual([ids.length, ids[8999], columns[0].values[8999]], [9000, '9000', '2250.0'])
  })

  it('gives no column that its owner has not listed', async () => {
    await assert.rejects(loadDataset(entry(), ['secret']), /does not offer "secret"/)
  })

  it('is refused by the name of the data set, not by its path, where it cannot be', async () => {
    const missing = join(folder, 'none.db')
    const cases: [DatasetEntry, RegExp][] = [
      [entry({ table: 'none"; drop table loans; --' }), /data set "loans" .* is not there/],
      [entry({ index: 'id' }), /data set "loans" has no column "id"/],
      [entry({ path: missing }), /a file that is not there/],
      [entry({ table: 'twice' }), /an id more than once/],
    ]
    for (const [one, message] of cases) {
      await assert.rejects(loadDataset(one, []), (error: Error) => {
        assert.match(error.message, message)
        assert.ok(!error.message.includes(folder))
        return true
      })
    }
    assert.ok(!existsSync(missing))
  })
})
