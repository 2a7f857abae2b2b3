/**
 * Plain logistic regression on one party's own columns, to compare a federated model with (FATE's LocalBaseline).
 * @module
 */
import { z } from 'zod'

import { label, type Frame } from '../../compute/ml/frame.ts'
import { fromColumns, multiply } from '../../compute/ml/matrix.ts'
import { fitLogistic } from '../../compute/ml/newton-logistic.ts'
import { component, type TaskContext } from '../define.ts'
import {
  dataInput,
  DATA_SLOTS,
  earlierState,
  featureValues,
  headerOf,
  requireColumns,
  requireNumbers,
} from '../input.ts'
import { warnOfUnknown } from '../param.ts'
import { classesOf, signsOf } from './classes.ts'
import { predictionFrame, type PredictionType } from './prediction.ts'

const Options = z.looseObject({
  penalty: z
    .enum(['l2', 'none', 'l1', 'elasticnet'])
    .refine(
      (penalty) => penalty === 'l2' || penalty === 'none',
      'model_opts.penalty can be l2 or none',
    )
    .nullable()
    .default('l2'),
  /** The loss of all rows counts so much against the penalty of 1/2. */
  C: z.number().positive().default(1),
  fit_intercept: z.boolean().default(true),
  max_iter: z.int().positive().default(100),
  tol: z.number().positive().default(1e-4),
  /** Kept for callers that send them: the minimum is the same whatever finds it. */
  solver: z.string().default('newton'),
  random_state: z.int().nullable().default(null),
})

/** Parameters of LocalBaseline. */
export const LocalBaselineParam = z.looseObject({
  model_name: z
    .string()
    .refine((name) => name === 'LogisticRegression', 'model_name can be LogisticRegression only')
    .default('LogisticRegression'),
  model_opts: Options.prefault({}),
  predict_param: z.looseObject({ threshold: z.number().min(0).max(1).default(0.5) }).prefault({}),
  need_run: z.boolean().default(true),
})

type Context = TaskContext<z.output<typeof LocalBaselineParam>>

/** What prediction needs. */
interface BaselineState {
  readonly header: readonly string[]
  readonly classes: readonly number[]
  readonly models: readonly { readonly weights: readonly number[]; readonly intercept: number }[]
}

/** Works on the party's own table; nothing is sent. A party without labels does nothing. */
export const localBaseline = component({
  name: 'LocalBaseline',
  summary: 'Logistic regression on the own columns alone, to compare with',
  roles: ['guest', 'host'],
  requires: ['guest'],
  params: LocalBaselineParam,
  paramsName: 'LocalBaselineParam',
  inputs: { data: DATA_SLOTS, model: ['model'] },
  outputs: { data: true, model: true },
  deployed: true,
  online: 'alone',
  messages: {},
  async run(context) {
    warnOfUnknown(context, LocalBaselineParam)
    if (context.role === 'host') {
      context.log('info', "The baseline is the guest's alone: nothing to do")
      return
    }
    const { frame } = await dataInput(context)
    const earlier = await earlierState<BaselineState>(context, 'LocalBaseline')
    const state = earlier ?? (await fit(context, frame))
    await context.writeTable(predict(context, frame, { state, type: earlier ? 'test' : 'train' }))
    context.progress(1, 1)
  },
})

async function fit(context: Context, frame: Frame): Promise<BaselineState> {
  const { penalty, C, fit_intercept, max_iter, tol } = context.params.model_opts
  const labels = label(frame)
  if (!labels) throw new Error('The table has no label column: set with_label in DataIO')
  const header = headerOf(frame)
  const column = frame.labelName ?? 'label'
  const several = new Set(labels).size > 2
  const classes = classesOf(labels, { oneVsRest: several, column })
  const matrix = matrixOf(frame, header)
  const fits = classes.targets.map((target) => {
    const positive = signsOf(labels, target ?? classes.values[1]).map((sign) => (sign > 0 ? 1 : 0))
    return fitLogistic(matrix, positive, {
      l2: penalty === 'l2' ? 1 / C : 0,
      intercept: fit_intercept,
      maxIterations: max_iter,
      tol,
    })
  })
  const weight = Object.fromEntries(
    fits.flatMap(({ weights }, at) =>
      header.map((name, col): [string, number] => {
        const target = classes.targets[at]
        return [target === null ? name : `class_${target}_${name}`, weights[col]]
      }),
    ),
  )
  const state: BaselineState = {
    header,
    classes: classes.values,
    models: fits.map(({ weights, intercept }) => ({ weights: [...weights], intercept })),
  }
  await context.writeModel({
    name: 'LocalBaseline',
    param: {
      iters: Math.max(...fits.map(({ iterations }) => iterations)),
      lossHistory: fits.flatMap(({ losses }) => losses),
      isConverged: fits.every(({ converged }) => converged),
      weight,
      intercept: several ? 0 : fits[0].intercept,
      header,
      needOneVsRest: several,
      oneVsRestClasses: several ? classes.values.map(String) : [],
    },
    meta: {
      modelName: 'LogisticRegression',
      modelOpts: JSON.stringify(context.params.model_opts),
      predictParam: context.params.predict_param,
      needRun: true,
    },
    state,
  })
  return state
}

function predict(
  context: Context,
  frame: Frame,
  { state, type }: { state: BaselineState; type: PredictionType },
): Frame {
  requireColumns(frame, state.header)
  const matrix = matrixOf(frame, state.header)
  return predictionFrame({
    idName: frame.idName,
    ids: frame.ids,
    labels: label(frame),
    classes: state.classes,
    predictors: state.models.map(({ weights, intercept }) =>
      multiply(matrix, Float64Array.from(weights)).map((wx) => wx + intercept),
    ),
    threshold: context.params.predict_param.threshold,
    type,
  })
}

function matrixOf(frame: Frame, header: readonly string[]): ReturnType<typeof fromColumns> {
  const values = featureValues(frame)
  const columns = header.map((name) => {
    const column = { name, values: values.get(name) ?? new Float64Array() }
    requireNumbers(frame, column)
    return column.values
  })
  return fromColumns(columns, frame.ids.length)
}
