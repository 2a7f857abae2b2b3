/**
 * A party with data in HeteroKmeans.
 * @module
 */
import type { GroupShape } from '../../compute/ml/cluster-metric.ts'
import type { Frame } from '../../compute/ml/frame.ts'
import type { Matrix } from '../../compute/ml/matrix.ts'
import { createRng } from '../../compute/ml/rng.ts'
import { blob, floats, json, uint32s } from '../../federation/codec.ts'
import { agreeOnStep } from '../checkpoint.ts'
import type { Checkpoint, Model } from '../define.ts'
import { dataInput, earlierState, headerOf } from '../input.ts'
import {
  alignGuest,
  alignHost,
  arbiterOf,
  featureMatrix,
  guestOf,
  hostsOf,
  sortRows,
} from '../linear/row-alignment.ts'
import { nearestApart } from './kmeans-apart.ts'
import { groupFrame } from './kmeans-frame.ts'
import { KMEANS_ROLES, type KmeansContext } from './kmeans-param.ts'
import { receivePlan } from './kmeans-plan.ts'
import { centreDistances, distances, means, squaredMove } from './kmeans-steps.ts'
import { LAST_ROUND, MASK_KEY_BYTES, maskValues } from './masked-sum.ts'

/** What prediction needs at one party: its part of each centre. */
interface KmeansState {
  readonly header: readonly string[]
  readonly centres: readonly (readonly number[])[]
}

/** Where a party is after a round. */
interface KmeansRound {
  readonly round: number
  readonly centres: readonly Float64Array[]
  /** Of each row the nearest centre. */
  readonly groups: Uint32Array
  readonly converged: boolean
}

/** A data party's side. */
export async function joinKmeans(context: KmeansContext): Promise<void> {
  const { channel, role } = context
  const { frame } = await dataInput(context)
  const earlier = await earlierState<KmeansState>(context, 'HeteroKmeans')
  const { order, ids } = sortRows(frame, channel.self)
  const header = earlier?.header ?? headerOf(frame)
  const matrix = featureMatrix(frame, { names: header, order, owner: channel.self })
  if (earlier && (context.online || !context.members.arbiter?.length)) {
    if (role === 'guest') await alignGuest(context, ids)
    else await alignHost(context, { ids, columns: header.length })
    const centres = earlier.centres.map((centre) => Float64Array.from(centre))
    const groups = await nearestApart(context, { matrix, centres })
    if (groups) await writeGroups(context, { frame, order, groups, shape: undefined, type: 'test' })
    return
  }
  const { first, send } = await open(context, { ids, header, k: earlier?.centres.length })
  const saved = earlier ? undefined : await agreeOnStep(context, KMEANS_ROLES)
  const own = earlier?.centres.map((centre) => Float64Array.from(centre))
  const rows = (row: number) => matrix.data.slice(row * matrix.cols, (row + 1) * matrix.cols)
  const start = { round: 0, centres: own ?? first.map(rows), converged: false }
  let state = readRound(saved) ?? {
    ...start,
    groups: await nearest(context, { matrix, send, ...start }),
  }
  if (!earlier) {
    state = await improve(context, { matrix, send, state })
    await context.writeModel(modelOf(context, header, state))
  }
  await send('centre_distances', centreDistances(state.centres), LAST_ROUND)
  if (role !== 'guest') return
  const shape = await receiveShape(context, state.centres.length)
  const type = earlier ? 'test' : 'train'
  await writeGroups(context, { frame, order, groups: state.groups, shape, type })
}

/** Leaves the guest's table of groups, its rows in the order in which they came. */
async function writeGroups(
  context: KmeansContext,
  found: {
    readonly frame: Frame
    readonly order: Uint32Array
    readonly groups: Uint32Array
    readonly shape: readonly GroupShape[] | undefined
    readonly type: 'train' | 'test'
  },
): Promise<void> {
  const { frame, order, groups, shape, type } = found
  const byRow = new Float64Array(groups.length)
  order.forEach((row, at) => (byRow[row] = groups[at]))
  await context.writeTable(groupFrame(frame, byRow, { shape, type }))
}

/** Sends the arbiter numbers under masks of a round. */
type SendMasked = (tag: string, values: Float64Array, round: number) => Promise<void>

/** Aligns rows, and agrees on first centres and on masks. */
async function open(
  context: KmeansContext,
  table: { ids: readonly string[]; header: readonly string[]; k: number | undefined },
): Promise<{ first: readonly number[]; send: SendMasked }> {
  const { channel, params, role } = context
  const { ids, header } = table
  const theArbiter = arbiterOf(context)
  const keys: Uint8Array[] = []
  let first: number[]
  if (role === 'guest') {
    await alignGuest(context, ids)
    const k = table.k ?? params.k
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
  return {
    first,
    async send(tag, values, round) {
      const masked = await maskValues(values, { ...signed, round })
      const bytes = new Uint8Array(masked.buffer, masked.byteOffset, masked.byteLength)
      await channel.send(theArbiter, tag, blob.encode(bytes))
    },
  }
}

/** Of each row the nearest centre, as the arbiter says. */
async function nearest(
  context: KmeansContext,
  work: { matrix: Matrix; send: SendMasked; centres: readonly Float64Array[]; round: number },
): Promise<Uint32Array> {
  const { matrix, send, centres, round } = work
  const from = arbiterOf(context)
  await send('distances', distances(matrix, centres), round)
  const found = uint32s.decode(await context.channel.receive(from, 'nearest'))
  if (found.length === matrix.rows && found.every((at) => at < centres.length)) return found
  throw new Error(`${from} sent malformed nearest`)
}

/** Moves centres until they settle. */
async function improve(
  context: KmeansContext,
  work: { matrix: Matrix; send: SendMasked; state: KmeansRound },
): Promise<KmeansRound> {
  const { channel, params } = context
  const { matrix, send } = work
  const from = arbiterOf(context)
  let { state } = work
  while (!state.converged && state.round < params.max_iter) {
    context.signal.throwIfAborted()
    const centres = means(matrix, state.groups, state.centres)
    const move = Float64Array.of(squaredMove(state.centres, centres))
    await channel.send(from, 'moves', floats.encode(move))
    const converged = json.decode(await channel.receive(from, 'stop')) === true
    const round = state.round + 1
    const groups = await nearest(context, { matrix, send, centres, round })
    state = { round, centres, groups, converged }
    await context.checkpoints.save(round, state)
    context.progress(round, params.max_iter, `round ${round} of at most ${params.max_iter}`)
  }
  return state
}

function modelOf(
  { params }: KmeansContext,
  header: readonly string[],
  { centres, groups, round, converged }: KmeansRound,
): Model {
  const state: KmeansState = { header, centres: centres.map((centre) => [...centre]) }
  const counts = centres.map((_, at) => groups.reduce((sum, own) => sum + (own === at ? 1 : 0), 0))
  return {
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
  }
}

async function receiveShape(context: KmeansContext, k: number): Promise<GroupShape[]> {
  const from = arbiterOf(context)
  const values = floats.decode(await context.channel.receive(from, 'shape'))
  if (values.length !== k * (k + 1)) throw new Error(`${from} sent a malformed shape`)
  return Array.from({ length: k }, (_, at) => ({
    radius: values[at],
    distances: [...values.subarray(k * (at + 1), k * (at + 2))],
  }))
}

function readRound(saved: Checkpoint | undefined): KmeansRound | undefined {
  if (!saved) return undefined
  const state = saved.state as Partial<KmeansRound>
  if (Array.isArray(state.centres) && state.groups instanceof Uint32Array) {
    return state as KmeansRound
  }
  throw new Error(
    `The state that was kept after round ${saved.step} is of another version: submit the job again`,
  )
}
