/**
 * Uploaded rows as columns of texts, in the three formats that DataIO knows: dense, pairs, tags.
 * @module
 */
import { parseNumber } from '../../compute/ml/cells.ts'
import type { Frame } from '../../compute/ml/frame.ts'
import { compareText } from '../../compute/text.ts'
import { PrivateFault } from '../private-fault.ts'
import type { DataIOParam } from './data-io-param.ts'

/** Columns of texts. */
export interface Cells {
  readonly names: readonly string[]
  readonly columns: readonly (readonly string[])[]
}

/** The rows of `raw` as columns of texts; `header` holds the names that a transform needs. */
export function tabulate(
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
