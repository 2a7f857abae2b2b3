/**
 * The training of VerticalLinearRegression and VerticalLR: descent on products of columns that no party has whole
 * (`shared-gram.ts`), without a party that could decrypt for the others. The residual is d = z − y, or z/4 − (y − 1/2)
 * of labels 0 and 1, which FedLearn's logistic regression has between scores of −2 and 2.
 * @module
 */
import type { Matrix } from '../../compute/ml/matrix.ts'
import { agreeOnStep } from '../checkpoint.ts'
import type { DataSlot, TaskContext } from '../define.ts'
import type { Family } from '../linear/family.ts'
import { labelsOf, openTable, type OpenTable } from '../linear/lr-inputs.ts'
import { alignGuest, alignHost } from '../linear/row-alignment.ts'
import type { RunMode } from '../run-mode.ts'
import { gramGradients } from './gram-gradient.ts'
import { openWork } from './gram-work.ts'
import {
  drawNoiseSeed,
  exact,
  gaussianPrivacy,
  type LabelRelease,
  type NoiseSeed,
  type Reading,
  tellPrivacy,
  underNoise,
} from './label-privacy.ts'
import { type GramWork, roundColumns, type SharedGram, shareGram } from './shared-gram.ts'
import {
  type Descent,
  descend,
  type DescentState,
  type KeptDescent,
  readDescent,
  sumAtGuest,
  writeDescent,
} from './vertical-descent.ts'
import { VERTICAL_ROLES } from './vertical-messages.ts'
import { partOf, scaledColumns, scalesOf, type VerticalPart } from './vertical-model.ts'
import type { VerticalRule } from './vertical-param.ts'
import { goal, NAMESPACES, type Seen, tellEpoch, tellMae } from './vertical-watch.ts'

type Fit = Extract<RunMode, { type: 'fit' }>

/** A part of the model, and how it came about. */
export interface Trained {
  readonly part: VerticalPart
  readonly epochs: number
}

interface Kept extends NoiseSeed {
  readonly epoch: number
  readonly state: DescentState
  /** After every epoch. */
  readonly seen: readonly Seen[]
}

/** Trains, and says how good after every epoch. */
export async function trainVertical(
  context: TaskContext,
  rule: VerticalRule,
  { mode, family }: { mode: Fit; family: Family },
): Promise<Trained> {
  const slots = mode.validate === undefined ? [mode.train] : [mode.train, mode.validate]
  const tables: OpenTable[] = []
  for (const slot of slots) tables.push(await alignedTable(context, slot, tables[0]?.header))
  const [{ header, matrix }] = tables
  const scales = scalesOf(matrix)
  const saved = await agreeOnStep(context, VERTICAL_ROLES)
  const guest = context.role === 'guest'
  const width = header.length + (guest ? 1 : 0)
  const first: Kept =
    saved === undefined
      ? {
          epoch: 0,
          state: { weights: new Float64Array(width), directions: [] },
          seen: [],
          ...drawNoiseSeed(context, rule.useDP),
        }
      : readKept(saved.state)
  // All have kept it before the first label is shared, as none goes on without a key from each.
  if (saved === undefined) await context.checkpoints.save(1, keep(first))
  const work = await openWork(context)
  const grams: SharedGram[] = []
  const ends = labelEnds(context, tables[0])
  for (const table of tables) {
    const columns = scaledColumns(table.matrix, scales)
    const matrix = gramColumns(context, { table, columns, family, rule, ends })
    grams.push(await shareGram(work, matrix))
  }
  const release = guest && rule.useDP === 'true' && releaseOf(grams[0], { rule, family, ends })
  const { maxEpoch: epochs, dpType } = rule
  const last = await descendTo(context, {
    rule,
    family,
    work,
    read: release ? underNoise(grams, { release, dpType, epochs, seed: first }) : exact(grams),
    penalised: header.length,
    first,
  })
  const promise = gaussianPrivacy(rule)
  if (guest && promise) tellPrivacy(context, promise)
  const { weights } = last.state
  const constant = guest ? weights[header.length] : 0
  const part = partOf(header, { scales, weights, constant })
  if (rule.metricType.includes('MAE')) {
    for (const [at, slot] of slots.entries()) {
      await tellMae(context, part, { slot, family, epoch: last.epoch, namespace: NAMESPACES[at] })
    }
  }
  return { part, epochs: last.epoch }
}

/** A table whose rows are those of all parties, in one order. */
async function alignedTable(
  context: TaskContext,
  slot: DataSlot,
  header: readonly string[] | undefined,
): Promise<OpenTable> {
  const table = await openTable(context, header ? { slot, header } : { slot })
  const columns = table.header.length
  if (context.role === 'host') {
    if (columns === 0) throw new Error(`The table of ${context.channel.self} has no features`)
    await alignHost(context, { ids: table.ids, columns })
    warnOfFewRows(context, table.matrix)
    return table
  }
  await alignGuest(context, table.ids)
  return table
}

function warnOfFewRows(context: TaskContext, { rows, cols }: Matrix): void {
  if (rows > cols) return
  context.warn(
    `The ${rows} rows are no more than the ${cols} columns of ${context.channel.self}, which could work out the ` +
      'residual of every row from its gradient: use more rows, or fewer columns',
  )
}

/** Own columns; the guest's with one of ones and the label, which has the weight −1. */
function gramColumns(
  { role, channel }: TaskContext,
  of: {
    table: OpenTable
    columns: readonly Float64Array[]
    family: Family
    rule: VerticalRule
    ends: LabelEnds
  },
): Matrix {
  const { table, family, rule, ends } = of
  const owner = channel.self
  // Columns and labels of rows to validate with may lie further out, and what is under noise must not.
  const within = (values: Float64Array, low: number, high: number) =>
    rule.useDP === 'true' ? values.map((v) => Math.min(high, Math.max(low, v))) : values
  const columns = of.columns.map((values) => within(values, 0, 1))
  if (role === 'host') return roundColumns(columns, { owner })
  const labels = within(labelsOf(table), ends.low, ends.high)
  if (family.classes && labels.some((value) => value !== 0 && value !== 1)) {
    throw new Error(
      `VerticalLR is for labels 0 and 1, and "${table.frame.labelName}" holds others: train another model`,
    )
  }
  const label = family.classes ? labels.map((value) => (value - 0.5) / family.scale) : labels
  const ones = new Float64Array(labels.length).fill(1)
  return roundColumns([...columns, ones], { owner, label })
}

/** The least and the greatest label of the rows to learn from, which are no secret under differential privacy. */
interface LabelEnds {
  readonly low: number
  readonly high: number
}

function labelEnds({ role }: TaskContext, table: OpenTable): LabelEnds {
  if (role === 'host') return { low: 0, high: 0 }
  const labels = labelsOf(table)
  return {
    low: labels.reduce((least, value) => Math.min(least, value), Infinity),
    high: labels.reduce((most, value) => Math.max(most, value), -Infinity),
  }
}

/** How far a label moves the guest's products: columns, from 0 to 1, make a row as long as the root of their number at most. */
function releaseOf(
  gram: SharedGram,
  of: { rule: VerticalRule; family: Family; ends: LabelEnds },
): LabelRelease {
  const { rule, family, ends } = of
  const { low, high } = ends
  const columns = [...gram.blocks.values()].reduce((sum, { cols }) => sum + cols, gram.cols - 1)
  const least = low <= 0 && high >= 0 ? 0 : Math.min(low ** 2, high ** 2)
  return {
    epsilon: rule.dpEpsilon,
    labels: [gram.cols - 1],
    // Coded labels of classes are ±1/(2·scale), whose square is the same.
    sensitivity: Math.sqrt(columns) * (family.classes ? 1 / family.scale : high - low),
    squares: family.classes ? 0 : Math.max(low ** 2, high ** 2) - least,
  }
}

interface Course {
  readonly rule: VerticalRule
  readonly family: Family
  readonly work: GramWork
  /** Products of the rows to learn from, and of those to validate with. */
  readonly read: Reading
  readonly penalised: number
  readonly first: Kept
}

async function descendTo(context: TaskContext, course: Course): Promise<Kept> {
  const { rule, family, work, read, penalised, first } = course
  const guest = context.role === 'guest'
  let number = 0
  const look = async (weights: Float64Array, over: readonly SharedGram[]) => {
    // The label is a column whose weight stays −1.
    const all = guest ? Float64Array.of(...weights, -1) : weights
    const sums = await gramGradients(work, over, { weights: all, number: number++ })
    return sums.map((raw, at) => ({
      gradient: raw.slice(0, weights.length).map((sum) => (family.scale * sum) / over[at].rows),
      square: all.reduce((sum, weight, col) => sum + weight * raw[col], 0) / over[at].rows,
    }))
  }
  let { epoch, state } = first
  const descent: Descent = {
    rule,
    penalised,
    // Of the present epoch: along a line the gradient then changes as without noise.
    gradientAt: async (weights) => (await look(weights, read(epoch).slice(0, 1)))[0].gradient,
  }
  const { noise } = first
  const seen = [...first.seen]
  const rows = read(epoch).map((gram) => gram.rows)
  const report = (at: number) => {
    if (guest) tellEpoch(context, { epoch: at, rule, family, seen: seen[at], rows })
  }
  seen.forEach((_, at) => report(at))
  let gradient = await descent.gradientAt(state.weights)
  while (epoch < rule.maxEpoch) {
    const next = await descend(context, descent, { state, gradient })
    if (!next) break
    state = next
    const looks = await look(state.weights, read(epoch + 1))
    ;({ gradient } = looks[0])
    const length = gradient.reduce((sum, value) => sum + value * value, 0)
    const [squaredLength, ...squares] = await sumAtGuest(context, [
      length,
      ...looks.map(({ square }) => square),
    ])
    seen.push({
      squaredLength,
      // What is rounded may leave a little less than nothing.
      squares: squares.map((square) => Math.max(0, square) * family.scale ** 2),
    })
    report(epoch)
    epoch++
    context.progress(epoch, rule.maxEpoch, `epoch ${epoch}`)
    await context.checkpoints.save(1 + epoch, keep({ epoch, state, seen, noise }))
    // Under noise the loss says little, and may come out below nothing.
    if (rule.useDP === 'false' && goal(family, seen[epoch - 1].squares[0]) <= rule.minLoss) break
  }
  return { epoch, state, seen, noise }
}

function keep({ epoch, state, seen, noise }: Kept): unknown {
  return { epoch, noise, seen: [...seen], ...writeDescent(state) }
}

function readKept(value: unknown): Kept {
  // Written by `keep` of an earlier attempt.
  const kept = value as { epoch: number; noise: string; seen: Seen[] } & KeptDescent
  const { epoch, noise, seen } = kept
  return { epoch, noise, seen, state: readDescent(kept) }
}
