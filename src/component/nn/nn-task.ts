/**
 * What a network is to tell: one of two classes, one of several, or a number; labels as it learns them, and its answers
 * as a table.
 * @module
 */
import { type Column, type Frame, label } from '../../compute/ml/frame.ts'
import { sigmoid } from '../../compute/ml/logistic.ts'
import type { Matrix } from '../../compute/ml/matrix.ts'
import { lossNamed, type LossName } from '../../compute/nn/loss.ts'
import { lastActivation, readTopology } from '../../compute/nn/topology.ts'
import { classesOf } from '../linear/classes.ts'
import type { PredictionType } from '../linear/prediction.ts'
import { PrivateFault } from '../private-fault.ts'
import type { HomoNNParam } from './homo-nn-param.ts'

/** What is told apart. */
export type TaskKind = 'binary' | 'multi' | 'regression'

/** What a network is to tell. */
export interface NnTask {
  readonly kind: TaskKind
  /** The negative and the positive label, or one for each output; none in regression. */
  readonly classes: readonly number[]
  readonly loss: LossName
}

/** The kind of task that an end of a network makes; `task` where the parameters say it. */
export function kindOf(
  end: { outputs: number; activation: string; loss: LossName },
  task?: 'classification' | 'regression',
): TaskKind {
  const { outputs, activation, loss } = end
  const classifies = loss.kind !== 'number' || activation === 'sigmoid' || activation === 'softmax'
  if (task === 'regression' || (task === undefined && outputs === 1 && !classifies)) {
    if (outputs === 1) return 'regression'
    throw new Error(`A regression needs a network with one output, this one has ${outputs}`)
  }
  if (outputs === 1 && (loss.kind === 'classes' || loss.kind === 'sparse')) {
    throw new Error(
      `The loss ${loss.name} compares one output a class, the network has one in all: ` +
        'end it with as many units as there are classes, or use binary_crossentropy',
    )
  }
  if (outputs > 1 && (loss.kind === 'binary' || loss.kind === 'margin')) {
    const instead = 'use categorical_crossentropy, or end it with one unit'
    throw new Error(
      `The loss ${loss.name} is for one output, the network has ${outputs}: ${instead}`,
    )
  }
  return outputs === 1 ? 'binary' : 'multi'
}

/** Whether folds are measured as numbers to be met: a loss of numbers, and no chances at the network's end. */
export function meetsNumbers({
  cv_param,
  loss,
  nn_define,
  config_type,
  random_seed,
}: HomoNNParam): boolean {
  // A prediction may name neither.
  if (!cv_param.need_cv || lossNamed(loss).kind !== 'number') return false
  const shape = { inputs: 1, anyShape: true, type: config_type, seed: random_seed }
  const end = lastActivation(readTopology(nn_define, { ...shape, name: 'nn_define' }))
  return end !== 'softmax' && end !== 'sigmoid'
}

/** The task over the label values of all parties. Throws where they are more or fewer than the network tells apart. */
export function taskOver(
  values: Float64Array,
  {
    kind,
    outputs,
    loss,
    column,
  }: { kind: TaskKind; outputs: number; loss: LossName; column: string },
): NnTask {
  if (kind === 'regression') return { kind, classes: [], loss }
  const { values: all } = classesOf(values, { oneVsRest: true, column })
  const classes = all.length === 2 && all[0] === 1 && kind === 'binary' ? [all[1], 1] : all
  const told = kind === 'binary' ? 2 : outputs
  if (classes.length === told) return { kind, classes, loss }
  const shown = classes.slice(0, 5).join(', ') + (classes.length > 5 ? ', …' : '')
  throw new Error(
    `Label column "${column}" holds ${classes.length} values (${shown}), the network tells ${told} apart: ` +
      `end it with ${classes.length} units and softmax, or correct the labels`,
  )
}

/** Labels as the network learns them, one row each. Throws for a label that is no class. */
export function wantedOutputs(
  labels: Float64Array,
  { kind, classes, loss }: NnTask,
  owner: string,
): Matrix {
  const cols = kind === 'multi' ? classes.length : 1
  const data = new Float64Array(labels.length * cols)
  labels.forEach((value, row) => {
    if (kind === 'regression') {
      data[row] = value
      return
    }
    const at = classes.indexOf(value)
    if (at < 0) {
      throw new PrivateFault(
        `The label ${value} of ${owner} is none of ${classes.join(', ')}, which the network tells apart`,
        `A label of ${owner} is none of those that the network tells apart`,
      )
    }
    if (kind === 'multi') data[row * cols + at] = 1
    else data[row] = loss.kind === 'margin' ? 2 * at - 1 : at
  })
  return { rows: labels.length, cols, data }
}

/** What the network answers, as chances of the positive class or of each; numbers in regression. */
export function chancesOf(answers: Matrix, { kind, loss }: NnTask): Matrix {
  const { rows, cols, data } = answers
  if (kind === 'regression') return answers
  if (kind === 'multi') return loss.logits ? softmaxRows(answers) : answers
  const chance = (value: number): number => {
    if (loss.logits) return sigmoid(value)
    return loss.kind === 'margin' ? (Math.min(1, Math.max(-1, value)) + 1) / 2 : value
  }
  return { rows, cols, data: data.map(chance) }
}

/** Chances of the rows of `frame` as a prediction table; `order[i]` is the row of the frame that chance i is of. */
export function nnPredictions(
  frame: Frame,
  chances: Matrix,
  options: { task: NnTask; threshold: number; type: PredictionType; order?: Uint32Array },
): Frame {
  const { task, threshold, type, order } = options
  const answers: Answer[] = frame.ids.map(() => ({ result: 0, score: 0, detail: {} }))
  for (let at = 0; at < chances.rows; at++) {
    const values = chances.data.subarray(at * chances.cols, (at + 1) * chances.cols)
    answers[order ? order[at] : at] = answerOf(values, task, threshold)
  }
  const labels = label(frame)
  const first: Column = labels
    ? { name: 'label', type: 'number', values: labels }
    : { name: 'label', type: 'json', values: frame.ids.map(() => null) }
  const numbers = (name: string, of: (answer: Answer) => number): Column => ({
    name,
    type: 'number',
    values: Float64Array.from(answers, of),
  })
  return {
    kind: 'prediction',
    idName: frame.idName,
    ids: frame.ids,
    columns: [
      first,
      numbers('predict_result', ({ result }) => result),
      numbers('predict_score', ({ score }) => score),
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

function answerOf(values: Float64Array, { kind, classes }: NnTask, threshold: number): Answer {
  const [value] = values
  if (kind === 'regression') return { result: value, score: value, detail: { label: value } }
  if (kind === 'binary') {
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
    detail: Object.fromEntries(Array.from(values, (chance, at) => [classes[at], chance])),
  }
}

function softmaxRows({ rows, cols, data }: Matrix): Matrix {
  const chances = new Float64Array(data.length)
  for (let row = 0; row < rows; row++) {
    const own = data.subarray(row * cols, (row + 1) * cols)
    const most = Math.max(...own)
    const powers = own.map((value) => Math.exp(value - most))
    const sum = powers.reduce((all, power) => all + power, 0)
    chances.set(
      powers.map((power) => power / sum),
      row * cols,
    )
  }
  return { rows, cols, data: chances }
}
