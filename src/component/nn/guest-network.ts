/**
 * The guest's part of a network that several parties share columns of: its own bottom, its part of the interactive layer,
 * and everything above that layer.
 * @module
 */
import type { Matrix } from '../../compute/ml/matrix.ts'
import { readDescent } from '../../compute/nn/descent.ts'
import type { LossName } from '../../compute/nn/loss.ts'
import { createNetwork, type Network, type NetworkState } from '../../compute/nn/network.ts'
import { inputsSaid, readTopology, type Topology } from '../../compute/nn/topology.ts'
import type { TaskContext } from '../define.ts'
import type { HeteroNNParam } from './hetero-nn-param.ts'

type Context = TaskContext<HeteroNNParam>

/** All layers of the guest. */
export interface GuestPlan {
  /** Undefined for a guest without columns. */
  readonly bottom: Topology | null
  readonly units: number
  readonly bias: boolean
  readonly top: Topology
}

/** What the guest keeps of its layers. */
export interface GuestLayers {
  readonly bottom: NetworkState | null
  readonly top: NetworkState
  /** Weights of the interactive layer for its own answers, answers × units, and for all units. */
  readonly kernel: Float64Array
  readonly bias: Float64Array
}

/** The guest's layers at work. */
export interface GuestNetwork {
  readonly plan: GuestPlan
  readonly outputs: number
  /** What the guest adds to each unit. */
  forward(x: Matrix, step?: number): Matrix
  /** What the top answers to the units. */
  answer(units: Matrix): Matrix
  /** The loss of each row by what the top answers to the units, without what drops out. */
  losses(units: Matrix, wanted: Matrix, loss: LossName): Float64Array
  /** A step of the top; the derivative is by the units. */
  learn(
    units: Matrix,
    wanted: Matrix,
    options: { loss: LossName; step: number },
  ): { loss: number; derivative: Matrix }
  /** A step of everything below, by the derivative by the units. */
  follow(x: Matrix, derivative: Matrix, options: { rate: number; step: number }): void
  save(): Promise<GuestLayers>
  restore(layers: GuestLayers): Promise<void>
  dispose(): void
}

/** The layers that the parameters define, for `columns` columns of the guest's own. */
export function planGuest(context: Context, columns: number): GuestPlan {
  const { params } = context
  const { layers } = interactiveOf(params, { inputs: 1, seed: params.random_seed })
  const [dense, extra] = layers
  const { config } = dense
  const inner = extra?.config['activation'] ?? config['activation'] ?? 'linear'
  const keep = params.drop_out_keep_rate ?? 1
  const units = Number(config['units'])
  const top = params.top_nn_define
    ? bottomOf(context, {
        name: 'top_nn_define',
        define: params.top_nn_define,
        inputs: units,
        party: 0,
      })
    : { inputs: units, layers: [] }
  const activation = { name: 'interactive', activation: inner, batch_input_shape: [null, units] }
  const above = [
    { class_name: 'Activation', config: activation },
    ...(keep < 1 ? [{ class_name: 'Dropout', config: { name: 'dropped', rate: 1 - keep } }] : []),
    ...top.layers,
  ]
  if (columns > 0 && !params.bottom_nn_define) {
    throw new Error(
      `bottom_nn_define is missing at ${context.channel.self}, which has ${columns} columns: give its layers`,
    )
  }
  return {
    bottom:
      columns > 0
        ? bottomOf(context, {
            name: 'bottom_nn_define',
            define: params.bottom_nn_define,
            inputs: columns,
            party: 0,
          })
        : null,
    units,
    bias: config['use_bias'] !== false,
    top: { inputs: units, layers: above },
  }
}

/** Layers on a party's own columns; the guest is party 0, hosts are counted from 1. Throws for those that learn outside of steps. */
export function bottomOf(
  context: Context,
  options: { name: string; define: unknown; inputs: number; party: number },
): Topology {
  const { name, define, inputs, party } = options
  const { config_type: type, random_seed } = context.params
  // Parties of one width are to start from different weights.
  const seed = Math.abs(random_seed) + party
  // FATE puts the width of the table into a Keras model whatever it says, and its examples say something else.
  const topology = readTopology(define, { type, inputs, seed, name, anyShape: type === 'keras' })
  const said = inputsSaid(define)
  if (type === 'keras' && said !== undefined && said !== inputs) {
    context.warn(`${name} says that a row has ${said} numbers: it has ${inputs}, and that is taken`)
  }
  const batch = topology.layers.findIndex(({ class_name }) => class_name === 'BatchNormalization')
  if (batch < 0) return topology
  throw new Error(
    `${name}, layer ${batch + 1}: BatchNormalization does not work in a network in parts; use LayerNormalization`,
  )
}

/** First weights of the interactive layer for `inputs` answers of one party; parties are counted, the guest is 0. */
export async function firstWeights(
  { params }: Context,
  { inputs, party }: { inputs: number; party: number },
): Promise<{ kernel: Float64Array; bias: Float64Array }> {
  const seed = Math.abs(params.random_seed) + 1 + party
  const { layers } = interactiveOf(params, { inputs, seed })
  const [{ class_name, config }] = layers
  const topology = { inputs, layers: [{ class_name, config: { ...config, activation: 'linear' } }] }
  const network = await createNetwork(topology, {
    descent: readDescent('SGD'),
    seed,
    name: 'interactive_layer_define',
  })
  const all = Float64Array.from(network.weights())
  const { outputs: units } = network
  network.dispose()
  const bias = new Float64Array(units)
  bias.set(all.subarray(inputs * units))
  return { kernel: all.slice(0, inputs * units), bias }
}

/** The guest's layers, as a training begins; those of a prediction are to be restored. */
export async function createGuestNetwork(
  context: Context,
  plan: GuestPlan,
  { use }: { use: 'fit' | 'predict' },
): Promise<GuestNetwork> {
  const { params } = context
  const options = { descent: readDescent(params.optimizer), seed: params.random_seed }
  const { units } = plan
  const bottom: Network | null =
    plan.bottom && (await createNetwork(plan.bottom, { ...options, name: 'bottom_nn_define' }))
  const top = await createNetwork(plan.top, { ...options, name: 'top_nn_define' })
  const inputs = bottom?.outputs ?? 0
  const first = use === 'fit' && (await firstWeights(context, { inputs: inputs || 1, party: 0 }))
  let kernel = first && inputs > 0 ? first.kernel : new Float64Array(0)
  let bias = first ? first.bias : new Float64Array(units)

  return {
    plan,
    outputs: top.outputs,
    forward(x, step) {
      const answers = bottom?.forward(x, step)
      const data = new Float64Array(x.rows * units)
      for (let row = 0; row < x.rows; row++) {
        for (let unit = 0; unit < units; unit++) {
          let sum = bias[unit]
          for (let col = 0; col < inputs; col++) {
            sum += (answers?.data[row * inputs + col] ?? 0) * kernel[col * units + unit]
          }
          data[row * units + unit] = sum
        }
      }
      return { rows: x.rows, cols: units, data }
    },
    answer: (values) => top.forward(values),
    losses: (values, wanted, loss) => top.losses(values, wanted, loss),
    learn: (values, wanted, each) => top.learn(values, wanted, each),
    follow(x, { rows, data }, { rate, step }) {
      const answers = bottom?.forward(x, step)
      const back = new Float64Array(rows * inputs)
      const slope = new Float64Array(kernel.length)
      const lift = new Float64Array(units)
      for (let row = 0; row < rows; row++) {
        for (let unit = 0; unit < units; unit++) {
          const value = data[row * units + unit]
          lift[unit] += value
          for (let col = 0; col < inputs; col++) {
            back[row * inputs + col] += value * kernel[col * units + unit]
            slope[col * units + unit] += value * (answers?.data[row * inputs + col] ?? 0)
          }
        }
      }
      kernel = kernel.map((weight, at) => weight - rate * slope[at])
      if (plan.bias) bias = bias.map((weight, at) => weight - rate * lift[at])
      bottom?.follow(x, { rows, cols: inputs, data: back }, { step })
    },
    async save() {
      return { bottom: bottom && (await bottom.save()), top: await top.save(), kernel, bias }
    },
    async restore(layers) {
      if (bottom && layers.bottom) await bottom.restore(layers.bottom)
      await top.restore(layers.top)
      kernel = layers.kernel
      bias = layers.bias
    },
    dispose() {
      bottom?.dispose()
      top.dispose()
    },
  }
}

/** The interactive layer: one Dense, and an activation after it where it is written apart. */
function interactiveOf(
  params: HeteroNNParam,
  { inputs, seed }: { inputs: number; seed: number },
): Topology {
  const name = 'interactive_layer_define'
  if (!params.interactive_layer_define) {
    throw new Error(`${name} is missing at the guest: give one Dense layer`)
  }
  const { config_type: type } = params
  const options = { type, inputs, seed, name, anyShape: true }
  const topology = readTopology(params.interactive_layer_define, options)
  const [dense, extra, ...rest] = topology.layers
  const fits = dense.class_name === 'Dense' && (!extra || extra.class_name === 'Activation')
  if (!fits || rest.length > 0) {
    throw new Error(`${name} has to be one Dense layer: put other layers into top_nn_define`)
  }
  const rule = Object.entries(dense.config).find(
    ([key, value]) => /_(regularizer|constraint)$/.test(key) && value,
  )
  if (!rule) return topology
  throw new Error(`${name}: ${rule[0]} does not work on weights that are shared; leave it out`)
}
