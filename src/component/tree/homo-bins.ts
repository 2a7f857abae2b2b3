/**
 * Bins and first scores that all parties of HomoSecureBoost agree on, from counts over the rows of all.
 * @module
 */
import { binColumn, type BinnedColumn, isMissing } from '../../compute/ml/tree/binning.ts'
import {
  countTargets,
  createQuantileSearch,
  SEARCH_ROUNDS,
  searchKey,
  type QuantileSearch,
  type SearchTarget,
  withDigit,
} from '../../compute/ml/tree/quantile-search.ts'
import { blob, floats, uint32s } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import { arbiterOf, guestOf, hostsOf } from '../linear/row-alignment.ts'
import { boostRule, type BoostingTreeParam } from './boosting-param.ts'
import type { HomoSize, HomoTable } from './homo-inputs.ts'
import { BINS } from './homo-messages.ts'
import { type Adder, sumReal, sumWhole } from './homo-sum.ts'

type Context = TaskContext<BoostingTreeParam>

/** What a column's bins are, without the rows in them. */
export interface BinEdges {
  readonly thresholds: Float64Array
  readonly missing: boolean
}

/** What all parties start from. */
export interface HomoStart {
  readonly edges: readonly BinEdges[]
  /** The score before the first tree, by output. */
  readonly initial: readonly number[]
}

/** A data party's side. */
export async function agreeOnStart(
  context: Context,
  { table, adder }: { table: HomoTable; adder: Adder },
): Promise<HomoStart> {
  const { channel, params } = context
  const from = arbiterOf(context)
  const { missing: rule } = boostRule(params)
  const keys = table.columns.map((values) =>
    Uint32Array.from(
      values.filter((value) => !isMissing(value, rule)),
      searchKey,
    ).sort(),
  )
  await adder.whole(Float64Array.from([table.ids.length, ...keys.map((own) => own.length)]))
  await joinSearch(context, keys, adder)
  const found = BINS.decode(await channel.receive(from, 'bins'))
  const total = found.counts.reduce((sum, count) => sum + count, 0)
  if (found.counts.length !== keys.length || total !== found.thresholds.length) {
    throw new Error(`${from} sent malformed bins`)
  }
  let at = 0
  const edges = Array.from(found.counts, (count, column): BinEdges => {
    const thresholds = found.thresholds.slice(at, (at += count))
    return { thresholds, missing: found.missing[column] === 1 }
  })
  if (params.task_type === 'regression') {
    const { objective } = params.objective_param
    if (LOGARITHMIC.has(objective) && table.labels.some((label) => label < 0)) {
      throw new Error(`${channel.self} has a label below 0, which ${objective} does not allow`)
    }
    if (MEDIAN.has(objective)) {
      await joinSearch(context, [Uint32Array.from(table.labels, searchKey).sort()], adder)
    } else {
      const sum = table.labels.reduce((all, value) => all + value, 0)
      await adder.real([sum], 'The sum of the labels')
    }
  }
  const initial = floats.decode(await channel.receive(from, 'initial'))
  if (initial.length === table.task.objective.outputs) return { edges, initial: [...initial] }
  throw new Error(`${from} sent a malformed initial`)
}

/** The arbiter's side; answers also how many rows there are. */
export async function leadStart(
  context: Context,
  { columns, task }: HomoSize,
): Promise<HomoStart & { rows: number }> {
  const { channel, params } = context
  const [rows, ...sizes] = await sumWhole(context, 1 + columns)
  const search = createQuantileSearch(Float64Array.from(sizes), params.bin_num)
  await leadSearch(context, search)
  const thresholds = search.thresholds()
  const edges = thresholds.map((list, at): BinEdges => {
    return { thresholds: list, missing: sizes[at] < rows }
  })
  const bins = BINS.encode({
    counts: Uint32Array.from(thresholds, ({ length }) => length),
    thresholds: Float64Array.from(thresholds.flatMap((list) => [...list])),
    missing: Uint8Array.from(edges, ({ missing }) => (missing ? 1 : 0)),
  })
  for (const to of parties(context)) await channel.send(to, 'bins', bins)
  const initial =
    params.task_type === 'regression'
      ? [await leadScore(context, { rows, task })]
      : task.objective.initial(new Float64Array(0))
  for (const to of parties(context)) {
    await channel.send(to, 'initial', floats.encode(Float64Array.from(initial)))
  }
  return { edges, initial, rows }
}

/** A party's columns in the bins of all. */
export function binTable(
  { columns }: Pick<HomoTable, 'columns'>,
  edges: readonly BinEdges[],
  params: BoostingTreeParam,
): BinnedColumn[] {
  const { missing: rule } = boostRule(params)
  return edges.map(({ thresholds, missing }, at) => {
    return { ...binColumn(columns[at], thresholds, rule), missing }
  })
}

/** Everybody with rows. */
export function parties(context: Context): ReturnType<typeof hostsOf> {
  return [guestOf(context), ...hostsOf(context)]
}

/** The objectives whose first score is the median label; of the others it is the mean, or its logarithm. */
const MEDIAN: ReadonlySet<string | null> = new Set(['lae', 'huber', 'fair'])

const LOGARITHMIC: ReadonlySet<string | null> = new Set(['tweedie', 'poisson'])

async function joinSearch(
  context: Context,
  keys: readonly Uint32Array[],
  adder: Adder,
): Promise<void> {
  const { channel, signal } = context
  const from = arbiterOf(context)
  for (;;) {
    const columns = uint32s.decode(await channel.receive(from, 'search_targets'))
    if (columns.some((column) => column >= keys.length)) {
      throw new Error(`${from} sent malformed search_targets`)
    }
    if (columns.length === 0) return
    const targets = Array.from(columns, (column): SearchTarget => ({ column, prefix: 0 }))
    for (let round = 0; round < SEARCH_ROUNDS; round++) {
      signal.throwIfAborted()
      await adder.whole(countTargets(keys, targets, round))
      const digits = blob.decode(await channel.receive(from, 'search_digits'))
      if (digits.length !== targets.length || digits.some((digit) => digit > 15)) {
        throw new Error(`${from} sent malformed search_digits`)
      }
      targets.forEach((target, at) => {
        target.prefix = withDigit(target.prefix, digits[at], round)
      })
    }
  }
}

async function leadSearch(
  context: Context,
  search: QuantileSearch,
  most = Infinity,
): Promise<void> {
  const { channel, signal } = context
  for (let stage = 0; ; stage++) {
    const columns = stage < most ? search.open() : new Uint32Array(0)
    for (const to of parties(context)) {
      await channel.send(to, 'search_targets', uint32s.encode(columns))
    }
    if (columns.length === 0) return
    for (let round = 0; round < SEARCH_ROUNDS; round++) {
      signal.throwIfAborted()
      const digits = search.step(await sumWhole(context, columns.length * 15))
      for (const to of parties(context)) {
        await channel.send(to, 'search_digits', blob.encode(digits))
      }
    }
  }
}

/** The score before the first tree of a regression. */
async function leadScore(
  context: Context,
  { rows, task }: { rows: number; task: HomoSize['task'] },
): Promise<number> {
  if (MEDIAN.has(context.params.objective_param.objective)) {
    const search = createQuantileSearch(Float64Array.of(rows), 2)
    await leadSearch(context, search, 1)
    return search.atRank(0, Math.ceil(rows / 2))
  }
  const [sum] = await sumReal(context, 1)
  // The objective makes of one label what it makes of many with that mean.
  return task.objective.initial(Float64Array.of(sum / rows))[0]
}
