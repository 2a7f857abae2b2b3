/**
 * What both engines are asked in a time zone: instants, and what its clocks show.
 * @module
 */

export interface ZoneCase {
  readonly name: string
  readonly zone: string
  readonly sql: string
}

/** Instants around both changes of the clocks, before 1970, and none. */
const INSTANTS = `(VALUES
  (TO_TIMESTAMP_LTZ(1580466030123, 3)), (TO_TIMESTAMP_LTZ(-1, 3)), (TO_TIMESTAMP_LTZ(0, 0)),
  (TO_TIMESTAMP_LTZ(1585443599999, 3)), (TO_TIMESTAMP_LTZ(1585443600000, 3)),
  (TO_TIMESTAMP_LTZ(1603584000000, 3)), (TO_TIMESTAMP_LTZ(1603587600000, 3)), (TO_TIMESTAMP_LTZ(1603591200000, 3)),
  (TO_TIMESTAMP_LTZ(1604208600000, 3)), (TO_TIMESTAMP_LTZ(1604212200000, 3)),
  (TO_TIMESTAMP_LTZ(-2208988800, 0)), (TO_TIMESTAMP_LTZ(CAST(NULL AS BIGINT), 3))) AS v(x)`

/** What clocks show, also what they skip and what they show twice. */
const CLOCKS = `(VALUES (TIMESTAMP '2020-10-25 02:30:00.000'), (TIMESTAMP '2020-10-25 01:59:59.999'),
  (TIMESTAMP '2020-10-25 03:00:00.000'), (TIMESTAMP '2020-03-29 02:30:00.000'), (TIMESTAMP '2020-03-29 01:59:59.999'),
  (TIMESTAMP '2020-11-01 01:30:00.000'), (TIMESTAMP '2020-03-08 02:15:00.500'), (TIMESTAMP '2020-04-05 01:45:00.000'),
  (TIMESTAMP '2020-10-04 02:15:00.000'), (TIMESTAMP '1969-07-20 20:17:40.000'), (TIMESTAMP '1900-06-01 00:00:00.000'),
  (TIMESTAMP '2020-07-01 00:00:00.000'), (CAST(NULL AS TIMESTAMP(3)))) AS v(t)`

const QUERIES: readonly (readonly [name: string, sql: string])[] = [
  [
    'instants',
    `SELECT x, CAST(x AS TIMESTAMP_LTZ(0)), CAST(x AS TIMESTAMP_LTZ(6)) FROM ${INSTANTS}`,
  ],
  [
    'casts of instants',
    `SELECT CAST(x AS STRING), CAST(x AS VARCHAR(12)), CAST(x AS TIMESTAMP(3)), CAST(x AS TIMESTAMP(0)), CAST(x AS TIMESTAMP),
      CAST(x AS DATE), CAST(x AS TIME) FROM ${INSTANTS}`,
  ],
  [
    'parts of instants',
    `SELECT EXTRACT(YEAR FROM x), EXTRACT(MONTH FROM x), EXTRACT(DAY FROM x), EXTRACT(HOUR FROM x), MINUTE(x), SECOND(x),
      QUARTER(x), DAYOFWEEK(x), DAYOFYEAR(x), DATE_FORMAT(x, 'yyyy-MM-dd HH:mm:ss.SSS') FROM ${INSTANTS}`,
  ],
  [
    'casts to instants',
    `SELECT CAST(t AS TIMESTAMP_LTZ(3)), CAST(t AS TIMESTAMP(0) WITH LOCAL TIME ZONE), CAST(CAST(t AS DATE) AS TIMESTAMP_LTZ(3)),
      CAST(CAST(t AS STRING) AS TIMESTAMP_LTZ(3)), CAST(CAST(t AS TIMESTAMP_LTZ(3)) AS STRING) FROM ${CLOCKS}`,
  ],
  [
    'instants in seconds of clocks',
    `SELECT t, TIMESTAMPDIFF(MINUTE, TIMESTAMP '1970-01-01 00:00:00', CAST(CAST(t AS TIMESTAMP_LTZ(3)) AS TIMESTAMP(3))),
      CAST(t AS TIMESTAMP_LTZ(3)) > TO_TIMESTAMP_LTZ(1603585800, 0), CAST(t AS TIMESTAMP_LTZ(3)) = TO_TIMESTAMP_LTZ(1603585800, 0),
      CAST(t AS TIMESTAMP_LTZ(3)) >= TO_TIMESTAMP_LTZ(1604208600, 0), CAST(t AS TIMESTAMP_LTZ(3)) < TO_TIMESTAMP_LTZ(1585443601, 0)
      FROM ${CLOCKS}`,
  ],
  [
    'comparisons of instants',
    `SELECT x = CAST('1970-01-01 00:00:00' AS TIMESTAMP_LTZ(3)), x < CURRENT_TIMESTAMP, x <= NOW(), x IN (TO_TIMESTAMP_LTZ(0, 0)),
      x BETWEEN TO_TIMESTAMP_LTZ(0, 0) AND TO_TIMESTAMP_LTZ(1585443600000, 3), x IS NULL,
      x IS DISTINCT FROM TO_TIMESTAMP_LTZ(0, 3), COALESCE(x, TO_TIMESTAMP_LTZ(5, 0)),
      CASE WHEN x > TO_TIMESTAMP_LTZ(0, 0) THEN x END, GREATEST(x, TO_TIMESTAMP_LTZ(5, 0)) FROM ${INSTANTS}`,
  ],
  [
    'aggregates of instants',
    `SELECT MIN(x), MAX(x), COUNT(x), COUNT(DISTINCT x), CAST(x AS DATE) FROM ${INSTANTS} GROUP BY CAST(x AS DATE)`,
  ],
  [
    'moments before 1970',
    `SELECT t, CAST(t AS DATE), CAST(t AS TIMESTAMP(0)), CAST(t AS TIMESTAMP(1)), YEAR(t), MONTH(t), DAYOFMONTH(t),
      HOUR(t), MINUTE(t), SECOND(t), DAYOFWEEK(t) FROM (VALUES (TIMESTAMP '1969-07-20 20:17:40.567'),
      (TIMESTAMP '1969-12-31 23:59:59.999'), (TIMESTAMP '1900-06-01 00:00:00.000'), (TIMESTAMP '2020-02-29 10:11:12.999')) AS v(t)`,
  ],
  [
    'instants in order and in joins',
    `SELECT a.x, ROW_NUMBER() OVER (ORDER BY a.x) FROM ${INSTANTS.replace('v(x)', 'a(x)')}
      JOIN ${INSTANTS.replace('v(x)', 'b(x)')} ON a.x = b.x`,
  ],
]

const ZONES = [
  'UTC',
  'Asia/Shanghai',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
]

export const ZONE_CASES: readonly ZoneCase[] = QUERIES.flatMap(([name, sql]) =>
  ZONES.map((zone) => ({ name: `${name} in ${zone}`, zone, sql })),
)
