/**
 * Boosted trees between parties with different columns as FedLearn's clients ask for them (FederatedGB, SecureBoost):
 * the training of HeteroSecureBoost under FedLearn's parameters, objectives and metrics.
 *
 * Its keys are the guest's, so nobody else, and no coordinator, decrypts anything. The original published its ciphertexts
 * without randomness; these have it.
 * @module
 */
import { z } from 'zod'

import { createRng } from '../../compute/ml/rng.ts'
import {
  binaryObjective,
  type Objective,
  regressionObjective,
  softmaxObjective,
} from '../../compute/ml/tree/objective.ts'
import { component, type TaskContext } from '../define.ts'
import { warnOfUnknown } from '../param.ts'
import { BoostingTreeParam } from '../tree/boosting-param.ts'
import { runGuest, type GuestRules } from '../tree/sbt-guest.ts'
import { runHost } from '../tree/sbt-host.ts'
import { SBT_MESSAGES } from '../tree/sbt-messages.ts'
import type { Task } from '../tree/tree-prediction.ts'
import { withCategories } from './category-columns.ts'
import { gridOf, randomizedLabels, responseEpsilon } from './randomized-response.ts'
import { scoreWatch } from './score-watch.ts'

/** How many bins of the whole table stand for one of a node. */
const FINER = 8

/** Parameters of FederatedGB, with FedLearn's names and defaults. */
export const FederatedGbParam = z.looseObject({
  numBoostRound: z.int().positive().default(1),
  firstRoundPred: z.enum(['ZERO', 'AVG', 'RANDOM']).default('AVG'),
  rowSample: z.number().positive().max(1).default(1),
  colSample: z.number().positive().max(1).default(1),
  earlyStoppingRound: z.int().positive().default(10),
  minChildWeight: z.number().nonnegative().default(1),
  minSampleSplit: z.number().nonnegative().default(10),
  lambda: z.number().nonnegative().default(1),
  gamma: z.number().nonnegative().default(0),
  scalePosWeight: z.number().nonnegative().default(1),
  numBin: z.int().min(2).default(33),
  evalMetric: z.array(z.string()).min(1).default(['MAPE']),
  maxDepth: z.int().min(2).default(5),
  eta: z.number().positive().default(0.3),
  objective: z
    .enum([
      'regLogistic',
      'regSquare',
      'countPoisson',
      'binaryLogistic',
      'multiSoftmax',
      'multiSoftProb',
    ])
    .default('regSquare'),
  numClass: z.int().positive().default(1),
  /** Names of columns of categories, separated by commas. */
  catFeatures: z.string().default(''),
  /** The share of the labels that is drawn anew before the training. */
  randomizedResponseProbability: z.number().min(0).max(1).default(0),
  bitLength: z.enum(['bit512', 'bit1024', 'bit2048']).default('bit2048'),
  seed: z.int().default(666),
})

/** Parsed parameters of FederatedGB. */
export type FederatedGbParam = z.output<typeof FederatedGbParam>

/** FedLearn's `FederatedGB`. */
export const federatedGb = component({
  name: 'FederatedGB',
  summary: 'Boosted trees over the columns of several parties, with FedLearn’s parameters',
  roles: ['guest', 'host'],
  requires: ['guest', 'host'],
  params: FederatedGbParam,
  paramsName: 'FederatedGBParam',
  inputs: { data: ['train_data', 'validate_data', 'eval_data'], model: ['model'] },
  outputs: { data: true, model: true },
  deployed: true,
  messages: SBT_MESSAGES,
  privacy(params) {
    const share = params.randomizedResponseProbability
    if (share === 0) return undefined
    const answers = classesOf(params).length || params.numBin
    return { epsilon: responseEpsilon(answers, share), delta: 0, validated: false }
  },
  async run(context) {
    const { params } = context
    warnOfUnknown(context, FederatedGbParam)
    const boosted = { ...context, params: boostingParams(context, params) }
    const inner = await withCategories(boosted, params.catFeatures)
    if (context.role === 'guest') await runGuest(inner, rulesOf(context, params))
    else await runHost(inner)
  },
})

/** The same training in HeteroSecureBoost's parameters. */
function boostingParams(context: TaskContext, params: FederatedGbParam): BoostingTreeParam {
  const { objective } = params
  if (context.role === 'guest' && params.bitLength !== 'bit2048') {
    context.warn(
      `bitLength ${params.bitLength} does not protect real data: a key of 2048 bits is used`,
    )
  }
  // HeteroSecureBoost takes the whole squared error, not half of it: both derivatives are twice as large.
  const twice = objective === 'regSquare' ? 2 : 1
  const validated = context.connected.data.some((slot) => slot !== 'train_data')
  return BoostingTreeParam.parse({
    task_type: isRegression(objective) ? 'regression' : 'classification',
    objective_param: {
      objective:
        objective === 'countPoisson'
          ? 'poisson'
          : isRegression(objective)
            ? 'lse'
            : 'cross_entropy',
    },
    learning_rate: params.eta,
    num_trees: params.numBoostRound,
    // FedLearn cuts the rows of every node anew; cuts of the whole table have to be finer for that to be even below.
    bin_num: Math.min(1024, FINER * params.numBin),
    node_bin_num: params.numBin,
    tree_param: {
      criterion_params: [params.lambda * twice],
      // FedLearn counts the root as a level, and halves gains.
      max_depth: params.maxDepth - 1,
      min_sample_split: Math.floor(params.minSampleSplit) + 1,
      min_impurity_split: 2 * params.gamma * twice,
      min_child_weight: params.minChildWeight * twice,
      feature_importance_type: 'gain',
    },
    subsample_feature_rate: params.colSample,
    subsample_row_rate: params.rowSample,
    use_missing: true,
    early_stopping_rounds: validated && learns(context) ? params.earlyStoppingRound : null,
    random_seed: params.seed,
  })
}

function learns({ connected }: TaskContext): boolean {
  return !connected.model.includes('model')
}

function rulesOf(
  context: Pick<TaskContext, 'random' | 'warn'>,
  params: FederatedGbParam,
): GuestRules {
  const share = params.randomizedResponseProbability
  return {
    ...(share > 0 ? { disguise: (labels) => disguised(context, { labels, params }) } : {}),
    taskOf: (_params, labels, column) => trainingTask(params, { labels, column }),
    taskFor: (_params, classes) => ({ classes, objective: objectiveOf(params) }),
    watchTrain: (_params, task) => scoreWatch(params, task),
    watchValidation: (_params, task) => scoreWatch(params, task),
  }
}

/** Labels of which a share was drawn anew, and a word on what that is worth. */
function disguised(
  { random, warn }: Pick<TaskContext, 'random' | 'warn'>,
  { labels, params }: { labels: Float64Array; params: FederatedGbParam },
): Float64Array {
  const classes = classesOf(params)
  const answers = classes.length > 0 ? classes : gridOf(labels, params.numBin)
  const share = params.randomizedResponseProbability
  warn(
    `randomizedResponseProbability ${share}: labels are learnt from, and measured, under randomized response with an ` +
      `epsilon of ${responseEpsilon(answers.length, share).toPrecision(3)}; rows to validate with are measured as they are`,
  )
  return randomizedLabels(labels, { answers, share, random })
}

/** Throws where the labels are not what the objective is for. */
function trainingTask(
  params: FederatedGbParam,
  { labels, column }: { labels: Float64Array; column: string },
): Task {
  const base = objectiveOf(params)
  const classes = classesOf(params)
  const stray = classes.length > 0 ? labels.find((label) => !classes.includes(label)) : undefined
  if (stray !== undefined) {
    throw new Error(
      `Objective ${params.objective} is for labels ${classes[0]} to ${classes.at(-1)}, and "${column}" holds others: ` +
        'set objective, or numClass, to what the labels are',
    )
  }
  const objective: Objective = {
    ...base,
    initial: (encoded) => firstScores(params, { encoded, base }),
    derivatives: (encoded, scores, output) =>
      weighed(base.derivatives(encoded, scores, output), { encoded, params }),
  }
  return { classes, objective }
}

function objectiveOf({ objective, numClass }: FederatedGbParam): Objective {
  if (objective === 'regSquare') return regressionObjective('lse')
  if (objective === 'countPoisson') return regressionObjective('poisson')
  return isMulti(objective) ? softmaxObjective(Math.max(2, numClass)) : binaryObjective()
}

function classesOf({ objective, numClass }: FederatedGbParam): readonly number[] {
  if (isRegression(objective)) return []
  const count = isMulti(objective) ? Math.max(2, numClass) : 2
  return Array.from({ length: count }, (_, at) => at)
}

/** Scores before the first tree. The mean label is the score as it is, in logistic objectives too. */
function firstScores(
  { firstRoundPred, seed }: FederatedGbParam,
  { encoded, base }: { encoded: Float64Array; base: Objective },
): number[] {
  if (firstRoundPred === 'ZERO') return Array.from({ length: base.outputs }, () => 0)
  if (firstRoundPred === 'RANDOM') {
    const rng = createRng(seed)
    return Array.from({ length: base.outputs }, () => rng.uniform())
  }
  const mean = encoded.reduce((sum, value) => sum + value, 0) / encoded.length
  if (base.outputs > 1) return Array.from({ length: base.outputs }, () => 0)
  return base.link([0])[0] === 1 ? [Math.log(mean)] : [mean]
}

/** Rows of label 1 count as much more as the parameters say. */
function weighed(
  derivatives: { g: Float64Array; h: Float64Array },
  { encoded, params }: { encoded: Float64Array; params: FederatedGbParam },
): { g: Float64Array; h: Float64Array } {
  const { scalePosWeight: weight, objective } = params
  if (weight === 1 || isRegression(objective) || isMulti(objective)) return derivatives
  const scale = (values: Float64Array) =>
    values.map((value, row) => (encoded[row] === 1 ? value * weight : value))
  return { g: scale(derivatives.g), h: scale(derivatives.h) }
}

function isRegression(objective: FederatedGbParam['objective']): boolean {
  return objective === 'regSquare' || objective === 'countPoisson'
}

function isMulti(objective: FederatedGbParam['objective']): boolean {
  return objective === 'multiSoftmax' || objective === 'multiSoftProb'
}
