/**
 * What both engines are asked of values with others inside: arrays and rows.
 * @module
 */
import type { Case } from './cases.ts'

/** A table of arrays and rows, with what is NULL in it. */
export const NESTED = `
CREATE TEMPORARY VIEW nested AS SELECT
  id, CAST(nums AS ARRAY<INT>) AS nums, CAST(tags AS ARRAY<STRING>) AS tags,
  CAST(r AS ROW<x INT, y STRING>) AS r, CAST(rs AS ARRAY<ROW<p INT, q DOUBLE>>) AS rs
FROM (VALUES
  (1, ARRAY[3, 1, 2], ARRAY['a', 'b c'], ROW(7, 'seven'), ARRAY[ROW(1, 1.5e0), ROW(2, 1e10)]),
  (2, ARRAY[4, CAST(NULL AS INT)], ARRAY['x', CAST(NULL AS STRING)], ROW(CAST(NULL AS INT), 'y'), ARRAY[ROW(CAST(NULL AS INT), 0e0)]),
  (3, CAST(NULL AS ARRAY<INT>), CAST(NULL AS ARRAY<STRING>), ROW(9, CAST(NULL AS STRING)), CAST(NULL AS ARRAY<ROW<a INT, b DOUBLE>>))
) AS v(id, nums, tags, r, rs)`

const QUERIES: readonly (readonly [name: string, sql: string])[] = [
  [
    'ARRAY of every type',
    `SELECT ARRAY[1, 2], ARRAY['a', 'bcd'], ARRAY[1.5, 22.25], ARRAY[TRUE, FALSE], ARRAY[1, CAST(NULL AS INT)],
      ARRAY[CAST(1 AS BIGINT), 2], ARRAY[1, 2.5], ARRAY[1.5e0, 1e10], ARRAY[CAST(1.1 AS FLOAT)], ARRAY[DATE '2020-02-29'],
      ARRAY[TIME '10:20:30'], ARRAY[TIMESTAMP '2020-02-29 01:02:03.45'], ARRAY[9007199254740993]`,
  ],
  [
    'ROW, and arrays in one another',
    "SELECT ROW(1, 'a', CAST(NULL AS INT)), ROW(ROW(1, 2), ARRAY[3]), ARRAY[ARRAY[1, 2], ARRAY[3]], ARRAY[ROW(1, 'a'), ROW(2, 'b')]",
  ],
  ['columns of arrays and rows', 'SELECT * FROM nested'],
  [
    'elements of an array',
    "SELECT nums[1], nums[3], tags[2], nums[id], rs[1], nums[CAST(NULL AS INT)], ARRAY['a', 'bcd'][2], ARRAY[1, 2.5][1] FROM nested",
  ],
  ['an element that is not there', 'SELECT nums[9], tags[9] FROM nested'],
  ['fields of a row', 'SELECT (r).x, n.r.y, n.r.x + 1, rs[1].p, rs[1].q FROM nested AS n'],
  [
    'a field of a field',
    "SELECT (CAST(ROW(1, ROW(2, 'z')) AS ROW<a INT, b ROW<c INT, d STRING>>)).b.d",
  ],
  [
    'CARDINALITY and ELEMENT',
    'SELECT CARDINALITY(nums), CARDINALITY(rs), ELEMENT(ARRAY[id]), CARDINALITY(ARRAY[CAST(NULL AS INT)]) FROM nested',
  ],
  [
    'CAST of arrays and rows to STRING',
    'SELECT CAST(nums AS STRING), CAST(tags AS STRING), CAST(r AS STRING), CAST(rs AS STRING), CAST(nums AS VARCHAR(4)), CAST(r AS CHAR(12)) FROM nested',
  ],
  [
    'CAST of arrays of every type to STRING',
    `SELECT CAST(ARRAY[1.50, 2] AS STRING), CAST(ARRAY[TRUE] AS STRING), CAST(ARRAY[CAST(1 AS FLOAT)] AS STRING), CAST(ARRAY[DATE '2020-02-29'] AS STRING),
      CAST(ARRAY[TIME '10:20:30'] AS STRING), CAST(ARRAY[TIMESTAMP '2020-02-29 01:02:03.45', TIMESTAMP '2020-02-29 01:02:00'] AS STRING),
      CAST(ARRAY[ROW(1, ARRAY['x'])] AS STRING), CAST(ARRAY[ARRAY[1], ARRAY[2, 3]] AS STRING)`,
  ],
  [
    'CAST between arrays and between rows',
    "SELECT CAST(nums AS ARRAY<STRING>), CAST(ARRAY['1', '2'] AS ARRAY<INT>), CAST(ARRAY[1.5, 2.9] AS ARRAY<INT>), CAST(r AS ROW<a BIGINT, b CHAR(3)>), CAST(rs AS ARRAY<ROW<p STRING, q STRING>>) FROM nested WHERE id <> 2",
  ],
  ['UNNEST of a column', 'SELECT id, n FROM nested CROSS JOIN UNNEST(nums) AS u(n)'],
  ['UNNEST behind a comma', 'SELECT id, t FROM nested, UNNEST(tags) AS u(t)'],
  ['UNNEST of rows', 'SELECT id, p, q FROM nested CROSS JOIN UNNEST(rs) AS u(p, q)'],
  [
    'UNNEST of rows by their own names',
    'SELECT id, u.p, u.* FROM nested CROSS JOIN UNNEST(rs) AS u',
  ],
  ['LEFT JOIN UNNEST', 'SELECT id, n FROM nested LEFT JOIN UNNEST(nums) AS u(n) ON TRUE'],
  ['INNER JOIN UNNEST', 'SELECT id, n FROM nested INNER JOIN UNNEST(nums) AS u(n) ON TRUE'],
  ['UNNEST without a table', 'SELECT * FROM UNNEST(ARRAY[1, 2, 3])'],
  ['UNNEST with an alias alone', "SELECT u FROM UNNEST(ARRAY['x', 'y']) AS u"],
  [
    'UNNEST of rows that are NULL',
    'SELECT p, q FROM (VALUES (ARRAY[CAST(NULL AS ROW<a INT, b INT>), CAST(ROW(1, 2) AS ROW<a INT, b INT>)])) AS v(a) CROSS JOIN UNNEST(a) AS u(p, q)',
  ],
  [
    'UNNEST that is grouped',
    'SELECT id, COUNT(*), SUM(n) FROM nested CROSS JOIN UNNEST(nums) AS u(n) WHERE n > 1 GROUP BY id',
  ],
  [
    'UNNEST of SPLIT',
    "SELECT id, w FROM (SELECT id, tags[2] AS s FROM nested) AS v CROSS JOIN UNNEST(SPLIT(s, ' ')) AS u(w)",
  ],
  [
    'SPLIT',
    "SELECT SPLIT('a,b,,c', ','), SPLIT('abc', ''), SPLIT('', ','), SPLIT('a.b', '.'), SPLIT(tags[2], ' ') FROM nested",
  ],
  [
    'ARRAY_CONTAINS',
    "SELECT ARRAY_CONTAINS(tags, 'x'), ARRAY_CONTAINS(nums, 4), ARRAY_CONTAINS(nums, CAST(NULL AS INT)), ARRAY_CONTAINS(ARRAY[1, 2], CAST(NULL AS INT)) FROM nested",
  ],
  [
    'ARRAY_JOIN',
    "SELECT ARRAY_JOIN(tags, '-'), ARRAY_JOIN(tags, '-', '?'), ARRAY_JOIN(tags, CAST(NULL AS STRING)) FROM nested",
  ],
  [
    'ARRAY_CONCAT, ARRAY_REVERSE and ARRAY_MAX',
    'SELECT ARRAY_CONCAT(nums, ARRAY[9]), ARRAY_CONCAT(tags, tags), ARRAY_REVERSE(nums), ARRAY_REVERSE(tags), ARRAY_MAX(nums) FROM nested',
  ],
  [
    'equal arrays',
    'SELECT nums = ARRAY[3, 1, 2], nums <> ARRAY[4, CAST(NULL AS INT)], ARRAY[1] = ARRAY[1, 2] FROM nested',
  ],
  [
    'arrays that are NULL',
    'SELECT nums IS NULL, r IS NOT NULL, COALESCE(nums, ARRAY[0]), CASE WHEN id = 1 THEN tags END FROM nested',
  ],
  [
    'DISTINCT and COUNT of arrays',
    'SELECT COUNT(DISTINCT a), COUNT(a) FROM (VALUES (ARRAY[2]), (ARRAY[1]), (ARRAY[2])) AS v(a)',
  ],
  [
    'GROUP BY an array and a row',
    'SELECT a, r, COUNT(*) FROM (SELECT ARRAY[n] AS a, ROW(k) AS r FROM s) AS w GROUP BY a, r',
  ],
  [
    'UNION of arrays',
    "SELECT a FROM (VALUES (ARRAY['x']), (ARRAY['yyy'])) AS v(a) UNION ALL SELECT ARRAY['zzzzz']",
  ],
  ['a row of columns', 'SELECT ROW(a, b), ARRAY[a, a + 1] FROM t'],
]

/** Every case of arrays and rows. */
export const NESTED_CASES: readonly Case[] = QUERIES.map(([name, sql]) => ({
  name,
  sql,
  ordered: false,
}))

/** Files with arrays and rows, and a query of what came of them. */
export const NESTED_FILES = [
  {
    name: 'files of json with arrays and rows',
    script: `CREATE TABLE files (id INT, tags ARRAY<STRING>, r ROW<x INT, y STRING>, rs ARRAY<ROW<p INT, q DOUBLE>>, ds ARRAY<DECIMAL(10, 2)>, ts ARRAY<TIMESTAMP(3)>, rr ROW<a ROW<b INT>, l ARRAY<BOOLEAN>>)
      WITH ('connector' = 'filesystem', 'path' = 'file://PATH', 'format' = 'json');
      INSERT INTO files VALUES
        (1, ARRAY['a', 'b, "c"'], ROW(1, 'x'), ARRAY[ROW(1, 1.5e0), ROW(2, 1e10)], ARRAY[1.50], ARRAY[TIMESTAMP '2020-01-31 10:20:30.123'], ROW(ROW(7), ARRAY[TRUE, FALSE])),
        (2, CAST(NULL AS ARRAY<STRING>), CAST(NULL AS ROW<x INT, y STRING>), CAST(NULL AS ARRAY<ROW<p INT, q DOUBLE>>), CAST(NULL AS ARRAY<DECIMAL(10, 2)>), CAST(NULL AS ARRAY<TIMESTAMP(3)>), CAST(NULL AS ROW<a ROW<b INT>, l ARRAY<BOOLEAN>>))`,
    query: 'SELECT * FROM files',
  },
  {
    name: 'fields of rows in files of json',
    script: `CREATE TABLE files (id INT, r ROW<x INT, y STRING>, rs ARRAY<ROW<p INT, q DOUBLE>>)
      WITH ('connector' = 'filesystem', 'path' = 'file://PATH', 'format' = 'json');
      INSERT INTO files SELECT 1, ROW(1, 'x'), ARRAY[ROW(1, 1.5e0)];
      INSERT INTO files SELECT 2, CAST(NULL AS ROW<x INT, y STRING>), ARRAY[ROW(2, 2.5e0), ROW(3, 3.5e0)]`,
    query:
      'SELECT id, r.x, r.y, files.r.x + 1, p, q FROM files CROSS JOIN UNNEST(rs) AS u(p, q) WHERE p > 0',
  },
]
