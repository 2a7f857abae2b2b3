/**
 * Takes some of the rows, or some of them several times (FATE's FederatedSample).
 *
 * Where guest and hosts hold columns of the same rows, the guest draws and tells the hosts which rows, by their places
 * in the order of ids; that both have the same ids is checked first, without showing any.
 * @module
 */
import { z } from 'zod'

import { type Frame, label, rowWeights, takeRows } from '../../compute/ml/frame.ts'
import { createRng, type Rng } from '../../compute/ml/rng.ts'
import { uint32s } from '../../federation/codec.ts'
import { component, type TaskContext } from '../define.ts'
import { DATA_SLOTS, dataInput, headerOf } from '../input.ts'
import {
  alignGuest,
  alignHost,
  ALIGNMENT_MESSAGES,
  guestOf,
  hostsOf,
  sortRows,
  type SortedRows,
} from '../linear/row-alignment.ts'
import { warnOfUnknown, word } from '../param.ts'
import { PrivateFault } from '../private-fault.ts'

const Rate = z.number().positive()

/** Parameters of FederatedSample. */
export const SampleParam = z.looseObject({
  /**
   * `exact_by_weight` takes every row as often as it weighs (SampleWeight), and of a fraction that is left once more with
   * that chance; rows weigh nothing afterwards.
   */
  mode: word(['random', 'stratified', 'exact_by_weight']).default('random'),
  method: word(['downsample', 'upsample']).default('downsample'),
  /**
   * Rows to take for each there is: one rate, or `[label, rate]` pairs of which a label that is not named keeps its
   * rows. Null in mode stratified brings every label to as many rows as the least frequent one has (downsample) or the
   * most frequent one (upsample); in mode random it is 0.5.
   */
  fractions: z
    .union([Rate, z.tuple([z.number(), Rate]).array().nonempty()])
    .nullable()
    .default(0.9),
  /** Null for 0, so that a job gives the same rows every time. */
  random_state: z.int().nullable().default(null),
  task_type: word(['hetero', 'homo']).default('hetero'),
  need_run: z.boolean().default(true),
})

/** Parsed parameters of FederatedSample. */
export type SampleParam = z.output<typeof SampleParam>

type Context = TaskContext<SampleParam>

/** Takes the same rows at every party. */
export const federatedSample = component({
  name: 'FederatedSample',
  summary: 'Takes some of the rows, the same ones at every party',
  roles: ['guest', 'host'],
  requires: [],
  params: SampleParam,
  paramsName: 'SampleParam',
  inputs: { data: DATA_SLOTS, model: [] },
  outputs: { data: true, model: false },
  deployed: false,
  messages: {
    ...ALIGNMENT_MESSAGES,
    sample_rows: {
      kind: 'plain',
      from: ['guest'],
      to: ['host'],
      reveals:
        'Which rows are taken, by their places in the order of ids; a stratified sample lets a host guess which rows ' +
        'have one label where the rates of labels differ, and one by weight which rows weigh how much.',
    },
  },
  async run(context) {
    warnOfUnknown(context, SampleParam)
    checkRates(context.params)
    const { frame } = await dataInput(context)
    const sorted = sortRows(frame, context.channel.self)
    const rows =
      context.params.task_type === 'homo'
        ? draw(context, { frame, sorted })
        : await agree(context, { frame, sorted })
    const taken = sampled(
      frame,
      Array.from(rows, (at) => sorted.order[at]),
    )
    const sample = context.params.mode === 'exact_by_weight' ? withoutWeights(taken) : taken
    await context.writeTable(sample)
    context.log('info', `${sample.ids.length} rows taken of ${frame.ids.length}`)
    context.progress(1, 1)
  },
})

/** Rows to take, as places in the order of ids, rising. */
async function agree(
  context: Context,
  { frame, sorted }: { frame: Frame; sorted: SortedRows },
): Promise<ArrayLike<number>> {
  const { channel, role } = context
  if (role === 'guest') {
    await alignGuest(context, sorted.ids)
    const rows = draw(context, { frame, sorted })
    for (const host of hostsOf(context)) {
      await channel.send(host, 'sample_rows', uint32s.encode(Uint32Array.from(rows)))
    }
    return rows
  }
  const theGuest = guestOf(context)
  await alignHost(context, { ids: sorted.ids, columns: headerOf(frame).length })
  const rows = uint32s.decode(await channel.receive(theGuest, 'sample_rows'))
  const fits = rows.every((row, at) => row < sorted.ids.length && (at === 0 || rows[at - 1] <= row))
  if (!fits || rows.length === 0) throw new Error(`${theGuest} sent malformed sample_rows`)
  return rows
}

/** Draws rows and publishes how many of each kind. */
function draw(
  context: Context,
  { frame, sorted }: { frame: Frame; sorted: SortedRows },
): readonly number[] {
  const { params } = context
  const rng = createRng(params.random_state ?? 0)
  const all = sorted.ids.map((_, at) => at)
  if (params.mode === 'random') {
    const rate = typeof params.fractions === 'number' ? params.fractions : 0.5
    const rows = take(rng, all, { ...params, count: Math.round(rate * all.length) })
    publish(context, [['count', rows.length]], 'SAMPLE_TEXT')
    return notEmpty(rows)
  }
  if (params.mode === 'exact_by_weight') {
    const rows = repeat(rng, all, { frame, sorted })
    publish(context, [['count', rows.length]], 'SAMPLE_TEXT')
    return notEmpty(rows)
  }
  const labels = label(frame)
  if (!labels) throw new Error('A stratified sample needs labels: set with_label in DataIO')
  const strata = [...Map.groupBy(all, (at) => labels[sorted.order[at]])].toSorted(
    ([a], [b]) => a - b,
  )
  const rates = ratesOf(
    strata.map(([value, rows]) => ({ value, rows: rows.length })),
    params,
  )
  const taken = strata.map(([, rows], at) =>
    take(rng, rows, { ...params, count: Math.round(rates[at] * rows.length) }),
  )
  publish(
    context,
    strata.map(([value], at) => [String(value), taken[at].length]),
    'SAMPLE_TABLE',
  )
  return notEmpty(taken.flat().toSorted((a, b) => a - b))
}

/** Every row as often as it weighs. */
function repeat(
  rng: Rng,
  all: readonly number[],
  { frame, sorted }: { frame: Frame; sorted: SortedRows },
): number[] {
  const weights = rowWeights(frame)
  if (!weights) throw new Error('exact_by_weight needs rows with weights: run SampleWeight first')
  return all.flatMap((at) => {
    const weight = weights[sorted.order[at]]
    if (!(weight >= 0 && weight <= MOST_REPEATS)) {
      throw new PrivateFault(
        `Row "${sorted.ids[at]}" has the weight ${weight}: exact_by_weight takes weights from 0 to ${MOST_REPEATS}`,
        `A weight is not from 0 to ${MOST_REPEATS}, which is what exact_by_weight takes`,
      )
    }
    const whole = Math.floor(weight)
    const times = whole + (rng.uniform() < weight - whole ? 1 : 0)
    return Array.from({ length: times }, () => at)
  })
}

/** More of one row would be a mistake. */
const MOST_REPEATS = 1000

/** The table whose rows have no weights. */
function withoutWeights({ weightName, ...frame }: Frame): Frame {
  return { ...frame, columns: frame.columns.filter(({ name }) => name !== weightName) }
}

/** `count` of `rows`, rising: without repeats when sampling down, with them when sampling up. */
function take(
  rng: Rng,
  rows: readonly number[],
  { method, count }: { method: SampleParam['method']; count: number },
): number[] {
  const taken =
    method === 'downsample'
      ? rng.shuffle(rows).slice(0, count)
      : [
          ...Array.from({ length: Math.floor(count / rows.length) }, () => rows).flat(),
          ...Array.from({ length: count % rows.length }, () => rows[rng.integer(rows.length)]),
        ]
  return taken.sort((a, b) => a - b)
}

function ratesOf(
  strata: readonly { value: number; rows: number }[],
  { fractions, method }: SampleParam,
): number[] {
  if (typeof fractions === 'number') return strata.map(() => fractions)
  if (fractions) {
    const byLabel = new Map(fractions)
    const unknown = fractions.find(([value]) => !strata.some((stratum) => stratum.value === value))
    if (unknown) throw new Error(`fractions names the label ${unknown[0]}, which no row has`)
    return strata.map(({ value }) => byLabel.get(value) ?? 1)
  }
  const sizes = strata.map(({ rows }) => rows)
  const target = method === 'downsample' ? Math.min(...sizes) : Math.max(...sizes)
  return strata.map(({ rows }) => target / rows)
}

function checkRates({ mode, method, fractions }: SampleParam): void {
  if (mode === 'random' && Array.isArray(fractions)) {
    throw new Error('fractions by label need mode "stratified"; mode "random" takes one number')
  }
  const rates = Array.isArray(fractions) ? fractions.map(([, rate]) => rate) : [fractions ?? 1]
  const above = rates.find((rate) => rate > 1)
  if (method === 'downsample' && above !== undefined) {
    throw new Error(`fractions has the rate ${above}: a downsample takes at most 1 of each row`)
  }
}

/** The rows in that order; the repeats of a row get ids of their own, the same at every party. */
function sampled(frame: Frame, rows: readonly number[]): Frame {
  const result = takeRows(frame, rows)
  const seen = new Map<string, number>()
  const ids = result.ids.map((id) => {
    const times = seen.get(id) ?? 0
    seen.set(id, times + 1)
    return times === 0 ? id : `${id}#${times}`
  })
  if (new Set(ids).size < ids.length) {
    throw new Error('Ids of the table end in "#" and a number, as those of repeated rows would')
  }
  return { ...result, ids }
}

function notEmpty(rows: readonly number[]): readonly number[] {
  if (rows.length > 0) return rows
  throw new Error('The sample has no rows: raise fractions')
}

function publish(
  context: Context,
  points: readonly (readonly [string, number])[],
  metric_type: string,
): void {
  const name = context.params.mode
  context.metric({ namespace: 'sample_count', name, points, meta: { name, metric_type } })
}
