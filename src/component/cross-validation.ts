/**
 * Cross validation (FATE's `cv_param`): a component is trained once for every fold on the other folds and measured on
 * it; metrics have the names `train_fold_<k>` and `validate_fold_<k>`, losses `loss.<k>`. No model comes of it.
 *
 * Every party cuts its own rows, sorted by id, with the seed of the parameters: folds need no message, and the component
 * aligns the rows of each as it does those of a whole table. Each fold is the same training as without folds, so nothing
 * more crosses than that. After every step of every fold all keep their state; a later attempt goes on from there.
 * @module
 */
import { z } from 'zod'

import { column, label, type Frame, takeRows } from '../compute/ml/frame.ts'
import { createRng } from '../compute/ml/rng.ts'
import { agreeOnStep } from './checkpoint.ts'
import type { DataSlot, InputTable, MetricSeries, Role, TaskContext } from './define.ts'
import { EvaluateParam } from './evaluate/evaluate-param.ts'
import { measure } from './evaluate/evaluation.ts'
import { concatPredictions } from './linear/prediction.ts'
import { sortRows } from './linear/row-alignment.ts'

/** Parameters of cross validation. */
export const CvParam = z
  .object({
    need_cv: z.boolean().default(false),
    n_splits: z.int().min(2, 'cv_param.n_splits must be at least 2').max(1000).default(5),
    mode: z.string().default('hetero'),
    role: z.string().default('guest'),
    shuffle: z.boolean().default(true),
    /** Null counts as 1: all parties have to draw the same folds. */
    random_seed: z.int().nullable().default(1),
    /** How folds are measured; what is null follows from the labels. */
    evaluate_param: z
      .object({
        eval_type: EvaluateParam.shape.eval_type.unwrap().nullable().default(null),
        pos_label: EvaluateParam.shape.pos_label.unwrap().nullable().default(null),
        metrics: EvaluateParam.shape.metrics,
      })
      .prefault({}),
  })
  .prefault({})

/** Parsed parameters of cross validation. */
export type CvParam = z.output<typeof CvParam>

/** How the rows of a fold are measured: as `evaluate_param` says, and what it leaves open as `fitting`. */
export function foldMeasures(
  { evaluate_param: wanted }: Pick<CvParam, 'evaluate_param'>,
  fitting: Pick<EvaluateParam, 'eval_type' | 'pos_label'>,
): EvaluateParam {
  return EvaluateParam.parse({
    eval_type: wanted.eval_type ?? fitting.eval_type,
    pos_label: wanted.pos_label ?? fitting.pos_label,
    metrics: wanted.metrics,
  })
}

/** A context whose component may be cross validated. */
export type FoldContext<P> = TaskContext<P & { cv_param: CvParam }>

/** What cross validation has to know of a component. */
export interface FoldOptions<C> {
  /** The roles that take part, the one that decides where to go on first. */
  readonly roles: readonly Role[]
  /** Whether labels are numbers to be met, not classes. */
  readonly regression: boolean
  /** One whole training, or whatever else the graph asks for. */
  readonly run: (context: C) => Promise<void>
}

/** Runs the component as it is, or once for every fold where the parameters ask for that and there is something to train. */
export async function crossValidated<P>(
  context: FoldContext<P>,
  options: FoldOptions<FoldContext<P>>,
): Promise<void> {
  const { connected, params } = context
  const train = (['train_data', 'data'] as const).find((slot) => connected.data.includes(slot))
  const learns = train !== undefined && !connected.model.includes('model')
  if (!params.cv_param.need_cv || !learns) return options.run(context)
  if (connected.data.length > 1) {
    context.warn(`${context.name} is cross validated: only ${train} is used`)
  }
  const tables = await context.tables(train)
  const { n_splits, shuffle, random_seed } = params.cv_param
  const cut = { folds: n_splits, seed: shuffle ? (random_seed ?? 1) : null }
  const folds = tables.map((table) => cutFolds(context, table, cut))
  const count = n_splits
  const saved = await agreeOnStep({ ...context, log: () => {} }, options.roles)
  const first = saved === undefined ? 0 : Math.floor(saved.step / STRIDE)
  const done = saved === undefined ? [] : readDone(saved)
  for (const { series } of done) for (const each of series) context.metric(each)
  for (let fold = first; fold < count; fold++) {
    const result: FoldResult = { series: [], predictions: null }
    const trained = folds.map((tablesOf) => tablesOf(fold))
    const inner = contextOf(context, { fold, count, tables: trained, done, result })
    inner.log('info', 'starts')
    await options.run(inner)
    if (result.predictions) {
      tellScores(inner, result.predictions, { fold, cv: params.cv_param, ...options })
    }
    done.push(result)
  }
  tellMeans(context, done)
  const parts = done.flatMap(({ predictions }) =>
    predictions ? [rowsOfType(predictions, 'validation')] : [],
  )
  if (parts.length > 0) await context.writeTable(parts.reduce(concatPredictions))
}

/**
 * The rows of every fold as places in `0 … rows − 1`, ascending: consecutive or, with a seed, random ones, the first folds one
 * row longer where they do not come out even.
 */
export function foldRows(
  rows: number,
  { folds, seed }: { folds: number; seed: number | null },
): Uint32Array[] {
  if (rows < folds) {
    throw new Error(`${rows} rows cannot be cut into ${folds} folds: set a smaller n_splits`)
  }
  const places = Array.from({ length: rows }, (_, row) => row)
  const order = seed === null ? places : createRng(seed).shuffle(places)
  const size = Math.floor(rows / folds)
  let at = 0
  return Array.from({ length: folds }, (_, fold) => {
    const end = at + size + (fold < rows % folds ? 1 : 0)
    return Uint32Array.from(order.slice(at, (at = end))).sort()
  })
}

/** What a fold left at one party. */
interface FoldResult {
  readonly series: MetricSeries[]
  predictions: Frame | null
}

/** The two tables of a fold. */
export interface FoldTables {
  readonly train: InputTable
  readonly validate: InputTable
}

/** Steps of one fold that may be kept; those of the next one follow. */
const STRIDE = 2 ** 24

/** The tables of each fold of a party's own rows, which are sorted by id first. */
export function cutFolds(
  context: Pick<TaskContext, 'channel'>,
  { source, frame }: InputTable,
  cut: { readonly folds: number; readonly seed: number | null },
): (fold: number) => FoldTables {
  const { order } = sortRows(frame, context.channel.self)
  const folds = foldRows(order.length, cut)
  return (fold) => {
    const held = new Set(folds[fold])
    const part = (rows: Uint32Array): InputTable => {
      return { source, frame: takeRows(frame, rows) }
    }
    return {
      train: part(order.filter((_, place) => !held.has(place))),
      validate: part(order.filter((_, place) => held.has(place))),
    }
  }
}

/** The context of one fold: its own tables, names of metrics, steps and progress. */
function contextOf<P>(
  context: FoldContext<P>,
  work: {
    fold: number
    count: number
    tables: readonly FoldTables[]
    done: readonly FoldResult[]
    result: FoldResult
  },
): FoldContext<P> {
  const { fold, count, tables, done, result } = work
  const { checkpoints, params } = context
  return {
    ...context,
    params: { ...params, cv_param: { ...params.cv_param, need_cv: false } },
    connected: { ...context.connected, data: ['train_data', 'validate_data'] },
    tables: (slot: DataSlot) =>
      Promise.resolve(
        tables.map(({ train, validate }) => (slot === 'train_data' ? train : validate)),
      ),
    writeTable(frame) {
      result.predictions = frame
      return Promise.resolve()
    },
    writeModel: () => Promise.resolve(),
    checkpoints: {
      async load() {
        const kept = await checkpoints.load()
        return kept
          .filter(({ step }) => Math.floor(step / STRIDE) === fold)
          .map(({ step, state }) => ({ step: step % STRIDE, state: (state as FoldState).state }))
      },
      save: (step, state) => checkpoints.save(fold * STRIDE + step, { done, state }),
    },
    metric(series) {
      const named = /_fold_\d+/.test(series.name) ? series : nameSeries(series, fold)
      result.series.push(named)
      context.metric(named)
    },
    progress: (step, total, note) =>
      context.progress(
        fold * total + step,
        count * total,
        `fold ${fold + 1} of ${count}${note === undefined ? '' : `: ${note}`}`,
      ),
    log: (level, text) => context.log(level, `Fold ${fold + 1} of ${count}: ${text}`),
    warn(text) {
      // What is said of one fold is true of all.
      if (fold === 0) context.warn(text)
    },
  }
}

/** What is kept after a step: the folds before, and the component's own state. */
interface FoldState {
  readonly done: FoldResult[]
  readonly state: unknown
}

function readDone({ step, state }: { step: number; state: unknown }): FoldResult[] {
  const { done } = state as Partial<FoldState>
  if (Array.isArray(done)) return [...done]
  throw new Error(
    `The state that was kept in fold ${Math.floor(step / STRIDE) + 1} is of another version: submit the job again`,
  )
}

function nameSeries(series: MetricSeries, fold: number): MetricSeries {
  const { meta } = series
  const curve = typeof meta['curve_name'] === 'string' ? { curve_name: `train.${fold}` } : {}
  return { ...series, name: `${series.name}.${fold}`, meta: { ...meta, ...curve } }
}

/** Measures the predictions of a fold as Evaluation does. */
function tellScores(
  context: TaskContext,
  predictions: Frame,
  { fold, regression, cv }: { fold: number; regression: boolean; cv: CvParam },
): void {
  const classes = [...new Set(label(withLabel(predictions)) ?? [])].filter(Number.isFinite)
  const fitting = regression ? 'regression' : classes.length > 2 ? 'multi' : 'binary'
  const params = foldMeasures(cv, { eval_type: fitting, pos_label: Math.max(...classes) })
  for (const [type, namespace] of [
    ['train', 'train'],
    ['validation', 'validate'],
  ] as const) {
    const frame = rowsOfType(predictions, type)
    const numbers = (name: string) => Float64Array.from(column(frame, name).values, Number)
    measure(
      { ...context, params },
      {
        source: `${namespace}_fold_${fold}`,
        type: namespace,
        labels: numbers('label'),
        results: numbers('predict_result'),
        scores: numbers('predict_score'),
      },
    )
  }
}

function withLabel(predictions: Frame): Frame {
  return { ...predictions, labelName: 'label' }
}

function rowsOfType(frame: Frame, wanted: string): Frame {
  const types = column(frame, 'type').values
  return takeRows(
    frame,
    frame.ids.flatMap((_, row) => (types[row] === wanted ? [row] : [])),
  )
}

/** Logs the mean and the spread of every score over the folds. */
function tellMeans(context: TaskContext, done: readonly FoldResult[]): void {
  for (const namespace of ['train', 'validate']) {
    const found = new Map<string, number[]>()
    for (const { series } of done) {
      for (const { meta, namespace: own, points } of series) {
        if (own !== namespace || meta.metric_type !== 'EVALUATION_SUMMARY') continue
        for (const [name, value] of points) {
          found.set(String(name), [...(found.get(String(name)) ?? []), value])
        }
      }
    }
    for (const [name, values] of found) {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
      context.log(
        'info',
        `${namespace} ${name}: ${mean.toFixed(6)} ± ${Math.sqrt(square).toFixed(6)} over ${values.length} folds`,
      )
    }
  }
}
