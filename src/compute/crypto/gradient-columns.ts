/**
 * Plans of histograms: which encrypted rows are multiplied into which bin, and which bins follow from the others.
 * @module
 */

/** What a histogram is made of: encrypted rows, and the bin of each in every column. */
export interface HistogramCall {
  readonly key: Uint8Array
  readonly rows: Uint8Array
  readonly bins: Uint16Array
  readonly widths: Uint32Array
}

/** Which rows are multiplied into which bin, and which bins follow from the others. */
export interface ColumnPlan {
  readonly order: Uint32Array
  readonly start: Uint32Array
  /** The first bin of each column, and the end. */
  readonly bases: readonly number[]
  /** A column all of whose bins are summed. */
  readonly whole: number
  /** Bins that are what the others of their column leave of all rows. */
  readonly left: readonly { readonly column: number; readonly bin: number }[]
}

/**
 * Plans a histogram. One column gives the sum of all rows, so that the fullest bin of every other column is what the other
 * bins leave of it: a column that is mostly one value costs little.
 */
export function planColumns(call: HistogramCall, width: number): ColumnPlan {
  const { widths } = call
  const count = call.rows.length / width
  if (call.bins.length !== count * widths.length) {
    throw new RangeError(
      `histogramRows: expected bins of ${count} rows and ${widths.length} columns, got ${call.bins.length}`,
    )
  }
  const columns = listColumns(call.bins, { count, widths })
  const spread = columns.map(({ sizes, fullest }) => sizes[fullest])
  const whole = spread.indexOf(Math.min(...spread))
  // Adding up the other bins and dividing costs about as much as the rows of `width` bins.
  const left = columns.flatMap(({ sizes, fullest }, column) =>
    column !== whole && sizes[fullest] > sizes.length + DIVISION_COST
      ? [{ column, bin: fullest }]
      : [],
  )
  const lists = columns.flatMap(({ lists: own }, column) =>
    own.map((list, bin) =>
      left.some((one) => one.column === column && one.bin === bin) ? NOTHING : list,
    ),
  )
  return { ...joinLists(lists), bases: basesOf(widths), whole, left }
}

interface ColumnLists {
  /** The rows in each bin. */
  readonly lists: readonly Uint32Array[]
  readonly sizes: readonly number[]
  /** The bin with most rows. */
  readonly fullest: number
}

/** The rows of `count` in each bin of each column. */
function listColumns(
  bins: Uint16Array,
  { count, widths }: { count: number; widths: Uint32Array },
): ColumnLists[] {
  return Array.from(widths, (width, column) => {
    const own = bins.subarray(column * count, (column + 1) * count)
    const start = new Uint32Array(width + 1)
    const wrong = own.findIndex((bin) => bin >= width)
    if (wrong >= 0) {
      throw new RangeError(
        `histogramRows: row ${wrong} of column ${column} is in bin ${own[wrong]} of ${width}`,
      )
    }
    for (const bin of own) start[bin + 1]++
    for (let bin = 0; bin < width; bin++) start[bin + 1] += start[bin]
    const next = start.slice()
    const order = new Uint32Array(count)
    own.forEach((bin, row) => (order[next[bin]++] = row))
    const lists = Array.from({ length: width }, (_, bin) =>
      order.subarray(start[bin], start[bin + 1]),
    )
    const sizes = lists.map((list) => list.length)
    return { lists, sizes, fullest: sizes.indexOf(Math.max(...sizes)) }
  })
}

/** Lists one after another, and where each begins. */
export function joinLists(lists: readonly Uint32Array[]): {
  order: Uint32Array
  start: Uint32Array
} {
  const start = new Uint32Array(lists.length + 1)
  lists.forEach((list, at) => (start[at + 1] = start[at] + list.length))
  const order = new Uint32Array(start[lists.length])
  lists.forEach((list, at) => order.set(list, start[at]))
  return { order, start }
}

/** Where the bins of each column begin, and where the last ones end. */
export function basesOf(widths: Uint32Array): number[] {
  const bases = [0]
  for (const width of widths) bases.push((bases.at(-1) ?? 0) + width)
  return bases
}

const DIVISION_COST = 60
const NOTHING = new Uint32Array(0)
