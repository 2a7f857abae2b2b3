/**
 * Cells of a row as bytes: the same number of bytes for every row of a table, so that a length tells nothing of a value.
 * @module
 */
import type { Column } from '../../compute/ml/frame.ts'

/** What a column holds. */
export type CellType = 'number' | 'text'

/** A column whose cells can be sent. */
export type CellColumn = Extract<Column, { type: CellType }>

/** How the rows of a table are written. */
export interface EntryForm {
  readonly types: readonly CellType[]
  /** Bytes of a row. */
  readonly width: number
}

/** Bytes that a row may have at most. */
export const WIDEST = 65_536

/** The form in which all rows of `columns` fit. Throws a RangeError where the longest has too many bytes. */
export function formOf(columns: readonly CellColumn[]): EntryForm {
  const rows = columns[0]?.values.length ?? 0
  const types = columns.map(({ type }) => type)
  let width = leastWidth(types)
  if (types.includes('text')) {
    for (let row = 0; row < rows; row++) {
      const texts = columns.flatMap(({ type, values }) => (type === 'text' ? [values[row]] : []))
      const bytes = texts.reduce((sum, text) => sum + ENCODER.encode(String(text)).length, 0)
      width = Math.max(width, leastWidth(types) + bytes)
    }
  }
  if (width > WIDEST) {
    throw new RangeError(
      `A row of the columns to retrieve has more than ${WIDEST} bytes: shorten its texts, or choose fewer columns`,
    )
  }
  return { types, width }
}

/** Bytes of a row whose texts are empty. */
export function leastWidth(types: readonly CellType[]): number {
  return types.reduce((sum, type) => sum + (type === 'number' ? NUMBER : LENGTH), 0)
}

/** The cells of `row`, numbers bit for bit, filled up with zeros. */
export function writeEntry(columns: readonly CellColumn[], row: number, width: number): Uint8Array {
  const bytes = new Uint8Array(width)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const { type, values } of columns) {
    if (type === 'number') {
      view.setFloat64(at, values[row], true)
      at += NUMBER
      continue
    }
    const text = ENCODER.encode(values[row])
    view.setUint32(at, text.length, true)
    bytes.set(text, at + LENGTH)
    at += LENGTH + text.length
  }
  return bytes
}

/** The cells that an entry holds. Throws a RangeError at one that `writeEntry` would not have written. */
export function readEntry(bytes: Uint8Array, types: readonly CellType[]): (number | string)[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const cells = types.map((type) => {
    const size = type === 'number' ? NUMBER : LENGTH
    if (at + size > bytes.length) throw malformed()
    at += size
    if (type === 'number') return view.getFloat64(at - size, true)
    const length = view.getUint32(at - size, true)
    if (length > bytes.length - at) throw malformed()
    at += length
    return textOf(bytes.subarray(at - length, at))
  })
  if (bytes.subarray(at).some((byte) => byte !== 0)) throw malformed()
  return cells
}

function textOf(bytes: Uint8Array): string {
  try {
    return DECODER.decode(bytes)
  } catch (cause) {
    throw new RangeError('A retrieved entry holds a text that is not UTF-8', { cause })
  }
}

function malformed(): RangeError {
  return new RangeError('A retrieved entry is not made of the columns that were announced')
}

const ENCODER = new TextEncoder()
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const NUMBER = 8
const LENGTH = 4
