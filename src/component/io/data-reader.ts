/**
 * Reads uploaded rows as features and labels, in the three formats that DataIO knows.
 * @module
 */
import {
  fillValue,
  parseColumn,
  parseNumber,
  tokensOf,
  type FillMethod,
  type ParsedColumn,
} from '../../compute/ml/cells.ts'
import type { Column, Frame } from '../../compute/ml/frame.ts'
import { compareText } from '../../compute/text.ts'
import { PrivateFault } from '../private-fault.ts'
import { MISSING_TOKENS, type DataIOParam } from './data-io-param.ts'

/** What a fit learnt: enough to read other rows in the same way. */
export interface ReaderState {
  /** The parameters of the fit; a transform goes by them. */
  readonly params: DataIOParam
  readonly idName: string
  readonly labelName: string | null
  /** Features in their order. */
  readonly header: readonly string[]
  /** What fills missing values and outliers, a number a feature; null where nothing is filled. */
  readonly missing: readonly number[] | null
  readonly outliers: readonly number[] | null
}

/** A table that was read, how, and what was filled. */
export interface ReadResult {
  readonly frame: Frame
  readonly state: ReaderState
  /** The share of rows filled, a number a feature. */
  readonly missingRatio: readonly number[]
  readonly outlierRatio: readonly number[]
  /** What the user should know. */
  readonly warnings: readonly string[]
}

/** Learns the columns and fill values of `raw` and reads it. */
export function fitReader(raw: Frame, params: DataIOParam): ReadResult {
  const cells = tabulate(raw, { params, header: undefined })
  const at = params.with_label ? labelPosition(cells.names, params) : -1
  const labelName = at < 0 ? null : cells.names[at]
  const header = cells.names.filter((_, position) => position !== at)
  return read({ raw, cells, params, header, labelName, known: undefined })
}

/** Reads `raw` as an earlier fit read its rows. A label that `raw` lacks is left out. */
export function applyReader(raw: Frame, state: ReaderState): ReadResult {
  const { params, header, labelName } = state
  const cells = tabulate(raw, { params, header: labelled(header, labelName) })
  const lacking = header.filter((name) => !cells.names.includes(name))
  if (lacking.length > 0) {
    throw new Error(
      `The table lacks ${lacking.map((name) => `"${name}"`).join(', ')}, which the model was fitted on; ` +
        `it has ${cells.names.join(', ') || 'no columns'}`,
    )
  }
  const found = labelName !== null && cells.names.includes(labelName) ? labelName : null
  return read({ raw, cells, params, header, labelName: found, known: state })
}

/** Columns of texts. */
interface Cells {
  readonly names: readonly string[]
  readonly columns: readonly (readonly string[])[]
}

function read(job: {
  raw: Frame
  cells: Cells
  params: DataIOParam
  header: readonly string[]
  labelName: string | null
  known: ReaderState | undefined
}): ReadResult {
  const { raw, cells, params, header, labelName, known } = job
  const rows = Math.max(raw.ids.length, 1)
  const tokens = {
    missing:
      params.missing_fill || params.keep_missing
        ? tokensOf(params.missing_impute ?? MISSING_TOKENS)
        : undefined,
    outliers:
      params.outlier_replace && params.outlier_impute ? tokensOf(params.outlier_impute) : undefined,
  }
  const warnings: string[] = []
  const parsed = header.map((name) => {
    const column = parseColumn(cells.columns[cells.names.indexOf(name)], tokens)
    check(column, {
      raw,
      cells,
      name,
      type: params.exclusive_data_type?.[name] ?? params.data_type,
    })
    return column
  })
  const fill = (
    method: FillMethod | null,
    designated: number | readonly number[],
    parameter: string,
  ): number[] =>
    parsed.map(({ values }, at) => {
      const own = typeof designated === 'number' ? designated : designated[at]
      if (own === undefined) {
        throw new Error(
          `${parameter} has no entry for column "${header[at]}": give one number, or one a column`,
        )
      }
      const value = fillValue(values, { method: method ?? 'designated', designated: own })
      if (value === undefined) {
        warnings.push(
          `Column "${header[at]}" has no value to take the ${method} of: ${own} is used`,
        )
      }
      return value ?? own
    })
  const missing =
    known?.missing ??
    (params.missing_fill
      ? fill(params.missing_fill_method, params.default_value, 'default_value')
      : null)
  const outliers =
    known?.outliers ??
    (tokens.outliers
      ? fill(params.outlier_replace_method, params.outlier_replace_value, 'outlier_replace_value')
      : null)
  parsed.forEach((column, at) => {
    for (const row of column.missing) column.values[row] = missing?.[at] ?? Number.NaN
    for (const row of column.outliers) column.values[row] = outliers?.[at] ?? Number.NaN
  })
  const columns = header.map((name, at): Column => {
    return { name, type: 'number', values: parsed[at].values }
  })
  if (labelName !== null) {
    const column = parseColumn(cells.columns[cells.names.indexOf(labelName)], {})
    check(column, { raw, cells, name: labelName, type: params.label_type, label: true })
    columns.unshift({ name: labelName, type: 'number', values: column.values })
  }
  return {
    frame: {
      kind: 'data',
      idName: raw.idName,
      ids: raw.ids,
      ...(labelName === null ? {} : { labelName }),
      columns,
    },
    state: known ?? { params, idName: raw.idName, labelName, header, missing, outliers },
    missingRatio: parsed.map((column) => column.missing.length / rows),
    outlierRatio: parsed.map((column) => column.outliers.length / rows),
    warnings,
  }
}

/** Throws for the first cell of a column that is not a number of its type. */
function check(
  column: ParsedColumn,
  place: { raw: Frame; cells: Cells; name: string; type: string; label?: boolean },
): void {
  const { raw, cells, name, type, label = false } = place
  const whole = type.startsWith('int') || type === 'long'
  const fraction = whole
    ? column.values.findIndex((value) => !Number.isNaN(value) && !Number.isInteger(value))
    : -1
  const row = column.bad ?? (fraction < 0 ? undefined : fraction)
  if (row === undefined) return
  const value = cells.columns[cells.names.indexOf(name)][row]
  const what = label ? 'Label column' : 'Column'
  const expected = whole && column.bad === undefined ? `a whole number (${type})` : 'a number'
  const remedy = label
    ? 'set label_idx or label_name to the label, label_type to its type'
    : 'correct it, or name it in missing_impute'
  throw new PrivateFault(
    `${what} "${name}" holds "${value}" in row "${raw.ids[row]}", expected ${expected}: ${remedy}`,
    `${what} "${name}" holds something else than ${expected}: ${remedy}`,
  )
}

function labelPosition(names: readonly string[], params: DataIOParam): number {
  const { label_name, label_idx } = params
  const have = names.join(', ') || 'no columns'
  if (label_name !== null) {
    const at = names.indexOf(label_name)
    if (at >= 0) return at
    throw new Error(
      `There is no column "${label_name}" to take the label from (label_name): the table has ${have}`,
    )
  }
  const at = label_idx ?? 0
  if (at < names.length) return at
  throw new Error(
    `There is no column ${at} to take the label from (label_idx): the table has ${names.length} columns, ${have}`,
  )
}

/** The rows of `raw` as columns of texts; `header` holds the names that a transform needs. */
function tabulate(
  raw: Frame,
  { params, header }: { params: DataIOParam; header: readonly string[] | undefined },
): Cells {
  const columns = raw.columns.map((column) => {
    if (column.type === 'text') return column.values
    throw new Error(
      `DataIO reads uploaded tables, and column "${column.name}" holds ${column.type}s already`,
    )
  })
  const names = raw.columns.map((column) => column.name)
  const cells =
    params.input_format === 'dense'
      ? tabulateDense(raw, { names, columns, params })
      : tabulatePairs(raw, { columns, params, header })
  const twice = cells.names.find((name, at) => cells.names.indexOf(name) !== at)
  if (twice !== undefined)
    throw new Error(`The table has two columns "${twice}": names must be unique`)
  return cells
}

function tabulateDense(
  raw: Frame,
  { names, columns, params }: Cells & { params: DataIOParam },
): Cells {
  if (params.delimitor === ',' || columns.length === 0) return { names, columns }
  // Uploaded at commas, so cells of another delimitor lie side by side in one column, or across several.
  const split = (cells: readonly string[]): string[] => cells.join(',').split(params.delimitor)
  const rows = raw.ids.map((_, row) => split(columns.map((cells) => cells[row])))
  const width = rows[0]?.length ?? 0
  const ragged = rows.findIndex((cells) => cells.length !== width)
  if (ragged >= 0) {
    throw new PrivateFault(
      `Row "${raw.ids[ragged]}" has ${rows[ragged].length} cells at delimitor "${params.delimitor}", the first has ${width}`,
      `Rows differ in how many cells they have at delimitor "${params.delimitor}"`,
    )
  }
  const header = split(names)
  return {
    names: header.length === width ? header : Array.from({ length: width }, (_, at) => `fid${at}`),
    columns: Array.from({ length: width }, (_, at) => rows.map((cells) => cells[at])),
  }
}

/** Most cells that a table of pairs may have once it is dense: 1 GiB. */
const MOST_CELLS = 2 ** 27
const LABEL = 'label'

/** Rows of `index:value` pairs or of tags, each row with its own; what a row lacks is 0. */
function tabulatePairs(
  raw: Frame,
  job: {
    columns: readonly (readonly string[])[]
    params: DataIOParam
    header: readonly string[] | undefined
  },
): Cells {
  const { columns, params, header } = job
  const known = header && new Set(header)
  const cells = new Map<string, string[]>()
  const labels: string[] = []
  raw.ids.forEach((id, row) => {
    const parts = splitRow(
      columns.map((column) => column[row]),
      params.delimitor,
    )
    if (params.with_label) labels.push(takeLabel(parts, { params, id }))
    const seen = new Set<string>()
    for (const part of parts) {
      const [name, value] = pairOf(part, { params, id })
      if (seen.has(name)) {
        throw new PrivateFault(`Row "${id}" has "${name}" twice`, 'A row has the same name twice')
      }
      seen.add(name)
      // A transform has no weight for what the fit never saw.
      if (known && !known.has(name)) continue
      const column = cells.get(name) ?? newColumn(raw.ids.length, cells.size + 1)
      cells.set(name, column)
      column[row] = value
    }
  })
  for (const name of header ?? []) {
    if (name !== LABEL && !cells.has(name))
      cells.set(name, newColumn(raw.ids.length, cells.size + 1))
  }
  const names = [...cells.keys()].sort(params.input_format === 'sparse' ? byNumber : compareText)
  const found = names.map((name) => cells.get(name) ?? [])
  if (!params.with_label) return { names, columns: found }
  return { names: [LABEL, ...names], columns: [labels, ...found] }
}

function takeLabel(parts: string[], { params, id }: { params: DataIOParam; id: string }): string {
  const [text] = parts.splice(params.label_idx ?? 0, 1)
  if (text !== undefined && parseNumber(text) !== undefined) return text
  throw new PrivateFault(
    `Row "${id}" has "${text ?? ''}" where its label should be, expected a number`,
    'A row has no number where its label should be',
  )
}

function splitRow(cells: readonly string[], delimitor: string): string[] {
  const text = cells.filter((cell) => cell !== '').join(delimitor.trim() === '' ? ' ' : ',')
  const parts = delimitor.trim() === '' ? text.split(/\s+/) : text.split(delimitor)
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

function pairOf(
  part: string,
  { params, id }: { params: DataIOParam; id: string },
): [string, string] {
  if (params.input_format === 'tag' && !params.tag_with_value) return [part, '1']
  const mark = params.input_format === 'sparse' ? ':' : params.tag_value_delimitor
  const at = part.lastIndexOf(mark)
  const name = part.slice(0, at)
  const value = part.slice(at + mark.length)
  if (at > 0 && parseNumber(value) !== undefined && isIndex(name, params)) return [name, value]
  const form = params.input_format === 'sparse' ? 'index:value' : `tag${mark}value`
  const rest =
    `expected ${form} (input_format ${params.input_format}): see delimitor and ` +
    (params.input_format === 'sparse' ? 'with_label' : 'tag_value_delimitor')
  throw new PrivateFault(`Row "${id}" has "${part}", ${rest}`, `A row has another form, ${rest}`)
}

function isIndex(name: string, { input_format }: DataIOParam): boolean {
  return input_format === 'tag' || /^\d+$/.test(name)
}

function newColumn(rows: number, columns: number): string[] {
  if (rows * columns > MOST_CELLS) {
    throw new Error(
      `The table would have ${columns} columns or more in ${rows} rows: too many to hold`,
    )
  }
  return Array.from({ length: rows }, () => '0')
}

function byNumber(a: string, b: string): number {
  return Number(a) - Number(b)
}

function labelled(header: readonly string[], labelName: string | null): readonly string[] {
  return labelName === null ? header : [labelName, ...header]
}
