/**
 * Tables as connectors have them: which options each takes, and how DuckDB reads and writes them.
 * @module
 */
import type { ColumnNode, Option } from './ast.ts'
import { cast, textOf } from './cast.ts'
import type { Refuse } from './lex.ts'
import { eachElement, innermost, ofFields } from './nested.ts'
import { readType } from './type-node.ts'
import { duckType, insideOf, isInteger, isNested, isText, type SqlType, typeWords } from './type.ts'
import { quote } from './typed.ts'

export type Connector = 'filesystem' | 'datagen' | 'print' | 'blackhole'
export type Format = 'csv' | 'json' | 'parquet'

/** A table of a script. */
export interface Table {
  readonly name: string
  /** Under which DuckDB finds what it reads. */
  readonly scan: string
  readonly columns: readonly TableColumn[]
  readonly connector: Connector
  readonly options: ReadonlyMap<string, string>
  /** Where the files of `filesystem` are, as it is written. */
  readonly path: string | null
  readonly format: Format | null
}

export interface TableColumn {
  readonly name: string
  readonly type: SqlType
}

/** What each takes; those that end in a dot take whatever comes behind. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  filesystem: ['path', 'format', 'sink.parallelism'],
  datagen: ['number-of-rows', 'rows-per-second', 'scan.parallelism', 'fields.'],
  print: ['print-identifier', 'standard-error', 'sink.parallelism'],
  blackhole: [],
  csv: ['csv.field-delimiter', 'csv.quote-character', 'csv.null-literal'],
  json: ['json.timestamp-format.standard'],
  parquet: [],
}

/** A table of what CREATE TABLE says. Throws SqlError for what is not supported. */
export function createTable(
  {
    name,
    scan,
    at,
    columns,
    options,
  }: {
    name: string
    scan: string
    at: number
    columns: readonly TableColumn[]
    options: readonly Option[]
  },
  refuse: Refuse,
): Table {
  const values = new Map<string, string>()
  for (const { key, value } of options) values.set(key, value)
  const connector = values.get('connector')
  if (connector === undefined) throw refuse(`table ${name} has no 'connector' in WITH`, at)
  const placeOf = (key: string) => options.findLast((option) => option.key === key)?.at ?? at
  if (
    connector !== 'filesystem' &&
    connector !== 'datagen' &&
    connector !== 'print' &&
    connector !== 'blackhole'
  )
    throw refuse(
      `the connector '${connector}' is not supported here, only filesystem, datagen, print and blackhole`,
      placeOf('connector'),
    )
  const format = values.get('format') ?? null
  const isFile = connector === 'filesystem'
  if (isFile && (format === null || !['csv', 'json', 'parquet'].includes(format)))
    throw refuse(
      format === null
        ? `table ${name} needs a 'format': csv, json or parquet`
        : `the format '${format}' is not supported here, only csv, json and parquet`,
      placeOf('format'),
    )
  const path = values.get('path') ?? null
  if (isFile && path === null) throw refuse(`table ${name} needs a 'path'`, at)
  const known = [...(OPTIONS[connector] ?? []), ...(isFile ? (OPTIONS[format ?? ''] ?? []) : [])]
  for (const { key, at: place } of options) {
    if (key === 'connector') continue
    if (!known.some((one) => one === key || (one.endsWith('.') && key.startsWith(one))))
      throw refuse(`the option '${key}' of ${connector} is not supported here`, place)
  }
  if (columns.length === 0) throw refuse(`table ${name} has no columns`, at)
  const nested = columns.find(({ type }) => isNested(type))
  if (nested && ((isFile && format !== 'json') || connector === 'datagen'))
    throw refuse(
      `${nested.name} is ${typeWords(nested.type)}, which ${isFile ? `the format ${format}` : connector} does not take here, only the format json`,
      isFile ? placeOf('format') : placeOf('connector'),
    )
  const standard = values.get('json.timestamp-format.standard') ?? 'SQL'
  if (standard !== 'SQL')
    throw refuse(
      `'${standard}' is not supported here, only SQL`,
      placeOf('json.timestamp-format.standard'),
    )
  for (const key of ['csv.field-delimiter', 'csv.quote-character']) {
    const value = values.get(key)
    if (value !== undefined && unescape(value).length !== 1)
      throw refuse(`'${key}' takes one character`, placeOf(key))
  }
  const table: Table = {
    name,
    scan,
    columns,
    connector,
    options: values,
    path,
    format: format as Format | null,
  }
  if (connector === 'datagen') generator(table, { refuse, placeOf })
  return table
}

/** The columns that CREATE TABLE names, those that are computed left out. */
export function physicalColumns(columns: readonly ColumnNode[], refuse: Refuse): TableColumn[] {
  return columns.flatMap(({ name, type }) => {
    if (type === null) return []
    const read = readType(type, refuse)
    if (hasInstant(read))
      throw refuse('a TIMESTAMP_LTZ cannot be kept in a table here: CAST it to TIMESTAMP', type.at)
    return [{ name, type: read }]
  })
}

function hasInstant(type: SqlType): boolean {
  return type.name === 'TIMESTAMP_LTZ' || insideOf(type).some(hasInstant)
}

function unescape(text: string): string {
  return text === '\\t' ? '\t' : text
}

/** A query of what a table has, for DuckDB, its columns called c0, c1 and so on. */
export function scanSql(table: Table, files: readonly string[]): string {
  const { columns, connector, format } = table
  if (connector === 'datagen') return generator(table, { refuse: unexpected, placeOf: () => 0 })
  const names = columns.map((_, index) => `c${index}`)
  if (files.length === 0) {
    const nothing = columns.map(({ type }, index) => `CAST(NULL AS ${duckType(type)}) AS c${index}`)
    return `SELECT ${nothing.join(', ')} WHERE FALSE`
  }
  const list = `[${files.map(quote).join(', ')}]`
  if (format === 'parquet') {
    const cells = columns.map(
      ({ name, type }, index) => `CAST(${quoteName(name)} AS ${duckType(type)}) AS c${index}`,
    )
    return `SELECT ${cells.join(', ')} FROM read_parquet(${list}, union_by_name = false)`
  }
  const keys = format === 'csv' ? names : columns.map(({ name }) => name)
  const shape = `{${keys.map((key, index) => `${quote(key)}: ${quote(rawType(columns[index]?.type))}`).join(', ')}}`
  const source =
    format === 'csv'
      ? `read_csv(${list}, auto_detect = false, header = false, columns = ${shape}, ${csvOptions(table)}, nullstr = '\u0001\u0002', max_line_size = 16777216)`
      : `read_json(${list}, format = 'newline_delimited', columns = ${shape})`
  const cells = columns.map(({ type }, index) => {
    const raw = quoteName(keys[index] ?? '')
    return `${read(raw, type, table)} AS c${index}`
  })
  return `SELECT ${cells.join(', ')} FROM ${source}`
}

function csvOptions({ options }: Table): string {
  const delimiter = unescape(options.get('csv.field-delimiter') ?? ',')
  const mark = options.get('csv.quote-character') ?? '"'
  return `delim = ${quote(delimiter)}, quote = ${quote(mark)}, escape = ${quote(mark)}`
}

/** What JSON is read as before its texts are: everything is a text, inside of what has others inside, too. */
function rawType(type: SqlType | undefined): string {
  if (type?.of) return `${rawType(type.of)}[]`
  if (!type?.fields) return 'VARCHAR'
  return `STRUCT(${type.fields.map((field) => `${quoteName(field.name)} ${rawType(field.type)}`).join(', ')})`
}

/** The value of a text of a file. */
function read(raw: string, type: SqlType, table: Table): string {
  if (isNested(type)) return readNested(raw, type, table)
  const { format, options } = table
  const literal = format === 'csv' ? options.get('csv.null-literal') : undefined
  const text = literal === undefined ? raw : `NULLIF(${raw}, ${quote(literal)})`
  if (isText(type)) return text
  return cast(
    { sql: text, type: { ...type, name: 'VARCHAR', length: 2_147_483_647 }, at: 0 },
    type,
    {
      isTry: false,
      refuse: unexpected,
    },
  ).sql
}

function readNested(raw: string, type: SqlType, table: Table): string {
  const { of, fields } = type
  if (of) return eachElement({ sql: raw, type, at: 0 }, (sql) => read(sql, of, table))
  const names = (fields ?? []).map(({ name }) => name)
  const make = (cells: string[]) =>
    `{${cells.map((cell, index) => `'f${index}': ${cell}`).join(', ')}}`
  return ofFields({ sql: raw, type, at: 0 }, make, (sql, own) => read(sql, own, table), names)
}

/** A COPY that writes what a query gives into a file, as the table's format has it. */
export function copySql(table: Table, query: string, file: string): string {
  const { columns, format, options } = table
  const cells = columns.map(({ name, type }, index) => {
    const as = quoteName(format === 'csv' ? `c${index}` : name)
    return `${written({ sql: `weft_out.c${index}`, type }, format)} AS ${as}`
  })
  const names = columns.map((_, index) => `c${index}`).join(', ')
  const select = `SELECT ${cells.join(', ')} FROM (${query}) AS weft_out(${names})`
  const how =
    format === 'csv'
      ? `FORMAT csv, HEADER false, ${csvOptions(table).replaceAll(' = ', ' ').replace('delim ', 'DELIMITER ')}, NULLSTR ${quote(options.get('csv.null-literal') ?? '')}`
      : `FORMAT ${format}`
  return `COPY (${select}) TO ${quote(file)} (${how})`
}

function written({ sql, type }: { sql: string; type: SqlType }, format: Format | null): string {
  if (isNested(type))
    return innermost(
      { sql, type, at: 0 },
      (inside, own) => written({ sql: inside, type: own }, format),
      (name) => name,
    )
  if (format === 'parquet') return `CAST(${sql} AS ${duckType(type)})`
  if (
    format === 'json' &&
    (type.name === 'BOOLEAN' ||
      isInteger(type) ||
      type.name === 'DECIMAL' ||
      type.name === 'DOUBLE' ||
      type.name === 'FLOAT')
  )
    return sql
  if (type.name === 'BOOLEAN') return `CAST(${sql} AS VARCHAR)`
  return textOf({ sql, type, at: 0 })
}

/** The rows of `datagen`, which have to end. */
function generator(
  { name, columns, options }: Table,
  { refuse, placeOf }: { refuse: Refuse; placeOf: (key: string) => number },
): string {
  for (const key of options.keys()) {
    const [, field = '', setting = ''] = /^fields\.(.+)\.([a-z-]+)$/.exec(key) ?? []
    if (!key.startsWith('fields.')) continue
    if (
      !columns.some((column) => column.name === field) ||
      !['kind', 'start', 'end', 'min', 'max', 'length'].includes(setting)
    )
      throw refuse(`the option '${key}' of datagen is not supported here`, placeOf(key))
  }
  const counts: bigint[] = []
  const number = (key: string, otherwise?: bigint): bigint => {
    const text = options.get(key)
    if (text === undefined && otherwise !== undefined) return otherwise
    if (text === undefined || !/^-?\d{1,18}$/.test(text))
      throw refuse(`datagen needs a whole number for '${key}'`, placeOf(key))
    return BigInt(text)
  }
  if (options.has('number-of-rows')) counts.push(number('number-of-rows'))
  const cells = columns.map(({ name: column, type }, index) => {
    const key = (setting: string) => `fields.${column}.${setting}`
    const kind = options.get(key('kind')) ?? 'random'
    if (kind === 'sequence') {
      const start = number(key('start'))
      counts.push(number(key('end')) - start + 1n)
      if (!isInteger(type) && !isText(type) && type.name !== 'DOUBLE' && type.name !== 'FLOAT')
        throw refuse(`datagen makes no sequence of ${typeWords(type)}`, placeOf(key('kind')))
      return `CAST(${start} + i AS ${duckType(type)}) AS c${index}`
    }
    if (kind !== 'random')
      throw refuse(
        `datagen knows the kinds sequence and random, not '${kind}'`,
        placeOf(key('kind')),
      )
    return `${random(type, { low: number(key('min'), 0n), high: number(key('max'), 1_000_000n), length: number(key('length'), 100n) })} AS c${index}`

    function random(
      of: SqlType,
      { low, high, length }: { low: bigint; high: bigint; length: bigint },
    ): string {
      if (of.name === 'BOOLEAN') return '(random() < 0.5)'
      if (isText(of)) {
        if (length < 1n || length > 10_000n)
          throw refuse('a random text has 1 to 10,000 characters', placeOf(key('length')))
        const parts = Array.from(
          { length: Math.ceil(Number(length) / 32) },
          () => 'md5(CAST(random() AS VARCHAR))',
        )
        return `left(${parts.join(' || ')}, ${length})`
      }
      const top =
        of.name === 'TINYINT' && !options.has(key('max'))
          ? 127n
          : of.name === 'SMALLINT' && !options.has(key('max'))
            ? 32_767n
            : high
      if (isInteger(of))
        return `CAST(${low} + floor(random() * ${top - low + 1n}) AS ${duckType(of)})`
      if (of.name === 'DOUBLE' || of.name === 'FLOAT')
        return `CAST(${low} + random() * ${top - low} AS ${of.name})`
      throw refuse(`datagen makes no random ${typeWords(of)} here`, placeOf(key('kind')))
    }
  })
  const [first, ...others] = counts
  if (first === undefined || !options.has('number-of-rows'))
    throw refuse(`table ${name} has no end: set 'number-of-rows'`, placeOf('connector'))
  const count = others.reduce((least, one) => (one < least ? one : least), first)
  return `SELECT ${cells.join(', ')} FROM range(${count < 0n ? 0n : count}) AS weft_rows(i)`
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function unexpected(message: string): never {
  throw new TypeError(message)
}
