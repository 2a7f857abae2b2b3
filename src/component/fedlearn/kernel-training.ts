/**
 * The training of FederatedKernel: least squares on random Fourier features of each party's columns, one party's block
 * after the other's (block coordinate descent, which for least squares is Gauss and Seidel's method: D. Bertsekas,
 * "Nonlinear Programming", 3rd ed. 2016, section 3.7).
 *
 * The original's parties sent what each gave for every row, in the clear. Here each takes the leading directions of its
 * features, orthonormal over the rows to learn from, and all share the products of these with each other's and with the
 * labels (`shared-gram.ts`): with them a party learns the residual along its own directions, which is what least squares
 * on its block needs, and no row. It has at most a tenth as many directions as there are rows.
 * @module
 */
import { leadingBasis } from '../../compute/ml/leading-basis.ts'
import type { Matrix } from '../../compute/ml/matrix.ts'
import { createRng } from '../../compute/ml/rng.ts'
import { agreeOnStep } from '../checkpoint.ts'
import type { TaskContext } from '../define.ts'
import { labelsOf, type OpenTable } from '../linear/lr-inputs.ts'
import { guestOf, hostsOf } from '../linear/row-alignment.ts'
import type { RunMode } from '../run-mode.ts'
import { openAligned } from './aligned-table.ts'
import { gramGradients } from './gram-gradient.ts'
import { openWork } from './gram-work.ts'
import { directions, type KernelMap, type KernelPart, mapped, normsOf } from './kernel-model.ts'
import type { KernelParam } from './kernel-param.ts'
import { codeLabels, type LabelCode } from './kernel-task.ts'
import {
  drawNoiseSeed,
  exact,
  gaussianPrivacy,
  type NoiseSeed,
  type Reading,
  tellPrivacy,
  underNoise,
} from './label-privacy.ts'
import {
  type GramWork,
  roundColumns,
  roundWeights,
  shareGram,
  type SharedGram,
} from './shared-gram.ts'
import { sumAtGuest } from './vertical-descent.ts'
import { VERTICAL_ROLES } from './vertical-messages.ts'

/** A party's directions, at most. */
const MOST_DIRECTIONS = 32
/** A party has no more directions than one in so many rows. */
const ROWS_A_DIRECTION = 10
/** What of a feature is shorter than this share of the longest is left out: pinv's tolerance. */
const LEAST_LENGTH = 1e-3

/** What is left after an iteration: mean squares of the coded residual, by table. */
export type Left = readonly number[]

interface Kept extends NoiseSeed {
  readonly iteration: number
  readonly weights: readonly (readonly number[])[]
  readonly left: readonly Left[]
}

/** What came of a training. */
export interface KernelTraining {
  readonly part: KernelPart
  readonly tables: readonly OpenTable[]
  readonly iterations: number
}

/** Trains; `tell` is called after every iteration, at every party. */
export async function trainKernel(
  context: TaskContext<KernelParam>,
  mode: Extract<RunMode, { type: 'fit' }>,
  tell: (iteration: number, left: Left, code: LabelCode | null) => void,
): Promise<KernelTraining> {
  const { params, role } = context
  const tables = [await openAligned(context, mode.train)]
  if (mode.validate !== undefined) {
    tables.push(await openAligned(context, mode.validate, tables[0].header))
  }
  const learnt = sampled(tables[0], params)
  const map = mapOf(context, learnt)
  const code = role === 'guest' ? codeLabels(learnt, params) : null
  const saved = await agreeOnStep(context, VERTICAL_ROLES)
  const blank = Array.from({ length: targetsOf(params) }, () => map.basis.picked.map(() => 0))
  const first: Kept =
    saved === undefined
      ? { iteration: 0, weights: blank, left: [], ...drawNoiseSeed(context, params.useDP) }
      : // Written by an earlier attempt.
        (saved.state as Kept)
  // All have kept it before the first label is shared, as none goes on without a key from each.
  if (saved === undefined) await context.checkpoints.save(1, first)
  const work = await openWork(context)
  const grams: SharedGram[] = []
  for (const table of [learnt, ...tables.slice(1)]) {
    grams.push(await shareTable(work, { map, table, code }))
  }
  const last = await iterate(context, {
    work,
    read: readingOf(context, { grams, map, code, first }),
    first,
    tell: (iteration, left) => tell(iteration, left, code),
  })
  const promise = gaussianPrivacy(params)
  if (role === 'guest' && promise) tellPrivacy(context, promise)
  const labels = code && { centre: code.centre, half: code.half }
  const part = { ...map, weights: last.weights, labels, numClass: params.numClass }
  return { part, tables, iterations: last.iteration }
}

/** How many numbers are predicted: one a class where there are more than two. */
export function targetsOf({ numClass }: Pick<KernelParam, 'numClass'>): number {
  return numClass > 2 ? numClass : 1
}

/** The rows that are learnt from: the same ones at every party, as all have the same seed. */
function sampled(table: OpenTable, { batchSize, seed }: KernelParam): OpenTable {
  const { ids, order, matrix } = table
  if (ids.length <= batchSize) return table
  const all = Array.from(ids, (_, row) => row)
  const rows = createRng(seed)
    .shuffle(all)
    .slice(0, batchSize)
    .toSorted((a, b) => a - b)
  const { cols } = matrix
  const data = new Float64Array(rows.length * cols)
  rows.forEach((row, at) => data.set(matrix.data.subarray(row * cols, (row + 1) * cols), at * cols))
  return {
    ...table,
    ids: rows.map((row) => ids[row]),
    order: Uint32Array.from(rows, (row) => order[row]),
    matrix: { rows: rows.length, cols, data },
  }
}

/** Features of the own columns, and the directions among them that the rows leave. */
function mapOf(context: TaskContext<KernelParam>, { header, matrix }: OpenTable): KernelMap {
  const { params, role, position, channel } = context
  const norms = normsOf(matrix, params.normalizationType)
  const plan = {
    seed: params.seed,
    // Stream 0 draws rows.
    stream: role === 'guest' ? 1 : 2 + position,
    inputs: header.length,
    features: params.mapdim,
    scale: params.scale,
  }
  const most = Math.min(MOST_DIRECTIONS, Math.floor(matrix.rows / ROWS_A_DIRECTION))
  if (header.length === 0) {
    const inverse = { rows: 0, cols: 0, data: new Float64Array(0) }
    return { header, norms, plan, basis: { picked: [], inverse } }
  }
  if (most === 0) {
    throw new Error(
      `FederatedKernel needs ${ROWS_A_DIRECTION} rows to learn from, and there are ${matrix.rows}: with fewer, what a ` +
        'party learns in sums would tell of single rows',
    )
  }
  const basis = leadingBasis(mapped({ norms, plan }, matrix), { most, least: LEAST_LENGTH })
  if (basis.picked.length === most && params.mapdim > most) {
    context.log(
      'info',
      `The features of ${channel.self} have more than ${most} directions: the ${most} that lie furthest out are learnt from`,
    )
  }
  return { header, norms, plan, basis }
}

/** Shares products of directions and coded labels. */
function shareTable(
  work: GramWork,
  { map, table, code }: { map: KernelMap; table: OpenTable; code: LabelCode | null },
): Promise<SharedGram> {
  const along = columnsOf(directions(map, table.matrix))
  const targets = code ? code.encode(labelsOf(table)) : []
  const owner = work.context.channel.self
  return shareGram(work, roundColumns([...along, ...targets], { owner }))
}

/** The products that iterations read: with differential privacy, those of labels under noise. */
function readingOf(
  { params, members }: TaskContext<KernelParam>,
  of: {
    grams: readonly SharedGram[]
    map: KernelMap
    code: LabelCode | null
    first: NoiseSeed
  },
): Reading {
  const { grams, map, code, first } = of
  if (params.useDP === 'false' || !code) return exact(grams)
  const own = map.basis.picked.length
  const parties = Object.values(members).flat().length
  const release = {
    epsilon: params.dpEpsilon,
    labels: Array.from({ length: grams[0].cols - own }, (_, at) => own + at),
    // No row is longer than 1 along the directions of any party.
    sensitivity: code.change * Math.sqrt(parties),
    squares: code.squares,
  }
  const { dpType, maxIter } = params
  return underNoise(grams, { release, dpType, epochs: maxIter, seed: first })
}

function columnsOf({ rows, cols, data }: Matrix): Float64Array[] {
  return Array.from({ length: cols }, (_, col) =>
    Float64Array.from({ length: rows }, (__, row) => data[row * cols + col]),
  )
}

async function iterate(
  context: TaskContext<KernelParam>,
  course: {
    work: GramWork
    read: Reading
    first: Kept
    tell: (iteration: number, left: Left) => void
  },
): Promise<Kept> {
  const { params, channel, signal } = context
  const { work, read, first, tell } = course
  const { noise } = first
  const turns = turnsOf(context, read(first.iteration)[0])
  const left = [...first.left]
  let { iteration } = first
  let weights = first.weights.map((target) => [...target])
  left.forEach((each, at) => tell(at, each))
  let number = 0
  /** The residual along own directions by target, and the mean squares of it that this party can tell. */
  const look = async (after: number) => {
    const grams = read(after)
    const along: Float64Array[] = []
    const squares = grams.map(() => 0)
    for (const [target, own] of weights.entries()) {
      // A label is a column of the guest's whose weight is −1.
      const labels =
        context.role === 'guest' ? weights.map((_, at) => (at === target ? -1 : 0)) : []
      const all = Float64Array.of(...roundWeights(Float64Array.from(own)), ...labels)
      const sums = await gramGradients(work, grams, { weights: all, number: number++ })
      along.push(sums[0].slice(0, own.length))
      sums.forEach((raw, at) => {
        squares[at] += all.reduce((sum, weight, col) => sum + weight * raw[col], 0) / grams[at].rows
      })
    }
    const sums = await sumAtGuest(context, squares)
    // What is rounded, or noise, may leave a little less than nothing.
    return { along, left: Array.from(sums, (sum) => Math.max(0, sum) / weights.length) }
  }
  let { along } = await look(iteration)
  while (iteration < params.maxIter) {
    signal.throwIfAborted()
    if (turns[iteration % turns.length] === channel.self) {
      weights = weights.map((own, target) => own.map((weight, at) => weight - along[target][at]))
    }
    const now = await look(iteration + 1)
    ;({ along } = now)
    left.push(now.left)
    tell(iteration, now.left)
    iteration++
    context.progress(iteration, params.maxIter, `iteration ${iteration}`)
    await context.checkpoints.save(1 + iteration, { iteration, weights, left: [...left], noise })
    // Under noise the residual says little, and may come out below nothing.
    if (params.useDP === 'false' && noBetter(left, params.earlyStoppingRounds)) break
  }
  return { iteration, weights, left, noise }
}

/** Whose turn it is: everybody who has columns. */
function turnsOf(context: TaskContext<KernelParam>, gram: SharedGram): string[] {
  const guest = guestOf(context)
  const targets = targetsOf(context.params)
  const width = context.role === 'guest' ? gram.cols : (gram.blocks.get(guest)?.cols ?? 0)
  return [...(width > targets ? [guest] : []), ...hostsOf(context)]
}

/** Whether the last iteration is no better than any of the `rounds` before it, by the last table. */
function noBetter(left: readonly Left[], rounds: number): boolean {
  const values = left.map((each) => each[each.length - 1])
  const last = values[values.length - 1]
  const before = values.slice(0, -1).slice(-rounds)
  return before.length === rounds && before.every((value) => last >= value)
}
