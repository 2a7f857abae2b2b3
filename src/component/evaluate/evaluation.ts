/**
 * Measures predictions against labels (FATE's Evaluation): the metrics, names and curves of FATE 1.0, and F1 and
 * confusion matrix of 1.4.1 on request.
 * @module
 */
import {
  accuracyCurve,
  confusionCurve,
  gainCurve,
  ksCurve,
  liftCurve,
  precisionRecallCurves,
  rocCurve,
} from '../../compute/ml/curve.ts'
import { column, type Frame } from '../../compute/ml/frame.ts'
import { auc, rank, regressionReport } from '../../compute/ml/metric.ts'
import { component, type InputTable } from '../define.ts'
import { warnOfUnknown } from '../param.ts'
import { measureMulti } from './class-measures.ts'
import { measureClusters, measureShapes, measureStability } from './comparison.ts'
import { emitter, type EvaluationContext as Context, type Group, round } from './emitter.ts'
import { EvaluateParam } from './evaluate-param.ts'

/** Reads the party's own predictions; nothing is sent. */
export const evaluation = component({
  name: 'Evaluation',
  summary: 'Measures predictions against labels',
  roles: ['guest', 'host'],
  requires: [],
  params: EvaluateParam,
  paramsName: 'EvaluateParam',
  inputs: {
    data: ['data', 'train_data', 'eval_data', 'validate_data', 'test_data'],
    model: [],
  },
  outputs: { data: true, model: false },
  deployed: false,
  online: 'pass',
  messages: {},
  async run(context) {
    warnOfUnknown(context, EvaluateParam)
    let measured = 0
    for (const slot of context.connected.data) {
      for (const table of await context.tables(slot)) measured += evaluateTable(context, table)
    }
    const none = `${context.channel.self} has no predictions: nothing to evaluate`
    context.log('info', measured > 0 ? `${measured} predictions evaluated` : none)
    context.progress(1, 1)
  },
})

/** Measures one table of predictions and publishes it under its source; answers how many rows have labels. */
export function evaluateTable(context: Context, { source, frame }: InputTable): number {
  if (frame.kind !== 'prediction') {
    throw new Error(
      `${source} gives ${context.name} a ${frame.kind} table, expected predictions: connect a model's output`,
    )
  }
  let measured = 0
  const groups = groupsOf(context, { source, frame })
  for (const group of groups) {
    measure(context, group)
    measured += group.labels.length
  }
  const { eval_type, metrics } = context.params
  if (eval_type === 'clustering') {
    measureShapes(context, { source, frame }, wantedOf(context).wanted)
  }
  if (eval_type === 'binary' && metrics?.includes('psi')) measureStability(context, groups)
  return measured
}

/** Rows by type, without those that have no label. */
function groupsOf(context: Context, table: { source: string; frame: Frame }): Group[] {
  const { source, frame } = table
  const types = Array.from<unknown, string>(column(frame, 'type').values, String)
  const labels = column(frame, 'label').values
  const results = column(frame, 'predict_result').values
  const scores = column(frame, 'predict_score').values
  return [...new Set(types)].flatMap((type) => {
    const rows = frame.ids.flatMap((_, row) => (types[row] === type ? [row] : []))
    const known = rows.filter((row) => Number.isFinite(labels[row]))
    if (known.length < rows.length) {
      const lacking = rows.length - known.length
      context.warn(
        `${lacking} predictions of ${source} of type ${type} have no label: they are not evaluated`,
      )
    }
    if (known.length === 0) return []
    const numbers = (values: ArrayLike<unknown>): Float64Array =>
      Float64Array.from(known, (row) => Number(values[row]))
    const group = { labels: numbers(labels), results: numbers(results), scores: numbers(scores) }
    return [{ source, type, ...group }]
  })
}

/** Publishes the metrics of one group. */
export function measure(context: Context, group: Group): void {
  const { eval_type } = context.params
  const { wanted, unknown, known } = wantedOf(context)
  for (const name of unknown) {
    context.warn(`There is no ${eval_type} metric "${name}"; there are ${known.join(', ')}`)
  }
  if (eval_type === 'binary') measureBinary(context, group, wanted)
  else if (eval_type === 'multi') measureMulti(context, group, wanted)
  else if (eval_type === 'clustering') measureClusters(context, group, wanted)
  else measureRegression(context, group, wanted)
}

/** The metrics that are asked for: those there are, and those there are not. */
function wantedOf({ params }: Pick<Context, 'params'>): {
  wanted: ReadonlySet<string>
  unknown: readonly string[]
  known: readonly string[]
} {
  const { eval_type } = params
  const known = KNOWN[eval_type]
  const metrics = params.metrics?.map((name) => SHORT[name] ?? name) ?? FIRST[eval_type]
  const [there, unknown] = [true, false].map((is) =>
    metrics.filter((name) => known.includes(name) === is),
  )
  return { wanted: new Set(there), unknown, known }
}

/** What later releases call some metrics. */
const SHORT: Readonly<Record<string, string>> = {
  davies_bouldin_index: 'davies_bouldin',
  mae: 'mean_absolute_error',
  mse: 'mean_squared_error',
  msle: 'mean_squared_log_error',
  r2: 'r2_score',
  rmse: 'root_mean_squared_error',
}

const REGRESSION = [
  'explained_variance',
  'mean_absolute_error',
  'mean_squared_error',
  'mean_squared_log_error',
  'median_absolute_error',
  'r2_score',
  'root_mean_squared_error',
] as const
const BINARY = ['auc', 'ks', 'lift', 'gain', 'accuracy', 'precision', 'recall', 'roc']
const MULTI = ['accuracy', 'precision', 'recall']
const CLUSTERING = [
  'adjusted_rand_score',
  'fowlkes_mallows_score',
  'jaccard_similarity_score',
  'contingency_matrix',
  'davies_bouldin',
  'distance_measure',
]

type EvalType = EvaluateParam['eval_type']

/** Metrics that are computed when none are asked for. */
const FIRST: Readonly<Record<EvalType, readonly string[]>> = {
  binary: BINARY,
  multi: MULTI,
  regression: REGRESSION,
  clustering: CLUSTERING,
}
const KNOWN: Readonly<Record<EvalType, readonly string[]>> = {
  ...FIRST,
  multi: [...MULTI, 'f1_score', 'confusion_mat'],
  binary: [...BINARY, 'f1_score', 'confusion_mat', 'quantile_pr', 'psi'],
}

function measureBinary(context: Context, group: Group, wanted: ReadonlySet<string>): void {
  const positive = context.params.pos_label
  const labels = group.labels.map((value) => (value === positive ? 1 : 0))
  const ranking = rank(labels, group.scores)
  const { source } = group
  const [hasBoth, hasPositives] = [
    ranking.positives > 0 && ranking.negatives > 0,
    ranking.positives > 0,
  ]
  const emit = emitter(context, group)
  if (!hasBoth) {
    const all = hasPositives ? 'positive' : 'negative'
    context.warn(
      `All labels of ${source} of type ${group.type} are ${all} (pos_label ${positive}): ` +
        'there is no AUC, KS or ROC of one class; check label column and pos_label',
    )
  }

  const summary: [string, number][] = []
  if (hasBoth && wanted.has('auc')) summary.push(['auc', auc(labels, group.scores)])
  const ks = hasBoth && wanted.has('ks') ? ksCurve(ranking) : undefined
  if (ks) summary.push(['ks', ks.best])
  emit.summary(summary)
  if (ks) {
    for (const rate of ['fpr', 'tpr'] as const) {
      emit.curve(`ks_${rate}`, 'KS_EVALUATION', {
        curve: { x: ks.cuts, y: ks[rate], thresholds: ks.thresholds },
        meta: { curve_name: `${source}_${rate}`, pair_type: source },
      })
    }
  }
  const plain = { curve_name: source }
  if (hasPositives && wanted.has('lift')) {
    emit.curve('lift', 'LIFT_EVALUATION', { curve: liftCurve(ranking), meta: plain })
  }
  if (hasPositives && wanted.has('gain')) {
    emit.curve('gain', 'GAIN_EVALUATION', { curve: gainCurve(ranking), meta: plain })
  }
  if (wanted.has('accuracy')) {
    emit.curve('accuracy', 'ACCURACY_EVALUATION', { curve: accuracyCurve(ranking), meta: plain })
  }
  if (hasPositives && (wanted.has('precision') || wanted.has('recall'))) {
    const curves = precisionRecallCurves(ranking)
    for (const [name, ordinate_name] of [
      ['precision', 'Precision'],
      ['recall', 'Recall'],
    ] as const) {
      if (!wanted.has(name)) continue
      emit.curve(name, `${name.toUpperCase()}_BINARY_EVALUATION`, {
        curve: curves[name],
        meta: { ordinate_name, curve_name: source, pair_type: source },
      })
    }
  }
  if (hasBoth && wanted.has('roc')) {
    emit.curve('roc', 'ROC_EVALUATION', {
      curve: rocCurve(ranking),
      meta: { unit_name: 'fpr', ordinate_name: 'tpr', curve_name: source },
    })
  }
  if (hasPositives && wanted.has('quantile_pr')) {
    const { precision, recall } = precisionRecallCurves(ranking)
    const meta = {
      p_scores: precision.y.map(round),
      r_scores: recall.y.map(round),
      thresholds: precision.thresholds.map(round),
    }
    emit.series('_quantile_pr', 'QUANTILE_PR', { meta })
  }
  if (wanted.has('f1_score') || wanted.has('confusion_mat')) {
    const { thresholds, counts, f1 } = confusionCurve(ranking)
    const shared = { thresholds: thresholds.map(round) }
    if (wanted.has('f1_score')) {
      emit.series('_f1_score', 'F1_SCORE', { meta: { f1_scores: f1.map(round), ...shared } })
    }
    if (wanted.has('confusion_mat')) {
      const column = (key: 'tp' | 'tn' | 'fp' | 'fn'): number[] => counts.map((each) => each[key])
      const meta = { tp: column('tp'), tn: column('tn'), fp: column('fp'), fn: column('fn') }
      emit.series('_confusion_mat', 'CONFUSION_MAT', { meta: { ...meta, ...shared } })
    }
  }
}

function measureRegression(context: Context, group: Group, wanted: ReadonlySet<string>): void {
  const report = regressionReport(group.labels, group.scores)
  const summary = REGRESSION.flatMap((name): [string, number][] =>
    wanted.has(name) && Number.isFinite(report[name]) ? [[name, report[name]]] : [],
  )
  if (Number.isNaN(report.mean_squared_log_error)) {
    context.log('info', 'No mean_squared_log_error: a label or prediction is not above -1')
  }
  emitter(context, group).summary(summary)
}
