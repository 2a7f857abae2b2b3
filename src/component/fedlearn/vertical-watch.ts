/**
 * How good FedLearn's linear models are after every epoch, as the guest is told: from sums over all rows, but for MAE,
 * which only predictions of rows tell and which is therefore measured once, of the finished model.
 * @module
 */
import { column } from '../../compute/ml/frame.ts'
import type { DataSlot, TaskContext } from '../define.ts'
import type { Family } from '../linear/family.ts'
import { SCORES } from './score.ts'
import { predictRows, type VerticalPart } from './vertical-model.ts'
import type { VerticalRule } from './vertical-param.ts'

/** The series of rows that are learnt from, and of those that are not. */
export const NAMESPACES = ['train', 'validate']

/** What all parties know after an epoch. */
export interface Seen {
  /** Mean squares of d, by table. */
  readonly squares: readonly number[]
  /** Of the gradient of all weights. */
  readonly squaredLength: number
}

/** What minLoss is compared with: the mean squared residual, or the mean cross entropy. */
export function goal(family: Family, square: number): number {
  return family.classes ? family.loss(square) : square
}

/** The metrics of an epoch, counted from 0. */
export function tellEpoch(
  context: TaskContext,
  of: {
    epoch: number
    rule: VerticalRule
    family: Family
    seen: Seen
    /** How many rows each table has. */
    rows: readonly number[]
  },
): void {
  const { epoch, rule, family, seen, rows } = of
  const { squares, squaredLength } = seen
  squares.forEach((square, at) => {
    const namespace = NAMESPACES[at]
    const values: Readonly<Record<string, readonly [string, number]>> = {
      RMSE: ['rmse', Math.sqrt(square)],
      MSE: ['mse', square],
      // A sum, as FedLearn has it.
      CROSS_ENTRO: ['cross_entropy', family.loss(square) * rows[at]],
      ...(at === 0 ? { G_L2NORM: ['gL2Norm', Math.sqrt(squaredLength)] as const } : {}),
    }
    for (const type of rule.metricType) {
      const found = values[type]
      if (found) tell(context, { namespace, name: found[0], epoch, value: found[1] })
    }
  })
}

/** The mean absolute residual of the finished model, as only predictions of rows tell it. */
export async function tellMae(
  context: TaskContext,
  part: VerticalPart,
  of: { slot: DataSlot; family: Family; epoch: number; namespace: string },
): Promise<void> {
  const frame = await predictRows(context, part, of)
  const score = SCORES.get('MAE')
  if (!frame || !score) return
  const [labels, predictions] = ['label', 'predict_score'].map((name) =>
    Float64Array.from(column(frame, name).values as ArrayLike<number>),
  )
  const value = score.of(labels, predictions)
  tell(context, { ...of, name: score.label, epoch: of.epoch - 1, value })
}

function tell(
  context: TaskContext,
  of: { namespace: string; name: string; epoch: number; value: number },
): void {
  const { namespace, name, epoch, value } = of
  context.metric({
    namespace,
    name,
    points: [[epoch, value]],
    meta: { name, metric_type: 'LOSS', unit_name: 'iters', curve_name: name },
  })
}
