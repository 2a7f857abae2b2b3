/**
 * Rows that a source reads one after another, as parts of a table; what all sources check of them.
 * @module
 */
import type { Column, Frame } from '../../../compute/ml/frame.ts'

const ROWS_AT_ONCE = 4096

/** What is read of a source. */
export interface Wanted {
  /** The data set, for errors. */
  readonly name: string
  /** The column of ids. */
  readonly index: string
  /** Which columns beside the ids; `*` for all there are. */
  readonly columns: '*' | readonly string[]
}

/** The columns of a source that are read, of all that it `has` beside the ids. */
export function wantedOf({ columns }: Wanted, has: readonly string[]): readonly string[] {
  return columns === '*' ? has : columns.filter((name) => has.includes(name))
}

/**
 * Rows as parts of a table: the id first, then the named columns, null for a gap. Throws at an id that is missing or
 * stands there twice; names no id, as reasons are kept at the server.
 */
export async function* partsOf(
  rows: Iterable<readonly (string | null)[]> | AsyncIterable<readonly (string | null)[]>,
  of: { readonly index: string; readonly columns: readonly string[]; readonly name: string },
): AsyncGenerator<Frame> {
  const seen = new Set<string>()
  let part: (readonly (string | null)[])[] = []
  for await (const cells of rows) {
    const [id] = cells
    if (id === null || id === '') throw new Error(`Data set "${of.name}" has a row without an id`)
    if (seen.has(id)) throw new Error(`Data set "${of.name}" has an id more than once`)
    seen.add(id)
    part.push(cells)
    if (part.length < ROWS_AT_ONCE) continue
    yield frameOf(part, of)
    part = []
  }
  if (part.length > 0) yield frameOf(part, of)
}

function frameOf(
  rows: readonly (readonly (string | null)[])[],
  { index, columns }: { index: string; columns: readonly string[] },
): Frame {
  return {
    kind: 'raw',
    idName: index,
    ids: rows.map(([id]) => id ?? ''),
    columns: columns.map((name, at): Column => ({
      name,
      type: 'text',
      values: rows.map((cells) => cells[at + 1] ?? ''),
    })),
  }
}
