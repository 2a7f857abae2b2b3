import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'

import { runLocal } from '../../../flink/both.ts'
import { temporaryFolder } from '../../../helpers/folder.ts'

const skip = 'Deno' in globalThis && 'needs Node: its addon'

describe('works without Flink', { skip, timeout: 120_000 }, () => {
  let root: string
  let folder: string

  before(async () => {
    root = await temporaryFolder()
    folder = join(root, 'work')
    await mkdir(folder)
  })
  const table = (name: string, format = 'csv', columns = 'a INT, b STRING', path = name) =>
    `CREATE TABLE ${name} (${columns}) WITH ('connector' = 'filesystem', 'path' = '${path}', 'format' = '${format}'${format === 'csv' ? ", 'csv.null-literal' = 'n/a'" : ''});`
  const run = (script: string, signal?: AbortSignal) =>
    runLocal(script, { folder, ...(signal ? { signal } : {}) })
  const rowsOf = async (script: string) => {
    const { answers, reason } = await run(script)
    assert.equal(reason, null)
    return answers.at(-1)?.rows
  }

  it('keep the rows of a query, and how many each statement had', async () => {
    const { answers, statements, reason, log } = await run(
      "SET 'parallelism.default' = '2';\nSELECT 7 / 2 AS half, 1.50 AS c;",
    )
    assert.equal(reason, null)
    assert.deepEqual(answers, [
      {
        index: 1,
        columns: [
          { name: 'half', type: 'INTEGER' },
          { name: 'c', type: 'DECIMAL(3, 2)' },
        ],
        rows: [[3, 1.5]],
        total: 1,
      },
    ])
    assert.deepEqual(
      statements.map(({ status, rows, line }) => [status, rows, line]),
      [
        ['FINISHED', null, 1],
        ['FINISHED', 1, 2],
      ],
    )
    assert.match(log[1] ?? '', /^Statement 2 of 2: SELECT 7/)
  })

  it('show instants as clocks of the time zone do, also where these go back and forth', async () => {
    const rows = await rowsOf(`SET 'table.local-time-zone' = 'Europe/Berlin';
      SELECT x, CAST(x AS STRING), EXTRACT(HOUR FROM x), CAST(TIMESTAMP '2020-10-25 02:30:00' AS TIMESTAMP_LTZ(0)) = x
      FROM (VALUES (TO_TIMESTAMP_LTZ(1603585800, 0)), (TO_TIMESTAMP_LTZ(1603589400, 0)),
        (CAST(TIMESTAMP '2020-03-29 02:30:00' AS TIMESTAMP_LTZ(3)))) AS v(x) ORDER BY x`)
    assert.deepEqual(rows, [
      ['2020-03-29T03:30:00Z', '2020-03-29 03:30:00.000', 3, false],
      ['2020-10-25T02:30:00Z', '2020-10-25 02:30:00.000', 2, true],
      ['2020-10-25T02:30:00Z', '2020-10-25 02:30:00.000', 2, false],
    ])
    const reset =
      "SET 'table.local-time-zone' = 'Asia/Shanghai'; RESET; SELECT HOUR(TO_TIMESTAMP_LTZ(0, 0))"
    assert.deepEqual(await rowsOf(reset), [[0]])
  })

  it('count the rows of a large answer, of which the first are kept', async () => {
    const { answers } = await run(
      "CREATE TABLE n (i BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '99999', 'fields.i.kind' = 'sequence', 'fields.i.start' = '1', 'fields.i.end' = '30000'); SELECT i FROM n ORDER BY i",
    )
    assert.equal(answers[0]?.total, 30_000)
    assert.equal(answers[0]?.rows.length, 1000)
    assert.deepEqual(answers[0]?.rows.at(-1), [1000])
  })

  const ROWS = `VALUES (1, 'plain', 1.5, TIMESTAMP '2020-01-02 03:04:05.600', TRUE), (2, 'with, "quotes" and
a line', -0.25, TIMESTAMP '1969-12-31 23:59:59.999', FALSE), (CAST(NULL AS INT), 'ü', CAST(NULL AS DECIMAL(5, 2)), CAST(NULL AS TIMESTAMP(3)), CAST(NULL AS BOOLEAN))`
  for (const format of ['csv', 'json', 'parquet']) {
    it(`read back from ${format} what they wrote`, async () => {
      const columns = 'a INT, b STRING, c DECIMAL(5, 2), ts TIMESTAMP(3), f BOOLEAN'
      const rows = await rowsOf(
        `${table(`back_${format}`, format, columns)} INSERT INTO back_${format} ${ROWS}; SELECT * FROM back_${format} ORDER BY a`,
      )
      assert.deepEqual(rows, [
        [null, 'ü', null, null, null],
        [1, 'plain', 1.5, '2020-01-02T03:04:05.6', true],
        [2, 'with, "quotes" and\na line', -0.25, '1969-12-31T23:59:59.999', false],
      ])
    })
  }

  it('add files to a table, and replace them all for OVERWRITE', async () => {
    await run(`${table('grown')} INSERT INTO grown VALUES (1, 'x');`)
    await runLocal(`${table('grown')} INSERT INTO grown VALUES (2, 'y');`, {
      folder,
      key: '1'.repeat(32),
    })
    assert.equal((await readdir(join(folder, 'grown'))).length, 2)
    const rows = await rowsOf(
      `${table('grown')} INSERT OVERWRITE grown SELECT a + 10, b FROM grown; SELECT * FROM grown ORDER BY a`,
    )
    assert.deepEqual(rows, [
      [11, 'x'],
      [12, 'y'],
    ])
    assert.equal((await readdir(join(folder, 'grown'))).length, 1)
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.includes('.weft-old') || name.includes('new')),
      [],
    )
  })

  it('write nothing of a statement set of which one part fails', async () => {
    const { reason, statements } = await run(
      `${table('first')} ${table('other')} EXECUTE STATEMENT SET BEGIN INSERT INTO first VALUES (1, 'x'); INSERT INTO other SELECT CAST(b AS INT), b FROM (VALUES ('1'), ('no')) AS t(b); END;`,
    )
    assert.match(String(reason), /^The statement at line 1, column \d+ failed: .*not a number: no/)
    assert.equal(statements.at(-1)?.status, 'FAILED')
    assert.deepEqual(
      [existsSync(join(folder, 'first')), existsSync(join(folder, 'other'))],
      [false, false],
    )
  })

  it('write nothing of a run that fails later on', async () => {
    const script = `${table('later')} INSERT INTO later VALUES (1, 'x'); SELECT * FROM later; SELECT CAST(b AS INT) FROM later`
    const { reason, statements, answers } = await run(script)
    assert.match(String(reason), /not a number: x/)
    assert.deepEqual(
      statements.map(({ status }) => status),
      ['FINISHED', 'FINISHED', 'FINISHED', 'FAILED'],
    )
    assert.deepEqual(answers[0]?.rows, [[1, 'x']])
    assert.deepEqual(
      (await readdir(folder)).filter((name) => /later|weft-run/.test(name)),
      [],
    )
  })

  it('write once what an attempt wrote whose runner was lost before it could say so', async () => {
    const script = `${table('once')} INSERT INTO once VALUES (1, 'x'); INSERT OVERWRITE once SELECT a + 1, b FROM once; INSERT INTO once SELECT a + 10, b FROM once; SELECT * FROM once ORDER BY a`
    const first = await runLocal(script, { folder, key: 'lost', settled: false })
    assert.equal(first.reason, null)
    const rows = [
      [2, 'x'],
      [12, 'x'],
    ]
    assert.deepEqual(first.answers[0]?.rows, rows)
    const second = await runLocal(script, { folder, key: 'lost', attempt: 2 })
    assert.equal(second.reason, null)
    assert.deepEqual(second.statements.filter(Boolean), first.statements)
    assert.deepEqual(second.answers, first.answers)
    assert.match(second.log.join(), /An earlier attempt wrote all of it/)
    assert.deepEqual(await rowsOf(`${table('once')} SELECT * FROM once ORDER BY a`), rows)
    // Another run does it all again.
    assert.deepEqual(
      (await rowsOf(script))?.map(([a]) => a),
      [2, 3, 12, 13, 13, 23],
    )
  })

  it('find the old rows where a replacement was cut off between its two steps', async () => {
    await run(`${table('cut')} INSERT INTO cut VALUES (1, 'old')`)
    await rename(join(folder, 'cut'), join(folder, '.cut.weft-old-0'))
    assert.deepEqual(await rowsOf(`${table('cut')} SELECT * FROM cut`), [[1, 'old']])
  })

  it('read no files that are hidden or begun', async () => {
    await run(`${table('shy')} INSERT INTO shy VALUES (1, 'x')`)
    await writeFile(join(folder, 'shy', '.part-1.csv.weft'), '2,half')
    await writeFile(join(folder, 'shy', '_SUCCESS'), 'no,row')
    assert.deepEqual(await rowsOf(`${table('shy')} SELECT a FROM shy`), [[1]])
  })

  it('print rows to the log as Flink does', async () => {
    const { log, reason } =
      await run(`CREATE TABLE p (a INT, c DECIMAL(4, 2), d DOUBLE, ts TIMESTAMP(3), f BOOLEAN, b STRING) WITH ('connector' = 'print', 'print-identifier' = 'out');
      INSERT INTO p VALUES (1, 1.50, 1e10, TIMESTAMP '2020-01-01 00:00:00.000', TRUE, CAST(NULL AS STRING)), (2, 2, 5e-1, TIMESTAMP '2020-01-01 00:00:01.500', FALSE, 'x')`)
    assert.equal(reason, null)
    assert.deepEqual(
      log.filter((line) => line.includes('+I')),
      [
        'out> +I[1, 1.50, 1.0E10, 2020-01-01T00:00, true, null]',
        'out> +I[2, 2.00, 0.5, 2020-01-01T00:00:01.500, false, x]',
      ],
    )
  })

  it('count the rows of a blackhole', async () => {
    const { statements } = await run(
      "CREATE TABLE n (i INT) WITH ('connector' = 'datagen', 'number-of-rows' = '5000', 'fields.i.min' = '3', 'fields.i.max' = '3'); CREATE TABLE h (i INT) WITH ('connector' = 'blackhole'); INSERT INTO h SELECT i FROM n WHERE i = 3",
    )
    assert.equal(statements[2]?.rows, 5000)
  })

  const OUTSIDE = [
    '../secret',
    '/etc',
    'file:///etc/hostname',
    's3://bucket/x',
    'link',
    '../work',
    'a*b',
  ]
  for (const path of OUTSIDE) {
    it(`neither read nor write ${path}`, async () => {
      await writeFile(join(root, 'secret'), '1,x')
      await symlink(root, join(folder, 'link')).catch(() => undefined)
      for (const use of [
        'SELECT * FROM x',
        "INSERT INTO x VALUES (1, 'x')",
        "INSERT OVERWRITE x VALUES (1, 'x')",
      ]) {
        const { reason } = await run(`${table('x', 'csv', 'a INT, b STRING', path)} ${use}`)
        assert.match(
          String(reason),
          /^The statement at line 1, column \d+ failed: The path ".*" of table x/,
          use,
        )
      }
      assert.equal(await readFile(join(root, 'secret'), 'utf8'), '1,x')
    })
  }

  it('stop in the middle of a query, with nothing written', async () => {
    const stop = new AbortController()
    const begun = run(
      `CREATE TABLE n (i BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '100000000000'); ${table('half', 'csv', 'i BIGINT')} INSERT INTO half SELECT SUM(i) FROM n`,
      stop.signal,
    )
    const timer = setInterval(() => {
      if (readdirSync(folder).some((name) => name.startsWith('.weft-run-')))
        stop.abort(new Error('enough'))
    }, 10)
    await assert.rejects(begun, /enough/)
    clearInterval(timer)
    assert.deepEqual(
      (await readdir(folder)).filter((name) => /half|weft-run/.test(name)),
      [],
    )
  })

  it('say what needs Flink', async () => {
    const jar = await runLocal('', { spec: { category: 'FLNK_JAR' } })
    assert.match(String(jar.reason), /A JAR needs Flink/)
    const stream = await runLocal('SELECT 1', { spec: { mode: 'STREAMING' } })
    assert.match(String(stream.reason), /A stream needs Flink/)
    const refused = await run('SELECT 1;\n  SELECT NOSUCH(1)')
    assert.equal(refused.reason, 'Line 2, column 10: the function NOSUCH is not supported here')
    assert.deepEqual(
      refused.statements.map(({ status }) => status),
      ['FINISHED', 'FAILED'],
    )
  })

  it('fail where Flink would fail or wrap around, rather than answer otherwise', async () => {
    for (const [sql, why] of [
      ['SELECT a / (a - a) FROM (VALUES (1)) AS t(a)', /by zero/],
      ["SELECT CAST(b AS INT) FROM (VALUES ('1e3')) AS t(b)", /not a number: 1e3/],
      ['SELECT a + 1 FROM (VALUES (2147483647)) AS t(a)', /[Oo]verflow/],
    ] as const) {
      const { reason } = await run(sql)
      assert.match(String(reason), why, sql)
    }
  })
})
