/**
 * The bins of a party's own columns: fine ones first, merged where the method says so.
 * @module
 */
import {
  type BinCounts,
  binIndexes,
  bucketSplits,
  mergeBins,
  type MergeRule,
  quantileSplits,
} from '../../compute/ml/binning.ts'
import type { Frame } from '../../compute/ml/frame.ts'
import type { TaskContext } from '../define.ts'
import { featureValues, headerOf, requireNumbers } from '../input.ts'
import { chooseColumns } from '../param.ts'
import type { FeatureBinningParam } from './binning-param.ts'

/** A column in the party's own bins. */
export interface FineColumn {
  readonly name: string
  readonly splits: Float64Array
  /** One entry a row of the table. */
  readonly bins: Uint32Array
  /** Whether its bins stay as they are: categories and given split points. */
  readonly fixed: boolean
}

/** All binned columns of a party. */
export interface FineBins {
  readonly header: readonly string[]
  readonly columns: readonly FineColumn[]
  readonly categories: ReadonlySet<string>
}

/** The party's own bins; for method optimal the fine ones that are merged later. */
export function fitSplits(context: TaskContext<FeatureBinningParam>, frame: Frame): FineBins {
  const { params } = context
  const header = headerOf(frame)
  const values = featureValues(frame)
  const categories = new Set(
    (params.category_names ?? []).length === 0 && params.category_indexes === null
      ? []
      : chooseColumns(
          header,
          { indexes: params.category_indexes, names: params.category_names },
          'category_indexes or category_names',
        ),
  )
  const chosen = new Set(
    chooseColumns(
      header,
      { indexes: params.bin_indexes, names: params.bin_names },
      'bin_indexes or bin_names',
    ),
  )
  const given = givenSplits(params, header)
  const columns = header.flatMap((name): FineColumn[] => {
    if (!chosen.has(name) && !categories.has(name)) return []
    const own = values.get(name) ?? new Float64Array()
    requireNumbers(frame, { name, values: own })
    if (params.skip_static && own.every((value) => value === own[0])) {
      context.log('info', `Column "${name}" has one value and is left out (skip_static)`)
      return []
    }
    const splits = given.get(name) ?? splitsOf(params, own, categories.has(name))
    const fixed = categories.has(name) || given.has(name)
    return [{ name, splits, bins: binIndexes(own, splits), fixed }]
  })
  return { header, columns, categories }
}

function splitsOf(
  params: FeatureBinningParam,
  values: Float64Array,
  category: boolean,
): Float64Array {
  if (category) return Float64Array.from(new Set(values)).sort()
  const { init_bin_nums, init_bucket_method } = params.optimal_binning_param
  const bins =
    params.method === 'optimal' ? Math.max(init_bin_nums, params.bin_num) : params.bin_num
  const method = params.method === 'optimal' ? init_bucket_method : params.method
  return method === 'bucket' ? bucketSplits(values, bins) : quantileSplits(values, bins)
}

function givenSplits(
  params: FeatureBinningParam,
  header: readonly string[],
): Map<string, Float64Array> {
  const byIndex = Object.entries(params.split_points_by_index ?? {}).map(
    ([index, points]) => [header[Number(index)] ?? index, points] as const,
  )
  const all = [...byIndex, ...Object.entries(params.split_points_by_col_name ?? {})]
  const unknown = all.find(([name]) => !header.includes(name))
  if (unknown)
    throw new Error(`Split points are given for "${unknown[0]}", which the table has not`)
  return new Map(all.map(([name, points]) => [name, Float64Array.from(new Set(points)).sort()]))
}

/** Rows of each class in each bin. */
export function countBins(
  bins: Uint32Array,
  { events, bins: count }: { events: Float64Array; bins: number },
): BinCounts {
  const counts = { events: Array<number>(count).fill(0), nonEvents: Array<number>(count).fill(0) }
  bins.forEach((bin, row) => (events[row] > 0 ? counts.events : counts.nonEvents)[bin]++)
  return counts
}

/** Merges bins where the method says so: the last fine bin of each, and the counts of each. */
export function merge(
  params: FeatureBinningParam,
  counts: BinCounts,
  fixed: boolean,
): { last: number[]; counts: BinCounts } {
  const { metric_method, min_bin_pct, max_bin_pct, mixture } = params.optimal_binning_param
  const rule: MergeRule = {
    metric: metric_method,
    bins: params.bin_num,
    leastShare: min_bin_pct,
    mostShare: max_bin_pct,
    mixed: mixture,
  }
  const each = counts.events.map((_, at) => at)
  const last = params.method === 'optimal' && !fixed ? mergeBins(counts, rule) : each
  const fold = (values: readonly number[]): number[] =>
    last.map((to, at) =>
      values.slice(at === 0 ? 0 : last[at - 1] + 1, to + 1).reduce((sum, value) => sum + value, 0),
    )
  return { last, counts: { events: fold(counts.events), nonEvents: fold(counts.nonEvents) } }
}
