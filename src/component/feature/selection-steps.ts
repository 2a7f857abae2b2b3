/**
 * The filters of a selection, one step each: which numbers they look at, where these come from, and what stays.
 * @module
 */
import type { InputModel } from '../define.ts'
import { chooseColumns } from '../param.ts'
import type { PsiState } from '../stats/psi-model.ts'
import {
  correlationOf,
  hostIv,
  modelOf,
  ownImportances,
  ownIv,
  ownStatistics,
  requireMetric,
} from './selection-models.ts'
import {
  type FeatureSelectionParam,
  type FilterName,
  type MetricRule,
  metricRules,
} from './selection-param.ts'
import {
  commonest,
  keepOneEach,
  percentileOf,
  type ScoredColumn,
  selectByRule,
  spread,
  variation,
} from './selection-rules.ts'

/** What a step sees of a party's own table. */
export interface SelectionTable {
  readonly header: readonly string[]
  values(name: string): Float64Array
  readonly isometric: readonly InputModel[]
}

/** One filter, or one metric of one. */
export interface SelectionStep {
  readonly filterName: string
  /** Whether the guest decides about columns of hosts too. */
  readonly federated: boolean
  /** Whether hosts leave theirs as they are where the guest does not decide about them. */
  readonly guestOnly?: boolean
  /** Whether hosts tell the guest their numbers in a federated step. */
  readonly told?: boolean
  /** A party's numbers of its own columns; of a federated step, the guest's only. Undefined for what has none. */
  own(table: SelectionTable): ReadonlyMap<string, number>
  /** The guest's numbers of columns of the host at `position`, by their places there. */
  theirs(table: SelectionTable, position: number): ReadonlyMap<number, number>
  /** Which columns stay; `table` is the guest's. */
  select(columns: readonly ScoredColumn[], table: SelectionTable): ScoredColumn[]
}

/** The steps that the parameters ask for, in their order. */
export function stepsOf(params: FeatureSelectionParam): SelectionStep[] {
  return params.filter_methods.flatMap((method): SelectionStep[] => {
    const federated = (local = false): boolean => !params.local_only && !local
    switch (method) {
      case 'unique_value':
        return [
          plain('UNIQUE FILTER', spread, { takeHigh: true, threshold: params.unique_param.eps }),
        ]
      case 'coefficient_of_variation_value_thres':
        return [
          plain('COEFFICIENT OF VARIANCE', variation, {
            takeHigh: true,
            threshold: params.variance_coe_param.value_threshold,
          }),
        ]
      case 'outlier_cols': {
        const { percentile, upper_threshold } = params.outlier_param
        return [
          plain('OUTLIER', (values) => percentileOf(values, percentile), {
            takeHigh: false,
            threshold: upper_threshold,
          }),
        ]
      }
      case 'percentage_value':
        return [
          plain('PERCENTAGE VALUE', commonest, {
            takeHigh: false,
            threshold: params.percentage_value_param.upper_pct,
          }),
        ]
      case 'manually':
        return [manual(params)]
      case 'iv_value_thres': {
        const { value_threshold: threshold, host_thresholds, local_only } = params.iv_value_param
        const rule = { type: 'threshold', threshold, hostThresholds: host_thresholds } as const
        return [ivStep('IV_VALUE_FILTER', federated(local_only), { ...rule, takeHigh: true })]
      }
      case 'iv_percentile': {
        const { percentile_threshold: threshold, local_only } = params.iv_percentile_param
        const rule = { type: 'top_percentile', threshold, hostThresholds: null } as const
        return [ivStep('IV_PERCENTILE', federated(local_only), { ...rule, takeHigh: true })]
      }
      case 'iv_top_k': {
        const { k: threshold, local_only } = params.iv_top_k_param
        const rule = { type: 'top_k', threshold, hostThresholds: null } as const
        return [ivStep('IV_TOP_K', federated(local_only), { ...rule, takeHigh: true })]
      }
      case 'iv_filter':
        return metricRules(params.iv_param, 'iv_param').map((rule) => {
          requireMetric(rule, 'iv', 'iv_param')
          return ivStep('IV_FILTER', federated(!rule.federated), rule)
        })
      case 'statistic_filter':
        return metricRules(params.statistic_param, 'statistic_param').map((rule) => ({
          ...LOCAL,
          filterName: 'STATISTIC_FILTER',
          own: ({ isometric }) => ownStatistics(isometric, rule.metric),
          select: (columns) => selectByRule(columns, rule),
        }))
      case 'psi_filter':
        return metricRules(params.psi_param, 'psi_param').map((rule) => {
          requireMetric(rule, 'psi', 'psi_param')
          return {
            filterName: 'PSI_FILTER',
            federated: federated(!rule.federated),
            own: ({ isometric }) =>
              new Map(Object.entries(modelOf<PsiState>(isometric, 'PSI', 'PSI').own)),
            theirs: ({ isometric }, position) => {
              const hosts = modelOf<PsiState>(isometric, 'PSI', 'PSI').hosts
              return new Map(hosts[position]?.map((value, index) => [index, value]))
            },
            select: (columns) => selectByRule(columns, rule),
          }
        })
      case 'vif_filter':
        return metricRules(params.vif_param, 'vif_param').map((rule) => {
          requireMetric(rule, 'vif', 'vif_param')
          return {
            ...LOCAL,
            filterName: 'VIF_FILTER',
            own: ({ isometric }) => {
              const { names, vif } = correlationOf(isometric)
              if (!vif)
                throw new Error('The correlations have no VIF: set calc_local_vif in HeteroPearson')
              return numbers(names, (_, at) => vif[at])
            },
            select: (columns) => selectByRule(columns, rule),
          }
        })
      case 'correlation_filter':
        return [correlated(params, federated(!params.correlation_param.select_federated))]
      case 'hetero_sbt_filter':
      case 'homo_sbt_filter':
      case 'hetero_fast_sbt_filter':
        return metricRules(params.sbt_param, 'sbt_param').map((rule) => {
          requireMetric(rule, 'feature_importance', 'sbt_param')
          return treeStep(method, rule, federated(!rule.federated))
        })
      default:
        throw new Error(`There is no filter "${String(method)}"`)
    }
  })
}

/** A step in which every party decides about its own columns. */
const LOCAL = { federated: false, theirs: () => new Map<number, number>() } as const

function plain(
  filterName: string,
  measure: (values: Float64Array) => number,
  rule: { takeHigh: boolean; threshold: number },
): SelectionStep {
  return {
    ...LOCAL,
    filterName,
    own: ({ header, values }) => numbers(header, (name) => measure(values(name))),
    select: (columns) =>
      selectByRule(columns, { ...rule, type: 'threshold', hostThresholds: null }),
  }
}

function manual({ manually_param: param }: FeatureSelectionParam): SelectionStep {
  const out = { indexes: param.filter_out_indexes, names: param.filter_out_names }
  const left = { indexes: param.left_col_indexes, names: param.left_col_names }
  const says = (choice: typeof out): boolean =>
    choice.indexes !== null || (choice.names ?? []).length > 0
  if (says(out) && says(left)) {
    throw new Error('manually_param has both columns to filter out and columns to leave: give one')
  }
  return {
    ...LOCAL,
    filterName: 'MANUALLY',
    own: ({ header }) => {
      const chosen = new Set(
        says(left)
          ? chooseColumns(header, left, 'manually_param.left_col')
          : says(out)
            ? chooseColumns(header, out, 'manually_param.filter_out')
            : [],
      )
      return numbers(header, (name) => (chosen.has(name) === says(left) ? 1 : 0))
    },
    select: (columns) =>
      keepOneEach(columns, { stays: ({ value }) => value === 1, ranked: columns }),
  }
}

/**
 * By importances of trees. A threshold each party applies to its own; to rank the columns of all, hosts tell the guest
 * the importances of theirs. After HomoSecureBoost all parties have the same columns and the same numbers.
 */
function treeStep(filter: TreeFilter, rule: MetricRule, federated: boolean): SelectionStep {
  const between = filter !== 'homo_sbt_filter'
  const told = between && federated && rule.type !== 'threshold'
  return {
    filterName: filter.toUpperCase(),
    federated: told,
    guestOnly: between && !federated,
    told,
    own: ({ isometric }) => ownImportances(isometric, filter),
    theirs: () => new Map(),
    select: (columns) => selectByRule(columns, rule),
  }
}

type TreeFilter = Extract<FilterName, `${string}sbt_filter`>

function ivStep(
  filterName: string,
  federated: boolean,
  rule: Omit<MetricRule, 'metric' | 'federated'>,
): SelectionStep {
  return {
    filterName,
    federated,
    // Without labels a host has no such numbers.
    guestOnly: !federated,
    own: ({ isometric }) => ownIv(isometric),
    theirs: ({ isometric }, position) => hostIv(isometric, position),
    select: (columns) => selectByRule(columns, rule),
  }
}

/**
 * Goes from the highest information value down and drops every column that correlates with one that stays: pairs of
 * guest columns, and of a guest's with a host's. What two columns of hosts have in common nobody knows.
 */
function correlated(params: FeatureSelectionParam, federated: boolean): SelectionStep {
  const { threshold } = params.correlation_param
  return {
    filterName: 'CORRELATION_FILTER',
    federated,
    guestOnly: !federated,
    own: ({ isometric }) => ownIv(isometric),
    theirs: ({ isometric }, position) => hostIv(isometric, position),
    select: (columns, { header, isometric }) => {
      const state = correlationOf(isometric)
      const place = new Map(state.names.map((name, at) => [name, at]))
      const between = (a: ScoredColumn, b: ScoredColumn): number => {
        const [first, second] = a.owner < 0 ? [a, b] : [b, a]
        const row = first.owner < 0 ? place.get(header[first.index]) : undefined
        if (row === undefined) return 0
        if (second.owner >= 0) {
          const host = state.hosts[second.owner]
          const at = host?.indexes.indexOf(second.index) ?? -1
          return at < 0 ? 0 : Math.abs(host.correlation[row][at])
        }
        const col = place.get(header[second.index])
        return col === undefined ? 0 : Math.abs(state.local[row][col])
      }
      const ranked = columns.toSorted((a, b) => b.value - a.value)
      const kept: ScoredColumn[] = []
      for (const column of ranked) {
        if (kept.every((other) => between(other, column) <= threshold)) kept.push(column)
      }
      return keepOneEach(columns, { stays: (column) => kept.includes(column), ranked })
    },
  }
}

function numbers(
  names: readonly string[],
  value: (name: string, at: number) => number | undefined,
): Map<string, number> {
  return new Map(
    names.flatMap((name, at): [string, number][] => {
      const found = value(name, at)
      return found === undefined ? [] : [[name, found]]
    }),
  )
}
