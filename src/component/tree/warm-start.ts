/**
 * Training that goes on from a model: boosted trees with both a model and training data connected get `num_trees` rounds more
 * (FATE 1.7's warm start).
 * @module
 */
import type { MissingRule } from '../../compute/ml/tree/binning.ts'
import type { Tree } from '../../compute/ml/tree/grow.ts'
import { treesPerRound } from '../../compute/ml/tree/predict.ts'
import type { TaskContext } from '../define.ts'
import { modeGoingOn, type RunMode } from '../run-mode.ts'
import { boostRule, type BoostingTreeParam } from './boosting-param.ts'
import { type Task, taskFor } from './tree-prediction.ts'

type Context = TaskContext<BoostingTreeParam>

/** What the graph asks for, and whether a training starts from a model. */
export function boostingMode(context: Context): { mode: RunMode; warm: boolean } {
  return modeGoingOn(context)
}

/** What a model has to say of how it was trained. */
export interface EarlierTrees {
  readonly missing: MissingRule
  readonly classes: readonly number[]
  readonly initial: readonly number[]
  readonly trees: readonly Tree[]
}

/** How many rounds a model has. */
export function roundsOf({ trees, initial }: Pick<EarlierTrees, 'trees' | 'initial'>): number {
  return trees.length / treesPerRound(trees, initial.length)
}

/** Throws where trees after a model would not mean what those before mean. */
export function checkWarm(context: Context, { missing }: Pick<EarlierTrees, 'missing'>): void {
  const now = boostRule(context.params).missing
  if (now.useMissing === missing.useMissing && now.zeroAsMissing === missing.zeroAsMissing) return
  throw new Error(
    `The model that ${context.name} starts from was trained with use_missing ${missing.useMissing} and ` +
      `zero_as_missing ${missing.zeroAsMissing}: give the same`,
  )
}

/** Throws where the trees of a model have one output each and those after it would have several, or the other way round. */
export function checkOutputs(
  { name, params }: Context,
  { trees, initial }: { readonly trees: readonly Tree[]; readonly initial: readonly number[] },
): void {
  if (initial.length === 1 || trees.length === 0) return
  const before = treesPerRound(trees, initial.length) === 1 ? 'multi_output' : 'single_output'
  if (before === params.multi_mode) return
  throw new Error(
    `The model that ${name} starts from was trained with multi_mode ${before}: give the same`,
  )
}

/** The task of an earlier model. Throws where labels are of no class that it knows, or it is of another kind of task. */
export function warmTask(context: Context, model: EarlierTrees, labels: Float64Array): Task {
  const { params } = context
  const regression = params.task_type === 'regression'
  if (regression !== (model.classes.length === 0)) {
    throw new Error(`task_type is ${params.task_type}, and the model is not of that kind`)
  }
  const strange = regression ? undefined : labels.find((value) => !model.classes.includes(value))
  if (strange === undefined) return taskFor(params, model.classes)
  throw new Error(
    `The label column has the value ${strange}, which the model does not know; it has ${model.classes.join(', ')}`,
  )
}
