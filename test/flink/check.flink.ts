/**
 * What the real Flink says of scripts before they run: faults at their line and column, and nothing done that stays.
 * @module
 */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { type FlinkCluster, startCluster } from '../../src/cli/flink/cluster.ts'
import { flinkHome, installFlink } from '../../src/cli/flink/install.ts'
import { checkAtFlink } from '../../src/runner/work/flink/check.ts'
import { sqlGateway } from '../../src/runner/work/flink/gateway.ts'
import { service } from '../../src/runner/work/flink/http.ts'

const TABLES = `CREATE TABLE t (a INT, b STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '3');
CREATE TABLE s (a INT) WITH ('connector' = 'blackhole');`

describe('a script that Flink looks at', { timeout: 300_000 }, () => {
  let folder: string
  let cluster: FlinkCluster | undefined
  let url = process.env['WEFT_FLINK_GATEWAY_URL']

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-check-'))
    if (url !== undefined) return
    const home = flinkHome(process.env)
    await installFlink(home, (text) => console.log(text))
    cluster = await startCluster({ home, folder: join(folder, 'flink') })
    url = cluster.gatewayUrl
  })
  after(async () => {
    await cluster?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const look = (script: string, mode: 'BATCH' | 'STREAMING' = 'BATCH') =>
    checkAtFlink(sqlGateway(service(url ?? '')), {
      script,
      mode,
      signal: AbortSignal.timeout(60_000),
    })

  it('is right, with tables, sets of statements and queries', async () => {
    const { faults, note } = await look(`SET 'parallelism.default' = '1';
${TABLES}
CREATE TEMPORARY VIEW v AS SELECT a + 1 AS a FROM t;
INSERT INTO s SELECT a FROM v;
EXECUTE STATEMENT SET BEGIN INSERT INTO s SELECT a FROM t; INSERT INTO s SELECT a FROM v; END;
BEGIN STATEMENT SET; INSERT INTO s SELECT a FROM t; END;
WITH w AS (SELECT a FROM t) SELECT a FROM w;
DROP TEMPORARY VIEW IF EXISTS v;
SHOW TABLES;`)
    assert.deepEqual(faults, [])
    assert.equal(note, null)
  })

  for (const [what, script, line, column, words] of [
    ['a word that is wrong', 'SELECT 1;\n  SELECT * FORM t', 2, 17, /Encountered "t"/],
    ['a column that is not there', `${TABLES}\n  SELECT b,\n c FROM t`, 4, 2, /'c'/],
    ['a table that is not there', `${TABLES} SELECT * FROM u`, 2, 72, /'u'/],
    ['a fault in a table', 'CREATE TABLE x (\n  a INTT\n)', 2, 5, /INTT/],
    ['a sink that takes other columns', `${TABLES}\nINSERT INTO s SELECT b FROM t`, 3, 1, /s/],
    [
      'a fault in a set of statements',
      `${TABLES}\nEXECUTE STATEMENT SET\nBEGIN\n INSERT INTO s SELECT z FROM t;\nEND;`,
      5,
      23,
      /'z'/,
    ],
  ] as const) {
    it(`has ${what}`, async () => {
      const { faults } = await look(script)
      assert.deepEqual(
        faults.map((fault) => [fault.line, fault.column]),
        [[line, column]],
        JSON.stringify(faults),
      )
      assert.match(faults[0]?.message ?? '', words)
    })
  }

  it('has several faults, each at its place', async () => {
    const { faults } = await look(`${TABLES}\nSELECT x FROM t;\nSELECT a FROM t;\nSELECT y FROM t;`)
    assert.deepEqual(
      faults.map(({ line, column }) => [line, column]),
      [
        [3, 8],
        [5, 8],
      ],
    )
  })

  it('knows of streams what batches have not', async () => {
    const script = `${TABLES} SELECT a FROM t ORDER BY b`
    assert.deepEqual((await look(script)).faults, [])
    assert.equal((await look(script, 'STREAMING')).faults.length, 1)
  })

  it('does nothing that stays', async () => {
    const out = join(folder, 'out')
    const files = `CREATE TABLE f (a INT) WITH ('connector' = 'filesystem', 'path' = '${out}', 'format' = 'csv');`
    await mkdir(out)
    await writeFile(join(out, 'kept.csv'), '7')
    for (const insert of ['INTO', 'OVERWRITE'])
      assert.deepEqual((await look(`${files} INSERT ${insert} f VALUES (1);`)).faults, [])
    // Flink's plan of a sink of files makes a folder for what is begun.
    const shown = (await readdir(out)).filter((name) => !name.startsWith('.'))
    assert.deepEqual(shown, ['kept.csv'])
    assert.equal(await readFile(join(out, 'kept.csv'), 'utf8'), '7')
    for (const script of [
      "CREATE CATALOG c WITH ('type' = 'generic_in_memory')",
      'DROP TABLE other.db.t',
      'CREATE TABLE `other`.db.t (a INT)',
      "ADD JAR '/tmp/x.jar'",
      "CREATE FUNCTION f AS 'x.Y' USING JAR '/tmp/x.jar'",
      "CREATE TABLE x WITH ('connector' = 'blackhole') AS SELECT 1 AS a",
      'CALL sys.f()',
    ]) {
      const { faults, note } = await look(script)
      assert.deepEqual(faults, [], script)
      assert.match(note ?? '', /From line 1 on it is checked when it runs/, script)
    }
  })
})
