/**
 * Labels as FederatedKernel learns them, what it predicts as a table, and how good that is.
 * @module
 */
import { type Frame, label } from '../../compute/ml/frame.ts'
import type { Matrix } from '../../compute/ml/matrix.ts'
import { auc } from '../../compute/ml/metric.ts'
import { lossNamed } from '../../compute/nn/loss.ts'
import { labelsOf, type OpenTable } from '../linear/lr-inputs.ts'
import { nnPredictions } from '../nn/nn-task.ts'
import type { KernelParam } from './kernel-param.ts'
import { SCORES } from './score.ts'

/** Labels between −1 and 1, one vector a target. */
export interface LabelCode {
  /** A coded number v stands for centre + half · v. */
  readonly centre: number
  readonly half: number
  encode(labels: Float64Array): Float64Array[]
  /** How far the coded label of a row can change, in length over all targets. */
  readonly change: number
  /** How far its square can change. */
  readonly squares: number
}

/** The code for the labels of the rows to learn from. Throws for labels that are no classes where classes are asked for. */
export function codeLabels(table: OpenTable, { numClass, useDP }: KernelParam): LabelCode {
  const labels = labelsOf(table)
  if (numClass > 1) {
    const column = table.frame.labelName ?? 'label'
    return {
      centre: 0.5,
      half: 0.5,
      encode(values) {
        const stray = values.find((value) => !isClass(value, numClass))
        if (stray !== undefined) {
          throw new Error(
            `numClass ${numClass} is for labels 0 to ${numClass - 1}, and "${column}" holds others: set numClass to how ` +
              'many classes there are, or to 1 for numbers',
          )
        }
        const ones = numClass === 2 ? [1] : Array.from({ length: numClass }, (_, at) => at)
        return ones.map((one) => values.map((value) => (value === one ? 1 : -1)))
      },
      change: numClass === 2 ? 2 : Math.hypot(2, 2),
      squares: 0,
    }
  }
  const low = labels.reduce((least, value) => Math.min(least, value), Infinity)
  const high = labels.reduce((most, value) => Math.max(most, value), -Infinity)
  const centre = (low + high) / 2
  const half = (high - low) / 2 || 1
  return {
    centre,
    half,
    encode(values) {
      const coded = values.map((value) => (value - centre) / half)
      // Labels of rows to validate with may lie further out, and what is under noise must not.
      return [useDP === 'true' ? coded.map((v) => Math.min(1, Math.max(-1, v))) : coded]
    },
    change: 2,
    squares: 1,
  }
}

function isClass(value: number, numClass: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < numClass
}

/** Scores as a table of predictions; chances of classes are kept between 0 and 1. */
export function kernelFrame({ frame, order }: OpenTable, scores: Matrix, numClass: number): Frame {
  const classes = Array.from({ length: numClass }, (_, at) => at)
  const kind = numClass === 1 ? 'regression' : numClass === 2 ? 'binary' : 'multi'
  const kept = (value: number) => Math.min(1, Math.max(0, value))
  const chances = kind === 'regression' ? scores : { ...scores, data: scores.data.map(kept) }
  const task = {
    kind,
    classes: kind === 'regression' ? [] : classes,
    loss: lossNamed('mse'),
  } as const
  return nnPredictions(frame, chances, { task, threshold: 0.5, type: 'test', order })
}

/** A metric of predictions of rows, by its name in parameters; `scores` has a column a target. */
export function measure(
  name: string,
  { labels, scores }: { labels: Float64Array; scores: Matrix },
): { label: string; value: number } {
  const { rows, cols, data } = scores
  const best = Float64Array.from({ length: rows }, (_, row) => {
    const own = data.subarray(row * cols, (row + 1) * cols)
    return cols === 1 ? Number(own[0] > 0.5) : own.indexOf(Math.max(...own))
  })
  const classes = [...new Set(labels)]
  const meanOver = (of: (one: number) => number) =>
    classes.reduce((sum, one) => sum + of(one), 0) / classes.length
  if (name === 'MAUC') {
    const scoreOf = (one: number) =>
      Float64Array.from({ length: rows }, (_, row) =>
        cols === 1 ? (one === 1 ? 1 : -1) * data[row] : data[row * cols + one],
      )
    const value = meanOver((one) =>
      auc(
        labels.map((each) => Number(each === one)),
        scoreOf(one),
      ),
    )
    return { label: 'mAuc', value: classes.length > 1 ? value : 0 }
  }
  if (name === 'MF1') {
    const f1 = (one: number) => {
      const hits = labels.reduce(
        (sum, each, row) => sum + Number(each === one && best[row] === one),
        0,
      )
      const [told, there] = [best, labels].map((all) => all.filter((each) => each === one).length)
      return (2 * hits) / (told + there)
    }
    return { label: 'mF1', value: meanOver(f1) }
  }
  const found = SCORES.get(name)
  if (!found) throw new Error(`metricType: there is no metric "${name}"`)
  const predictions = /^M(ACC|ERROR)$/.test(name) || cols > 1 ? best : data
  return { label: found.label, value: found.of(labels, predictions) }
}

/** The labels of a prediction table's rows, sorted as scores are. */
export function sortedLabels({ frame, order }: OpenTable): Float64Array | undefined {
  const labels = label(frame)
  return labels && Float64Array.from(order, (row) => labels[row])
}
