/**
 * Functions that ask for the time, and of instants.
 * @module
 */
import { type Arguments, countAt, type SqlFunction, valueAt } from './function.ts'
import { DATE, instant, type SqlType, time, timestamp } from './type.ts'

/** Functions of clocks, by their names. */
export const CLOCKS: Readonly<Record<string, SqlFunction>> = {
  TO_TIMESTAMP_LTZ: { least: 2, most: 2, build: instantOf },
  CURRENT_TIMESTAMP: now('weft_cut(weft_now(), 1000)', instant(3)),
  NOW: now('weft_cut(weft_now(), 1000)', instant(3)),
  CURRENT_DATE: now('CAST(weft_local(weft_now()) AS DATE)', DATE),
  LOCALTIMESTAMP: now('weft_cut(weft_local(weft_now()), 1000)', timestamp(3)),
  LOCALTIME: now('CAST(weft_cut(weft_local(weft_now()), 1000000) AS TIME)', time(0)),
}

function now(sql: string, type: SqlType): SqlFunction {
  return { least: 0, most: 0, build: () => ({ sql, type }) }
}

/** An instant by the seconds or milliseconds since 1970. */
function instantOf(call: Arguments): { sql: string; type: SqlType } {
  const { literal, at } = valueAt(call, 1)
  if (literal !== '0' && literal !== '3')
    throw call.refuse('the second value of TO_TIMESTAMP_LTZ has to be written as 0 or 3', at)
  const count = `CAST(${countAt(call, 0)} AS BIGINT)`
  return {
    sql: `make_timestamp(${count} * ${literal === '0' ? '1000000' : '1000'})`,
    type: instant(3),
  }
}
