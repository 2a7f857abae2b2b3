/**
 * The form in which binning models are kept, shown and applied.
 * @module
 */
import { binIndexes } from '../../compute/ml/binning.ts'
import type { Frame } from '../../compute/ml/frame.ts'
import type { BinReport } from '../../compute/ml/woe.ts'
import type { Model } from '../define.ts'
import { mapFeatures, requireNumbers } from '../input.ts'
import { chooseColumns } from '../param.ts'
import type { FeatureBinningParam } from './binning-param.ts'

/** A column that was binned. */
export interface BinnedColumn {
  readonly name: string
  readonly splits: Float64Array
  /** Null where the party has no labels, or these are not of two classes. */
  readonly report: BinReport | null
}

/** What a guest knows of a host's column: its place there, not its name. */
export interface HostColumn {
  readonly index: number
  readonly report: BinReport
}

/** Columns of one host. */
export interface HostBins {
  readonly party: string
  readonly columns: readonly HostColumn[]
}

/** What a fit learnt. */
export interface BinningState {
  readonly header: readonly string[]
  readonly columns: readonly BinnedColumn[]
  /** At the guest only. */
  readonly hosts: readonly HostBins[]
  readonly transform: { readonly type: 'bin_num' | 'woe' | null; readonly names: readonly string[] }
}

/** The name under which a guest sees a column of a host. */
export function anonymousName(party: string, index: number): string {
  return `host_${party}_${index}`
}

/** Which columns a table gets transformed, from the parameters. Categories keep their values. */
export function transformOf(
  params: FeatureBinningParam,
  table: { header: readonly string[]; binned: readonly string[]; categories: ReadonlySet<string> },
): BinningState['transform'] {
  const { transform_cols, transform_names, transform_type: type } = params.transform_param
  const choice = { indexes: transform_cols, names: transform_names }
  const wanted = chooseColumns(table.header, choice, 'transform_param')
  const binned = new Set(table.binned)
  return {
    type,
    names: wanted.filter((name) => binned.has(name) && !table.categories.has(name)),
  }
}

/** The table with the columns of the transform in bins, or their weights. */
export function transformBins(frame: Frame, { columns, transform }: BinningState): Frame {
  if (transform.type === null) return frame
  const byName = new Map(columns.map((column) => [column.name, column]))
  const names = new Set(transform.names)
  return mapFeatures(frame, (name, values) => {
    const binned = byName.get(name)
    if (!binned || !names.has(name)) return [{ name, values }]
    requireNumbers(frame, { name, values })
    const bins = binIndexes(values, binned.splits)
    if (transform.type === 'bin_num') return [{ name, values: Float64Array.from(bins) }]
    const { report } = binned
    if (!report) {
      throw new Error(
        'transform_type "woe" needs labels of two classes, which only the guest has: set it to "bin_num" or null at ' +
          'this party (role_parameters)',
      )
    }
    return [{ name, values: Float64Array.from(bins, (bin) => report.woe[bin]) }]
  })
}

/** The model in FATE's wire names. */
export function toModel(params: FeatureBinningParam, state: BinningState): Model {
  const results = state.columns.map(({ name, splits, report }) => [
    name,
    resultOf(report, { splits, anonymous: '' }),
  ])
  const hostKey = (at: number): string => (state.hosts.length === 1 ? 'host' : `host.${at}`)
  const hostResults = state.hosts.map(({ party, columns }, at) => {
    const binningResult = Object.fromEntries(
      columns.map(({ index, report }) => {
        const anonymous = anonymousName(party, index)
        return [anonymous, resultOf(report, { splits: new Float64Array(), anonymous })]
      }),
    )
    return [hostKey(at), { binningResult, role: 'host', partyId: party }]
  })
  return {
    name: 'FeatureBinning',
    param: {
      binningResult: { binningResult: Object.fromEntries(results) },
      hostResults: Object.fromEntries(hostResults),
      header: [...state.header],
    },
    meta: {
      method: params.method,
      compressThres: String(params.compress_thres),
      headSize: String(params.head_size),
      error: params.error,
      binNum: String(params.bin_num),
      cols: state.columns.map(({ name }) => String(state.header.indexOf(name))),
      adjustmentFactor: params.adjustment_factor,
      localOnly: params.local_only,
      skipStatic: params.skip_static,
      needRun: true,
      transformParam: {
        transformCols: state.transform.names.map((name) => String(state.header.indexOf(name))),
        transformType: state.transform.type ?? '',
      },
    },
    state,
  }
}

function resultOf(
  report: BinReport | null,
  { splits, anonymous }: { splits: Float64Array; anonymous: string },
): Record<string, unknown> {
  return {
    woeArray: report ? [...report.woe] : [],
    ivArray: report ? [...report.iv] : [],
    eventCountArray: report ? report.events.map(String) : [],
    nonEventCountArray: report ? report.nonEvents.map(String) : [],
    eventRateArray: report ? [...report.eventRates] : [],
    nonEventRateArray: report ? [...report.nonEventRates] : [],
    splitPoints: [...splits],
    iv: report?.total ?? 0,
    isWoeMonotonic: report?.monotonic ?? false,
    binNums: String(report ? report.woe.length : splits.length),
    binAnonymous: anonymous,
  }
}
