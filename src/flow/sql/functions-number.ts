/**
 * Functions of numbers.
 * @module
 */
import { type Arguments, type SqlFunction, valueAt } from './function.ts'
import { arithmetic } from './operand.ts'
import {
  asDecimal,
  decimal,
  DOUBLE,
  duckType,
  INTEGER,
  isApproximate,
  isInteger,
  isNumeric,
  type SqlType,
  typeWords,
} from './type.ts'
import { castTo } from './typed.ts'

function numberAt(call: Arguments, index: number) {
  const value = valueAt(call, index)
  if (isNumeric(value.type)) return value
  throw call.refuse(`${call.name} takes numbers, not ${typeWords(value.type)}: use CAST`, value.at)
}

/** A function of doubles. */
function real(count: number, sql: (...values: string[]) => string): SqlFunction {
  return {
    least: count,
    most: count,
    build: (call) => ({
      sql: sql(...call.values.map((_, index) => castTo(numberAt(call, index), DOUBLE))),
      type: DOUBLE,
    }),
  }
}

/** A function whose result has the type of its value. */
function same(sql: (value: string, type: SqlType) => string): SqlFunction {
  return {
    least: 1,
    most: 1,
    build(call) {
      const { sql: value, type } = numberAt(call, 0)
      return { sql: `CAST(${sql(value, type)} AS ${duckType(type)})`, type }
    },
  }
}

function whole(name: 'floor' | 'ceil'): SqlFunction {
  return {
    least: 1,
    most: 1,
    build(call) {
      const { sql, type } = numberAt(call, 0)
      if (isInteger(type)) return { sql, type }
      const to = type.name === 'DECIMAL' ? decimal(type.precision, 0) : type
      return { sql: `CAST(${name}(${sql}) AS ${duckType(to)})`, type: to }
    },
  }
}

/** ROUND and TRUNCATE: to digits behind the point, or with a negative number in front of it. */
function digits(kind: 'round' | 'trunc'): SqlFunction {
  return {
    least: 1,
    most: 2,
    build(call) {
      const value = numberAt(call, 0)
      const written = call.values.length === 2 ? valueAt(call, 1).literal : '0'
      if (written === undefined || !/^-?\d{1,2}$/.test(written))
        throw call.refuse(`the digits of ${call.name} have to be written as a number`, call.at)
      const count = Number(written)
      const { sql, type } = value
      if (isInteger(type)) {
        if (count >= 0) return { sql, type }
        const step = 10 ** Math.min(-count, 18)
        const half = kind === 'round' ? ` + sign(${sql}) * ${step / 2}` : ''
        return {
          sql: `CAST((CAST(${sql} AS HUGEINT)${half.replace(/\d+$/, (n) => `CAST(${n} AS HUGEINT)`)}) // ${step} * ${step} AS ${type.name})`,
          type,
        }
      }
      if (isApproximate(type)) {
        // By its decimal digits, as they are written: what it is in binary lies a little beside.
        const exact = `CAST(CAST(${sql} AS VARCHAR) AS DECIMAL(38, 15))`
        return { sql: `CAST(${kind}(${exact}, ${count}) AS ${type.name})`, type }
      }
      const { precision, scale } = asDecimal(type)
      if (count >= scale) return { sql, type }
      const kept = Math.max(0, count)
      const to = decimal(Math.min(38, 1 + precision - scale + kept), kept)
      return { sql: `CAST(${kind}(${sql}, ${count}) AS ${duckType(to)})`, type: to }
    },
  }
}

/** By name; those with a name that no script can call are for FLOOR and CEIL. */
export const NUMBERS: Readonly<Record<string, SqlFunction>> = {
  ABS: same((value) => `abs(${value})`),
  SIGN: same((value) => `sign(${value})`),
  FLOOR_NUMBER: whole('floor'),
  CEIL_NUMBER: whole('ceil'),
  ROUND: digits('round'),
  TRUNCATE: digits('trunc'),
  MOD: {
    least: 2,
    most: 2,
    build: (call) =>
      arithmetic('%', {
        left: numberAt(call, 0),
        right: numberAt(call, 1),
        at: call.at,
        refuse: call.refuse,
      }),
  },
  POWER: real(2, (base, power) => `pow(${base}, ${power})`),
  SQRT: real(1, (value) => `sqrt(${value})`),
  EXP: real(1, (value) => `exp(${value})`),
  LN: real(1, (value) => `ln(${value})`),
  LOG10: real(1, (value) => `log10(${value})`),
  LOG2: real(1, (value) => `log2(${value})`),
  SIN: real(1, (value) => `sin(${value})`),
  COS: real(1, (value) => `cos(${value})`),
  TAN: real(1, (value) => `tan(${value})`),
  ASIN: real(1, (value) => `asin(${value})`),
  ACOS: real(1, (value) => `acos(${value})`),
  ATAN: real(1, (value) => `atan(${value})`),
  ATAN2: real(2, (y, x) => `atan2(${y}, ${x})`),
  DEGREES: real(1, (value) => `degrees(${value})`),
  RADIANS: real(1, (value) => `radians(${value})`),
  PI: real(0, () => 'pi()'),
  E: real(0, () => `CAST('2.718281828459045' AS DOUBLE)`),
  BIN: {
    least: 1,
    most: 1,
    build(call) {
      const { sql, type, at } = numberAt(call, 0)
      if (!isInteger(type))
        throw call.refuse(`BIN takes a whole number, not ${typeWords(type)}`, at)
      return {
        sql: `bin(CAST(${sql} AS BIGINT))`,
        type: { ...INTEGER, name: 'VARCHAR', length: 2_147_483_647 },
      }
    },
  },
}
