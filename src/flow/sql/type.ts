/**
 * Types of columns, and what becomes of two of them.
 * @module
 */
export type TypeName =
  | 'BOOLEAN'
  | 'TINYINT'
  | 'SMALLINT'
  | 'INTEGER'
  | 'BIGINT'
  | 'FLOAT'
  | 'DOUBLE'
  | 'DECIMAL'
  | 'CHAR'
  | 'VARCHAR'
  | 'DATE'
  | 'TIME'
  | 'TIMESTAMP'
  /** An instant, shown in the time zone of the session. */
  | 'TIMESTAMP_LTZ'
  | 'ARRAY'
  | 'ROW'
  /** The literal NULL. */
  | 'NULL'
  /** Intervals: of months, and of milliseconds. */
  | 'MONTHS'
  | 'MILLIS'

/** The type of a column. Texts have a length, decimals precision and scale, times the digits of their seconds. */
export interface SqlType {
  readonly name: TypeName
  readonly length: number
  readonly precision: number
  readonly scale: number
  /** What an ARRAY is of. */
  readonly of?: SqlType
  /** Those of a ROW; DuckDB has them as f0, f1 and so on, as it does not tell capitals from small letters. */
  readonly fields?: readonly Field[]
}

/** A field of a ROW. */
export interface Field {
  readonly name: string
  readonly type: SqlType
}

const NOTHING = { length: 0, precision: 0, scale: 0 }
/** The longest text. */
export const MOST = 2_147_483_647

/** A type without parameters. */
export function plain(name: TypeName): SqlType {
  return { name, ...NOTHING }
}

export const BOOLEAN: SqlType = plain('BOOLEAN')
export const INTEGER: SqlType = plain('INTEGER')
export const BIGINT: SqlType = plain('BIGINT')
export const DOUBLE: SqlType = plain('DOUBLE')
export const DATE: SqlType = plain('DATE')
export const STRING: SqlType = varchar(MOST)

export function decimal(precision: number, scale: number): SqlType {
  return { name: 'DECIMAL', length: 0, precision, scale }
}

export function varchar(length: number): SqlType {
  return { name: 'VARCHAR', ...NOTHING, length }
}

export function char(length: number): SqlType {
  return { name: 'CHAR', ...NOTHING, length }
}

export function timestamp(precision: number): SqlType {
  return { name: 'TIMESTAMP', ...NOTHING, precision }
}

/** An instant, which DuckDB has as a TIMESTAMP of UTC. */
export function instant(precision: number): SqlType {
  return { name: 'TIMESTAMP_LTZ', ...NOTHING, precision }
}

export function arrayOf(of: SqlType): SqlType {
  return { name: 'ARRAY', ...NOTHING, of }
}

export function rowOf(fields: readonly Field[]): SqlType {
  return { name: 'ROW', ...NOTHING, fields }
}

/** Whether values have others inside. */
export function isNested({ name }: SqlType): boolean {
  return name === 'ARRAY' || name === 'ROW'
}

/** The types inside, in their order. */
export function insideOf({ of, fields = [] }: SqlType): readonly SqlType[] {
  return of === undefined ? fields.map(({ type }) => type) : [of]
}

/** Whether there is a ROW in values of a type, which are equal in other ways than at DuckDB. */
export function hasRow(type: SqlType): boolean {
  return type.name === 'ROW' || insideOf(type).some(hasRow)
}

export function time(precision: number): SqlType {
  return { name: 'TIME', ...NOTHING, precision }
}

const INTEGERS: readonly TypeName[] = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT']
const INTEGER_DIGITS: Partial<Record<TypeName, number>> = {
  TINYINT: 3,
  SMALLINT: 5,
  INTEGER: 10,
  BIGINT: 19,
}

export function isInteger({ name }: SqlType): boolean {
  return INTEGERS.includes(name)
}

export function isApproximate({ name }: SqlType): boolean {
  return name === 'FLOAT' || name === 'DOUBLE'
}

export function isNumeric(type: SqlType): boolean {
  return isInteger(type) || isApproximate(type) || type.name === 'DECIMAL'
}

export function isText({ name }: SqlType): boolean {
  return name === 'CHAR' || name === 'VARCHAR'
}

export function isInterval({ name }: SqlType): boolean {
  return name === 'MONTHS' || name === 'MILLIS'
}

/** An exact number as a decimal. */
export function asDecimal(type: SqlType): SqlType {
  return type.name === 'DECIMAL' ? type : decimal(INTEGER_DIGITS[type.name] ?? 10, 0)
}

/** The type that takes the values of both, or undefined where there is none. */
export function commonType(a: SqlType, b: SqlType): SqlType | undefined {
  if (a.name === 'NULL') return b
  if (b.name === 'NULL') return a
  if (isText(a) && isText(b)) {
    if (a.name === 'CHAR' && b.name === 'CHAR' && a.length === b.length) return a
    return varchar(Math.max(a.length, b.length))
  }
  if (isNumeric(a) && isNumeric(b)) return commonNumber(a, b)
  if (a.name !== b.name) return undefined
  if (isNested(a)) return commonNested(a, b)
  return a.precision >= b.precision ? a : b
}

/** Fields have the names of the first. */
function commonNested(a: SqlType, b: SqlType): SqlType | undefined {
  if (a.of && b.of) {
    const of = commonType(a.of, b.of)
    return of && arrayOf(of)
  }
  const [mine, theirs] = [a.fields ?? [], b.fields ?? []]
  if (mine.length !== theirs.length) return undefined
  const fields: Field[] = []
  for (const [index, { name, type }] of mine.entries()) {
    const other = theirs[index]
    const common = other && commonType(type, other.type)
    if (common === undefined) return undefined
    fields.push({ name, type: common })
  }
  return rowOf(fields)
}

function commonNumber(a: SqlType, b: SqlType): SqlType {
  if (isApproximate(a) || isApproximate(b)) {
    const float = (type: SqlType) => type.name === 'FLOAT' || isInteger(type)
    return plain(float(a) && float(b) ? 'FLOAT' : 'DOUBLE')
  }
  if (isInteger(a) && isInteger(b))
    return INTEGERS.indexOf(a.name) >= INTEGERS.indexOf(b.name) ? a : b
  const [x, y] = [asDecimal(a), asDecimal(b)]
  const scale = Math.max(x.scale, y.scale)
  const whole = Math.max(x.precision - x.scale, y.precision - y.scale)
  return decimal(Math.min(38, whole + scale), scale)
}

/** Whether a value of a type may be written to a column of another without CAST. */
export function fits(from: SqlType, to: SqlType): boolean {
  if (isText(from) && isText(to)) return true
  if (isInteger(from) && isInteger(to)) return asDecimal(from).precision <= asDecimal(to).precision
  if (isNumeric(from) && isNumeric(to)) {
    if (to.name === 'DOUBLE') return true
    if (isApproximate(from)) return from.name === to.name
    return to.name === 'FLOAT' || to.name === 'DECIMAL'
  }
  if (isNested(from) && from.name === to.name) {
    const [parts, others] = [insideOf(from), insideOf(to)]
    return (
      parts.length === others.length &&
      parts.every((part, index) => {
        const other = others[index]
        return other !== undefined && (part.name === 'NULL' || fits(part, other))
      })
    )
  }
  return from.name === to.name
}

/** What an operation of two numbers gives, by the rules of Flink for decimals. */
export function arithmeticType(operator: string, a: SqlType, b: SqlType): SqlType {
  if (isApproximate(a) || isApproximate(b) || (isInteger(a) && isInteger(b)))
    return commonNumber(a, b)
  const [x, y] = [asDecimal(a), asDecimal(b)]
  const scale = Math.max(x.scale, y.scale)
  const [wholeX, wholeY] = [x.precision - x.scale, y.precision - y.scale]
  if (operator === '*') return fitted(x.precision + y.precision + 1, x.scale + y.scale)
  if (operator === '/') {
    const digits = Math.max(6, x.scale + y.precision + 1)
    return fitted(wholeX + y.scale + digits, digits)
  }
  if (operator === '%') return decimal(Math.min(38, Math.min(wholeX, wholeY) + scale), scale)
  return fitted(Math.max(wholeX, wholeY) + scale + 1, scale)
}

/** A decimal that has 38 digits at most; six of them behind the point stay if need be. */
function fitted(precision: number, scale: number): SqlType {
  if (precision <= 38) return decimal(precision, scale)
  const whole = precision - scale
  return decimal(38, Math.max(38 - whole, Math.min(scale, 6)))
}

/** A type as the API shows it. */
export function typeLabel({ name, length, precision, scale }: SqlType): string {
  if (name === 'CHAR' || name === 'VARCHAR') return `${name}(${length})`
  if (name === 'DECIMAL') return `DECIMAL(${precision}, ${scale})`
  if (name === 'TIME' || name === 'TIMESTAMP') return `${name}_WITHOUT_TIME_ZONE(${precision})`
  if (name === 'TIMESTAMP_LTZ') return `TIMESTAMP_WITH_LOCAL_TIME_ZONE(${precision})`
  if (name === 'MONTHS' || name === 'MILLIS') return 'INTERVAL'
  return name
}

/** A type as a person writes it. */
export function typeWords(type: SqlType): string {
  if (type.name === 'VARCHAR' && type.length === MOST) return 'STRING'
  if (type.name === 'INTEGER') return 'INT'
  if (type.name === 'TIMESTAMP_LTZ') return `TIMESTAMP_LTZ(${type.precision})`
  if (type.of) return `ARRAY<${typeWords(type.of)}>`
  if (type.fields)
    return `ROW<${type.fields.map(({ name, type: own }) => `${name} ${typeWords(own)}`).join(', ')}>`
  return typeLabel(type).replace('_WITHOUT_TIME_ZONE', '')
}

/** The type of DuckDB that holds it. */
export function duckType(type: SqlType): string {
  if (isText(type) || type.name === 'NULL') return 'VARCHAR'
  if (type.name === 'DECIMAL') return `DECIMAL(${type.precision},${type.scale})`
  if (type.name === 'TIMESTAMP_LTZ') return 'TIMESTAMP'
  if (type.of) return `${duckType(type.of)}[]`
  if (type.fields)
    return `STRUCT(${type.fields.map((field, index) => `f${index} ${duckType(field.type)}`).join(', ')})`
  return type.name
}
