/**
 * A host of HeteroSecureBoost: does what the guest orders, and keeps the table of its own splits to itself.
 *
 * It bins its columns once. For a tree it receives encrypted gradients, and for each level which rows stand in which
 * node; it answers with encrypted sums left of each of its splits, those of siblings by subtraction, in an order
 * shuffled anew for every node. Splits that leave too few rows on a side, or the same rows as the one before, are not sent.
 * @module
 */
import { type GradientKey, readGradientKey } from '../../compute/crypto/gradient-vector.ts'
import { valueGoesLeft } from '../../compute/ml/tree/predict.ts'
import { blob, json, uint32s } from '../../federation/codec.ts'
import { agreeOnStep } from '../checkpoint.ts'
import type { Checkpoint, TaskContext } from '../define.ts'
import { alignHost, guestOf } from '../linear/row-alignment.ts'
import { modelOf } from '../run-mode.ts'
import { boostRule, type BoostingTreeParam } from './boosting-param.ts'
import { answerBlindly } from './eini-sides.ts'
import { sendSides } from './online-sides.ts'
import { type Order, packBits, SBT_ROLES } from './sbt-messages.ts'
import { type HostSplit, hostModel, type HostState, readHost } from './sbt-model.ts'
import { createTrainer, type Trainer } from './sbt-trainer.ts'
import { openTree, type TreeTable } from './tree-inputs.ts'
import { boostingMode, checkWarm } from './warm-start.ts'

type Context = TaskContext<BoostingTreeParam>

/** Runs a host until the guest says that all is done. */
export async function runHost(context: Context): Promise<void> {
  const { mode, warm } = boostingMode(context)
  if (mode.type === 'predict') {
    const state = readHost(await modelOf(context))
    const { header, missing } = state
    const table = await openTree(context, { slot: mode.slot, rule: missing, header })
    // Under EINI a guest may not see where rows go, online neither.
    if (context.online && !context.params.EINI_inference) return sendSides(context, state, table)
    await alignHost(context, { ids: table.ids, columns: header.length })
    await obey(context, { ...state, tables: [table] })
    return
  }
  const { missing } = boostRule(context.params)
  const earlier = warm ? readHost(await modelOf(context)) : undefined
  if (earlier) checkWarm(context, earlier)
  const options = { slot: mode.train, rule: missing, header: earlier?.header }
  const train = await openTree(context, options)
  const { header } = train
  if (header.length === 0) throw new Error(`The table of ${context.channel.self} has no features`)
  await alignHost(context, { ids: train.ids, columns: header.length })
  const tables = [train]
  if (mode.validate !== undefined) {
    const table = await openTree(context, { slot: mode.validate, rule: missing, header })
    await alignHost(context, { ids: table.ids, columns: header.length })
    tables.push(table)
  }
  const saved = await agreeOnStep(context, SBT_ROLES)
  const splits = saved ? readSplits(saved) : [...(earlier?.splits ?? [])]
  const key = await receiveKey(context)
  const work = { header, missing, splits, tables }
  await obey(context, work, createTrainer(context, { key, train, splits }))
  const state: HostState = { side: 'host', header, missing, splits }
  await context.writeModel(hostModel(context.params, state, context.position))
}

interface HostWork {
  readonly header: readonly string[]
  readonly missing: HostState['missing']
  readonly splits: readonly HostSplit[]
  readonly tables: readonly TreeTable[]
}

/** Follows orders until `finish`. */
async function obey(context: Context, work: HostWork, trainer?: Trainer): Promise<void> {
  const { channel, signal } = context
  const guest = guestOf(context)
  for (;;) {
    signal.throwIfAborted()
    const order = json.decode(await channel.receive(guest, 'order')) as Order
    if (order.do === 'finish') return
    if (order.do === 'answer') {
      if (context.params.EINI_inference && !trainer) {
        throw new Error(`${guest} asks where rows go, which EINI_inference does not allow`)
      }
      const asked = uint32s.decode(await channel.receive(guest, 'query_rows'))
      await channel.send(guest, 'answers', blob.encode(packBits(answer(work, order, asked))))
    } else if (order.do === 'eini' && !trainer) {
      const [table] = work.tables
      await answerBlindly(context, order, { side: 'host', ...work, table })
    } else if (!trainer || order.do === 'eini')
      throw new Error(`${guest} ordered "${order.do}" at the wrong time`)
    else if (order.do === 'tree') await trainer.startTree(order)
    else if (order.do === 'level') await trainer.offerLevel(order)
    else if (order.do === 'divide') await trainer.divide(order)
    else {
      await context.checkpoints.save(order.step, { splits: work.splits })
      await channel.send(guest, 'kept', json.encode(order.step))
    }
  }
}

/** For each row that was asked for, whether it goes left at the split it stands at. */
function answer(
  { tables, splits, missing }: HostWork,
  order: Extract<Order, { do: 'answer' }>,
  asked: Uint32Array,
): Uint8Array {
  const table = tables.at(order.table)
  const total = order.counts.reduce((sum, count) => sum + count, 0)
  if (!table || total !== asked.length || order.keys.length !== order.counts.length) {
    throw new Error('The guest sent a malformed query')
  }
  const left = new Uint8Array(total)
  let at = 0
  order.keys.forEach((key, index) => {
    const split = splits.at(key)
    if (key < 0 || !split) {
      throw new Error(
        `The guest asks for split ${key} of ${splits.length}: its model and this one are not of one training`,
      )
    }
    const values = table.columns[split.feature]
    for (const end = at + order.counts[index]; at < end; at++) {
      const row = asked[at]
      if (row >= values.length) throw new Error('The guest asks for a row that is not there')
      left[at] = valueGoesLeft(values[row], split, missing) ? 1 : 0
    }
  })
  return left
}

/** The guest's key, refused when it is shorter than the parameters say. */
async function receiveKey(context: Context): Promise<GradientKey> {
  const from = guestOf(context)
  const key = readGradientKey(blob.decode(await context.channel.receive(from, 'public_key')))
  const bits = context.params.encrypt_param.key_length
  if (key.bits >= bits) return key
  throw new Error(`${from} sent a key of ${key.bits} bits, expected ${bits}`)
}

function readSplits(saved: Checkpoint): HostSplit[] {
  const { splits } = saved.state as { splits?: HostSplit[] }
  if (Array.isArray(splits)) return [...splits]
  throw new Error(
    `The state that was kept after tree ${saved.step} is of another version: submit the job again`,
  )
}
