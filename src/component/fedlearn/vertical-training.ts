import { type AdditiveScheme, openPublic, openSecret } from '../../compute/crypto/additive.ts'
/**
 * The training of VerticalLinearRegression and VerticalLR: descent on products of columns that no party has whole
 * (`shared-gram.ts`), without a party that could decrypt for the others. The residual is d = z − y, or z/4 − (y − 1/2)
 * of labels 0 and 1, which FedLearn's logistic regression has between scores of −2 and 2.
 * @module
 */
import {
  cipherKeyFromBytes,
  cipherKeyToBytes,
  drawCipherKey,
} from '../../compute/crypto/cipher-vector.ts'
import type { Matrix } from '../../compute/ml/matrix.ts'
import type { Address } from '../../federation/channel.ts'
import { blob } from '../../federation/codec.ts'
import { agreeOnStep } from '../checkpoint.ts'
import type { DataSlot, TaskContext } from '../define.ts'
import type { Family } from '../linear/family.ts'
import { labelsOf, openTable, type OpenTable } from '../linear/lr-inputs.ts'
import { alignGuest, alignHost, guestOf, hostsOf } from '../linear/row-alignment.ts'
import type { RunMode } from '../run-mode.ts'
import { gramGradients } from './gram-gradient.ts'
import { shareSeeds } from './pair-masks.ts'
import { type GramWork, roundColumns, type SharedGram, shareGram } from './shared-gram.ts'
import { type Descent, descend, type DescentState, sumAtGuest } from './vertical-descent.ts'
import { VERTICAL_ROLES } from './vertical-messages.ts'
import { partOf, scaledColumns, scalesOf, type VerticalPart } from './vertical-model.ts'
import type { VerticalRule } from './vertical-param.ts'
import { goal, NAMESPACES, type Seen, tellEpoch, tellMae } from './vertical-watch.ts'

/** Bits of every party's key, drawn for each training anew. */
const KEY_BITS = 2048

type Fit = Extract<RunMode, { type: 'fit' }>

/** A part of the model, and how it came about. */
export interface Trained {
  readonly part: VerticalPart
  readonly epochs: number
}

interface Kept {
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
  const work = await openWork(context)
  const grams: SharedGram[] = []
  for (const table of tables) {
    const columns = scaledColumns(table.matrix, scales)
    grams.push(await shareGram(work, gramColumns(context, { table, columns, family })))
  }
  const guest = context.role === 'guest'
  const width = header.length + (guest ? 1 : 0)
  const first: Kept = {
    epoch: 0,
    state: { weights: new Float64Array(width), directions: [] },
    seen: [],
  }
  const last = await descendTo(context, {
    rule,
    family,
    work,
    grams,
    penalised: header.length,
    first: saved === undefined ? first : readKept(saved.state),
  })
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
  of: { table: OpenTable; columns: readonly Float64Array[]; family: Family },
): Matrix {
  const { table, columns, family } = of
  const owner = channel.self
  if (role === 'host') return roundColumns(columns, { owner })
  const labels = labelsOf(table)
  if (family.classes && labels.some((value) => value !== 0 && value !== 1)) {
    throw new Error(
      `VerticalLR is for labels 0 and 1, and "${table.frame.labelName}" holds others: train another model`,
    )
  }
  const label = family.classes ? labels.map((value) => (value - 0.5) / family.scale) : labels
  const ones = new Float64Array(labels.length).fill(1)
  return roundColumns([...columns, ones], { owner, label })
}

/** A key of every party's own, known to all, and masks between every two. */
async function openWork(context: TaskContext): Promise<GramWork> {
  const { channel, parallel, signal, random } = context
  const parties = [guestOf(context), ...hostsOf(context)]
  const peers = parties.filter((one) => one !== channel.self)
  const secret = drawCipherKey('okamoto-uchiyama', { bits: KEY_BITS, random })
  const bytes = blob.encode(cipherKeyToBytes(secret.publicKey))
  for (const to of peers) await channel.send(to, 'share_key', bytes)
  const others = new Map<Address, AdditiveScheme>()
  for (const from of peers) {
    const key = cipherKeyFromBytes(blob.decode(await channel.receive(from, 'share_key')))
    if (key.bits < KEY_BITS) throw new Error(`${from} sent a key of only ${key.bits} bits`)
    others.set(from, openPublic(key, { parallel, signal }))
  }
  const masks = await shareSeeds(context, parties)
  return { context, parties, own: openSecret(secret, { parallel, signal }), others, masks }
}

interface Course {
  readonly rule: VerticalRule
  readonly family: Family
  readonly work: GramWork
  /** Of the rows to learn from, and of those to validate with. */
  readonly grams: readonly SharedGram[]
  readonly penalised: number
  readonly first: Kept
}

async function descendTo(context: TaskContext, course: Course): Promise<Kept> {
  const { rule, family, work, grams, penalised, first } = course
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
  const descent: Descent = {
    rule,
    penalised,
    gradientAt: async (weights) => (await look(weights, grams.slice(0, 1)))[0].gradient,
  }
  let { epoch, state } = first
  const seen = [...first.seen]
  const rows = grams.map((gram) => gram.rows)
  const report = (at: number) => {
    if (guest) tellEpoch(context, { epoch: at, rule, family, seen: seen[at], rows })
  }
  seen.forEach((_, at) => report(at))
  let gradient = await descent.gradientAt(state.weights)
  while (epoch < rule.maxEpoch) {
    const next = await descend(context, descent, { state, gradient })
    if (!next) break
    state = next
    const looks = await look(state.weights, grams)
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
    await context.checkpoints.save(epoch, keep({ epoch, state, seen }))
    if (goal(family, seen[epoch - 1].squares[0]) <= rule.minLoss) break
  }
  return { epoch, state, seen }
}

function keep({ epoch, state, seen }: Kept): unknown {
  const { weights, directions } = state
  return {
    epoch,
    seen: [...seen],
    weights: [...weights],
    directions: directions.map(({ way, growth, curvature }) => ({
      way: [...way],
      growth: [...growth],
      curvature,
    })),
  }
}

function readKept(value: unknown): Kept {
  // Written by `keep` of an earlier attempt.
  const { epoch, seen, weights, directions } = value as {
    epoch: number
    seen: Seen[]
    weights: number[]
    directions: { way: number[]; growth: number[]; curvature: number }[]
  }
  return {
    epoch,
    seen,
    state: {
      weights: Float64Array.from(weights),
      directions: directions.map(({ way, growth, curvature }) => ({
        way: Float64Array.from(way),
        growth: Float64Array.from(growth),
        curvature,
      })),
    },
  }
}
