/**
 * What a party of HeteroLR starts from: its run mode, tables and models, and the messages that set it up.
 * @module
 */
import {
  cipherVectorFromBytes,
  type CipherKey,
  type CipherVector,
} from '../../compute/crypto/cipher-vector.ts'
import { column, features, label, rowWeights, type Frame } from '../../compute/ml/frame.ts'
import type { Matrix } from '../../compute/ml/matrix.ts'
import type { Address } from '../../federation/channel.ts'
import { floats, json } from '../../federation/codec.ts'
import type { DataSlot, TaskContext } from '../define.ts'
import { PrivateFault } from '../private-fault.ts'
import type { Batch } from './batches.ts'
import { roundWeight } from './encrypted-slope.ts'
import type { TrainingHistory } from './linear-model.ts'
import type { LogisticParam } from './logistic-param.ts'
import { isNewtonPlan, type NewtonPlan } from './newton-plan.ts'
import { featureMatrix, guestOf, sortRows, type SortedRows } from './row-alignment.ts'

type Context = TaskContext<LogisticParam>

/** A table with its rows sorted by id. */
export interface OpenTable extends SortedRows {
  readonly frame: Frame
  /** Feature columns, in the order of the matrix. */
  readonly header: readonly string[]
  readonly matrix: Matrix
}

/** The one table in a slot; `header` names the feature columns, by default all of them but `without`. */
export async function openTable(
  context: TaskContext,
  {
    slot,
    header,
    without,
  }: { slot: DataSlot; header?: readonly string[]; without?: string | null },
): Promise<OpenTable> {
  const owner = context.channel.self
  const tables = await context.tables(slot)
  if (tables.length !== 1) {
    throw new Error(`${context.name} needs one table in ${slot} at ${owner}, got ${tables.length}`)
  }
  const [{ frame, source }] = tables
  if (frame.kind !== 'data') {
    throw new Error(
      `${source} gives ${context.name} a ${frame.kind} table, expected data: run DataIO first`,
    )
  }
  const { order, ids } = sortRows(frame, owner)
  const all = features(frame).map((feature) => feature.name)
  const names = header ?? all.filter((name) => name !== without)
  const matrix = featureMatrix(frame, { names, order, owner })
  return { frame, order, ids, header: names, matrix }
}

/** The labels of training rows in the order of their ids. */
export function labelsOf({ frame, order }: OpenTable): Float64Array {
  const labels = label(frame)
  if (!labels) throw new Error('The guest has no label column: set with_label in its DataIO')
  return Float64Array.from(order, (row) => {
    if (Number.isFinite(labels[row])) return labels[row]
    throw new PrivateFault(
      `Label column "${frame.labelName}" has no number in row "${frame.ids[row]}"`,
      'A row has no number in the label column',
    )
  })
}

/** The weights of sorted rows, rounded as they are used; undefined where rows have none. Throws for one that is none. */
export function rowWeightsOf({
  frame,
  order,
}: Pick<OpenTable, 'frame' | 'order'>): Float64Array | undefined {
  const weights = rowWeights(frame)
  if (!weights) return undefined
  const most = weights.reduce((high, value) => Math.max(high, value), 0)
  const bad = weights.findIndex((value) => !(value >= 0))
  if (bad >= 0 || !(most < 2 ** 16)) {
    throw new PrivateFault(
      bad >= 0
        ? `Row "${frame.ids[bad]}" has the weight ${weights[bad]}, which is no number of at least 0`
        : `A row has the weight ${most}, which is not below 65,536: set normalize in SampleWeight`,
      'A row has a weight that is no number from 0 to 65,536: set normalize in SampleWeight',
    )
  }
  return Float64Array.from(order, (row) => roundWeight(weights[row]))
}

/** Throws for a label that is no count. */
export function requireCounts(frame: Frame, labels: Float64Array): void {
  const bad = labels.find((value) => value < 0)
  if (bad === undefined) return
  throw new PrivateFault(
    `Label column "${frame.labelName}" holds ${bad}: counts are not below 0`,
    'A label is below 0: counts are not',
  )
}

/** The logarithms of the exposures of sorted rows; zeros without a column of them. */
export function logExposureOf(
  { frame, order }: Pick<OpenTable, 'frame' | 'order'>,
  exposure: string | null,
): Float64Array {
  if (exposure === null) return new Float64Array(order.length)
  const { type, values } = column(frame, exposure)
  return Float64Array.from(order, (row) => {
    const value = type === 'number' ? values[row] : Number.NaN
    if (value > 0 && Number.isFinite(value)) return Math.log(value)
    throw new PrivateFault(
      `Exposure column "${exposure}" has no number above 0 in row "${frame.ids[row]}"`,
      `A row has no number above 0 in the exposure column "${exposure}"`,
    )
  })
}

/** What the guest tells the others before the training. */
export interface Plan {
  /** Rows of each batch. */
  readonly sizes: readonly number[]
  /** One model each, see `classes.ts`. */
  readonly targets: readonly (number | null)[]
  /** Whether a validation table is measured in between, and whether that may end the training. */
  readonly watched?: boolean
  readonly stopsEarly?: boolean
  /** How the optimiser `sqn` works, where it does. */
  readonly newton?: NewtonPlan
}

/** The guest's plan, checked for its form. */
export async function receivePlan(context: Context): Promise<Plan> {
  const from = guestOf(context)
  const plan = json.decode(await context.channel.receive(from, 'plan'))
  if (!isPlan(plan)) throw new Error(`${from} sent a malformed plan`)
  if ((plan.newton !== undefined) === (context.params.optimizer === 'sqn')) return plan
  throw new Error(
    `${from} and ${context.channel.self} name different optimisers: give all the same`,
  )
}

/** Batches of these sizes, one after another. */
export function batchesOf(sizes: readonly number[]): Batch[] {
  let to = 0
  return sizes.map((size) => ({ from: to, to: (to += size) }))
}

/** A vector of `length` ciphertexts under `key`. */
export async function receiveVector(
  { channel }: Context,
  key: CipherKey,
  place: { from: Address; tag: string; length: number },
): Promise<CipherVector> {
  const { from, tag, length } = place
  const vector = cipherVectorFromBytes(await channel.receive(from, tag), key)
  if (vector.length === length) return vector
  throw new Error(`${from} sent ${vector.length} values as ${tag}, expected ${length}`)
}

/** What the parties say of their weights, summed; nothing unless the stopping rule asks for it. */
export async function receiveLengths(
  { channel, params }: Context,
  parties: readonly Address[],
): Promise<{ squaredChange?: number; squaredWeights?: number }> {
  if (params.converge_func !== 'weight_diff') return {}
  let [squaredChange, squaredWeights] = [0, 0]
  for (const party of parties) {
    const lengths = floats.decode(await channel.receive(party, 'weight_change'))
    if (lengths.length !== 2) throw new Error(`${party} sent a malformed weight_change`)
    squaredChange += lengths[0]
    squaredWeights += lengths[1]
  }
  return { squaredChange, squaredWeights }
}

/** One history of several models: the most epochs, converged when all are, all losses. */
export function mergeHistories(histories: readonly TrainingHistory[]): TrainingHistory {
  return {
    iterations: Math.max(...histories.map((history) => history.iterations)),
    converged: histories.every((history) => history.converged),
    losses: histories.flatMap((history) => history.losses),
    best: histories.length === 1 ? histories[0].best : undefined,
  }
}

function isPlan(value: unknown): value is Plan {
  if (typeof value !== 'object' || value === null) return false
  const { sizes, targets, newton } = value as Partial<Plan>
  if (newton !== undefined && !isNewtonPlan(newton)) return false
  if (!Array.isArray(sizes) || !Array.isArray(targets)) return false
  const sized = sizes.every((size) => Number.isSafeInteger(size) && size > 0)
  return sized && targets.every((target) => target === null || Number.isFinite(target))
}
