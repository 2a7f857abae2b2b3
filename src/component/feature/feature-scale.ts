/**
 * Brings columns to one scale: to 0 … 1, or to mean 0 and deviation 1 (FATE's FeatureScale).
 * @module
 */
import { z } from 'zod'

import { features, type Frame } from '../../compute/ml/frame.ts'
import { moments, quantile, sorted } from '../../compute/ml/quantile.ts'
import { component, type Model } from '../define.ts'
import {
  DATA_SLOTS,
  dataInput,
  earlierState,
  headerOf,
  mapFeatures,
  requireColumns,
  requireNumbers,
} from '../input.ts'
import {
  chooseColumns,
  ColumnIndexes,
  ColumnNames,
  renamed,
  warnOfUnknown,
  word,
} from '../param.ts'

const Bound = z.union([z.number(), z.number().array()]).nullable().default(null)

/** Parameters of FeatureScale, with the names of FATE 1.0 and later ones. */
export const ScaleParam = z.preprocess(
  renamed({ scale_column_idx: 'scale_col_indexes', scale_column_indexes: 'scale_col_indexes' }),
  z.looseObject({
    /** Null leaves the table as it is. */
    method: word(['min_max_scale', 'standard_scale']).nullable().default('min_max_scale'),
    /** `normal`: bounds are values; `cap`: bounds are shares of the rows, 0 to 1. */
    mode: word(['normal', 'cap']).default('normal'),
    /** `all`: every column; `col`: those that the next two name. */
    area: word(['all', 'col']).default('all'),
    scale_col_indexes: ColumnIndexes.optional(),
    scale_names: ColumnNames,
    /** One number, or one a column of the table. */
    feat_upper: Bound,
    feat_lower: Bound,
    with_mean: z.boolean().default(true),
    with_std: z.boolean().default(true),
    need_run: z.boolean().default(true),
  }),
)

/** Parsed parameters of FeatureScale. */
export type ScaleParam = z.output<typeof ScaleParam>

/** How one column is scaled: clipped to `lower` … `upper`, then (x - shift) / range. */
interface ColumnScale {
  readonly name: string
  readonly lower: number
  readonly upper: number
  readonly mean: number
  readonly std: number
  readonly shift: number
  readonly range: number
}

/** What a fit learnt. */
interface ScaleState {
  readonly header: readonly string[]
  readonly columns: readonly ColumnScale[]
  readonly meta: Record<string, unknown>
}

/** Works on the party's own table; nothing is sent. */
export const featureScale = component({
  name: 'FeatureScale',
  summary: 'Brings columns to one scale',
  roles: ['guest', 'host'],
  requires: [],
  params: ScaleParam,
  paramsName: 'ScaleParam',
  inputs: { data: DATA_SLOTS, model: ['model'] },
  outputs: { data: true, model: true },
  deployed: true,
  online: 'alone',
  messages: {},
  async run(context) {
    warnOfUnknown(context, ScaleParam)
    const { frame } = await dataInput(context)
    const state =
      (await earlierState<ScaleState>(context, 'Scale')) ?? fitScale(frame, context.params)
    requireColumns(frame, state.header)
    context.metric({
      namespace: 'train',
      name: 'scale',
      points: [],
      meta: { name: 'scale', metric_type: 'SCALE', method: state.meta['method'] },
    })
    await context.writeModel(toModel(state))
    await context.writeTable(scale(frame, state))
    context.log('info', `${state.columns.length} of ${state.header.length} columns scaled`)
    context.progress(1, 1)
  },
})

/** Learns bounds, means and deviations. */
export function fitScale(frame: Frame, params: ScaleParam): ScaleState {
  const header = headerOf(frame)
  const { method, mode, area } = params
  const choice =
    area === 'all'
      ? { indexes: -1 as const, names: null }
      : { indexes: params.scale_col_indexes, names: params.scale_names }
  const chosen = new Set(
    method === null ? [] : chooseColumns(header, choice, 'scale_col_indexes or scale_names'),
  )
  const columns = features(frame).flatMap(({ name, values }, at): ColumnScale[] => {
    if (!chosen.has(name)) return []
    requireNumbers(frame, { name, values })
    const upperBound = boundOf(params.feat_upper, { at, header, parameter: 'feat_upper' })
    const lowerBound = boundOf(params.feat_lower, { at, header, parameter: 'feat_lower' })
    const { min, max } = moments(values)
    const limit = (bound: number | undefined, natural: number): number => {
      if (bound === undefined) return natural
      if (mode === 'normal') return bound
      if (bound >= 0 && bound <= 1) return quantile(sorted(values), bound)
      throw new Error(`In mode cap, feat_upper and feat_lower are shares of 0 to 1, got ${bound}`)
    }
    const upper = Math.min(max, limit(upperBound, max))
    const lower = Math.max(min, limit(lowerBound, min))
    if (lower > upper) {
      throw new Error(
        `Column "${name}" would be clipped to ${lower} … ${upper}: feat_lower is above feat_upper or above all values`,
      )
    }
    if (method === 'min_max_scale') {
      const range = upper - lower
      return [{ name, lower, upper, mean: 0, std: 1, shift: lower, range: range > 0 ? range : 1 }]
    }
    const clipped = moments(values.map((value) => Math.min(Math.max(value, lower), upper)))
    const mean = params.with_mean ? clipped.mean : 0
    const deviation = Math.sqrt(clipped.variance)
    const std = params.with_std && deviation > 0 ? deviation : 1
    return [{ name, lower, upper, mean, std, shift: mean, range: std }]
  })
  const meta = {
    method: method ?? '',
    mode,
    area,
    scaleColumnIdx: columns.map(({ name }) => header.indexOf(name)),
    scaleNames: columns.map(({ name }) => name),
    featUpper: textsOf(params.feat_upper),
    featLower: textsOf(params.feat_lower),
    withMean: params.with_mean,
    withStd: params.with_std,
    needRun: params.need_run,
  }
  return { header, columns, meta }
}

function scale(frame: Frame, { columns }: ScaleState): Frame {
  const byName = new Map(columns.map((column) => [column.name, column]))
  return mapFeatures(frame, (name, values) => {
    const by = byName.get(name)
    if (!by) return [{ name, values }]
    requireNumbers(frame, { name, values })
    const { lower, upper, shift, range } = by
    return [
      { name, values: values.map((x) => (Math.min(Math.max(x, lower), upper) - shift) / range) },
    ]
  })
}

function toModel(state: ScaleState): Model {
  const colScaleParam = Object.fromEntries(
    state.columns.map(({ name, upper, lower, mean, std }) => [
      name,
      { columnUpper: upper, columnLower: lower, mean, std },
    ]),
  )
  return {
    name: 'Scale',
    param: { colScaleParam, header: [...state.header], needRun: true },
    meta: state.meta,
    state,
  }
}

function boundOf(
  bound: ScaleParam['feat_upper'],
  place: { at: number; header: readonly string[]; parameter: string },
): number | undefined {
  if (bound === null) return undefined
  if (typeof bound === 'number') return bound
  const { at, header, parameter } = place
  if (bound.length === header.length) return bound[at]
  throw new Error(
    `${parameter} has ${bound.length} entries and the table ${header.length} features: give one number, or one a column`,
  )
}

function textsOf(bound: ScaleParam['feat_upper']): string[] {
  return bound === null ? [] : [bound].flat().map(String)
}
