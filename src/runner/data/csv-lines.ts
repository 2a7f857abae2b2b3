/**
 * Frames as lines of CSV, in the order of columns in which tables are shown.
 * @module
 */
import type { Frame } from '../../compute/ml/frame.ts'
import { shownColumns } from './preview.ts'

const LINES_AT_ONCE = 4096
const encoder = new TextEncoder()

/**
 * The rows of `frames` as UTF-8, `<id><delimiter><value>…` each, without a heading: as FATE writes tables. A text that
 * holds the delimiter, a quote or a line break is quoted (RFC 4180); a number that there is none of is empty.
 */
export function* csvLines(
  frames: Iterable<Frame>,
  options: { readonly delimiter: string; readonly limit?: number },
): Generator<Uint8Array> {
  const { delimiter, limit = Infinity } = options
  let left = limit
  for (const frame of frames) {
    const columns = shownColumns(frame)
    const rows = Math.min(left, frame.ids.length)
    left -= rows
    for (let start = 0; start < rows; start += LINES_AT_ONCE) {
      let text = ''
      for (let row = start; row < Math.min(rows, start + LINES_AT_ONCE); row++) {
        text += field(frame.ids[row], delimiter)
        for (const { values } of columns) text += delimiter + field(values[row], delimiter)
        text += '\n'
      }
      yield encoder.encode(text)
    }
  }
}

function field(value: unknown, delimiter: string): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : ''
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  const quoted = text.includes(delimiter) || /["\r\n]/.test(text)
  return quoted ? `"${text.replaceAll('"', '""')}"` : text
}
