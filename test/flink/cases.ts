/**
 * What both engines are asked: every construct that is supported without Flink, as data.
 * @module
 */

import { NESTED, NESTED_CASES, NESTED_FILES } from './cases-nested.ts'

/** A query that both run; `ordered` where its rows have an order. */
export interface Case {
  readonly name: string
  readonly sql: string
  readonly ordered: boolean
}

/** What every case can read. */
export const TABLES = `
CREATE TEMPORARY VIEW t AS SELECT * FROM (VALUES
  (1, CAST('ant' AS STRING), CAST(10.50 AS DECIMAL(10, 2)), 1.5e0, CAST(100 AS BIGINT), TIMESTAMP '2020-01-31 10:20:30.123', DATE '2020-01-31', TRUE, 'x'),
  (2, 'bee', 20.25, -2.5e0, 200, TIMESTAMP '2020-02-29 23:59:59.999', DATE '2020-02-29', FALSE, 'yy'),
  (3, 'cat', -3.33, 1e10, 300, TIMESTAMP '1999-12-31 23:59:59.500', DATE '1969-12-31', TRUE, 'zzz'),
  (4, 'bee', 20.25, 1e-5, -7, TIMESTAMP '2021-12-31 00:00:00.000', DATE '2021-12-31', FALSE, 'x'),
  (5, CAST(NULL AS STRING), CAST(NULL AS DECIMAL(10, 2)), CAST(NULL AS DOUBLE), CAST(NULL AS BIGINT), CAST(NULL AS TIMESTAMP(3)), CAST(NULL AS DATE), CAST(NULL AS BOOLEAN), CAST(NULL AS STRING)),
  (-6, 'Döner 日本', 0.01, 0e0, 9007199254740991, TIMESTAMP '2020-01-31 10:25:00.000', DATE '2020-01-31', CAST(NULL AS BOOLEAN), 'yy')
) AS v(a, b, c, d, e, ts, dt, f, g);
CREATE TEMPORARY VIEW u AS SELECT * FROM (VALUES (1, 'one'), (2, 'two'), (2, 'zwei'), (9, 'nine'), (CAST(NULL AS INT), 'none')) AS v(a, name);
CREATE TEMPORARY VIEW s AS SELECT * FROM (VALUES ('a', 1, 10), ('a', 2, 20), ('b', 1, 5), ('b', 3, CAST(NULL AS INT)), ('c', 1, 7)) AS v(k, n, m)`

const PROJECTIONS: readonly (readonly [name: string, expressions: string])[] = [
  [
    'literals',
    "1, 2147483648, 1.50, 1e3, 'abc', TRUE, DATE '2020-02-29', TIME '10:20:30', TIMESTAMP '2020-02-29 01:02:03.45', 'it''s'",
  ],
  ['columns and names in back-ticks', 'a, b AS `select`, `c`, t.d AS `größe`'],
  ['every column', '*'],
  ['integer addition and subtraction', 'a + 1, a - 10, e + a, -a, +a'],
  ['integer multiplication', 'a * 3, e * 2 - e'],
  ['integer division cuts', 'a / 2, -7 / 2, 7 / -2, e / 7, a / CAST(4 AS BIGINT)'],
  ['the sign of a remainder', 'MOD(a, 4), MOD(-7, 2), 7 % -3, e % 10, MOD(e, 7)'],
  ['decimal addition', 'c + 1, c - 0.005, c + c, c + e, CAST(1 AS BIGINT) + 1.5'],
  [
    'decimal multiplication',
    'c * c, c * 2, c * 1.333, CAST(c AS DECIMAL(20, 10)) * CAST(c AS DECIMAL(20, 10))',
  ],
  ['decimal division', 'c / 3, c / 7.77, 1.00 / 3, 7 / 2.0, 2 / CAST(3 AS DECIMAL(38, 10)), c / a'],
  ['decimal remainder', '1 % 2.5, MOD(-7.5, 2), MOD(7.5, 2)'],
  ['doubles', 'd + 1, d * 2, d / 4, d - c, 1e0 / 3, a / 4e0'],
  ['division of a double by zero', 'CAST(d / (a - a) AS STRING), CAST(-1.5e0 / (a - a) AS STRING)'],
  [
    'floats',
    'CAST(a AS FLOAT) / 3, CAST(1 AS FLOAT) + 1, CAST(1 AS FLOAT) + 1.5, CAST(d AS FLOAT)',
  ],
  [
    'small integers',
    'CAST(a AS TINYINT) + CAST(1 AS TINYINT), CAST(a AS SMALLINT), CAST(a AS TINYINT) * a',
  ],
  [
    'comparisons',
    "a > 1, c >= 20.25, b = 'bee', d < e, dt <> DATE '2020-01-31', f = TRUE, a = 1.0",
  ],
  ['AND, OR and NOT of NULL', 'f AND a > 0, f OR a > 100, NOT f, f AND NULL IS NULL'],
  [
    'IS and IS NOT',
    'b IS NULL, b IS NOT NULL, f IS TRUE, f IS NOT TRUE, f IS FALSE, f IS UNKNOWN, f IS NOT UNKNOWN, f IS NOT FALSE',
  ],
  ['IS DISTINCT FROM', 'f IS DISTINCT FROM TRUE, e IS NOT DISTINCT FROM CAST(NULL AS BIGINT)'],
  [
    'BETWEEN',
    'a BETWEEN 2 AND 4, a NOT BETWEEN 2 AND 4, a BETWEEN SYMMETRIC 4 AND 2, c BETWEEN 0 AND 15',
  ],
  ['IN a list', "a IN (1, 2, 3), b IN ('bee', 'cat'), a NOT IN (1, 2), c IN (20.25, 1)"],
  [
    'LIKE',
    "b LIKE 'b%', b LIKE '_a_', b NOT LIKE '%e', b LIKE 'D%', 'a%b' LIKE 'a!%b' ESCAPE '!', 'a\\b' LIKE 'a\\b'",
  ],
  [
    'CASE with conditions',
    "CASE WHEN a > 3 THEN 'big' WHEN a > 1 THEN 'mid' ELSE 'small' END, CASE WHEN f THEN 1 ELSE 2.5 END, CASE WHEN a = 1 THEN a END",
  ],
  [
    'CASE of a value',
    "CASE a WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE 'many' END, CASE b WHEN 'bee' THEN CAST(1 AS BIGINT) ELSE 0 END",
  ],
  [
    'COALESCE, NULLIF, IF and IFNULL',
    "COALESCE(b, 'nobody'), COALESCE(CAST(NULL AS INT), a, 7), NULLIF(a, 1), NULLIF(b, 'bee'), IF(a > 2, 'x', 'yyy'), IFNULL(c, 0), COALESCE(c, 2.5)",
  ],
  ['GREATEST and LEAST', 'GREATEST(a, 2, 3), LEAST(a, 2), GREATEST(c, 2.5), LEAST(e, a)'],
  ['UPPER and LOWER', 'UPPER(b), LOWER(b), UPPER(g)'],
  [
    'TRIM in every form',
    "TRIM('  x '), TRIM(LEADING FROM '  x '), TRIM(TRAILING 'x' FROM 'axx'), TRIM(BOTH 'x' FROM 'xxaxx'), LTRIM('  a '), RTRIM('  a '), TRIM(b)",
  ],
  [
    'SUBSTRING',
    "SUBSTRING(b, 2), SUBSTRING(b, 1, 2), SUBSTRING(b FROM 2 FOR 1), SUBSTRING('hello', 0, 2), SUBSTRING('hello', -3, 2), SUBSTR('hello', 3), SUBSTRING(b, 20)",
  ],
  ['LEFT and RIGHT', 'LEFT(b, 2), RIGHT(b, 2)'],
  ['CONCAT and ||', "b || '!', CONCAT(b, '-', g), g || g, 'a' || 'bc', CONCAT('a', b)"],
  ['CONCAT_WS', "CONCAT_WS('-', 'a', b, g), CONCAT_WS(',', b, b)"],
  [
    'REPLACE, REPEAT and REVERSE',
    "REPLACE(b, 'e', 'EE'), REPEAT(b, 2), REVERSE(b), REPEAT('x', 0)",
  ],
  ['LPAD and RPAD', "LPAD(b, 5, '*'), RPAD(b, 5, 'ab'), LPAD(b, 2, '?'), LPAD(b, -1, '?')"],
  [
    'POSITION, LOCATE and INSTR',
    "POSITION('e' IN b), LOCATE('e', b), INSTR(b, 'a'), POSITION('' IN 'abc')",
  ],
  ['CHAR_LENGTH', "CHAR_LENGTH(b), CHARACTER_LENGTH('日本'), CHAR_LENGTH('')"],
  [
    'OVERLAY',
    "OVERLAY('xxxxxtest' PLACING 'abcd' FROM 6), OVERLAY('xxxxxtest' PLACING 'abcd' FROM 6 FOR 2)",
  ],
  [
    'SPLIT_INDEX',
    "SPLIT_INDEX('a,b,c', ',', 1), SPLIT_INDEX('a,b', ',', 5), SPLIT_INDEX(b, 'e', 0), SPLIT_INDEX('a,,c', ',', 1)",
  ],
  [
    'REGEXP_EXTRACT',
    "REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 2), REGEXP_EXTRACT(b, '([a-c])(.)', 2), REGEXP_EXTRACT('x', '(y)', 1)",
  ],
  [
    'REGEXP_REPLACE',
    "REGEXP_REPLACE(b, 'e+', '<>'), REGEXP_REPLACE('2020-01-02', '(\\d+)-(\\d+)', '$2/$1')",
  ],
  ['REGEXP', "REGEXP(b, '^b'), REGEXP(b, 'e{2}')"],
  ['ASCII and CHR', "ASCII('a'), CHR(97), ASCII(g)"],
  ['MD5, SHA1 and SHA256', 'MD5(b), SHA1(b), SHA256(b)'],
  ['TO_BASE64 and FROM_BASE64', "TO_BASE64(b), FROM_BASE64('aGVsbG8=')"],
  ['ABS and SIGN', 'ABS(a), ABS(c), ABS(d), SIGN(a), SIGN(c), SIGN(d)'],
  ['FLOOR and CEIL of numbers', 'FLOOR(c), CEIL(c), FLOOR(d), CEIL(d), FLOOR(a), CEIL(-1.5)'],
  [
    'ROUND',
    'ROUND(c, 1), ROUND(c), ROUND(d, 1), ROUND(-2.5), ROUND(2.5e0), ROUND(12345, -2), ROUND(2.345e0, 2), ROUND(99.99, 1), ROUND(-12355, -1)',
  ],
  ['TRUNCATE', 'TRUNCATE(c, 1), TRUNCATE(-1.999, 1), TRUNCATE(1.5e0), TRUNCATE(1.256, 2)'],
  ['powers and roots', 'POWER(2, 3), SQRT(16), POWER(2.0, 0.5), EXP(0), POWER(a, 2)'],
  ['logarithms', 'LN(1), LOG10(100), LOG2(8), LN(10)'],
  [
    'angles',
    'SIN(0), COS(0), TAN(0), ASIN(0), ACOS(1), ATAN(1), ATAN2(1, 1), DEGREES(PI()), RADIANS(180), E()',
  ],
  ['BIN', 'BIN(4), BIN(a)'],
  [
    'CAST of numbers to texts',
    'CAST(a AS STRING), CAST(c AS STRING), CAST(d AS STRING), CAST(e AS STRING), CAST(CAST(1.1 AS FLOAT) AS STRING), CAST(3e7 AS STRING), CAST(123456.789e0 AS STRING), CAST(0.001e0 AS STRING)',
  ],
  [
    'CAST of booleans',
    "CAST(f AS STRING), CAST(f AS INT), CAST(a AS BOOLEAN), CAST('yes' AS BOOLEAN), CAST('F' AS BOOLEAN)",
  ],
  [
    'CAST of texts to integers',
    "CAST('12' AS INT), CAST(' 12 ' AS BIGINT), CAST('1.7' AS INT), CAST('-5' AS TINYINT), CAST('+5' AS INT), CAST('-1.9' AS INT)",
  ],
  [
    'CAST of texts to other numbers',
    "CAST('1e3' AS DOUBLE), CAST('1.255' AS DECIMAL(5, 2)), CAST('-1.5' AS FLOAT), CAST('12' AS DECIMAL(10, 0))",
  ],
  [
    'TRY_CAST',
    "TRY_CAST('x' AS INT), TRY_CAST('1e3' AS INT), TRY_CAST('2020-13-01' AS DATE), TRY_CAST('maybe' AS BOOLEAN), TRY_CAST('7' AS INT), TRY_CAST('x' AS DOUBLE), TRY_CAST('x' AS TIMESTAMP(3))",
  ],
  [
    'CAST between numbers cuts',
    'CAST(c AS INT), CAST(d * 0 + 2.9 AS INT), CAST(-1.7e0 AS INT), CAST(a AS DOUBLE), CAST(a AS DECIMAL(10, 3)), CAST(c AS DOUBLE), CAST(e AS DECIMAL(20, 0))',
  ],
  [
    'CAST to decimals rounds',
    'CAST(c AS DECIMAL(10, 1)), CAST(1.005e0 AS DECIMAL(5, 2)), CAST(2.5 AS DECIMAL(3, 0)), CAST(-2.5 AS DECIMAL(3, 0))',
  ],
  [
    'CHAR and VARCHAR',
    "CAST('abc' AS CHAR(5)), CAST('abcdef' AS VARCHAR(3)), CAST(12 AS CHAR(1)), CAST(b AS VARCHAR(2)), CAST(5 AS VARCHAR(10)), CAST('abc' AS CHAR(2))",
  ],
  [
    'CAST of moments to texts',
    "CAST(ts AS STRING), CAST(dt AS STRING), CAST(TIME '10:20:30' AS STRING), CAST(CAST(ts AS TIMESTAMP(6)) AS STRING), CAST(TIMESTAMP '2020-01-02 03:04:05' AS STRING)",
  ],
  [
    'CAST of texts to moments',
    "CAST('2020-1-2' AS DATE), CAST('2020-01-02' AS TIMESTAMP), CAST('2020-01-02 03:04:05.678' AS TIMESTAMP(3)), CAST('12:34:56' AS TIME), CAST('2020-01-02 03:04:05' AS TIMESTAMP(0))",
  ],
  [
    'CAST between moments',
    'CAST(ts AS DATE), CAST(dt AS TIMESTAMP(3)), CAST(ts AS TIMESTAMP(0)), CAST(ts AS TIMESTAMP(6))',
  ],
  [
    'EXTRACT of dates',
    'EXTRACT(YEAR FROM dt), EXTRACT(QUARTER FROM dt), EXTRACT(MONTH FROM dt), EXTRACT(WEEK FROM dt), EXTRACT(DAY FROM dt), EXTRACT(DOY FROM dt), EXTRACT(DOW FROM dt), EXTRACT(ISODOW FROM dt)',
  ],
  [
    'EXTRACT of timestamps',
    'EXTRACT(YEAR FROM ts), EXTRACT(HOUR FROM ts), EXTRACT(MINUTE FROM ts), EXTRACT(SECOND FROM ts), EXTRACT(MILLISECOND FROM ts), EXTRACT(DAY FROM ts)',
  ],
  [
    'YEAR to SECOND',
    'YEAR(dt), QUARTER(dt), MONTH(dt), WEEK(dt), DAYOFYEAR(dt), DAYOFMONTH(dt), DAYOFWEEK(dt), HOUR(ts), MINUTE(ts), SECOND(ts)',
  ],
  [
    'FLOOR to a unit',
    'FLOOR(ts TO SECOND), FLOOR(ts TO MINUTE), FLOOR(ts TO HOUR), FLOOR(ts TO DAY), FLOOR(dt TO MONTH), FLOOR(dt TO QUARTER), FLOOR(ts TO YEAR)',
  ],
  [
    'CEIL to a unit',
    'CEIL(ts TO SECOND), CEIL(ts TO MINUTE), CEIL(ts TO HOUR), CEIL(ts TO DAY), CEIL(dt TO MONTH), CEIL(dt TO QUARTER), CEIL(dt TO YEAR)',
  ],
  [
    'TIMESTAMPDIFF in days and less',
    "TIMESTAMPDIFF(DAY, dt, DATE '2020-03-01'), TIMESTAMPDIFF(HOUR, ts, TIMESTAMP '2020-03-01 00:00:00'), TIMESTAMPDIFF(MINUTE, TIMESTAMP '2020-03-01 00:00:00', ts), TIMESTAMPDIFF(SECOND, TIMESTAMP '2020-01-31 10:20:31.200', ts), TIMESTAMPDIFF(WEEK, DATE '2020-01-01', dt)",
  ],
  [
    'TIMESTAMPDIFF in months and years',
    "TIMESTAMPDIFF(MONTH, TIMESTAMP '2020-01-31 10:00:00', ts), TIMESTAMPDIFF(YEAR, dt, DATE '2020-03-01'), TIMESTAMPDIFF(QUARTER, DATE '2020-01-01', dt), TIMESTAMPDIFF(MONTH, ts, TIMESTAMP '2020-01-31 10:00:00'), TIMESTAMPDIFF(MONTH, DATE '2020-02-29', dt)",
  ],
  [
    'TIMESTAMPADD',
    'TIMESTAMPADD(DAY, 1, ts), TIMESTAMPADD(MONTH, 1, dt), TIMESTAMPADD(HOUR, -5, ts), TIMESTAMPADD(YEAR, 1, dt), TIMESTAMPADD(WEEK, 1, dt), TIMESTAMPADD(SECOND, a, ts), TIMESTAMPADD(QUARTER, 1, dt)',
  ],
  [
    'intervals',
    "ts + INTERVAL '1' HOUR, ts - INTERVAL '1' MONTH, dt + INTERVAL '1' DAY, dt - INTERVAL '1' YEAR, ts + INTERVAL '1 02:03:04' DAY TO SECOND, ts + INTERVAL '1-2' YEAR TO MONTH, INTERVAL '2' DAY + dt, ts + INTERVAL '90' MINUTE",
  ],
  [
    'DATE_FORMAT',
    "DATE_FORMAT(ts, 'yyyy/MM/dd HH:mm:ss.SSS'), DATE_FORMAT(ts, 'yy M d H h a'), DATE_FORMAT(ts, 'EEE EEEE MMM MMMM D'), DATE_FORMAT(ts, 'hh''h''mm')",
  ],
  ['TO_DATE', "TO_DATE('2020-02-29'), TO_DATE('x'), TO_DATE('29.02.2020', 'dd.MM.yyyy')"],
  [
    'TO_TIMESTAMP',
    "TO_TIMESTAMP('2020-02-29 01:02:03'), TO_TIMESTAMP('x'), TO_TIMESTAMP('2020/01/02 03', 'yyyy/MM/dd HH')",
  ],
]

const QUERIES: readonly (readonly [name: string, sql: string])[] = [
  ['a query without FROM', 'SELECT 1 + 1 AS two, 2 AS two'],
  ['VALUES alone', "VALUES (1, 'a'), (2, 'bcd')"],
  [
    'VALUES of several types',
    "SELECT * FROM (VALUES (1, 'a', 1.5), (CAST(2 AS BIGINT), 'bbb', 22.25)) AS v(x, y, z)",
  ],
  ['WHERE', "SELECT a, b FROM t WHERE a > 1 AND (b = 'bee' OR c < 0)"],
  ['WHERE with NULL', 'SELECT a FROM t WHERE NOT f'],
  ['WHERE that nothing meets', 'SELECT a FROM t WHERE 1 = 2'],
  ['DISTINCT', 'SELECT DISTINCT b, g FROM t'],
  ['names that are there twice', 'SELECT a, a, a + 1, b AS a FROM t'],
  ['* of a table', 'SELECT x.*, y.name FROM t AS x JOIN u AS y ON x.a = y.a'],
  ['INNER JOIN', 'SELECT t.a, u.name FROM t JOIN u ON t.a = u.a'],
  [
    'JOIN with two conditions',
    "SELECT t.a, u.name FROM t JOIN u ON t.a = u.a AND u.name <> 'zwei'",
  ],
  ['LEFT JOIN', 'SELECT t.a, u.name FROM t LEFT JOIN u ON t.a = u.a'],
  ['RIGHT JOIN', 'SELECT t.a, u.name FROM t RIGHT OUTER JOIN u ON t.a = u.a'],
  ['FULL JOIN', 'SELECT t.a, u.a, u.name FROM t FULL JOIN u ON t.a = u.a'],
  ['CROSS JOIN', 'SELECT t.a, u.a AS ua FROM t CROSS JOIN u'],
  ['tables with commas', 'SELECT t.a, u.name FROM t, u WHERE t.a = u.a'],
  ['JOIN USING', 'SELECT a, b, name FROM t JOIN u USING (a)'],
  ['* of JOIN USING', 'SELECT * FROM u JOIN (SELECT a, b FROM t) AS w USING (a)'],
  ['NATURAL JOIN', 'SELECT * FROM u NATURAL JOIN (SELECT a, c FROM t) AS w'],
  ['* of a join with a name twice', 'SELECT * FROM u JOIN (SELECT a, c FROM t) AS w ON u.a = w.a'],
  [
    'a join of three',
    'SELECT t.a, u.name, s.m FROM t JOIN u ON t.a = u.a LEFT JOIN s ON s.n = u.a',
  ],
  [
    'a join of a table with itself',
    'SELECT x.k, x.n, y.n AS other FROM s AS x JOIN s AS y ON x.k = y.k AND x.n < y.n',
  ],
  ['a join of unequal numbers', 'SELECT x.a, y.n FROM t AS x JOIN s AS y ON x.e = y.n * 100'],
  ['COUNT', 'SELECT COUNT(*), COUNT(b), COUNT(DISTINCT b), COUNT(f) FROM t'],
  [
    'SUM',
    'SELECT SUM(a), SUM(c), SUM(d), SUM(e), SUM(CAST(a AS TINYINT)), SUM(CAST(a AS FLOAT)) FROM t',
  ],
  ['AVG of integers cuts', 'SELECT AVG(a), AVG(e), AVG(CAST(a AS SMALLINT)), AVG(m) FROM t, s'],
  [
    'AVG of decimals and doubles',
    'SELECT AVG(c), AVG(CAST(a AS DOUBLE)), AVG(c * 1.0001), AVG(CAST(a AS FLOAT)) FROM t',
  ],
  ['MIN and MAX', 'SELECT MIN(a), MAX(b), MIN(c), MAX(ts), MIN(dt), MAX(d), MAX(g) FROM t'],
  [
    'deviations and variances',
    'SELECT STDDEV_POP(CAST(a AS DOUBLE)), VAR_POP(CAST(n AS DOUBLE)), STDDEV_SAMP(CAST(n AS DOUBLE)), VAR_SAMP(CAST(n AS DOUBLE)) FROM (SELECT 2 * n AS a, n FROM s) AS w',
  ],
  [
    'aggregates of nothing',
    'SELECT COUNT(*), SUM(a), AVG(a), MIN(b), AVG(d), AVG(c) FROM t WHERE a > 100',
  ],
  [
    'LISTAGG',
    "SELECT k, LISTAGG(CAST(k AS STRING)), LISTAGG(CAST(k AS STRING), '-') FROM s GROUP BY k",
  ],
  ['FILTER', 'SELECT COUNT(*) FILTER (WHERE a > 1), SUM(a) FILTER (WHERE f) FROM t'],
  [
    'SUM and COUNT of DISTINCT',
    'SELECT SUM(DISTINCT c), COUNT(DISTINCT g), AVG(DISTINCT n) FROM t, s',
  ],
  ['GROUP BY', 'SELECT b, COUNT(*), SUM(a) FROM t GROUP BY b'],
  ['GROUP BY an expression', 'SELECT a / 2, COUNT(*) FROM t GROUP BY a / 2'],
  ['GROUP BY several', 'SELECT b, g, MAX(a) + 1 FROM t GROUP BY b, g'],
  ['GROUP BY without aggregates', 'SELECT b FROM t GROUP BY b'],
  ['HAVING', 'SELECT b, COUNT(*) AS many FROM t GROUP BY b HAVING COUNT(*) > 1'],
  ['HAVING without GROUP BY', 'SELECT SUM(a) FROM t HAVING COUNT(*) > 2'],
  ['an aggregate of an expression', 'SELECT SUM(a * 2 + 1) / COUNT(*), MAX(CHAR_LENGTH(b)) FROM t'],
  ['GROUPING SETS', 'SELECT k, n, SUM(m) FROM s GROUP BY GROUPING SETS ((k, n), (k), ())'],
  ['ROLLUP', 'SELECT k, n, COUNT(*) FROM s GROUP BY ROLLUP (k, n)'],
  ['CUBE', 'SELECT k, n, COUNT(*), SUM(m) FROM s GROUP BY CUBE (k, n)'],
  [
    'GROUPING and GROUPING_ID',
    'SELECT k, COUNT(*), GROUPING(k), GROUPING_ID(k, n) FROM s GROUP BY ROLLUP (k, n)',
  ],
  ['UNION', 'SELECT a FROM t UNION SELECT a FROM u'],
  ['UNION ALL', 'SELECT a FROM t UNION ALL SELECT a FROM u'],
  ['UNION of two types', "SELECT a, 'x' AS g FROM t UNION ALL SELECT c, 'long' FROM t"],
  ['INTERSECT', 'SELECT a FROM t INTERSECT SELECT a FROM u'],
  ['INTERSECT ALL', 'SELECT k FROM s INTERSECT ALL SELECT k FROM s WHERE n = 1'],
  ['EXCEPT', 'SELECT a FROM t EXCEPT SELECT a FROM u'],
  ['EXCEPT ALL', 'SELECT k FROM s EXCEPT ALL SELECT k FROM s WHERE n = 1'],
  ['set operations in brackets', 'SELECT a FROM t INTERSECT (SELECT a FROM u UNION SELECT 3)'],
  ['INTERSECT before UNION', 'SELECT 1 AS x UNION SELECT a FROM t INTERSECT SELECT a FROM u'],
  [
    'a query in FROM',
    'SELECT x + 1 FROM (SELECT a AS x, b FROM t WHERE a > 0) AS w WHERE b IS NOT NULL',
  ],
  ['a query in FROM with named columns', 'SELECT p, q FROM (SELECT a, b FROM t) AS w(p, q)'],
  [
    'WITH',
    'WITH w AS (SELECT a, c FROM t WHERE c > 0), x(total) AS (SELECT SUM(c) FROM w) SELECT w.a, x.total FROM w, x',
  ],
  [
    'WITH that is used twice',
    'WITH w AS (SELECT k, SUM(m) AS total FROM s GROUP BY k) SELECT x.k, y.k FROM w AS x JOIN w AS y ON x.total < y.total',
  ],
  ['IN a query', 'SELECT a, b FROM t WHERE a IN (SELECT a FROM u)'],
  ['NOT IN a query', 'SELECT a FROM t WHERE a NOT IN (SELECT a FROM u WHERE a IS NOT NULL)'],
  ['NOT IN a query with NULL', 'SELECT a FROM t WHERE a NOT IN (SELECT a FROM u)'],
  ['EXISTS', 'SELECT a, name FROM p WHERE EXISTS (SELECT 1 FROM ids WHERE ids.a = p.a)'],
  ['NOT EXISTS', 'SELECT a, name FROM p WHERE NOT EXISTS (SELECT * FROM ids WHERE ids.a = p.a)'],
  ['a query as a value', 'SELECT a, (SELECT MAX(n) FROM s) AS top FROM t'],
  ['a query as a value in WHERE', 'SELECT a FROM t WHERE c > (SELECT AVG(c) FROM t)'],
  [
    'ROW_NUMBER, RANK and DENSE_RANK',
    'SELECT k, n, ROW_NUMBER() OVER (PARTITION BY k ORDER BY n), RANK() OVER (ORDER BY k), DENSE_RANK() OVER (ORDER BY k) FROM s',
  ],
  [
    'LAG and LEAD',
    'SELECT k, n, LAG(n) OVER (ORDER BY k, n), LEAD(n, 2, 0) OVER (ORDER BY k, n) FROM s',
  ],
  ['LAG in partitions', 'SELECT k, n, LAG(m, 1) OVER (PARTITION BY k ORDER BY n) FROM s'],
  [
    'FIRST_VALUE and LAST_VALUE',
    'SELECT k, n, FIRST_VALUE(n) OVER (PARTITION BY k ORDER BY n), LAST_VALUE(n) OVER (PARTITION BY k ORDER BY n) FROM s',
  ],
  [
    'NTILE, CUME_DIST and PERCENT_RANK',
    'SELECT k, n, NTILE(2) OVER (ORDER BY k, n), CUME_DIST() OVER (ORDER BY k), PERCENT_RANK() OVER (ORDER BY k) FROM s',
  ],
  [
    'running sums',
    'SELECT k, n, SUM(m) OVER (PARTITION BY k ORDER BY n), COUNT(*) OVER (PARTITION BY k ORDER BY n) FROM s',
  ],
  [
    'rows of a frame',
    'SELECT a, SUM(a) OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), AVG(a) OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING), MAX(a) OVER (ORDER BY a ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM t',
  ],
  [
    'aggregates over everything',
    'SELECT a, COUNT(*) OVER (), SUM(c) OVER (), AVG(c) OVER () FROM t',
  ],
  [
    'WINDOW with a name',
    'SELECT k, n, SUM(n) OVER w, ROW_NUMBER() OVER w FROM s WINDOW w AS (PARTITION BY k ORDER BY n)',
  ],
  [
    'NULL in the order of a window',
    'SELECT k, n, ROW_NUMBER() OVER (ORDER BY m), ROW_NUMBER() OVER (ORDER BY m DESC) FROM s',
  ],
  [
    'Top-N',
    'SELECT k, n, m FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY n DESC) AS place FROM s) AS w WHERE place <= 1',
  ],
  [
    'deduplication',
    'SELECT k, n FROM (SELECT k, n, ROW_NUMBER() OVER (PARTITION BY k ORDER BY n ASC) AS place FROM s) AS w WHERE place = 1',
  ],
  ['TUMBLE', "SELECT * FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '10' MINUTES))"],
  [
    'TUMBLE in groups',
    "SELECT window_start, window_end, COUNT(*), SUM(v) FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end",
  ],
  [
    'TUMBLE with an offset',
    "SELECT window_start, v FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '10' MINUTES, INTERVAL '3' MINUTES))",
  ],
  [
    'HOP',
    "SELECT window_start, window_end, v FROM TABLE(HOP(TABLE events, DESCRIPTOR(ts), INTERVAL '5' MINUTES, INTERVAL '10' MINUTES))",
  ],
  [
    'HOP in groups',
    "SELECT window_start, k, SUM(v) FROM TABLE(HOP(TABLE events, DESCRIPTOR(ts), INTERVAL '5' MINUTES, INTERVAL '15' MINUTES)) GROUP BY window_start, window_end, k",
  ],
  [
    'CUMULATE',
    "SELECT window_start, window_end, v FROM TABLE(CUMULATE(TABLE events, DESCRIPTOR(ts), INTERVAL '5' MINUTES, INTERVAL '20' MINUTES))",
  ],
  [
    'CUMULATE in groups',
    "SELECT window_start, window_end, COUNT(*) FROM TABLE(CUMULATE(TABLE events, DESCRIPTOR(ts), INTERVAL '2' MINUTES, INTERVAL '10' MINUTES)) GROUP BY window_start, window_end",
  ],
  [
    'the time of a window',
    "SELECT window_time, v FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '1' DAY))",
  ],
]

const ORDERED: readonly (readonly [name: string, sql: string])[] = [
  ['ORDER BY has NULL first', 'SELECT e FROM t ORDER BY e'],
  ['ORDER BY … DESC has NULL last', 'SELECT e FROM t ORDER BY e DESC'],
  ['NULLS FIRST and LAST', 'SELECT e, c FROM t ORDER BY c NULLS LAST, e DESC NULLS FIRST'],
  [
    'ORDER BY a name, a number and an expression',
    'SELECT b AS name, a FROM t ORDER BY name, 2 DESC, -a',
  ],
  ['ORDER BY what is not selected', 'SELECT b FROM t ORDER BY a'],
  ['ORDER BY an aggregate', 'SELECT k FROM s GROUP BY k ORDER BY SUM(n) DESC, k'],
  [
    'the order of texts',
    "SELECT x FROM (VALUES ('b'), ('B'), ('a'), ('Ä'), ('日'), ('é'), ('z')) AS v(x) ORDER BY x",
  ],
  ['the order of booleans and dates', 'SELECT f, dt, a FROM t ORDER BY f, dt DESC, a'],
  ['LIMIT', 'SELECT a FROM t ORDER BY a LIMIT 2'],
  ['LIMIT and OFFSET', 'SELECT a FROM t ORDER BY a DESC LIMIT 2 OFFSET 1'],
  ['FETCH FIRST', 'SELECT a FROM t ORDER BY a OFFSET 1 ROWS FETCH FIRST 2 ROWS ONLY'],
  [
    'ORDER BY of a UNION',
    'SELECT a FROM t UNION ALL SELECT a + 100 FROM t ORDER BY a DESC LIMIT 3',
  ],
]

/** Every case that is a query. */
export const CASES: readonly Case[] = [
  ...PROJECTIONS.map(([name, list]) => ({ name, sql: `SELECT ${list} FROM t`, ordered: false })),
  ...QUERIES.map(([name, sql]) => ({ name, sql, ordered: false })),
  ...ORDERED.map(([name, sql]) => ({ name, sql, ordered: true })),
  ...NESTED_CASES,
]

/** What cases with windows read. */
export const EVENTS = `
CREATE TEMPORARY VIEW events AS SELECT * FROM (VALUES
  (TIMESTAMP '2020-01-01 00:01:00.000', 'x', 1), (TIMESTAMP '2020-01-01 00:12:30.500', 'y', 2),
  (TIMESTAMP '2020-01-01 00:20:00.000', 'x', 4), (TIMESTAMP '1969-12-31 23:59:00.000', 'y', 8)
) AS v(ts, k, v);
CREATE TABLE ids (a INT) WITH ('connector' = 'datagen', 'number-of-rows' = '3',
  'fields.a.kind' = 'sequence', 'fields.a.start' = '1', 'fields.a.end' = '3');
CREATE TEMPORARY VIEW p AS SELECT * FROM (VALUES (1, 'one'), (2, 'two'), (9, 'nine')) AS v(a, name);${NESTED}`

/** Tables of files: a script that writes `files` in PATH, and a query of what came of it. */
export const FILES: readonly {
  readonly name: string
  readonly script: string
  readonly query: string
}[] = [
  ...(['csv', 'json'] as const).map((format) => ({
    name: `INSERT INTO files of ${format}`,
    script: `CREATE TABLE files (a INT, b STRING, c DECIMAL(10, 2), d DOUBLE, ts TIMESTAMP(3), dt DATE, f BOOLEAN)
      WITH ('connector' = 'filesystem', 'path' = 'file://PATH', 'format' = '${format}'${format === 'csv' ? ", 'csv.null-literal' = 'n/a'" : ''});
      INSERT INTO files VALUES
        (1, 'plain', 10.50, 1.5e0, TIMESTAMP '2020-01-31 10:20:30.123', DATE '2020-01-31', TRUE),
        (2, 'with, "quotes" and ; é 日', -0.25, 1e10, TIMESTAMP '1969-12-31 23:59:59.000', DATE '1969-12-31', FALSE),
        (CAST(NULL AS INT), 'none', CAST(NULL AS DECIMAL(10, 2)), CAST(NULL AS DOUBLE), CAST(NULL AS TIMESTAMP(3)), CAST(NULL AS DATE), CAST(NULL AS BOOLEAN))`,
    query: 'SELECT * FROM files',
  })),
  {
    name: 'INSERT OVERWRITE',
    script: `CREATE TABLE files (a INT, b STRING) WITH ('connector' = 'filesystem', 'path' = 'file://PATH', 'format' = 'csv');
      INSERT INTO files VALUES (1, 'old'), (2, 'older');
      INSERT OVERWRITE files VALUES (3, 'new')`,
    query: 'SELECT * FROM files',
  },
  {
    name: 'INSERT INTO some columns',
    script: `CREATE TABLE files (a INT, n BIGINT, c DECIMAL(8, 2)) WITH ('connector' = 'filesystem', 'path' = 'file://PATH', 'format' = 'json');
      INSERT INTO files (c, a) VALUES (1, 2), (2, 3)`,
    query: 'SELECT * FROM files',
  },
  {
    name: 'a statement set',
    script: `CREATE TABLE files (a INT, b STRING) WITH ('connector' = 'filesystem', 'path' = 'file://PATH', 'format' = 'json');
      EXECUTE STATEMENT SET BEGIN
        INSERT INTO files VALUES (1, 'one');
        INSERT INTO files VALUES (2, 'two');
      END`,
    query: 'SELECT a, b FROM files',
  },
  {
    name: 'options of csv',
    script: `CREATE TABLE files (a INT, b STRING) WITH ('connector' = 'filesystem', 'path' = 'file://PATH', 'format' = 'csv', 'csv.field-delimiter' = ';', 'csv.quote-character' = '''', 'csv.null-literal' = 'n/a');
      INSERT INTO files VALUES (1, 'semi;colon'), (2, 'it''s'), (CAST(NULL AS INT), CAST(NULL AS STRING))`,
    query: 'SELECT * FROM files',
  },
  {
    name: 'a computed column',
    script: `CREATE TABLE files (a INT, twice AS a * 2, b STRING) WITH ('connector' = 'filesystem', 'path' = 'file://PATH', 'format' = 'csv');
      INSERT INTO files VALUES (1, 'x'), (2, 'y')`,
    query: 'SELECT * FROM files',
  },
  {
    name: 'a sequence of datagen',
    script: `CREATE TABLE files (n BIGINT, s STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '20',
      'fields.n.kind' = 'sequence', 'fields.n.start' = '5', 'fields.n.end' = '14', 'fields.s.kind' = 'sequence', 'fields.s.start' = '1', 'fields.s.end' = '50');`,
    query: 'SELECT n, s FROM files',
  },
  {
    name: 'rows of datagen',
    script: `CREATE TABLE files (n INT, b BOOLEAN, t STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '50',
      'fields.n.min' = '3', 'fields.n.max' = '7', 'fields.t.length' = '9');`,
    query: 'SELECT COUNT(*), MIN(n) >= 3, MAX(n) <= 7, MAX(CHAR_LENGTH(t)) FROM files',
  },
  ...NESTED_FILES,
]
