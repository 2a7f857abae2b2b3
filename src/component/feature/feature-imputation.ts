/**
 * Fills missing values of columns (FATE's FeatureImputation).
 * @module
 */
import { z } from 'zod'

import { fillValue, type FillMethod } from '../../compute/ml/cells.ts'
import { features, type Frame } from '../../compute/ml/frame.ts'
import { component, type Model, type TaskContext } from '../define.ts'
import {
  DATA_SLOTS,
  dataInput,
  earlierState,
  headerOf,
  mapFeatures,
  requireColumns,
} from '../input.ts'
import { warnOfUnknown, word } from '../param.ts'

const Method = word(['min', 'max', 'mean', 'designated'])

/** Parameters of FeatureImputation. */
export const FeatureImputationParam = z.looseObject({
  /** What fills missing values when the method is designated or null: one number, or one a column. */
  default_value: z.union([z.number(), z.number().array()]).default(0),
  missing_fill_method: Method.nullable().default(null),
  /** Methods of single columns, by name, over `missing_fill_method`. */
  col_missing_fill_method: z.record(z.string(), Method).nullable().default(null),
  /** Numbers that mean a missing value, also as texts; cells without a number are missing either way. */
  missing_impute: z
    .preprocess(numbersOf, z.union([z.number(), z.number().array()]))
    .nullable()
    .default(null),
  need_run: z.boolean().default(true),
})

/** Texts as the numbers that they are; other texts are in no cell of a table of numbers. */
function numbersOf(value: unknown): unknown {
  if (typeof value === 'string') return numbersOf([value])
  if (!Array.isArray(value)) return value
  return value.flatMap((each: unknown) => {
    if (typeof each !== 'string') return [each]
    return each.trim() === '' || Number.isNaN(Number(each)) ? [] : [Number(each)]
  })
}

type ImputationParam = z.output<typeof FeatureImputationParam>

/** What a fit learnt. */
interface ImputationState {
  readonly header: readonly string[]
  readonly fills: readonly number[]
  readonly methods: readonly FillMethod[]
  readonly ratios: readonly number[]
  readonly missing: readonly number[]
}

/** Works on the party's own table; nothing is sent. */
export const featureImputation = component({
  name: 'FeatureImputation',
  summary: 'Fills missing values of columns',
  roles: ['guest', 'host'],
  requires: [],
  params: FeatureImputationParam,
  paramsName: 'FeatureImputationParam',
  inputs: { data: DATA_SLOTS, model: ['model'] },
  outputs: { data: true, model: true },
  deployed: true,
  online: 'alone',
  messages: {},
  async run(context) {
    warnOfUnknown(context, FeatureImputationParam)
    const { frame } = await dataInput(context)
    const state =
      (await earlierState<ImputationState>(context, 'FeatureImputation')) ?? fit(context, frame)
    requireColumns(frame, state.header)
    const fills = new Map(state.header.map((name, at) => [name, state.fills[at]]))
    const missing = new Set(state.missing)
    let filled = 0
    const result = mapFeatures(frame, (name, values) => {
      const fill = fills.get(name)
      if (fill === undefined) return [{ name, values }]
      const full = values.map((value) => {
        if (!Number.isNaN(value) && !missing.has(value)) return value
        filled++
        return fill
      })
      return [{ name, values: full }]
    })
    await context.writeModel(toModel(state))
    await context.writeTable(result)
    context.log('info', `${filled} missing values filled`)
    context.progress(1, 1)
  },
})

function fit(context: TaskContext<ImputationParam>, frame: Frame): ImputationState {
  const { params } = context
  const header = headerOf(frame)
  const single = params.col_missing_fill_method ?? {}
  const unknown = Object.keys(single).find((name) => !header.includes(name))
  if (unknown !== undefined) {
    throw new Error(
      `col_missing_fill_method names the column "${unknown}": the table has ${header.join(', ')}`,
    )
  }
  const { default_value } = params
  if (typeof default_value !== 'number' && default_value.length !== header.length) {
    throw new Error(
      `default_value has ${default_value.length} entries and the table ${header.length} features: ` +
        'give one number, or one a column',
    )
  }
  const missing = [params.missing_impute ?? []].flat()
  const methods = header.map((name) => single[name] ?? params.missing_fill_method ?? 'designated')
  const columns = features(frame).map(({ name, values }, at) => {
    const known = values.map((value) => (missing.includes(value) ? Number.NaN : value))
    const designated = typeof default_value === 'number' ? default_value : default_value[at]
    const fill = fillValue(known, { method: methods[at], designated })
    if (fill === undefined) {
      context.warn(
        `Column "${name}" has no value to take the ${methods[at]} of: ${designated} is used`,
      )
    }
    const gaps = known.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0)
    return { fill: fill ?? designated, ratio: gaps / Math.max(known.length, 1) }
  })
  return {
    header,
    methods,
    missing,
    fills: columns.map(({ fill }) => fill),
    ratios: columns.map(({ ratio }) => ratio),
  }
}

function toModel(state: ImputationState): Model {
  const byColumn = <T>(values: readonly T[]): Record<string, T> =>
    Object.fromEntries(state.header.map((name, at) => [name, values[at]]))
  return {
    name: 'FeatureImputation',
    param: {
      header: [...state.header],
      imputerParam: {
        missingReplaceValue: byColumn(state.fills.map(String)),
        missingValueRatio: byColumn(state.ratios),
      },
    },
    meta: {
      needRun: true,
      imputerMeta: {
        isImputer: true,
        missingValue: state.missing.map(String),
        colsStrategy: byColumn(state.methods),
      },
    },
    state,
  }
}
