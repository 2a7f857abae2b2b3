/**
 * Groups rows by columns that several parties hold of them (FATE's HeteroKmeans, with an arbiter).
 *
 * Every data party computes the squared distances of its own columns to its own part of each centre. The arbiter gets
 * them under masks that cancel in the sum of all parties (`masked-sum.ts`), says which centre is nearest to each row, and
 * the parties move their parts of the centres to the means of the rows. The arbiter learns the distances of rows to
 * centres over all columns together; it must not be a party with data.
 * @module
 */
import { z } from 'zod'

import { type Frame, label } from '../../compute/ml/frame.ts'
import type { Matrix } from '../../compute/ml/matrix.ts'
import { createRng } from '../../compute/ml/rng.ts'
import { blob, floats, json, uint32s } from '../../federation/codec.ts'
import { component, type TaskContext } from '../define.ts'
import { DATA_SLOTS, dataInput, earlierState, headerOf } from '../input.ts'
import {
  alignGuest,
  alignHost,
  ALIGNMENT_MESSAGES,
  arbiterOf,
  featureMatrix,
  guestOf,
  hostsOf,
  sortRows,
} from '../linear/row-alignment.ts'
import { warnOfUnknown } from '../param.ts'
import { MASK_KEY_BYTES, maskValues, sumMasked } from './masked-sum.ts'

/** Parameters of HeteroKmeans. */
export const KmeansParam = z.looseObject({
  k: z.int().min(2).default(5),
  max_iter: z.int().positive().default(300),
  /** Ends when the squared moves of all centres add up to less. */
  tol: z.number().nonnegative().default(0.001),
  /** Null for 0, so that a job gives the same groups every time. */
  random_stat: z.int().nullable().default(null),
  need_run: z.boolean().default(true),
})

type Context = TaskContext<z.output<typeof KmeansParam>>

/** What prediction needs at one party: its part of each centre. */
interface KmeansState {
  readonly header: readonly string[]
  readonly centres: readonly (readonly number[])[]
}

const DATA_ROLES = ['guest', 'host'] as const

/** Groups of rows. */
export const heteroKmeans = component({
  name: 'HeteroKmeans',
  summary: 'Groups rows by the columns of several parties',
  roles: ['guest', 'host', 'arbiter'],
  requires: ['guest', 'host', 'arbiter'],
  params: KmeansParam,
  paramsName: 'KmeansParam',
  inputs: { data: DATA_SLOTS, model: ['model'] },
  outputs: { data: true, model: true },
  deployed: true,
  messages: {
    ...ALIGNMENT_MESSAGES,
    plan: {
      kind: 'plain',
      from: ['guest'],
      to: ['host', 'arbiter'],
      reveals:
        'How many rows and centres there are, and which rows the first centres are, by place.',
    },
    mask_key: {
      kind: 'plain',
      from: ['guest'],
      to: ['host'],
      reveals: 'A random key, drawn for this task, from which both sides derive masks that cancel.',
    },
    distances: {
      kind: 'masked',
      from: DATA_ROLES,
      to: ['arbiter'],
      reveals:
        'The squared distance of every row to every centre, over the columns of all parties together; the part of one ' +
        'party is under masks.',
    },
    nearest: {
      kind: 'plain',
      from: ['arbiter'],
      to: DATA_ROLES,
      reveals: 'Which centre is nearest to each row.',
    },
    moves: {
      kind: 'aggregate',
      from: DATA_ROLES,
      to: ['arbiter'],
      reveals: "By how much the sender's parts of all centres moved, one number.",
    },
    stop: {
      kind: 'plain',
      from: ['arbiter'],
      to: DATA_ROLES,
      reveals: 'Whether the centres have settled.',
    },
  },
  async run(context) {
    warnOfUnknown(context, KmeansParam)
    if (context.role === 'arbiter') await arbiter(context)
    else await dataParty(context)
    context.progress(1, 1)
  },
})

async function dataParty(context: Context): Promise<void> {
  const { channel, params, role } = context
  const theArbiter = arbiterOf(context)
  const { frame } = await dataInput(context)
  const earlier = await earlierState<KmeansState>(context, 'HeteroKmeans')
  const owner = channel.self
  const { order, ids } = sortRows(frame, owner)
  const header = earlier?.header ?? headerOf(frame)
  const matrix = featureMatrix(frame, { names: header, order, owner })
  const keys: Uint8Array[] = []
  let first: number[]
  if (role === 'guest') {
    await alignGuest(context, ids)
    const k = earlier?.centres.length ?? params.k
    if (k > ids.length) throw new Error(`k is ${k} and there are ${ids.length} rows`)
    const rng = createRng(params.random_stat ?? 0)
    first = rng.shuffle(ids.map((_, row) => row)).slice(0, k)
    for (const to of [...hostsOf(context), theArbiter]) {
      await channel.send(to, 'plan', json.encode({ rows: ids.length, first }))
    }
    for (const to of hostsOf(context)) {
      const key = context.random(MASK_KEY_BYTES)
      keys.push(key)
      await channel.send(to, 'mask_key', blob.encode(key))
    }
  } else {
    await alignHost(context, { ids, columns: header.length })
    first = (await receivePlan(context)).first
    keys.push(blob.decode(await channel.receive(guestOf(context), 'mask_key')))
  }
  const signed = role === 'guest' ? { subtract: keys } : { add: keys }
  let centres: Float64Array[] = earlier
    ? earlier.centres.map((centre) => Float64Array.from(centre))
    : first.map((row) => matrix.data.slice(row * matrix.cols, (row + 1) * matrix.cols))

  async function nearest(round: number): Promise<Uint32Array> {
    const masked = await maskValues(distances(matrix, centres), { ...signed, round })
    const bytes = new Uint8Array(masked.buffer, masked.byteOffset, masked.byteLength)
    await channel.send(theArbiter, 'distances', blob.encode(bytes))
    const found = uint32s.decode(await channel.receive(theArbiter, 'nearest'))
    if (found.length === ids.length && found.every((at) => at < centres.length)) return found
    throw new Error(`${theArbiter} sent malformed nearest`)
  }

  let round = 0
  let groups = await nearest(round)
  let converged = false
  if (!earlier) {
    while (!converged && round < params.max_iter) {
      context.signal.throwIfAborted()
      const moved = means(matrix, groups, centres)
      const move = Float64Array.of(squaredMove(centres, moved))
      centres = moved
      await channel.send(theArbiter, 'moves', floats.encode(move))
      converged = json.decode(await channel.receive(theArbiter, 'stop')) === true
      groups = await nearest(++round)
      context.progress(round, params.max_iter, `round ${round} of at most ${params.max_iter}`)
    }
    const state: KmeansState = { header, centres: centres.map((centre) => [...centre]) }
    const counts = centres.map((_, at) =>
      groups.reduce((sum, own) => sum + (own === at ? 1 : 0), 0),
    )
    await context.writeModel({
      name: 'HeteroKmeans',
      param: {
        countOfClusters: String(centres.length),
        maxInteration: String(round),
        converged,
        clusterDetail: counts.map((count, at) => ({ cluster: `${at}:${count}` })),
        centroidDetail: state.centres.map((centroid) => ({ centroid })),
        header: [...header],
      },
      meta: { k: params.k, maxIter: params.max_iter, tol: params.tol },
      state,
    })
  }
  if (role === 'guest') {
    const byRow = new Float64Array(ids.length)
    order.forEach((row, at) => (byRow[row] = groups[at]))
    await context.writeTable(groupFrame(frame, byRow, earlier ? 'test' : 'train'))
  }
}

async function arbiter(context: Context): Promise<void> {
  const { channel, params } = context
  const parties = [guestOf(context), ...hostsOf(context)]
  const { rows, first } = await receivePlan(context)

  async function assign(): Promise<void> {
    const parts = []
    for (const party of parties) {
      const bytes = blob.decode(await channel.receive(party, 'distances'))
      if (bytes.length !== 8 * rows * first.length)
        throw new Error(`${party} sent malformed distances`)
      parts.push(new BigUint64Array(bytes.slice().buffer))
    }
    const sums = sumMasked(parts)
    const nearest = Uint32Array.from({ length: rows }, (_, row) => {
      let best = 0
      for (let at = 1; at < first.length; at++) {
        if (sums[row * first.length + at] < sums[row * first.length + best]) best = at
      }
      return best
    })
    for (const party of parties) await channel.send(party, 'nearest', uint32s.encode(nearest))
  }

  await assign()
  if (context.connected.model.includes('model')) return
  for (let round = 0, over = false; !over && round < params.max_iter; round++) {
    context.signal.throwIfAborted()
    let total = 0
    for (const party of parties) {
      const [move] = floats.decode(await channel.receive(party, 'moves'))
      if (!(move >= 0)) throw new Error(`${party} sent malformed moves`)
      total += move
    }
    over = total < params.tol
    for (const party of parties) await channel.send(party, 'stop', json.encode(over))
    context.metric({
      namespace: 'train',
      name: 'move',
      points: [[round, total]],
      meta: { name: 'train', metric_type: 'LOSS', unit_name: 'iters', curve_name: 'move' },
    })
    await assign()
  }
}

async function receivePlan(context: Context): Promise<{ rows: number; first: number[] }> {
  const from = guestOf(context)
  const plan = json.decode(await context.channel.receive(from, 'plan'))
  const { rows, first } = (plan ?? {}) as { rows?: unknown; first?: unknown }
  const whole = (value: unknown): value is number =>
    Number.isSafeInteger(value) && Number(value) >= 0
  if (whole(rows) && Array.isArray(first) && first.length > 1) {
    if (first.every((row: unknown) => whole(row) && row < rows)) {
      return { rows, first: first as number[] }
    }
  }
  throw new Error(`${from} sent a malformed plan`)
}

/** Squared distances, row by row, one entry a centre. */
function distances({ rows, cols, data }: Matrix, centres: readonly Float64Array[]): Float64Array {
  const found = new Float64Array(rows * centres.length)
  for (let row = 0; row < rows; row++) {
    centres.forEach((centre, at) => {
      let sum = 0
      for (let col = 0; col < cols; col++) sum += (data[row * cols + col] - centre[col]) ** 2
      found[row * centres.length + at] = sum
    })
  }
  return found
}

/** The mean of each group; the old centre of a group without rows. */
function means(
  { cols, data }: Matrix,
  groups: Uint32Array,
  before: readonly Float64Array[],
): Float64Array[] {
  const sums = before.map(() => new Float64Array(cols))
  const counts = before.map(() => 0)
  groups.forEach((group, row) => {
    counts[group]++
    for (let col = 0; col < cols; col++) sums[group][col] += data[row * cols + col]
  })
  return sums.map((sum, at) =>
    counts[at] === 0 ? before[at] : sum.map((value) => value / counts[at]),
  )
}

function squaredMove(before: readonly Float64Array[], after: readonly Float64Array[]): number {
  return before.reduce(
    (sum, centre, at) =>
      centre.reduce((own, value, col) => own + (value - after[at][col]) ** 2, sum),
    0,
  )
}

function groupFrame(frame: Frame, groups: Float64Array, type: 'train' | 'test'): Frame {
  const labels = label(frame)
  return {
    kind: 'prediction',
    idName: frame.idName,
    ids: frame.ids,
    columns: [
      labels
        ? { name: 'label', type: 'number', values: labels }
        : { name: 'label', type: 'json', values: frame.ids.map(() => null) },
      { name: 'predict_result', type: 'number', values: groups },
      { name: 'predict_score', type: 'number', values: groups },
      {
        name: 'predict_detail',
        type: 'json',
        values: Array.from(groups, (cluster) => ({ cluster })),
      },
      { name: 'type', type: 'text', values: frame.ids.map(() => type) },
    ],
  }
}
