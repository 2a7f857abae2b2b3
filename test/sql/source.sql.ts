/**
 * Data sets in tables of PostgreSQL and MariaDB: the same facts of both.
 * @module
 */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { describeDataset, loadDataset } from '../../src/runner/data/dataset.ts'
import { freePort, freshFolder, removeFolders, until } from '../process/cluster.ts'
import { entryOf, missing, READER, type Server, startMysql, startPostgres } from './server.ts'

const ROWS = 10_000

interface Dialect {
  readonly title: string
  readonly type: 'postgres' | 'mysql'
  start(): Promise<Server>
  /** The database in which others are made. */
  readonly first: string
  /** Makes the database `bank` and a reader without rights. */
  readonly prepare: readonly string[]
  readonly tables: readonly string[]
  /** What a truth value is as text. */
  readonly truth: string
  /** What is said of a view that writes, in a session that only reads. */
  readonly refused: RegExp
  /** Counts the sessions of the reader that sleep, and ends them. */
  readonly asleep: string
  readonly kill: (server: Server) => void
}

/** A table of 10,000 rows; one with ids that repeat; views that wait, and that write. */
const SHARED = [
  'create table twins (uid varchar(20), age int)',
  "insert into twins values ('a', 1), ('b', 2), ('a', 3)",
  'create table gaps (uid varchar(20), age int)',
  "insert into gaps values ('a', 1), (null, 2)",
  'create table written (n int)',
]

const DIALECTS: readonly Dialect[] = [
  {
    title: 'PostgreSQL',
    type: 'postgres',
    start: startPostgres,
    first: 'postgres',
    prepare: [`create role reader login password '${READER}'`, 'create database bank'],
    tables: [
      'create table loans (age int, uid text, account bigint, rate double precision, owner boolean, "no""te" text)',
      `insert into loans select n % 90, 'u' || n, 9007199254740993 + n, n * 0.1::float8, n % 2 = 1,
         case when n % 3 = 0 then null else 'a,"b"' end from generate_series(0, ${ROWS - 1}) as n`,
      ...SHARED,
      `create view slow as select uid, age,
         case when uid = 'u9999' then pg_sleep(60)::text else '' end as pause from loans`,
      `create function write_one() returns int language sql as
         'insert into written values (1) returning n'`,
      'create view sneaky as select uid, write_one() as age from loans',
      'grant select on loans, twins, gaps, slow, sneaky to reader',
      'grant insert, select on written to reader',
      'create table listed (uid text, age int, salary int)',
      "insert into listed values ('a', 1, 1000)",
      'grant select (uid, age) on listed to reader',
    ],
    truth: '1',
    refused: /\(25006\)/,
    asleep:
      "select count(*) from pg_stat_activity where usename = 'reader' and wait_event = 'PgSleep'",
    kill: ({ run }) =>
      void run(
        'bank',
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'reader'",
      ),
  },
  {
    title: 'MariaDB',
    type: 'mysql',
    start: startMysql,
    first: 'mysql',
    prepare: [`create user reader@'127.0.0.1' identified by '${READER}'`, 'create database bank'],
    tables: [
      'create table loans (age int, uid varchar(20), account bigint, rate double, owner boolean, `no"te` text)',
      `insert into loans select seq % 90, concat('u', seq), 9007199254740993 + seq, seq * 1e-1, seq % 2 = 1,
         if(seq % 3 = 0, null, 'a,"b"') from seq_0_to_${ROWS - 1}`,
      ...SHARED,
      "create view slow as select uid, age, if(uid = 'u9999', sleep(60), 0) as pause from loans",
      'create function write_one() returns int begin insert into written values (1); return 1; end',
      'create view sneaky as select uid, write_one() as age from loans',
      ...['loans', 'twins', 'gaps', 'slow', 'sneaky'].map(
        (table) => `grant select on ${table} to reader@'127.0.0.1'`,
      ),
      'create table listed (uid varchar(20), age int, salary int)',
      "insert into listed values ('a', 1, 1000)",
      "grant select (uid, age) on listed to reader@'127.0.0.1'",
    ],
    truth: '1',
    // It does not even tell the columns of such a view.
    refused: /is not there, or its user may not read it/,
    asleep:
      "select count(*) from information_schema.processlist where user = 'reader' and state = 'User sleep'",
    kill({ run }) {
      const all = "select id from information_schema.processlist where user = 'reader'"
      for (const [id] of run('bank', all).matchAll(/^\d+$/gm)) run('bank', `kill ${id}`)
    },
  },
]

for (const dialect of DIALECTS) {
  const lacking = missing(dialect.type)
  if (lacking !== undefined) console.log(`skipped: ${lacking}`)

  describe(`data sets in ${dialect.title}`, { skip: lacking ?? false, timeout: 180_000 }, () => {
    let server: Server
    let folder: string

    before(async () => {
      folder = await freshFolder('sql-list')
      server = await dialect.start()
      server.run(dialect.first, ...dialect.prepare)
      for (const sql of dialect.tables) {
        // The client would end a function at the first semicolon in it.
        const whole = /begin.*end/.test(sql) ? `delimiter //\n${sql}\n//` : sql
        server.run('bank', whole)
      }
    })
    after(async () => {
      await server.close()
      await removeFolders([folder])
    })

    const entry = (
      source: Readonly<Record<string, unknown>> = {},
      options: Parameters<typeof entryOf>[2] = {},
    ) => entryOf(folder, { type: dialect.type, port: server.port, ...source }, options)

    it('are read in parts, as the texts of the same table in CSV', async () => {
      const columns = ['owner', 'account', 'rate', 'no"te', 'age']
      const frame = await loadDataset(await entry(), columns)
      assert.deepEqual([frame.idName, frame.ids.length], ['uid', ROWS])
      const cells = (id: string) => {
        const row = frame.ids.indexOf(id)
        return frame.columns.map(({ values }) => values[row])
      }
      assert.deepEqual(cells('u7'), [
        dialect.truth,
        '9007199254741000',
        String(7 * 0.1),
        'a,"b"',
        '7',
      ])
      assert.deepEqual(cells('u9'), [dialect.truth, '9007199254741002', String(9 * 0.1), '', '9'])
    })

    it('are told by their first rows, without waiting for the last', async () => {
      const found = await describeDataset(await entry({ table: 'slow', timeoutSeconds: 30 }))
      assert.deepEqual(found.features.slice(0, 1), [{ name: 'age', dtype: 'float' }])
    })

    it('are given up when they take longer than their owner allows', async () => {
      const began = performance.now()
      const slow = await entry({ table: 'slow', timeoutSeconds: 1 })
      await assert.rejects(loadDataset(slow, ['pause']), /"loans" cannot be read \(\w+\)/)
      assert.ok(performance.now() - began < 20_000)
    })

    it('are not taken for whole when the connection breaks before their end', async () => {
      const asleep = (count: number) => () =>
        Promise.resolve(
          new RegExp(`^\\s*${count}\\s*$`, 'm').test(server.run('bank', dialect.asleep)),
        )
      await until('nobody sleeps any more', asleep(0))
      const loaded = loadDataset(await entry({ table: 'slow' }), ['pause'])
      loaded.catch(() => {
        // It is looked at below.
      })
      await until('the last row', asleep(1))
      dialect.kill(server)
      await assert.rejects(loaded, /"loans" cannot be read/)
    })

    it('have no column that is not listed, and none that their user may not read', async () => {
      const some = await entry({ table: 'listed' }, { features: ['age'] })
      assert.deepEqual((await loadDataset(some, ['age'])).columns[0].values, ['1'])
      await assert.rejects(loadDataset(some, ['salary']), /does not offer "salary"/)
      const more = await entry({ table: 'listed' }, { features: ['age', 'salary'] })
      await assert.rejects(describeDataset(more), /offers "salary", which its source does not have/)
      const all = await describeDataset(await entry({ table: 'listed' }))
      assert.deepEqual(
        all.features.map(({ name }) => name),
        ['age'],
      )
    })

    it('are only read, whatever a view of theirs would do', async () => {
      const sneaky = await entry({ table: 'sneaky' })
      await assert.rejects(loadDataset(sneaky, ['age']), dialect.refused)
      assert.match(server.run('bank', 'select count(*) from written'), /^\s*0\s*$/m)
    })

    it('have to have an id in every row, each once', async () => {
      await assert.rejects(loadDataset(await entry({ table: 'twins' }), []), /id more than once/)
      await assert.rejects(loadDataset(await entry({ table: 'gaps' }), []), /row without an id/)
    })

    it('are named by their table, which is never taken for a statement', async () => {
      for (const table of ['no such', 'loans"; drop table loans; --', 'loans`; drop table loans']) {
        await assert.rejects(describeDataset(await entry({ table })), /is not there, or its user/)
      }
      assert.equal((await loadDataset(await entry(), [])).ids.length, ROWS)
    })

    it('keep address and password to themselves, also when neither is right', async () => {
      const wrong = 'another secret'
      const cases = [
        await entry({}, { env: { LOANS_PASSWORD: wrong } }),
        await entry({ port: await freePort() }),
        await entry({ database: 'other' }),
      ]
      for (const one of cases) {
        await assert.rejects(describeDataset(one), (error: Error) => {
          const said = `${error.message} ${String(error.cause)} ${error.stack}`
          assert.match(error.message, /^The table of data set "loans" cannot be read \(\w+\)/)
          assert.ok(!said.includes(wrong) && !said.includes(READER))
          assert.ok(!error.message.includes('127.0.0.1') && !error.message.includes('reader'))
          return true
        })
      }
      await assert.rejects(
        describeDataset(await entry({}, { env: {} })),
        /is missing: set LOANS_PASSWORD in the environment/,
      )
    })

    it('have their password in a file too, and never in the list', async () => {
      await writeFile(join(folder, 'password'), `${READER}\n`)
      const held = await entry({ password: { file: 'password' } })
      assert.equal((await loadDataset(held, [])).ids.length, ROWS)
      await assert.rejects(
        describeDataset(await entry({ password: { file: 'none' } })),
        /password of data set "loans" cannot be read \(ENOENT\)/,
      )
      await assert.rejects(entry({ password: READER }), (error: Error) => {
        assert.match(error.message, /password/)
        assert.ok(!error.message.includes(READER))
        return true
      })
    })
  })
}
