import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { decimalQuotient, doubleText, floatText } from '../../../src/flow/sql/natives.ts'
import { createScript, type Plan } from '../../../src/flow/sql/script.ts'
import { splitStatements } from '../../../src/flow/sql/split.ts'
import { arithmeticType, commonType, decimal, typeLabel } from '../../../src/flow/sql/type.ts'

const TABLES = `CREATE TABLE t (a INT, b STRING, c DECIMAL(10, 2), ts TIMESTAMP(3), PRIMARY KEY (a) NOT ENFORCED,
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'filesystem', 'path' = '/x', 'format' = 'csv');
CREATE TABLE sink (a BIGINT, b STRING) WITH ('connector' = 'print');`

function planOf(script: string): Plan {
  const planner = createScript()
  let plan: Plan = { kind: 'nothing' }
  for (const statement of splitStatements(script)) plan = planner.plan(statement)
  return plan
}

function columnsOf(query: string): string[] {
  const plan = planOf(`${TABLES}${query}`)
  assert.equal(plan.kind, 'query')
  return plan.kind === 'query'
    ? plan.query.columns.map(({ name, type }) => `${name} ${typeLabel(type)}`)
    : []
}

describe('a script', () => {
  it('gives columns the names and types that Flink gives them', () => {
    assert.deepEqual(columnsOf("SELECT a, a, a / 2, c * c, c / 3, b || 'x', `b` AS `B b` FROM t"), [
      'a INTEGER',
      'a0 INTEGER',
      'EXPR$2 INTEGER',
      'EXPR$3 DECIMAL(21, 4)',
      'EXPR$4 DECIMAL(21, 13)',
      'EXPR$5 VARCHAR(2147483647)',
      'B b VARCHAR(2147483647)',
    ])
  })

  it('knows tables by what they are made like, and views by their query', () => {
    const columns = columnsOf(
      "CREATE TABLE l (d AS a + 1) WITH ('path' = '/y') LIKE t; CREATE VIEW v(p, q) AS SELECT d, b FROM l; SELECT * FROM v",
    )
    assert.deepEqual(columns, ['p INTEGER', 'q VARCHAR(2147483647)'])
  })

  it('plans the inserts of a statement set together', () => {
    const plan = planOf(
      `${TABLES} EXECUTE STATEMENT SET BEGIN INSERT INTO sink SELECT a, b FROM t; INSERT INTO sink (b) SELECT b FROM t; END`,
    )
    assert.equal(plan.kind, 'inserts')
    assert.deepEqual(
      plan.kind === 'inserts' && plan.inserts.map(({ into, reads }) => [into.name, reads.length]),
      [
        ['sink', 1],
        ['sink', 1],
      ],
    )
  })

  it('forgets a table that is dropped', () => {
    assert.throws(
      () => planOf(`${TABLES} DROP TABLE t; SELECT * FROM t`),
      /there is no table or view t/,
    )
    assert.deepEqual(planOf('DROP TABLE IF EXISTS t'), { kind: 'nothing' })
  })

  const REFUSED: readonly (readonly [script: string, message: RegExp])[] = [
    ['SELECT\n  NOSUCH(1)', /^Line 2, column 3: the function NOSUCH is not supported here/],
    ['SELECT nothing FROM t', /^Line 1, column 8: there is no column nothing/],
    ['SELECT a FROM nowhere', /column 15: there is no table or view nowhere/],
    ['SELECT a FROM t AS x JOIN t AS y ON x.a = y.a', /column 8: there are several columns a/],
    ['SELECT a, COUNT(*) FROM t', /column 8: the column a is neither in GROUP BY nor/],
    ['SELECT * FROM t WHERE COUNT(*) > 1', /column 23: WHERE takes no aggregates/],
    ['SELECT a FROM t GROUP BY 1', /column 26: GROUP BY takes columns/],
    ["SELECT a = '1' FROM t", /= takes values of one type, not INT and CHAR\(1\)/],
    ['SELECT a + b FROM t', /\+ takes numbers, not STRING/],
    [
      'SELECT (SELECT MAX(x.a) FROM t AS x WHERE x.b = y.b) FROM t AS y',
      /column 49: a query as a value takes no columns from around it here \(y.b\)/,
    ],
    ['SELECT NULL', /column 8: NULL has no type there/],
    ['SELECT "a" FROM t', /column 8: double quotes mean nothing/],
    ["SELECT a FROM t WHERE b SIMILAR TO 'x'", /SIMILAR TO is not supported/],
    ["SELECT MAP['a', 1]", /column 8: MAP is not supported here/],
    ['SELECT CAST(NULL AS MAP<STRING, INT>)', /column 21: the type MAP is not supported here/],
    ['SELECT ARRAY[]', /column 8: ARRAY\[\] has no type/],
    ['SELECT ARRAY[NULL]', /NULL has no type there/],
    ['SELECT ROW(1, NULL)', /column 15: NULL has no type there/],
    ['SELECT ARRAY[1][0]', /column 17: the first place in an ARRAY is 1, not 0/],
    ['SELECT a[1] FROM t', /column 8: \[ \] takes an ARRAY in front, not INT/],
    ["SELECT ARRAY[1]['x']", /column 17: the place in an ARRAY is a whole number/],
    ['SELECT (ROW(1)).x', /ROW<EXPR\$0 INT> has no field x/],
    ['SELECT a.x FROM t', /column 8: \.x takes a ROW in front, not INT/],
    ['SELECT ARRAY[1] < ARRAY[2]', /column 8: < of ARRAY<INT> is not supported here/],
    ['SELECT ROW(1) = ROW(1)', /= of ROW<EXPR\$0 INT> is not supported here/],
    ['SELECT MAX(ARRAY[a]) FROM t', /column 12: MAX of ARRAY<INT> is not supported here/],
    ['SELECT ARRAY[a] AS x FROM t ORDER BY x', /ORDER BY of ARRAY<INT> is not supported here/],
    ['SELECT LAG(ARRAY[a]) OVER (ORDER BY a) FROM t', /LAG of ARRAY<INT> is not supported here/],
    ["SELECT TRY_CAST(ARRAY['x'] AS ARRAY<INT>)", /CAST of ARRAY<CHAR\(1\)> to ARRAY<INT> is not/],
    ['SELECT CAST(a AS ARRAY<INT>) FROM t', /CAST of INT to ARRAY<INT> is not supported here/],
    ['SELECT CAST(ROW(1) AS ROW<x INT, X INT>)', /a ROW has one field X here/],
    ['SELECT * FROM t FULL JOIN UNNEST(ARRAY[1]) AS x ON TRUE', /FULL JOIN takes no UNNEST/],
    ['SELECT * FROM UNNEST(ARRAY[1]) WITH ORDINALITY', /WITH ORDINALITY is not supported here/],
    ['SELECT * FROM t, LATERAL (SELECT 1)', /column 18: LATERAL is not supported here/],
    [
      "CREATE TABLE z (a ARRAY<INT>) WITH ('connector' = 'filesystem', 'path' = 'p', 'format' = 'csv')",
      /a is ARRAY<INT>, which the format csv does not take here/,
    ],
    [`SELECT CAST(NULL AS ${'ARRAY<'.repeat(30)}INT${'>'.repeat(30)})`, /at most 20 deep/],
    [`SELECT ARRAY[1]${'[1]'.repeat(99)}`, /more than 50 parts/],
    ['SELECT * FROM t MATCH_RECOGNIZE (PATTERN (A))', /MATCH_RECOGNIZE is not supported here/],
    ['SELECT * FROM t, UNNEST(a) AS x', /column 25: UNNEST takes an ARRAY here, not INT/],
    ['SELECT * FROM t FOR SYSTEM_TIME AS OF ts', /FOR SYSTEM_TIME AS OF is not supported here/],
    [
      "SELECT * FROM TABLE(SESSION(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE))",
      /the table function SESSION/,
    ],
    ["SELECT /*+ OPTIONS('a'='b') */ a FROM t", /column 8: hints/],
    ["SELECT DATE_FORMAT(ts, 'YYYY') FROM t", /"YYYY" in the pattern 'YYYY' is not supported/],
    ["SELECT REGEXP(b, '(?=x)') FROM t", /patterns that look around/],
    ['SELECT CAST(a AS BYTES) FROM t', /column 18: the type BYTES is not supported here/],
    ['SELECT LISTAGG(CAST(b AS VARCHAR(3))) FROM t', /LISTAGG of VARCHAR\(3\) is cut by Flink/],
    ["SELECT DATE '2020-02-30'", /'2020-02-30' is no DATE/],
    [
      "SET 'table.exec.mini-batch.enabled' = 'true'",
      /column 1: SET 'table.exec.mini-batch.enabled'/,
    ],
    [
      "SET 'execution.runtime-mode' = 'streaming'",
      /SET 'execution.runtime-mode' = 'streaming' is not/,
    ],
    [
      "SET 'table.local-time-zone' = 'Europe/Atlantis'",
      /column 1: SET 'table.local-time-zone' = 'Europe\/Atlantis'/,
    ],
    ["SET 'table.local-time-zone' = 'UTC'';--'", /write UTC or one like Asia\/Shanghai/],
    [
      "CREATE TABLE k (a TIMESTAMP_LTZ(3)) WITH ('connector' = 'print')",
      /column 19: a TIMESTAMP_LTZ cannot be kept in a table/,
    ],
    [
      "SELECT CURRENT_TIMESTAMP + INTERVAL '1' DAY",
      /\+ of TIMESTAMP_LTZ\(3\) and an interval is not supported/,
    ],
    ['SELECT CURRENT_TIMESTAMP > ts FROM t', /> takes values of one type, not TIMESTAMP_LTZ\(3\)/],
    ['SELECT TO_TIMESTAMP_LTZ(1, 6)', /has to be written as 0 or 3/],
    ["CREATE FUNCTION f AS 'x.Y'", /column 8: CREATE FUNCTION is not supported here/],
    [
      "CREATE TABLE k (a INT) WITH (\n'connector' = 'kafka')",
      /^Line 2, column 1: the connector 'kafka'/,
    ],
    [
      "CREATE TABLE k (a INT) WITH ('connector' = 'print', 'colour' = 'red')",
      /the option 'colour' of print/,
    ],
    ["CREATE TABLE k (a INT) WITH ('connector' = 'datagen')", /table k has no end/],
    [
      "CREATE TABLE k (a INT) WITH ('connector' = 'filesystem', 'path' = '/x', 'format' = 'orc')",
      /the format 'orc'/,
    ],
    [
      "CREATE TABLE k (a INT) PARTITIONED BY (a) WITH ('connector' = 'print')",
      /PARTITIONED BY is not/,
    ],
    ['INSERT INTO sink SELECT a FROM t', /sink takes 2 columns, the query gives 1/],
    [
      'INSERT INTO sink SELECT b, b FROM t',
      /column a of sink takes BIGINT, the query gives STRING/,
    ],
    [
      'INSERT OVERWRITE sink SELECT a, b FROM t',
      /INSERT OVERWRITE takes tables of the connector filesystem/,
    ],
    ['SELECT * FROM sink', /table sink is a print, which can only be written to/],
    ['UPDATE t SET a = 1', /statements with UPDATE are not supported here: they need Flink/],
    ['SHOW TABLES', /statements with SHOW are not supported/],
    [`SELECT ${'('.repeat(5000)}1`, /expressions lie at most 200 deep/],
    [`SELECT ${'- '.repeat(5000)}1`, /expressions lie at most 200 deep/],
    [`SELECT ${'NOT '.repeat(300)}TRUE FROM t WHERE`, /more than 200 NOT in a row/],
  ]
  for (const [script, message] of REFUSED) {
    it(`refuses ${JSON.stringify(script.slice(0, 70))}`, () =>
      assert.throws(
        () => {
          const planner = createScript()
          for (const statement of splitStatements(TABLES)) planner.plan(statement)
          for (const statement of splitStatements(script)) planner.plan(statement)
        },
        { name: 'FlowError', message },
      ))
  }

  it('never lets a name or a text of the script out of its quotes', () => {
    const plan = planOf("SELECT 'a'';DROP' AS `x\"y`, `z``w` FROM (VALUES (1)) AS t(`z``w`)")
    assert.ok(plan.kind === 'query')
    assert.match(plan.query.sql, /'a'';DROP' AS c0/)
    assert.doesNotMatch(plan.query.sql, /x"y|z`w/)
  })
})

describe('types of numbers', () => {
  it('are as wide as both sides need', () => {
    assert.deepEqual(commonType(decimal(10, 2), decimal(8, 5)), decimal(13, 5))
    assert.deepEqual(arithmeticType('*', decimal(38, 18), decimal(38, 18)), decimal(38, 6))
    assert.deepEqual(arithmeticType('+', decimal(38, 2), decimal(38, 2)), decimal(38, 2))
  })
})

describe('what DuckDB is taught', () => {
  it('divides decimals as whole numbers are divided', () => {
    const digits = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n })
    const divisor = digits.filter((value) => value !== 0n)
    fc.assert(
      fc.property(digits, divisor, fc.integer({ min: 0, max: 12 }), (a, b, scale) => {
        const text = decimalQuotient(String(a), String(b), scale)
        const unscaled = BigInt(text.replace('.', ''))
        // |a·10^s − q·b| ≤ |b| / 2
        const rest = a * 10n ** BigInt(scale) - unscaled * b
        assert.ok(2n * (rest < 0n ? -rest : rest) <= (b < 0n ? -b : b))
        assert.equal(text.split('.')[1]?.length ?? 0, scale)
      }),
    )
    assert.equal(decimalQuotient('-0.05', '0.1', 0), '-1')
    assert.equal(decimalQuotient('1.00', '3', 4), '0.3333')
  })

  it('writes doubles and floats so that they are read back', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) =>
        Object.is(Number(doubleText(value)), value),
      ),
    )
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) =>
        Object.is(Math.fround(Number(floatText(value))), value),
      ),
    )
    const texts = [1, 1e7, 1e-3, 1e-4, 123456.789, 0.1 + 0.2, -0, 5e-324, NaN].map(doubleText)
    assert.deepEqual(texts, [
      '1.0',
      '1.0E7',
      '0.001',
      '1.0E-4',
      '123456.789',
      '0.30000000000000004',
      '-0.0',
      '5.0E-324',
      'NaN',
    ])
  })
})
