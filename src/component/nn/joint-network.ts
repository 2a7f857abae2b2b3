/**
 * The whole network as the guest of HeteroNN has it: its own layers, and its ends of the layers to the hosts.
 * @module
 */
import type { AdditiveSecret } from '../../compute/crypto/additive.ts'
import { type RingMatrix, ringFromText, ringToText } from '../../compute/crypto/shared-dense.ts'
import { type Matrix, sliceRows } from '../../compute/ml/matrix.ts'
import { blob, json } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import { hostsOf } from '../linear/row-alignment.ts'
import type { GuestLayers, GuestNetwork } from './guest-network.ts'
import { drawKey, order, receiveKey, receiveWidth } from './hetero-nn-messages.ts'
import type { HeteroNNParam } from './hetero-nn-param.ts'
import { chancesOf, type NnTask } from './nn-task.ts'
import { selectRows, spreadRows, takeRows } from './row-selector.ts'
import { encryptSlopes, type GuestLayer, guestLayer } from './shared-layer.ts'

type Context = TaskContext<HeteroNNParam>

/** The whole network at work: the guest's layers, and its ends of the layers to the hosts. */
export interface Joint {
  readonly network: GuestNetwork
  readonly layers: readonly GuestLayer[]
  readonly secret: AdditiveSecret
}

/** Everything that changes while it learns. */
export interface Snapshot {
  readonly layers: GuestLayers
  readonly shares: readonly string[]
}

/** Exchanges keys and widths with all hosts. */
export async function meet(
  context: Context,
  network: GuestNetwork,
  shareFor: (at: number, inputs: number) => Promise<RingMatrix>,
): Promise<Joint> {
  const { channel } = context
  const { units } = network.plan
  const { secret, bytes } = drawKey(context)
  const layers: GuestLayer[] = []
  const hosts = hostsOf(context)
  for (const host of hosts) {
    await channel.send(host, 'public_key', blob.encode(bytes))
    await channel.send(host, 'widths', json.encode(units))
  }
  for (const [at, host] of hosts.entries()) {
    const theirs = await receiveKey(context, host)
    const inputs = await receiveWidth(context, host)
    const share = await shareFor(at, inputs)
    layers.push(guestLayer(context, { inputs, units }, { host, secret, theirs, share }))
  }
  return { network, layers, secret }
}

/** The network as it is now. */
export async function remember({ network, layers }: Joint): Promise<Snapshot> {
  const shares = layers.map((layer) => ringToText(layer.share()))
  return { layers: await network.save(), shares }
}

/** Back to what it was. */
export async function recall({ network, layers }: Joint, snapshot: Snapshot): Promise<void> {
  await network.restore(snapshot.layers)
  layers.forEach((layer, at) => layer.setShare(ringFromText(snapshot.shares[at])))
}

/** One batch; its mean loss before the step, and with a selector the losses to remember. */
export async function learn(
  context: Context,
  joint: Joint,
  batch: {
    x: Matrix
    wanted: Matrix
    from: number
    step: number
    loss: NnTask['loss']
    recent: readonly number[]
  },
): Promise<{ loss: number; recent: readonly number[] }> {
  const { network } = joint
  const { x, wanted, from, step, loss, recent } = batch
  const { params } = context
  const { selector_param: param } = params
  const units = await unitsOf(context, joint, { x, from, table: 0, step, fresh: true })
  if (param.method === null) {
    return { loss: await learnFrom(context, joint, { x, units, wanted, step, loss }), recent }
  }
  const losses = network.losses(units, wanted, loss)
  const mean = losses.reduce((sum, each) => sum + each, 0) / losses.length
  const chosen = selectRows(losses, recent, { param, seed: params.random_seed + step })
  const { rows } = chosen
  if (rows.length > 0) {
    const part = { x, units: takeRows(units, rows), wanted: takeRows(wanted, rows) }
    await learnFrom(context, joint, { ...part, rows, step, loss })
  }
  return { loss: mean, recent: chosen.recent }
}

/** A step by rows of a batch: all, or those at `rows`, which units and wanted outputs are of. Their mean loss. */
async function learnFrom(
  context: Context,
  { network, layers, secret }: Joint,
  part: {
    x: Matrix
    units: Matrix
    wanted: Matrix
    rows?: readonly number[]
    step: number
    loss: NnTask['loss']
  },
): Promise<number> {
  const { x, units, wanted, rows, step, loss } = part
  const { interactive_layer_lr: rate } = context.params
  const lesson = network.learn(units, wanted, { loss, step })
  const { data } = lesson.derivative
  if (!Number.isFinite(lesson.loss) || data.some((value) => !(Math.abs(value * rate) < 4096))) {
    throw new Error(
      `The training diverges: the loss is ${lesson.loss}. Scale the features (FeatureScale) or lower ` +
        'interactive_layer_lr and optimizer.learning_rate',
    )
  }
  const sent = await encryptSlopes(secret, lesson.derivative, rate)
  await order(context, hostsOf(context), { do: 'backward', ...(rows ? { rows } : {}) })
  await Promise.all(layers.map((layer) => layer.askBackward(lesson.derivative, sent)))
  const whole = rows ? spreadRows(lesson.derivative, rows, x.rows) : lesson.derivative
  network.follow(x, whole, { rate, step })
  return lesson.loss
}

/** What all parties together bring to each unit. */
async function unitsOf(
  context: Context,
  { network, layers }: Joint,
  part: { x: Matrix; from: number; table: number; step: number | null; fresh: boolean },
): Promise<Matrix> {
  const { x, from, table, step, fresh } = part
  const what = { do: 'forward', table, from, to: from + x.rows, step, fresh } as const
  await order(context, hostsOf(context), what)
  const { rows } = x
  const answers = await Promise.all(layers.map((layer) => layer.askForward({ rows, fresh })))
  const own = network.forward(x, step ?? undefined)
  const data = own.data.map((value, at) =>
    answers.reduce((sum, each) => sum + each.data[at], value),
  )
  return { ...own, data }
}

/** Rows of a table that pass through at once. */
const PART = 4096

/** The chances of all rows of a table, in the order of their ids; `index` is its place among those that were aligned. */
export async function chancesOfTable(
  context: Context,
  joint: Joint,
  { matrix, index, task }: { matrix: Matrix; index: number; task: NnTask },
): Promise<Matrix> {
  const { rows } = matrix
  const cols = joint.network.outputs
  const data = new Float64Array(rows * cols)
  for (let from = 0; from < rows; from += PART) {
    context.signal.throwIfAborted()
    const x = sliceRows(matrix, from, Math.min(rows, from + PART))
    const part = { x, from, table: index, step: null, fresh: from === 0 }
    const units = await unitsOf(context, joint, part)
    data.set(chancesOf(joint.network.answer(units), task).data, from * cols)
  }
  return { rows, cols, data }
}

/** Says where the layer is so wide that it hides nothing. */
export function warnOfUnits(
  context: Context,
  { inputs, units, at }: { inputs: number; units: number; at: number },
): void {
  if (units < inputs) return
  context.warn(
    `The interactive layer has ${units} units for ${inputs} answers of ${hostsOf(context)[at]}: the guest can work ` +
      "those answers out from the first batch; give the layer fewer units than the host's bottom network has answers",
  )
}
