/**
 * Both sides of EINI prediction (`eini.ts`) over the channel.
 * @module
 */
import { addLeaves, findLeaves } from '../../compute/ml/tree/predict.ts'
import { blob } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import { guestOf, hostsOf } from '../linear/row-alignment.ts'
import type { BoostingTreeParam } from './boosting-param.ts'
import {
  addTaken,
  allowedWeights,
  chunksOf,
  drawKey,
  groupLeaves,
  type LeafGroup,
  openSums,
  readKey,
  sealWeights,
  takenGroups,
  waysThrough,
} from './eini.ts'
import { order } from './remote-splitter.ts'
import type { Order } from './sbt-messages.ts'
import type { GuestState, HostState } from './sbt-model.ts'
import type { TreeTable } from './tree-inputs.ts'

type Context = TaskContext<BoostingTreeParam>

/** Fewer ways through all trees than this power of two could be told apart by their sums. */
const LEAST_WAYS = 20

/** The guest's scores of an aligned table. */
export async function scoreBlindly(
  context: Context,
  model: GuestState,
  table: TreeTable,
): Promise<Float64Array[]> {
  const { params, parallel, signal, channel, random } = context
  const [host, ...others] = hostsOf(context)
  if (others.length > 0) {
    throw new Error(
      `EINI_inference is between a guest and one host, this job has ${others.length + 1}: predict without it`,
    )
  }
  const { trees, initial, missing: rule } = model
  const outputs = initial.length
  const rows = table.ids.length
  const groups = groupLeaves(trees, outputs)
  const asked = new Set(groups.map(({ tree }) => tree))
  const scores = initial.map((score) => new Float64Array(rows).fill(score))
  for (const [index, tree] of trees.entries()) {
    if (asked.has(index)) continue
    const leaves = await findLeaves([tree], { columns: table.columns, rows, rule })
    addLeaves(tree[0].weights ? scores : [scores[index % outputs]], [tree], leaves)
  }
  if (groups.length === 0) return scores
  await order(context, host, { do: 'eini', groups, outputs })
  const { secret, bytes } = drawKey(params, { parallel, signal, random })
  await channel.send(host, 'public_key', blob.encode(bytes))
  for (const { from, to } of chunksOf(rows, groups.length)) {
    signal.throwIfAborted()
    const weights = allowedWeights(trees, groups, { columns: table.columns, from, to, rule })
    await channel.send(host, 'leaf_weights', blob.encode(await sealWeights(secret, weights)))
    const answer = blob.decode(await channel.receive(host, 'score_sums'))
    const work = { length: (to - from) * outputs, groups: groups.length }
    const sums = await openSums(secret, answer, work)
    for (let row = from; row < to; row++) {
      scores.forEach((score, output) => (score[row] += sums[(row - from) * outputs + output]))
    }
    context.progress(to, rows, 'rows predicted')
  }
  return scores
}

/** The host's part. */
export async function answerBlindly(
  context: Context,
  given: Extract<Order, { do: 'eini' }>,
  { splits, missing: rule, table }: HostState & { table: TreeTable },
): Promise<void> {
  const { channel, params, parallel, signal } = context
  const from = guestOf(context)
  const groups = checkGroups(given, splits.length)
  const ways = waysThrough(groups)
  if (params.EINI_complexity_check && ways < LEAST_WAYS) {
    throw new Error(
      `EINI_complexity_check: there are 2^${ways.toFixed(1)} ways through the trees, fewer than 2^${LEAST_WAYS}, so that a sum ` +
        'could tell which one a row takes: train more or deeper trees, or predict without EINI_inference',
    )
  }
  const key = blob.decode(await channel.receive(from, 'public_key'))
  const scheme = readKey(params, key, { parallel, signal })
  for (const chunk of chunksOf(table.ids.length, groups.length)) {
    signal.throwIfAborted()
    const bytes = blob.decode(await channel.receive(from, 'leaf_weights'))
    const host = { splits, columns: table.columns, rule }
    const lists = takenGroups(groups, host, { ...chunk, outputs: given.outputs })
    const length = (chunk.to - chunk.from) * groups.length
    const sums = await addTaken(scheme, bytes, { lists, length, groups: groups.length })
    await channel.send(from, 'score_sums', blob.encode(sums))
  }
}

/** The groups of an order, which must be of splits that this host has, and leave each tree's rows in one. */
function checkGroups(
  { groups, outputs }: Extract<Order, { do: 'eini' }>,
  splits: number,
): readonly LeafGroup[] {
  const whole = (value: unknown, end: number): boolean =>
    Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) < end
  const fits =
    whole(outputs - 1, 2 ** 16) &&
    Array.isArray(groups) &&
    groups.length > 0 &&
    groups.every(
      ({ tree, output, sides }) =>
        whole(tree, 2 ** 31) &&
        whole(output, outputs) &&
        Array.isArray(sides) &&
        sides.every(([key, left]) => whole(key, splits) && typeof left === 'boolean'),
    )
  if (fits) return groups
  throw new Error(
    'The guest asks for splits that are not there: its model and this one are not of one training',
  )
}
