/**
 * What filters read from the models of other components.
 * @module
 */
import type { InputModel } from '../define.ts'
import { stateOf } from '../input.ts'
import type { CorrelationState } from '../stats/correlation-model.ts'
import type { StatisticsState } from '../stats/data-statistics.ts'
import type { BinningState } from './binning-model.ts'
import type { MetricRule } from './selection-param.ts'

/** The information values of the guest's own columns. */
export function ownIv(isometric: readonly InputModel[]): Map<string, number> {
  const { columns } = modelOf<BinningState>(isometric, 'FeatureBinning', 'HeteroFeatureBinning')
  return new Map(
    columns.flatMap(({ name, report }): [string, number][] =>
      report ? [[name, report.total]] : [],
    ),
  )
}

/** Those of the columns of the host at `position`, by their places there. */
export function hostIv(isometric: readonly InputModel[], position: number): Map<number, number> {
  const { hosts } = modelOf<BinningState>(isometric, 'FeatureBinning', 'HeteroFeatureBinning')
  return new Map(hosts[position]?.columns.map(({ index, report }) => [index, report.total]))
}

/** What HeteroPearson found. */
export function correlationOf(isometric: readonly InputModel[]): CorrelationState {
  return modelOf<CorrelationState>(isometric, 'HeteroPearsonModel', 'HeteroPearson')
}

/** The state in the model of one component. Throws where it is not among the isometric ones. */
export function modelOf<T extends object>(
  isometric: readonly InputModel[],
  name: string,
  module: string,
): T {
  const found = isometric.find(({ model }) => model.name === name)
  if (found) return stateOf<T>(found.model, { name, source: found.source })
  throw new Error(
    `A filter needs the model of ${module}: add it to isometric_model in the DSL, or take the filter out of filter_methods`,
  )
}

/** Throws for any other metric than the one that a filter has. */
export function requireMetric({ metric }: MetricRule, only: string, parameter: string): void {
  if (metric === only) return
  throw new Error(`${parameter}.metrics has "${metric}": the only metric there is "${only}"`)
}

/** One statistic of every column. Throws where DataStatistics has no such number. */
export function ownStatistics(
  isometric: readonly InputModel[],
  metric: string,
): Map<string, number> {
  const { columns } = modelOf<StatisticsState>(isometric, 'Statistic', 'DataStatistics')
  const found = new Map<string, number>()
  for (const [name, numbers] of Object.entries(columns)) {
    if (numbers[metric] !== undefined) found.set(name, numbers[metric])
  }
  if (found.size > 0) return found
  const known = Object.keys(Object.values(columns)[0] ?? {}).join(', ') || 'none'
  throw new Error(`statistic_param.metrics has "${metric}"; DataStatistics computed ${known}`)
}

/** How important trees found a party's own columns; 0 for those of its table that no split uses. */
export function ownImportances(
  isometric: readonly InputModel[],
  filter: string,
): Map<string, number> {
  const found = isometric.find(({ model }) => TREES.test(model.name))
  if (!found) {
    throw new Error(
      `${filter} needs the model of ${MODULES[filter]}: add it to isometric_model in the DSL, or take the filter out of filter_methods`,
    )
  }
  const { featureNameFidMapping: header, featureImportances: listed } = found.model.param
  const importances = new Map(Object.keys(header as object).map((name) => [name, 0]))
  for (const { fullname, importance } of listed as { fullname?: string; importance: number }[]) {
    // Of a host as a whole the guest knows the sum only.
    if (fullname !== undefined) importances.set(fullname, importance)
  }
  return importances
}

const TREES = /^(Hetero|Homo)SecureBoostingTree(Guest|Host)$/
const MODULES: Readonly<Record<string, string>> = {
  hetero_sbt_filter: 'HeteroSecureBoost',
  homo_sbt_filter: 'HomoSecureBoost',
  hetero_fast_sbt_filter: 'HeteroFastSecureBoost',
}
