/**
 * A table in memory: identified rows in named columns.
 * @module
 */

export type Column =
  | { readonly name: string; readonly type: 'number'; readonly values: Float64Array }
  | { readonly name: string; readonly type: 'text'; readonly values: readonly string[] }
  /** Anything JSON can say, one value a row; kept for prediction details. */
  | { readonly name: string; readonly type: 'json'; readonly values: readonly unknown[] }

/**
 * - `raw`: as uploaded, text columns
 * - `data`: numeric features, and a label when `labelName` is set
 * - `prediction`: label, predict_result, predict_score, predict_detail, type
 */
export type FrameKind = 'raw' | 'data' | 'prediction'

export interface Frame {
  readonly kind: FrameKind
  /** Heading of the id column. */
  readonly idName: string
  readonly ids: readonly string[]
  /** Name of the column that holds the label; it is one of `columns`. */
  readonly labelName?: string
  /** Name of the column that holds the weights of rows, numbers; it is one of `columns` and no feature. */
  readonly weightName?: string
  readonly columns: readonly Column[]
}

/** The column called `name`; throws a RangeError that lists the columns there are. */
export function column(frame: Frame, name: string): Column {
  const found = frame.columns.find((candidate) => candidate.name === name)
  if (found) return found
  const names = frame.columns.map((candidate) => candidate.name).join(', ')
  throw new RangeError(`No column "${name}": the table has ${names || 'no columns'}`)
}

/** The feature columns, that is, the numeric columns without the label and the weights. */
export function features(frame: Frame): { name: string; values: Float64Array }[] {
  return frame.columns.flatMap((candidate) =>
    candidate.type === 'number' &&
    candidate.name !== frame.labelName &&
    candidate.name !== frame.weightName
      ? [candidate]
      : [],
  )
}

/** The weights of rows, or undefined when the table has none. */
export function rowWeights(frame: Frame): Float64Array | undefined {
  if (frame.weightName === undefined) return undefined
  const found = column(frame, frame.weightName)
  if (found.type === 'number') return found.values
  throw new RangeError(`Weight column "${found.name}" must be numeric, it holds ${found.type}`)
}

/** The label column as numbers, or undefined when the table has none. */
export function label(frame: Frame): Float64Array | undefined {
  if (frame.labelName === undefined) return undefined
  const found = column(frame, frame.labelName)
  if (found.type === 'number') return found.values
  throw new RangeError(`Label column "${found.name}" must be numeric, it holds ${found.type}`)
}

/** The rows at `positions`, in that order. */
export function takeRows(frame: Frame, positions: ArrayLike<number>): Frame {
  const at = Array.from(positions)
  return {
    ...frame,
    ids: at.map((row) => frame.ids[row]),
    columns: frame.columns.map((source): Column => {
      if (source.type === 'number') {
        return { ...source, values: Float64Array.from(at, (row) => source.values[row]) }
      }
      if (source.type === 'text') return { ...source, values: at.map((row) => source.values[row]) }
      return { ...source, values: at.map((row) => source.values[row]) }
    }),
  }
}
