/**
 * Tables whose columns have mean 0 and spread 1, as networks learn them, and predictions put back.
 * @module
 */
import { type Column, features, type Frame } from '../../compute/ml/frame.ts'
import { fromColumns } from '../../compute/ml/matrix.ts'
import { type Norm, normsOf } from './kernel-model.ts'

/** How labels of a regression become what the network learns. */
export interface LabelNorm {
  readonly mean: number
  readonly spread: number
}

/** The mean and the spread of every feature. */
export function frameNorms(frame: Frame): Record<string, Norm> {
  const columns = features(frame)
  const matrix = fromColumns(
    columns.map(({ values }) => values),
    frame.ids.length,
  )
  const norms = normsOf(matrix, 'STANDARD')
  return Object.fromEntries(columns.map(({ name }, at) => [name, norms[at]]))
}

/** The table with features, and the label of a regression, made comparable. */
export function standardFrame(
  frame: Frame,
  { columns, label }: { columns: Readonly<Record<string, Norm>>; label: LabelNorm | null },
): Frame {
  const scaled = frame.columns.map((column): Column => {
    if (column.type !== 'number') return column
    const norm =
      column.name === frame.labelName
        ? { shift: label?.mean ?? 0, extent: label?.spread ?? 1 }
        : columns[column.name]
    if (!norm) return column
    return { ...column, values: column.values.map((value) => (value - norm.shift) / norm.extent) }
  })
  return { ...frame, columns: scaled }
}

/** A prediction table in the labels' own units. */
export function predictionBack(frame: Frame, { mean, spread }: LabelNorm): Frame {
  const back = (value: number) => mean + spread * value
  const columns = frame.columns.map((column): Column => {
    if (column.type === 'number') return { ...column, values: column.values.map(back) }
    if (column.name !== 'predict_detail' || column.type !== 'json') return column
    const details = column.values as readonly Readonly<Record<string, number>>[]
    const values = details.map((detail) =>
      Object.fromEntries(Object.entries(detail).map(([name, value]) => [name, back(value)])),
    )
    return { ...column, values }
  })
  return { ...frame, columns }
}
