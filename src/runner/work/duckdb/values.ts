/**
 * Values as the API of Flink's gateway has them, and rows as `print` writes them.
 * @module
 */
import { doubleText, floatText } from '../../../flow/sql/natives.ts'
import { innermost } from '../../../flow/sql/nested.ts'
import { insideOf, isText, type SqlType } from '../../../flow/sql/type.ts'
import type { Translated } from '../../../flow/sql/typed.ts'

/** A query that gives what cannot be told exactly otherwise as texts. */
export function shownSql({ sql, columns }: Translated): string {
  const cells = columns.map(({ type }, index) => {
    const cell = `weft_shown.c${index}`
    return `${innermost({ sql: cell, type, at: 0 }, cellSql, (_, at) => `f${at}`)} AS c${index}`
  })
  const names = columns.map((_, index) => `c${index}`).join(', ')
  return `SELECT ${cells.join(', ')} FROM (${sql}) AS weft_shown(${names})`
}

function cellSql(cell: string, { name }: SqlType): string {
  // Flink's gateway tells what clocks of the session show, and calls it UTC.
  if (name === 'TIMESTAMP_LTZ') return `CAST(weft_local(${cell}) AS VARCHAR)`
  return ['DECIMAL', 'DATE', 'TIME', 'TIMESTAMP'].includes(name) ? `CAST(${cell} AS VARCHAR)` : cell
}

/** The elements of an ARRAY or the fields of a ROW, as DuckDB's client has them. */
function partsOf(value: unknown): readonly unknown[] {
  const { items, entries } = value as { items?: unknown[]; entries?: Record<string, unknown> }
  return items ?? Object.values(entries ?? {})
}

/** A value of a row of such a query, for JSON. Numbers that JSON would round are texts. */
export function shown(value: unknown, type: SqlType): unknown {
  if (value === null) return null
  const { of, fields } = type
  if (of) return partsOf(value).map((part) => shown(part, of))
  if (fields) {
    const parts = partsOf(value)
    return Object.fromEntries(
      fields.map((field, index) => [field.name, shown(parts[index], field.type)]),
    )
  }
  if (type.name === 'FLOAT') return Number(floatText(Number(value)))
  if (typeof value === 'number' && !Number.isFinite(value)) return doubleText(value)
  if (typeof value === 'bigint')
    return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
  if (typeof value !== 'string') return value
  const text = value
  if (type.name === 'DECIMAL') {
    const digits = text.replaceAll(/[-.]/g, '').replace(/^0+/, '')
    return digits.length <= 15 ? Number(text) : text
  }
  if (type.name === 'TIMESTAMP') return text.replace(' ', 'T')
  if (type.name === 'TIMESTAMP_LTZ') return `${text.replace(' ', 'T')}Z`
  return value
}

/** A row as `print` writes it. */
export function printed(row: readonly unknown[], types: readonly SqlType[]): string {
  return `+I[${row.map((value, index) => printedValue(value, types[index])).join(', ')}]`
}

function printedValue(value: unknown, type: SqlType | undefined): string {
  if (value === null || type === undefined) return 'null'
  const { of, fields } = type
  if (of)
    return `[${partsOf(value)
      .map((part) => printedValue(part, of))
      .join(', ')}]`
  if (fields) return printed(partsOf(value), insideOf(type))
  if (typeof value === 'bigint') return value.toString()
  if (type.name === 'DOUBLE') return doubleText(Number(value))
  if (type.name === 'FLOAT') return floatText(Number(value))
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (isText(type) || (type.name !== 'TIMESTAMP' && type.name !== 'TIME')) return text
  // Java leaves out seconds that are zero, and writes fractions in threes.
  const [whole = '', fraction = ''] = text.replace(' ', 'T').split('.')
  if (fraction !== '') return `${whole}.${fraction.padEnd(fraction.length > 3 ? 6 : 3, '0')}`
  return whole.replace(/:00$/, '')
}
