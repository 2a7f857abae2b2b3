/**
 * What of a table is shown to people: its heading, and its first rows where the party allows that.
 * @module
 */
import type { Column, Frame } from '../../compute/ml/frame.ts'

/** Rows of a preview. */
export const PREVIEW_ROWS = 100

const PREDICTION = ['label', 'predict_result', 'predict_score', 'predict_detail', 'type']

/** The heading in the order in which FATE shows tables: id, label, then the rest. */
export function headingOf(frame: Frame): string[] {
  return [frame.idName, ...shownColumns(frame).map((column) => column.name)]
}

/** The first rows, each `[id, label, …]` in the order of the heading. Numbers that JSON cannot say become null. */
export function previewOf(frame: Frame): unknown[][] {
  return rowsOf(frame, PREVIEW_ROWS)
}

/** Rows, each `[id, label, …]` in the order of the heading, at most `limit`. */
export function rowsOf(frame: Frame, limit = Infinity): unknown[][] {
  const columns = shownColumns(frame)
  return frame.ids
    .slice(0, limit)
    .map((id, row) => [id, ...columns.map(({ values }) => toJsonValue(values[row]))])
}

/** The columns in the order of the heading. */
export function shownColumns(frame: Frame): readonly Column[] {
  const rank = (name: string) => {
    if (name === frame.labelName) return 0
    const place = frame.kind === 'prediction' ? PREDICTION.indexOf(name) : -1
    return place < 0 ? PREDICTION.length + 1 : place + 1
  }
  // Sorting keeps the order of columns of the same rank.
  return frame.columns.toSorted((a, b) => rank(a.name) - rank(b.name))
}

function toJsonValue(value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? null : value
}
