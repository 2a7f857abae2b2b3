/**
 * Describes columns by numbers (FATE's DataStatistics).
 * @module
 */
import { z } from 'zod'

import { features } from '../../compute/ml/frame.ts'
import { component } from '../define.ts'
import { DATA_SLOTS, dataInput, headerOf } from '../input.ts'
import { chooseColumns, ColumnIndexes, ColumnNames, warnOfUnknown } from '../param.ts'
import { columnStatistics, isStatistic, type StatisticName, STATISTICS } from './statistics.ts'

const UNKNOWN = `expected "summary", percentiles such as "95%", or of ${STATISTICS.join(', ')}`

/** Parameters of DataStatistics. */
export const StatisticsParam = z.looseObject({
  /** `summary` for all, one name or several. */
  statistics: z
    .union([z.string(), z.string().array()])
    .refine(
      (names) => [names].flat().every((name) => name === 'summary' || isStatistic(name)),
      UNKNOWN,
    )
    .default('summary'),
  column_names: ColumnNames,
  column_indexes: ColumnIndexes.optional(),
  /** Values that count as missing. */
  abnormal_list: z.union([z.number(), z.string()]).array().nullable().default(null),
  /** Kept for callers that send it: quantiles are exact. */
  quantile_error: z.number().default(1e-4),
  /** Whether skewness and kurtosis are those of the rows themselves, or estimates for what they were drawn from. */
  bias: z.boolean().default(true),
  need_run: z.boolean().default(true),
})

/** What another component can read of a column: its statistics by name. */
export interface StatisticsState {
  readonly columns: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** Works on the party's own table; nothing is sent. */
export const dataStatistics = component({
  name: 'DataStatistics',
  summary: 'Describes columns by numbers',
  roles: ['guest', 'host'],
  requires: [],
  params: StatisticsParam,
  paramsName: 'StatisticsParam',
  inputs: { data: DATA_SLOTS, model: ['model'] },
  outputs: { data: true, model: true },
  deployed: true,
  online: 'pass',
  messages: {},
  async run(context) {
    warnOfUnknown(context, StatisticsParam)
    const { params } = context
    const { frame } = await dataInput(context)
    const header = headerOf(frame)
    const choice = { indexes: params.column_indexes, names: params.column_names }
    const chosen = new Set(chooseColumns(header, choice, 'column_indexes or column_names'))
    const names = [
      ...new Set(
        [params.statistics].flat().flatMap((name): StatisticName[] => {
          if (name === 'summary') return [...STATISTICS]
          return isStatistic(name) ? [name] : []
        }),
      ),
    ]
    const abnormal = new Set((params.abnormal_list ?? []).map(Number))
    const columns = features(frame).flatMap(({ name, values }) => {
      if (!chosen.has(name)) return []
      const known = values.map((value) => (abnormal.has(value) ? Number.NaN : value))
      return [{ name, found: columnStatistics(known, { names, bias: params.bias }) }]
    })
    const state: StatisticsState = {
      columns: Object.fromEntries(
        columns.map(({ name, found }) => [
          name,
          Object.fromEntries([...found].filter(([, value]) => Number.isFinite(value))),
        ]),
      ),
    }
    const undefinedAt = columns.flatMap(({ name, found }) =>
      [...found].flatMap(([statistic, value]) =>
        Number.isFinite(value) ? [] : [`${statistic} of ${name}`],
      ),
    )
    if (undefinedAt.length > 0) {
      context.log('info', `Not defined, and left out: ${undefinedAt.join(', ')}`)
    }
    const results = names.map((valueName) => {
      const having = columns.filter(({ found }) => Number.isFinite(found.get(valueName)))
      return {
        valueName,
        values: having.map(({ found }) => found.get(valueName) ?? 0),
        colNames: having.map(({ name }) => name),
      }
    })
    await context.writeModel({
      name: 'Statistic',
      param: { selfValues: { results }, hostValues: {}, modelName: 'data_statistics' },
      meta: {
        statistics: names,
        staticColumns: columns.map(({ name }) => name),
        quantileError: 0,
        needRun: true,
      },
      state,
    })
    await context.writeTable(frame)
    context.progress(1, 1)
  },
})
