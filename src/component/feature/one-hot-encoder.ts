/**
 * Replaces columns of few values by one column a value (FATE's OneHotEncoder).
 * @module
 */
import { z } from 'zod'

import { features, type Frame } from '../../compute/ml/frame.ts'
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
import { chooseColumns, ColumnIndexes, ColumnNames, renamed, warnOfUnknown } from '../param.ts'

/** Values that one column may have. */
export const MOST_VALUES = 1024

/** Parameters of OneHotEncoder. */
export const OneHotEncoderParam = z.preprocess(
  renamed({ cols: 'transform_col_indexes' }),
  z.looseObject({
    transform_col_indexes: ColumnIndexes.optional(),
    transform_col_names: ColumnNames,
    need_run: z.boolean().default(true),
  }),
)

/** What a fit learnt. */
interface OneHotState {
  readonly header: readonly string[]
  /** The values of each encoded column, rising. */
  readonly columns: readonly { readonly name: string; readonly values: readonly number[] }[]
}

/** Works on the party's own table; nothing is sent. */
export const oneHotEncoder = component({
  name: 'OneHotEncoder',
  summary: 'Replaces columns of few values by one column a value',
  roles: ['guest', 'host'],
  requires: [],
  params: OneHotEncoderParam,
  paramsName: 'OneHotEncoderParam',
  inputs: { data: DATA_SLOTS, model: ['model'] },
  outputs: { data: true, model: true },
  deployed: true,
  online: 'alone',
  messages: {},
  async run(context) {
    warnOfUnknown(context, OneHotEncoderParam)
    const { frame } = await dataInput(context)
    const state =
      (await earlierState<OneHotState>(context, 'OneHot')) ?? fitOneHot(frame, context.params)
    requireColumns(frame, state.header)
    const encoded = encode(frame, state)
    for (const { name, rows } of encoded.unknown) {
      context.warn(
        `Column "${name}" has values in ${rows} rows that the fit never saw: all their columns are 0`,
      )
    }
    await context.writeModel(toModel(state, headerOf(encoded.frame)))
    await context.writeTable(encoded.frame)
    context.progress(1, 1)
  },
})

function fitOneHot(frame: Frame, params: z.output<typeof OneHotEncoderParam>): OneHotState {
  const header = headerOf(frame)
  const choice = { indexes: params.transform_col_indexes, names: params.transform_col_names }
  const chosen = new Set(
    chooseColumns(header, choice, 'transform_col_indexes or transform_col_names'),
  )
  const columns = features(frame).flatMap(({ name, values }) => {
    if (!chosen.has(name)) return []
    requireNumbers(frame, { name, values })
    const distinct = [...new Set(values)]
    if (distinct.length > MOST_VALUES) {
      throw new Error(
        `Column "${name}" has ${distinct.length} different values, at most ${MOST_VALUES} can be encoded: ` +
          'leave it out of transform_col_indexes, or bin it first',
      )
    }
    return [{ name, values: distinct.toSorted((a, b) => a - b) }]
  })
  return { header, columns }
}

function encode(
  frame: Frame,
  { columns }: OneHotState,
): { frame: Frame; unknown: { name: string; rows: number }[] } {
  const byName = new Map(columns.map(({ name, values }) => [name, values]))
  const unknown: { name: string; rows: number }[] = []
  const result = mapFeatures(frame, (name, values) => {
    const known = byName.get(name)
    if (!known) return [{ name, values }]
    const set = new Set(known)
    const rows = values.reduce((count, value) => count + (set.has(value) ? 0 : 1), 0)
    if (rows > 0) unknown.push({ name, rows })
    return known.map((value) => ({
      name: `${name}_${value}`,
      values: values.map((each) => (each === value ? 1 : 0)),
    }))
  })
  return { frame: result, unknown }
}

function toModel(state: OneHotState, resultHeader: readonly string[]): Model {
  const colMap = Object.fromEntries(
    state.columns.map(({ name, values }) => {
      const transformedHeaders = values.map((value) => `${name}_${value}`)
      const encoded = { encodedVariables: transformedHeaders, transformedHeaders }
      return [name, { values: values.map(String), ...encoded }]
    }),
  )
  return {
    name: 'OneHot',
    param: { colMap, resultHeader: [...resultHeader] },
    meta: {
      transformColNames: state.columns.map(({ name }) => name),
      header: [...state.header],
      needRun: true,
    },
    state,
  }
}
