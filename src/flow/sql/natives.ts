/**
 * What DuckDB is taught before it runs a script: macros in its own SQL, and functions in JavaScript where it has none that
 * does the same as Flink's.
 * @module
 */

const NUMBER = '^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?$'
const STAMP =
  '^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}( [0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}([.][0-9]{0,9})?)?)?$'

/** Statements that make the macros. Texts that are refused become such that no cast of DuckDB reads. */
export const MACROS: readonly string[] = [
  `weft_integer(t) AS CASE WHEN regexp_full_match(trim(t), '[+-]?[0-9]+([.][0-9]*)?')
    THEN split_part(trim(t), '.', 1) WHEN t IS NULL THEN NULL ELSE 'not a number: ' || t END`,
  `weft_number(t) AS CASE WHEN t IS NULL THEN NULL WHEN regexp_matches(trim(t), '${NUMBER}') THEN trim(t)
    ELSE 'not a number: ' || t END`,
  `weft_boolean(t) AS CASE WHEN t IS NULL THEN NULL
    WHEN lower(trim(t)) IN ('t', 'true', 'y', 'yes', '1') THEN 'true'
    WHEN lower(trim(t)) IN ('f', 'false', 'n', 'no', '0') THEN 'false' ELSE 'not a boolean: ' || t END`,
  `weft_date(t) AS CASE WHEN t IS NULL THEN NULL WHEN regexp_full_match(trim(t), '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}')
    THEN trim(t) ELSE 'not a date: ' || t END`,
  `weft_timestamp(t) AS CASE WHEN t IS NULL THEN NULL WHEN regexp_matches(trim(t), '${STAMP}') THEN trim(t)
    ELSE 'not a timestamp: ' || t END`,
  `weft_time(t) AS CASE WHEN t IS NULL THEN NULL WHEN regexp_full_match(trim(t), '[0-9]{1,2}:[0-9]{2}:[0-9]{2}')
    THEN trim(t) ELSE 'not a time: ' || t END`,
  `weft_cut(t, unit) AS make_timestamp(epoch_us(t) - ((epoch_us(t) % unit) + unit) % unit)`,
  `weft_divide(a, b) AS CASE WHEN b = 0 THEN error('/ by zero') ELSE a // b END`,
  `weft_modulo(a, b) AS CASE WHEN b = 0 THEN error('/ by zero') ELSE a % b END`,
  `weft_days_months(a, b) AS datediff('month', a, b)
    - CASE WHEN CAST(a + to_months(CAST(datediff('month', a, b) AS INTEGER)) AS DATE) > b THEN 1 ELSE 0 END`,
  `weft_day_months(a, b) AS CASE WHEN b >= a THEN weft_days_months(a, b) ELSE -weft_days_months(b, a) END`,
  // By days first; the time of day only counts where that comes out even, also backwards.
  `weft_months(a, b) AS weft_day_months(CAST(a AS DATE), CAST(b AS DATE)) - CASE
    WHEN CAST(CAST(a AS DATE) + to_months(CAST(weft_day_months(CAST(a AS DATE), CAST(b AS DATE)) AS INTEGER)) AS DATE)
      = CAST(b AS DATE) AND CAST(b AS TIME) < CAST(a AS TIME) THEN 1 ELSE 0 END`,
  `weft_now() AS CAST(now() AS TIMESTAMP)`,
  `weft_millis(t) AS epoch_us(weft_cut(t, 1000)) // 1000`,
  // Before 1970 Flink cuts days and seconds off towards it.
  `weft_day(t) AS CAST(DATE '1970-01-01' + CAST(weft_millis(t) // 86400000 AS INTEGER) AS DATE)`,
  `weft_short(t, unit) AS make_timestamp(weft_millis(t) * 1000 // unit * unit)`,
  // What clocks show in the time zone of the session, which is a variable.
  `weft_local(t) AS timezone(getvariable('weft_zone'), timezone('UTC', t))`,
  // Of a time that clocks show twice the first, as Java has it; DuckDB has the second.
  `weft_later(t) AS timezone('UTC', timezone(getvariable('weft_zone'), t))`,
  `weft_earlier(t) AS t - (weft_local(weft_later(t) - INTERVAL 1 DAY) - (weft_later(t) - INTERVAL 1 DAY))`,
  `weft_instant(t) AS CASE WHEN weft_local(weft_earlier(t)) = t THEN weft_earlier(t) ELSE weft_later(t) END`,
  `weft_element(a, i) AS CASE WHEN i < 1
    THEN error('Array element access needs an index starting at 1 but was ' || i || '.') ELSE a[i] END`,
  `weft_only(a) AS CASE WHEN len(a) > 1 THEN error('Array has more than one element.') ELSE a[1] END`,
  `weft_contains(a, x) AS CASE WHEN a IS NULL THEN NULL WHEN x IS NULL THEN len(a) <> list_count(a)
    ELSE list_contains(a, x) END`,
  // Without a text for them NULLs are left out.
  `weft_join(a, mark, other) AS CASE WHEN mark IS NULL THEN NULL
    ELSE array_to_string(list_transform(a, lambda x: coalesce(x, other)), mark) END`,
  `weft_split(t, mark) AS CASE WHEN t = '' AND mark IS NOT NULL THEN [] ELSE string_split(t, mark) END`,
  `weft_window(t, size, shift) AS epoch_us(t) - ((epoch_us(t) - shift) % size + size) % size`,
].map((text) => `CREATE MACRO ${text}`)

/** A function in JavaScript: its types at DuckDB, and what it does; with NULL in it is not called. */
export interface Native {
  readonly name: string
  readonly arguments: readonly ('DOUBLE' | 'FLOAT' | 'VARCHAR')[]
  run(...values: readonly (number | string)[]): string
}

export const NATIVES: readonly Native[] = [
  { name: 'weft_double_text', arguments: ['DOUBLE'], run: (value) => doubleText(Number(value)) },
  { name: 'weft_float_text', arguments: ['FLOAT'], run: (value) => floatText(Number(value)) },
  {
    name: 'weft_quotient',
    arguments: ['VARCHAR', 'VARCHAR', 'VARCHAR'],
    run: (a, b, scale) => decimalQuotient(String(a), String(b), Number(scale)),
  },
]

/** A double as Java writes it: `1.0`, `1.0E10`. */
export function doubleText(value: number): string {
  return javaText(value, String(Math.abs(value)))
}

/** A float as Java writes it: the fewest digits that tell it from its neighbours. */
export function floatText(value: number): string {
  for (let digits = 1; digits <= 9; digits += 1) {
    const text = Math.abs(value).toPrecision(digits)
    if (Math.fround(Number(text)) === Math.abs(value)) return javaText(value, String(Number(text)))
  }
  return javaText(value, String(Math.abs(value)))
}

function javaText(value: number, shortest: string): string {
  if (Number.isNaN(value)) return 'NaN'
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  if (!Number.isFinite(value)) return `${sign}Infinity`
  if (value === 0) return `${sign}0.0`
  const [mantissa = '', power = '0'] = shortest.split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const all = `${whole}${fraction}`
  const digits = all.replace(/^0+/, '')
  const exponent = whole.length - 1 - (all.length - digits.length) + Number(power)
  if (exponent >= -3 && exponent < 7) {
    if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${trimmed(digits)}`
    const padded = digits.padEnd(exponent + 2, '0')
    return `${sign}${padded.slice(0, exponent + 1)}.${trimmed(padded.slice(exponent + 1))}`
  }
  return `${sign}${digits.charAt(0)}.${trimmed(digits.slice(1))}E${exponent}`
}

function trimmed(digits: string): string {
  return digits.replace(/0+$/, '') || '0'
}

/** A quotient of decimals with so many digits behind the point, half away from zero. */
export function decimalQuotient(a: string, b: string, scale: number): string {
  const [x, xScale] = unscaled(a)
  const [y, yScale] = unscaled(b)
  if (y === 0n) return 'Division by zero'
  const shift = scale + yScale - xScale
  const numerator = shift >= 0 ? x * 10n ** BigInt(shift) : x
  const denominator = shift >= 0 ? y : y * 10n ** BigInt(-shift)
  const [n, d] = [absolute(numerator), absolute(denominator)]
  const digits = ((2n * n + d) / (2n * d)).toString().padStart(scale + 1, '0')
  const sign = numerator < 0n === denominator < 0n ? '' : '-'
  return scale === 0
    ? `${sign}${digits}`
    : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

function unscaled(text: string): [value: bigint, scale: number] {
  const [whole = '0', fraction = ''] = text.split('.')
  return [BigInt(`${whole}${fraction}`), fraction.length]
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value
}
