/**
 * Measures of a network's answers, by the names of Keras and of Evaluation.
 * @module
 */
import type { Matrix } from '../../compute/ml/matrix.ts'
import { auc, ks } from '../../compute/ml/metric.ts'
import type { NnTask, TaskKind } from './nn-task.ts'

/** A measure of chances against labels. */
export interface NnMetric {
  readonly name: string
  /** Whether more is better. */
  readonly larger: boolean
  of(labels: Float64Array, chances: Matrix, task: NnTask): number
}

/** The measure called `name` of a task of this kind; undefined where there is none. */
export function metricNamed(name: string, kind: TaskKind): NnMetric | undefined {
  const key = NAMES[name.replaceAll(/[^a-z]/gi, '').toLowerCase()]
  return METRICS[kind].find((metric) => metric.name === key)
}

/** Names of the measures of a task of this kind. */
export function metricNames(kind: TaskKind): string[] {
  return METRICS[kind].map(({ name }) => name)
}

const ones = (labels: Float64Array, { classes }: NnTask): Float64Array =>
  labels.map((value) => Number(value === classes[1]))

const accuracy: NnMetric = {
  name: 'accuracy',
  larger: true,
  of(labels, { cols, data }, { kind, classes }) {
    const right = labels.filter((value, row) => {
      const own = data.subarray(row * cols, (row + 1) * cols)
      const at = kind === 'binary' ? Number(own[0] > 0.5) : own.indexOf(Math.max(...own))
      return classes[at] === value
    })
    return right.length / labels.length
  },
}

function error(name: string, of: (errors: Float64Array) => number): NnMetric {
  return {
    name,
    larger: false,
    of: (labels, { data }) => of(data.map((value, row) => value - labels[row])),
  }
}

const mean = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
const squares = (values: Float64Array): number => mean(values.map((value) => value * value))

const METRICS: Readonly<Record<TaskKind, readonly NnMetric[]>> = {
  binary: [
    {
      name: 'auc',
      larger: true,
      of: (labels, { data }, task) => auc(ones(labels, task), data),
    },
    {
      name: 'ks',
      larger: true,
      of: (labels, { data }, task) => ks(ones(labels, task), data),
    },
    accuracy,
  ],
  multi: [accuracy],
  regression: [
    error('rmse', (errors) => Math.sqrt(squares(errors))),
    error('mae', (errors) => mean(errors.map(Math.abs))),
    error('mse', squares),
  ],
}

const NAMES: Readonly<Record<string, string>> = {
  auc: 'auc',
  ks: 'ks',
  acc: 'accuracy',
  accuracy: 'accuracy',
  binaryaccuracy: 'accuracy',
  categoricalaccuracy: 'accuracy',
  rmse: 'rmse',
  rootmeansquarederror: 'rmse',
  mae: 'mae',
  meanabsoluteerror: 'mae',
  mse: 'mse',
  meansquarederror: 'mse',
}
