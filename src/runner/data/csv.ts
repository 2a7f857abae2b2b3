/**
 * Reads CSV as uploads bring it: the first column is the id, all values stay text.
 * Every fault is a sentence with the line it stands on.
 * @module
 */
import { isUtf8 } from 'node:buffer'

import { CsvError, type Info, parse } from 'csv-parse'

import type { Frame } from '../../compute/ml/frame.ts'

const PART_ROWS = 8192
/** Bytes that may pass without the end of a line. */
const LONGEST_LINE = 64 << 20

export interface CsvOptions {
  /** Whether the first line names the columns; otherwise they are called `fid0`, `fid1`, … */
  readonly head: boolean
  readonly delimiter: string
  /** The column that holds the ids, by its heading; the first without it. */
  readonly index?: string
}

/** The columns of a file, before its rows have been read. */
export interface CsvTable {
  readonly idName: string
  /** The headings after the id. */
  readonly columns: readonly string[]
  /** The rows, some thousands at a time. Rejects at the first fault, at the end for repeated ids. */
  readonly parts: AsyncIterable<Frame>
}

/** Opens a file and reads as far as its columns are known. */
export async function openCsv(
  bytes: AsyncIterable<Uint8Array>,
  options: CsvOptions,
): Promise<CsvTable> {
  const records = readRecords(bytes, options.delimiter)
  const first = await records.next()
  if (first.done === true) throw new Error('The file is empty')
  const { record } = first.value
  if (options.head) {
    const heading = headingOf(record)
    const at = indexOf(heading, options.index)
    const [idName, ...columns] = toFront(heading, at)
    const ordered = at === 0 ? records : idsFirst(records, at)
    return { idName, columns, parts: toParts({ idName, columns }, ordered, true) }
  }
  const table = { idName: 'id', columns: record.slice(1).map((_value, index) => `fid${index}`) }
  return { ...table, parts: toParts(table, chain(first.value, records), false) }
}

interface Line {
  readonly record: readonly string[]
  readonly line: number
}

function headingOf(record: readonly string[]): string[] {
  const names = record.map((name) => name.trim())
  if (names[0] === '') names[0] = 'id'
  const empty = names.indexOf('')
  if (empty > 0) throw new Error(`Line 1: column ${empty + 1} has no name`)
  const columns = names.slice(1)
  const repeated = columns.find((name, index) => columns.indexOf(name) !== index)
  if (repeated !== undefined) throw new Error(`Line 1: two columns are called "${repeated}"`)
  return names
}

function indexOf(heading: readonly string[], index: string | undefined): number {
  if (index === undefined) return 0
  const at = heading.indexOf(index)
  if (at >= 0) return at
  throw new Error(`Line 1: there is no column "${index}" to take the ids from`)
}

function toFront<T>(row: readonly T[], at: number): T[] {
  return [row[at], ...row.slice(0, at), ...row.slice(at + 1)]
}

async function* idsFirst(records: AsyncIterable<Line>, at: number): AsyncGenerator<Line> {
  // A line too short to have an id is told of by its number of fields.
  for await (const entry of records) {
    const { record } = entry
    yield at < record.length ? { ...entry, record: toFront(record, at) } : entry
  }
}

async function* toParts(
  head: { readonly idName: string; readonly columns: readonly string[] },
  records: AsyncIterable<Line>,
  hasHeading: boolean,
): AsyncGenerator<Frame> {
  const width = head.columns.length + 1
  const ids = idCheck()
  let rows: (readonly string[])[] = []
  let any = false
  for await (const { record, line } of records) {
    any = true
    if (record.length !== width) {
      throw new Error(
        `Line ${line}: expected ${width} ${width === 1 ? 'field' : 'fields'}, found ${record.length}: ` +
          `every line has as many fields as the first`,
      )
    }
    ids.add(record[0], line)
    rows.push(record)
    if (rows.length < PART_ROWS) continue
    yield toFrame(head, rows)
    rows = []
  }
  if (!any) throw new Error(hasHeading ? 'The file has a heading but no rows' : 'The file is empty')
  ids.finish()
  if (rows.length > 0) yield toFrame(head, rows)
}

function toFrame(
  head: { readonly idName: string; readonly columns: readonly string[] },
  rows: readonly (readonly string[])[],
): Frame {
  return {
    kind: 'raw',
    idName: head.idName,
    ids: rows.map((row) => row[0]),
    columns: head.columns.map((name, index) => ({
      name,
      type: 'text',
      values: rows.map((row) => row[index + 1]),
    })),
  }
}

/** Finds ids that occur twice; names their lines and no id, as reasons are kept at the server. */
function idCheck(): { add(id: string, line: number): void; finish(): void } {
  const seen = new Map<string, number>()
  const examples: string[] = []
  const named = new Set<string>()
  let count = 0
  return {
    add(id, line) {
      const before = seen.get(id)
      if (before === undefined) {
        seen.set(id, line)
        return
      }
      count++
      if (examples.length >= 3 || named.has(id)) return
      named.add(id)
      examples.push(`lines ${before} and ${line}`)
    },
    finish() {
      if (count === 0) return
      throw new Error(
        `${count} ${count === 1 ? 'row repeats' : 'rows repeat'} an id that an earlier row has: ` +
          `${examples.join(', ')}${count > examples.length ? ', …' : ''}. The first column must be different in every row`,
      )
    },
  }
}

async function* chain(first: Line, rest: AsyncIterable<Line>): AsyncGenerator<Line> {
  yield first
  yield* rest
}

async function* readRecords(
  bytes: AsyncIterable<Uint8Array>,
  delimiter: string,
): AsyncGenerator<Line> {
  const parser = parse({
    delimiter,
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
  })
  const fed = feed(bytes, parser)
  // It is awaited below; a failure in between is kept, not unhandled.
  fed.catch(() => {})
  try {
    for await (const entry of parser) {
      const { record, info } = entry as { record: string[]; info: Info }
      yield { record, line: info.lines }
    }
  } catch (error) {
    // A fault of the bytes has destroyed the parser; it is the better reason.
    await fed
    throw sentenceOf(error)
  }
  await fed
}

/** Hands whole lines to the parser after checking that they are text. */
async function feed(
  bytes: AsyncIterable<Uint8Array>,
  parser: ReturnType<typeof parse>,
): Promise<void> {
  try {
    for await (const block of wholeLines(bytes)) {
      if (parser.destroyed) return
      if (!parser.write(block)) await drained(parser)
    }
    parser.end()
  } catch (error) {
    parser.destroy()
    throw error
  }
}

function drained(parser: ReturnType<typeof parse>): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      parser.off('drain', done)
      parser.off('close', done)
      resolve()
    }
    parser.on('drain', done)
    parser.on('close', done)
  })
}

async function* wholeLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array[] = []
  let waiting = 0
  let line = 1
  for await (const chunk of bytes) {
    const end = chunk.lastIndexOf(NEWLINE) + 1
    if (end === 0) {
      rest.push(chunk)
      waiting += chunk.length
      if (waiting > LONGEST_LINE) {
        throw new Error(
          `Line ${line} is longer than ${LONGEST_LINE >> 20} MiB: is this a CSV file?`,
        )
      }
      continue
    }
    const block = Buffer.concat([...rest, chunk.subarray(0, end)])
    line = checkText(block, line)
    yield block
    rest = end < chunk.length ? [chunk.subarray(end)] : []
    waiting = chunk.length - end
  }
  const block = Buffer.concat(rest)
  if (block.length === 0) return
  checkText(block, line)
  yield block
}

const NEWLINE = 10

/** Throws unless `block`, which begins with line `line`, is text; answers the number of the line after it. */
function checkText(block: Uint8Array, line: number): number {
  const sound = isUtf8(block) && !block.includes(0)
  let at = line
  for (let start = 0; start < block.length;) {
    const found = block.indexOf(NEWLINE, start)
    const end = found < 0 ? block.length : found + 1
    if (!sound) checkLine(block.subarray(start, end), at)
    if (found >= 0) at++
    start = end
  }
  return at
}

function checkLine(bytes: Uint8Array, line: number): void {
  if (bytes.includes(0)) {
    throw new Error(
      `Line ${line} holds a NUL byte: the file is not text, or is UTF-16 and must be saved as UTF-8`,
    )
  }
  if (!isUtf8(bytes)) throw new Error(`Line ${line} is not UTF-8: save the file as UTF-8`)
}

function sentenceOf(error: unknown): unknown {
  if (!(error instanceof CsvError)) return error
  const line = (error as unknown as { lines?: number }).lines
  const what =
    error.code === 'CSV_QUOTE_NOT_CLOSED'
      ? 'a quotation mark is opened and never closed'
      : 'a quotation mark stands inside a field: double it, and put the field in quotation marks'
  return new Error(line === undefined ? what : `Line ${line}: ${what}`, { cause: error })
}
