import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { type Kysely, sql } from 'kysely'

import { migrate } from '../../../src/db/migrate.ts'
import { openDatabase } from '../../../src/db/open-file.ts'
import type { Database } from '../../../src/db/schema.ts'
import { describeDataset, loadDataset, readDatasetList } from '../../../src/runner/data/dataset.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { type HranaServer, serveHrana } from '../../helpers/hrana.ts'

/** More than two pages. */
const ROWS = 9000

describe('a data set behind a libSQL address', { timeout: 300_000 }, () => {
  let folder: string
  let db: Kysely<Database>
  let server: HranaServer
  before(async () => {
    folder = await temporaryFolder()
    const path = join(folder, 'bank.db')
    db = openDatabase({ url: `file:${path}` })
    await migrate(db)
    await sql`create table loans (age real, uid integer, account integer, "no""te" text)`.execute(
      db,
    )
    await sql`with recursive n(i) as (select 0 union all select i + 1 from n where i < ${ROWS - 1})
      insert into loans select i / 4.0, (i * 7919) % ${ROWS}, 9007199254740993 + i,
        case when i % 3 = 0 then null else 'a' end from n`.execute(db)
    await sql`create table twins (uid text, age int)`.execute(db)
    await sql`insert into twins values ('a', 1), ('a', 2)`.execute(db)
    server = await serveHrana({ path, db })
  })
  after(async () => {
    await server.close()
    await db.destroy()
  })

  async function entry(source: object = {}, features: '*' | string[] = '*') {
    const libsql = { type: 'libsql', url: `${server.url}/hrana`, table: 'loans', ...source }
    const path = join(folder, 'datasets.json')
    const list = [{ name: 'loans', source: libsql, index: 'uid', features }]
    await writeFile(path, JSON.stringify(list))
    const env = { LOANS_TOKEN: 'a-token' }
    const [found] = await readDatasetList(path, { parties: ['9999'], env })
    return found
  }

  it('has all rows, page after page, as the texts of the same table in CSV', async () => {
    const frame = await loadDataset(await entry(), ['account', 'no"te', 'age'])
    assert.equal(new Set(frame.ids).size, ROWS)
    const row = frame.ids.indexOf(String((7 * 7919) % ROWS))
    assert.deepEqual(
      frame.columns.map(({ values }) => values[row]),
      ['9007199254741000', 'a', '1.75'],
    )
  })

  it('gives no column that is not listed, and is described by its first page', async () => {
    const some = await entry({}, ['age'])
    assert.deepEqual((await describeDataset(some)).features, [{ name: 'age', dtype: 'float' }])
    await assert.rejects(loadDataset(some, ['account']), /does not offer "account"/)
  })

  it('says what is wrong, without its address and its token', async () => {
    const cases: [object, RegExp][] = [
      [{ table: 'twins' }, /"loans" cannot be read \(ids\)/],
      [{ table: 'none' }, /is not there/],
      [{ table: 'loans"; drop table loans' }, /is not there/],
      [
        { url: 'http://127.0.0.1:1/hrana', token: { env: 'LOANS_TOKEN' } },
        /"loans" cannot be read/,
      ],
      [{ token: { env: 'OTHER_TOKEN' } }, /is missing: set OTHER_TOKEN/],
    ]
    for (const [source, message] of cases) {
      const one = await entry(source)
      await assert.rejects(loadDataset(one, []), (error: Error) => {
        assert.match(error.message, message)
        const said = `${error.message} ${String(error.cause)}`
        assert.ok(!said.includes('a-token') && !error.message.includes('127.0.0.1'))
        return true
      })
    }
    await assert.rejects(entry({ url: 'https://db.example?authToken=x' }), /without a token/)
    await assert.rejects(entry({ url: 'file:///etc/passwd' }), /url/)
  })
})
