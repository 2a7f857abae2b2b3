/**
 * From scores of trees to tables of predictions.
 * @module
 */
import { label, type Column, type Frame } from '../../compute/ml/frame.ts'
import {
  binaryObjective,
  type Objective,
  type RegressionLoss,
  regressionObjective,
  softmaxObjective,
} from '../../compute/ml/tree/objective.ts'
import { classesOf } from '../linear/classes.ts'
import type { PredictionType } from '../linear/prediction.ts'
import type { BoostingTreeParam } from './boosting-param.ts'
import type { TreeTable } from './tree-inputs.ts'

/** What is learnt. */
export interface Task {
  /** The negative and the positive label, or one a class; none in regression. */
  readonly classes: readonly number[]
  readonly objective: Objective
}

/** The task that parameters and labels make; `column` is what a message calls the labels. */
export function taskOf(params: BoostingTreeParam, labels: Float64Array, column: string): Task {
  if (params.task_type === 'regression') return taskFor(params, [])
  const values = classesOf(labels, { oneVsRest: true, column }).values
  return taskFor(params, values.length === 2 && values[0] === 1 ? [values[1], 1] : values)
}

/** The task over classes that are known. */
export function taskFor(params: BoostingTreeParam, classes: readonly number[]): Task {
  if (params.task_type === 'regression') {
    const { objective, params: numbers } = params.objective_param
    const name = (objective ?? 'lse') as RegressionLoss
    return { classes: [], objective: regressionObjective(name, numbers?.[0]) }
  }
  const objective = classes.length === 2 ? binaryObjective() : softmaxObjective(classes.length)
  return { classes, objective }
}

/** Labels as the objective counts them; those of no class become NaN. */
export function encodeLabels(labels: Float64Array, { classes }: Task): Float64Array {
  if (classes.length === 0) return labels
  return labels.map((value) => {
    const at = classes.indexOf(value)
    return at < 0 ? Number.NaN : at
  })
}

/** Scores of rows sorted by id as a prediction table in the order of its own rows. */
export function treePredictions(
  { frame, order }: TreeTable,
  scores: readonly Float64Array[],
  options: { task: Task; threshold: number; type: PredictionType },
): Frame {
  const { task, threshold, type } = options
  const answers: Answer[] = frame.ids.map(() => ({ result: 0, score: 0, detail: {} }))
  order.forEach((row, at) => {
    const values = task.objective.link(scores.map((each) => each[at]))
    answers[row] = answerOf(values, task.classes, threshold)
  })
  const labels = label(frame)
  const first: Column = labels
    ? { name: 'label', type: 'number', values: labels }
    : { name: 'label', type: 'json', values: frame.ids.map(() => null) }
  return {
    kind: 'prediction',
    idName: frame.idName,
    ids: frame.ids,
    columns: [
      first,
      {
        name: 'predict_result',
        type: 'number',
        values: Float64Array.from(answers, ({ result }) => result),
      },
      {
        name: 'predict_score',
        type: 'number',
        values: Float64Array.from(answers, ({ score }) => score),
      },
      { name: 'predict_detail', type: 'json', values: answers.map(({ detail }) => detail) },
      { name: 'type', type: 'text', values: frame.ids.map(() => type) },
    ],
  }
}

interface Answer {
  readonly result: number
  readonly score: number
  readonly detail: Readonly<Record<string, number>>
}

function answerOf(
  values: readonly number[],
  classes: readonly number[],
  threshold: number,
): Answer {
  const [value] = values
  if (classes.length === 0) return { result: value, score: value, detail: { label: value } }
  if (values.length === 1) {
    const [negative, positive] = classes
    return {
      result: value > threshold ? positive : negative,
      score: value,
      detail: { [negative]: 1 - value, [positive]: value },
    }
  }
  const score = Math.max(...values)
  return {
    result: classes[values.indexOf(score)],
    score,
    detail: Object.fromEntries(values.map((chance, at) => [classes[at], chance])),
  }
}
