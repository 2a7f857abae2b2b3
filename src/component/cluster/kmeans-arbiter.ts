/**
 * The arbiter of HeteroKmeans: says which centre is nearest to each row, and when the centres have settled.
 * @module
 */
import { blob, floats, json, uint32s } from '../../federation/codec.ts'
import { agreeOnStep } from '../checkpoint.ts'
import type { Checkpoint } from '../define.ts'
import { guestOf, hostsOf } from '../linear/row-alignment.ts'
import { KMEANS_ROLES, type KmeansContext } from './kmeans-param.ts'
import { receivePlan } from './kmeans-plan.ts'
import { sumMasked } from './masked-sum.ts'

/** Where the arbiter is after a round. */
interface ArbiterRound {
  /** How far the centres moved, round by round. */
  readonly moves: readonly number[]
  readonly over: boolean
  /** Of each row the nearest centre, and the squared distance to it. */
  readonly nearest: Uint32Array
  readonly squared: Float64Array
}

/** The arbiter's side. */
export async function leadKmeans(context: KmeansContext): Promise<void> {
  const { channel, params, connected } = context
  const parties = [guestOf(context), ...hostsOf(context)]
  const { rows, first } = await receivePlan(context)
  const k = first.length
  const trains = !connected.model.includes('model')
  const saved = trains ? await agreeOnStep(context, KMEANS_ROLES) : undefined

  /** The sum of what all parties send under masks. */
  async function collect(tag: string, length: number): Promise<Float64Array> {
    const parts = []
    for (const party of parties) {
      const bytes = blob.decode(await channel.receive(party, tag))
      if (bytes.length !== 8 * length) throw new Error(`${party} sent malformed ${tag}`)
      parts.push(new BigUint64Array(bytes.slice().buffer))
    }
    return sumMasked(parts)
  }

  async function assign(): Promise<Pick<ArbiterRound, 'nearest' | 'squared'>> {
    const sums = await collect('distances', rows * k)
    const nearest = Uint32Array.from({ length: rows }, (_, row) => {
      let best = 0
      for (let at = 1; at < k; at++) if (sums[row * k + at] < sums[row * k + best]) best = at
      return best
    })
    for (const party of parties) await channel.send(party, 'nearest', uint32s.encode(nearest))
    return { nearest, squared: Float64Array.from(nearest, (best, row) => sums[row * k + best]) }
  }

  let state = readRound(saved) ?? { moves: [], over: false, ...(await assign()) }
  state.moves.forEach((move, round) => tellMove(context, round, move))
  while (trains && !state.over && state.moves.length < params.max_iter) {
    context.signal.throwIfAborted()
    let total = 0
    for (const party of parties) {
      const [move] = floats.decode(await channel.receive(party, 'moves'))
      if (!(move >= 0)) throw new Error(`${party} sent malformed moves`)
      total += move
    }
    const over = total < params.tol
    for (const party of parties) await channel.send(party, 'stop', json.encode(over))
    const moves = [...state.moves, total]
    tellMove(context, moves.length - 1, total)
    state = { moves, over, ...(await assign()) }
    await context.checkpoints.save(moves.length, state)
  }
  const between = await collect('centre_distances', k * k)
  const shape = Float64Array.of(
    ...radii(state, k),
    ...between.map((sum) => Math.sqrt(Math.max(0, sum))),
  )
  await channel.send(guestOf(context), 'shape', floats.encode(shape))
}

/** Of each group the mean distance of its rows to its centre; 0 of one without rows. */
function radii({ nearest, squared }: ArbiterRound, k: number): number[] {
  const sums = Array.from({ length: k }, () => ({ sum: 0, rows: 0 }))
  nearest.forEach((group, row) => {
    // In fixed point a distance of 0 may come out a little below it.
    sums[group].sum += Math.sqrt(Math.max(0, squared[row]))
    sums[group].rows++
  })
  return sums.map(({ sum, rows }) => (rows === 0 ? 0 : sum / rows))
}

function tellMove(context: KmeansContext, round: number, move: number): void {
  context.metric({
    namespace: 'train',
    name: 'move',
    points: [[round, move]],
    meta: { name: 'train', metric_type: 'LOSS', unit_name: 'iters', curve_name: 'move' },
  })
}

function readRound(saved: Checkpoint | undefined): ArbiterRound | undefined {
  if (!saved) return undefined
  const state = saved.state as Partial<ArbiterRound>
  if (Array.isArray(state.moves) && state.nearest instanceof Uint32Array) {
    return state as ArbiterRound
  }
  throw new Error(
    `The state that was kept after round ${saved.step} is of another version: submit the job again`,
  )
}
