/**
 * Tables of predictions.
 * @module
 */
import type { Column, Frame } from '../../compute/ml/frame.ts'
import { sigmoid } from '../../compute/ml/logistic.ts'

/** What the rows are to the model: seen in training, labelled for comparison, or new. */
export type PredictionType = 'train' | 'validation' | 'test'

export interface PredictionOptions {
  readonly idName: string
  readonly ids: readonly string[]
  /** Undefined where the rows have no label. */
  readonly labels: Float64Array | undefined
  /** The negative and the positive label, or one label for each model. */
  readonly classes: readonly number[]
  /** One linear predictor a model and row. */
  readonly predictors: readonly Float64Array[]
  readonly threshold: number
  readonly type: PredictionType
}

/**
 * The prediction table. Of two classes the positive one is answered when its probability is strictly above the
 * threshold; of several the one whose own model gives the highest, the first of equals.
 */
export function predictionFrame(options: PredictionOptions): Frame {
  const { idName, ids, labels, classes, predictors, type } = options
  const answers = ids.map((_, row) => {
    const chances = predictors.map((predictor) => sigmoid(predictor[row]))
    return chances.length === 1 ? answerBinary(chances[0], options) : answerBest(chances, classes)
  })
  const label: Column = labels
    ? { name: 'label', type: 'number', values: labels }
    : { name: 'label', type: 'json', values: ids.map(() => null) }
  return {
    kind: 'prediction',
    idName,
    ids,
    columns: [
      label,
      {
        name: 'predict_result',
        type: 'number',
        values: Float64Array.from(answers, (answer) => answer.result),
      },
      {
        name: 'predict_score',
        type: 'number',
        values: Float64Array.from(answers, (answer) => answer.score),
      },
      { name: 'predict_detail', type: 'json', values: answers.map((answer) => answer.detail) },
      { name: 'type', type: 'text', values: ids.map(() => type) },
    ],
  }
}

/** The prediction table of a regression: the linear predictor is the answer. */
export function regressionFrame({
  idName,
  ids,
  labels,
  predictors,
  type,
}: PredictionOptions): Frame {
  const [values] = predictors
  return {
    kind: 'prediction',
    idName,
    ids,
    columns: [
      labels
        ? { name: 'label', type: 'number', values: labels }
        : { name: 'label', type: 'json', values: ids.map(() => null) },
      { name: 'predict_result', type: 'number', values },
      { name: 'predict_score', type: 'number', values },
      {
        name: 'predict_detail',
        type: 'json',
        values: Array.from(values, (label) => ({ label })),
      },
      { name: 'type', type: 'text', values: ids.map(() => type) },
    ],
  }
}

/** Both tables, one under the other. */
export function concatPredictions(first: Frame, second: Frame): Frame {
  return {
    ...first,
    ids: [...first.ids, ...second.ids],
    columns: first.columns.map((column, at): Column => {
      const other = second.columns[at]
      if (column.type === 'number' && other.type === 'number') {
        const values = new Float64Array(column.values.length + other.values.length)
        values.set(column.values)
        values.set(other.values, column.values.length)
        return { ...column, values }
      }
      if (column.type === 'text' && other.type === 'text') {
        return { ...column, values: [...column.values, ...other.values] }
      }
      return { name: column.name, type: 'json', values: [...column.values, ...other.values] }
    }),
  }
}

interface Answer {
  readonly result: number
  readonly score: number
  readonly detail: Readonly<Record<string, number>>
}

function answerBinary(chance: number, { classes, threshold }: PredictionOptions): Answer {
  const [negative, positive] = classes
  return {
    result: chance > threshold ? positive : negative,
    score: chance,
    detail: { [negative]: 1 - chance, [positive]: chance },
  }
}

function answerBest(chances: readonly number[], classes: readonly number[]): Answer {
  const score = Math.max(...chances)
  return {
    result: classes[chances.indexOf(score)],
    score,
    detail: Object.fromEntries(chances.map((chance, at) => [classes[at], chance])),
  }
}
