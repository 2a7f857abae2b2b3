/**
 * How far the values of columns have moved between two tables: the population stability index (FATE's PSI).
 * @module
 */
import { z } from 'zod'

import { binIndexes, quantileSplits } from '../../compute/ml/binning.ts'
import { features, type Frame } from '../../compute/ml/frame.ts'
import { floats } from '../../federation/codec.ts'
import { component, type TaskContext } from '../define.ts'
import { anonymousName } from '../feature/binning-model.ts'
import { featureValues, headerOf, requireColumns } from '../input.ts'
import { guestOf, hostsOf } from '../linear/row-alignment.ts'
import { warnOfUnknown } from '../param.ts'
import { renameParty } from '../party-names.ts'
import type { PsiState } from './psi-model.ts'

/** The share that stands for that of a bin without rows, whose logarithm would be infinite. */
const LEAST_SHARE = 1e-6

/** Parameters of PSI. */
export const PsiParam = z.looseObject({
  max_bin_num: z.int().min(2).default(20),
  /** A number that means a missing value; cells without a number are missing either way. */
  dense_missing_val: z.number().nullable().default(null),
  /** Kept for callers that send it: quantiles are exact. */
  binning_error: z.number().default(1e-4),
  need_run: z.boolean().default(true),
})

type Context = TaskContext<z.output<typeof PsiParam>>

/** One column's rows by bin in both tables. */
interface Stability {
  readonly intervals: readonly string[]
  readonly expectCounts: readonly number[]
  readonly actualCounts: readonly number[]
  readonly expectPercentage: readonly number[]
  readonly actualPercentage: readonly number[]
  readonly psi: readonly number[]
  readonly totalPsi: number
}

/** Each party compares its own tables; hosts tell the guest one number a column. */
export const psi = component({
  name: 'PSI',
  summary: 'Says how far the values of columns moved between two tables',
  roles: ['guest', 'host'],
  requires: [],
  params: PsiParam,
  paramsName: 'PSIParam',
  inputs: { data: ['train_data', 'validate_data', 'eval_data', 'test_data'], model: [] },
  outputs: { data: false, model: true },
  deployed: false,
  renamed: (model, names) => {
    const { own } = model.state as PsiState
    const scores = Object.entries(model.param['totalScore'] as Record<string, number>)
    const totalScore = Object.fromEntries(
      // A column of its own may be called like one of a host.
      scores.map(([name, score]) => [
        Object.hasOwn(own, name) ? name : renameParty(name, names),
        score,
      ]),
    )
    return { ...model, param: { ...model.param, totalScore } }
  },
  messages: {
    host_psi: {
      kind: 'aggregate',
      from: ['host'],
      to: ['guest'],
      reveals: "The index of each of the host's columns, one number each, without names.",
    },
  },
  async run(context) {
    warnOfUnknown(context, PsiParam)
    const expected = await tableIn(context, 'train_data')
    const slot = context.connected.data.find((name) => name !== 'train_data')
    if (!slot) throw new Error(`${context.name} needs a second table: connect validate_data`)
    const actual = await tableIn(context, slot)
    requireColumns(actual, headerOf(expected))
    const later = featureValues(actual)
    const found = features(expected).map(({ name, values }) => {
      const other = later.get(name) ?? new Float64Array()
      return { name, ...stability(values, other, context.params) }
    })
    const hosts: number[][] = []
    if (context.role === 'host' && (context.members.guest ?? []).length > 0) {
      const totals = Float64Array.from(found, ({ totalPsi }) => totalPsi)
      await context.channel.send(guestOf(context), 'host_psi', floats.encode(totals))
    } else {
      for (const from of hostsOf(context)) {
        hosts.push([...floats.decode(await context.channel.receive(from, 'host_psi'))])
      }
    }
    const own = Object.fromEntries(found.map(({ name, totalPsi }) => [name, totalPsi]))
    const state: PsiState = { own, hosts }
    const theirs = hosts.flatMap((values, at) =>
      values.map((value, index): [string, number] => [
        anonymousName(context.members.host?.[at] ?? '', index),
        value,
      ]),
    )
    await context.writeModel({
      name: 'PSI',
      param: {
        totalScore: { ...own, ...Object.fromEntries(theirs) },
        featurePsi: Object.fromEntries(
          found.map(({ name, ...rest }) => [name, { featureName: name, ...rest }]),
        ),
        modelName: 'psi',
      },
      meta: { maxBinNum: context.params.max_bin_num, needRun: true },
      state,
    })
    context.progress(1, 1)
  },
})

/** Bins of equal shares of `expected`, and how `actual` fills them; missing values are a bin of their own. */
export function stability(
  expected: Float64Array,
  actual: Float64Array,
  params: { max_bin_num: number; dense_missing_val: number | null },
): Stability {
  const gaps = (values: Float64Array): Float64Array =>
    values.map((value) => (value === params.dense_missing_val ? Number.NaN : value))
  const [before, after] = [gaps(expected), gaps(actual)]
  const splits = quantileSplits(before, params.max_bin_num)
  const count = (values: Float64Array): number[] => {
    const counts = Array.from({ length: splits.length + 1 }, () => 0)
    const bins = binIndexes(values, splits)
    values.forEach((value, row) => counts[Number.isNaN(value) ? splits.length : bins[row]]++)
    return counts
  }
  const counts = [count(before), count(after)]
  const missing = counts.some((each) => each[splits.length] > 0)
  const bins = missing ? splits.length + 1 : splits.length
  const [expectCounts, actualCounts] = counts.map((each) => each.slice(0, bins))
  const shares = (each: readonly number[], rows: number): number[] =>
    each.map((rowsOfBin) => (rows === 0 ? 0 : rowsOfBin / rows))
  const expectPercentage = shares(expectCounts, expected.length)
  const actualPercentage = shares(actualCounts, actual.length)
  const parts = expectPercentage.map((share, at) => {
    const [from, to] = [share, actualPercentage[at]].map((each) => Math.max(each, LEAST_SHARE))
    return (to - from) * Math.log(to / from)
  })
  const intervals = [...splits].map((split, at) =>
    at === 0
      ? `(-inf, ${split}]`
      : at === splits.length - 1
        ? `(${splits[at - 1]}, +inf)`
        : `(${splits[at - 1]}, ${split}]`,
  )
  return {
    intervals: missing ? [...intervals, 'missing'] : intervals,
    expectCounts,
    actualCounts,
    expectPercentage,
    actualPercentage,
    psi: parts,
    totalPsi: parts.reduce((sum, part) => sum + part, 0),
  }
}

async function tableIn(context: Context, slot: Parameters<Context['tables']>[0]): Promise<Frame> {
  const tables = await context.tables(slot)
  const [first] = tables
  if (tables.length === 1 && first.frame.kind === 'data') return first.frame
  throw new Error(
    `${context.name} needs one table of data in ${slot} at ${context.channel.self}, got ` +
      (tables.length === 1 ? `a ${first.frame.kind} table` : String(tables.length)),
  )
}
