/**
 * Reads uploaded rows as features and labels, in the three formats that DataIO knows.
 * @module
 */
import {
  fillValue,
  parseColumn,
  tokensOf,
  type FillMethod,
  type ParsedColumn,
} from '../../compute/ml/cells.ts'
import type { Column, Frame } from '../../compute/ml/frame.ts'
import { PrivateFault } from '../private-fault.ts'
import { MISSING_TOKENS, type DataIOParam } from './data-io-param.ts'
import { type Cells, tabulate } from './tabulate.ts'

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
    // Where it stands may be told, and not what or whose it is.
    `${what} "${name}" holds something else than ${expected} in row ${row + 1} of ${raw.ids.length}: ${remedy}`,
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

function labelled(header: readonly string[], labelName: string | null): readonly string[] {
  return labelName === null ? header : [labelName, ...header]
}
