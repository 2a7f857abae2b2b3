/**
 * A network of layers that learns by steps of an optimiser: whole, from wanted outputs, or as a part of a larger one,
 * from derivatives by its outputs.
 *
 * Numbers cross as doubles and are computed in single precision. The same topology, steps and rows give the same
 * weights, bit for bit, on one runtime.
 * @module
 */
import type { Scalar, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'

import type { Matrix } from '../ml/matrix.ts'
import { type DescentRule, openDescent } from './descent.ts'
import { type Library, loadLibrary } from './library.ts'
import { type LossName, meanLoss, rowLosses } from './loss.ts'
import type { Topology } from './topology.ts'

/** What an optimiser remembers. */
export type DescentState = readonly {
  readonly name: string
  readonly shape: readonly number[]
  readonly values: Float32Array
}[]

/** All that a later process needs to go on. */
export interface NetworkState {
  readonly weights: Float32Array
  readonly descent: DescentState
}

/** A network at work. Outputs and derivatives have one row a row of `x`. */
export interface Network {
  readonly inputs: number
  readonly outputs: number
  /** Weights in all. */
  readonly size: number
  /** What the network answers; `step` makes it answer as in that step of the training, where layers drop out. */
  forward(x: Matrix, step?: number): Matrix
  /** The mean loss over the rows with the penalties of the layers, without a step. */
  loss(x: Matrix, wanted: Matrix, loss: LossName): number
  /** The loss of each row, without penalties. */
  losses(x: Matrix, wanted: Matrix, loss: LossName): Float64Array
  /** One step towards the wanted outputs. The derivative by `x` is of the mean loss. */
  learn(x: Matrix, wanted: Matrix, options: StepOptions & { loss: LossName }): Lesson
  /** One step by derivatives of a loss by the outputs. */
  follow(x: Matrix, derivative: Matrix, options: StepOptions): Matrix
  /** Weights, layer by layer, in single precision. */
  weights(): Float32Array
  /** Throws RangeError unless there are `size` of them. */
  setWeights(weights: ArrayLike<number>): void
  /** Keeps what it is; the optimiser goes on from what it returns, so that nobody can tell who stopped. */
  save(): Promise<NetworkState>
  /** Without anything that the optimiser remembers it is at its beginning. */
  restore(state: NetworkState): Promise<void>
  /** Frees its memory. */
  dispose(): void
}

/** One step. */
export interface StepOptions {
  /** Counts the steps of a training: what drops out follows from it. */
  readonly step: number
}

/** What a step found. */
export interface Lesson {
  readonly loss: number
  readonly derivative: Matrix
}

/** The largest network, in weights. */
export const MOST_WEIGHTS = 2 ** 24

/** Makes a network. Throws RangeError, named by `name`, where layers do not fit each other. */
export async function createNetwork(
  topology: Topology,
  options: { descent: DescentRule; seed: number; name: string },
): Promise<Network> {
  const library = await loadLibrary()
  const { tf } = library
  const { descent, seed, name } = options
  const model = await build(library, topology, name)
  const outputs = widthOf(model, name)
  const { inputs } = topology
  let optimizer = openDescent(library, descent)
  const variables = model.trainableWeights.map((weight) => weight.read() as Variable)

  /** What `work` makes, without the tensors that it used. */
  function tidied<T>(work: () => T): T {
    const made: T[] = []
    tf.tidy(() => void made.push(work()))
    return made[0]
  }
  function tensorOf({ rows, cols, data }: Matrix, width: number, what: string): Tensor2D {
    if (cols !== width) {
      throw new RangeError(`${name}: ${what} has ${cols} columns, expected ${width}`)
    }
    return tf.tensor2d(Float32Array.from(data), [rows, cols])
  }
  function matrixOf(tensor: Tensor): Matrix {
    const [rows, cols] = tensor.shape
    return { rows, cols, data: Float64Array.from(tensor.dataSync()) }
  }
  function answer(x: Tensor, step: number | undefined): Tensor {
    model.layers.forEach((layer, at) => {
      // The library draws anew without a seed, and the same each time with one.
      if (layer.getClassName() !== 'Dropout') return
      ;(layer as unknown as { seed: number }).seed = dropSeed(seed, step ?? 0, at)
    })
    return model.apply(x, { training: step !== undefined }) as Tensor
  }
  function penalised(loss: Scalar): Scalar {
    const penalties = model.calculateLosses()
    return penalties.reduce<Scalar>((sum, each) => tf.add(sum, each), loss)
  }
  /** The value of `of`, its derivative by `x`, and one step down its derivatives by the weights. */
  function descend(x: Matrix, of: (input: Tensor) => Scalar): Lesson {
    return tidied(() => {
      const input = tf.variable(tensorOf(x, inputs, 'the table'))
      const found = tf.variableGrads(() => of(input), [...variables, input])
      const loss = found.value.dataSync()[0]
      const derivative = matrixOf(found.grads[input.name])
      const own = variables.map(({ name: key }) => ({ name: key, tensor: found.grads[key] }))
      if (own.length > 0) optimizer.applyGradients(own)
      input.dispose()
      return { loss, derivative }
    })
  }

  const network: Network = {
    inputs,
    outputs,
    size: model.countParams(),
    forward: (x, step) => tidied(() => matrixOf(answer(tensorOf(x, inputs, 'the table'), step))),
    loss: (x, wanted, loss) =>
      tidied(() => {
        const found = answer(tensorOf(x, inputs, 'the table'), undefined)
        const compared = { wanted: tensorOf(wanted, outputs, 'the label'), found }
        return penalised(meanLoss(library, loss, compared)).dataSync()[0]
      }),
    losses: (x, wanted, loss) =>
      tidied(() => {
        const found = answer(tensorOf(x, inputs, 'the table'), undefined)
        const compared = { wanted: tensorOf(wanted, outputs, 'the label'), found }
        return Float64Array.from(rowLosses(library, loss, compared).dataSync())
      }),
    learn(x, wanted, { loss, step }) {
      return descend(x, (input) => {
        const compared = {
          wanted: tensorOf(wanted, outputs, 'the label'),
          found: answer(input, step),
        }
        return penalised(meanLoss(library, loss, compared))
      })
    },
    follow(x, derivative, { step }) {
      const lesson = descend(x, (input) => {
        const given = tensorOf(derivative, outputs, 'the derivative')
        return penalised(tf.sum(tf.mul(answer(input, step), given)))
      })
      return lesson.derivative
    },
    weights() {
      const all = new Float32Array(network.size)
      let at = 0
      for (const weight of model.getWeights()) {
        all.set(weight.dataSync(), at)
        at += weight.size
      }
      return all
    },
    setWeights(weights) {
      if (weights.length !== network.size) {
        throw new RangeError(
          `${name} has ${network.size} weights, got ${weights.length}: another network's`,
        )
      }
      const all = Float32Array.from(weights)
      tf.tidy(() => {
        let at = 0
        const tensors = model.getWeights().map((weight) => {
          const values = all.slice(at, (at += weight.size))
          return tf.tensor(values, weight.shape)
        })
        model.setWeights(tensors)
      })
    },
    async save() {
      const kept = await optimizer.getWeights()
      const state = kept.map(({ name: key, tensor }) => ({
        name: key,
        shape: [...tensor.shape],
        values: Float32Array.from(tensor.dataSync()),
      }))
      kept[0]?.tensor.dispose()
      const saved = { weights: network.weights(), descent: state }
      await network.restore(saved)
      return saved
    },
    async restore(state) {
      network.setWeights(state.weights)
      optimizer.dispose()
      optimizer = openDescent(library, descent)
      if (state.descent.length === 0) return
      const tensors = state.descent.map(({ name: key, shape, values }, at) => ({
        name: key,
        tensor: tf.tensor(values, [...shape], at === 0 ? 'int32' : 'float32'),
      }))
      await optimizer.setWeights(tensors)
      for (const { tensor } of tensors) tensor.dispose()
    },
    dispose() {
      optimizer.dispose()
      model.dispose()
    },
  }
  return network
}

async function build(
  { tf, layers }: Library,
  topology: Topology,
  name: string,
): Promise<LayersModel> {
  let weights = 0
  let before = topology.inputs
  for (const { class_name: kind, config } of topology.layers) {
    // Of other layers the width is known to the library only; their filters are few.
    if (kind !== 'Dense') continue
    const units = Number(config['units'])
    weights += before * units
    before = units
  }
  const tooLarge = (count: number): RangeError =>
    new RangeError(`${name} has ${count} weights, more than ${MOST_WEIGHTS}: use fewer units`)
  if (weights > MOST_WEIGHTS) throw tooLarge(weights)
  const config = { name: 'sequential', layers: topology.layers }
  const json = {
    class_name: 'Sequential',
    config,
    keras_version: '2.2.4-tf',
    backend: 'tensorflow',
  }
  let model: LayersModel
  try {
    model = await layers.models.modelFromJSON({
      modelTopology: json,
    } as unknown as Parameters<typeof layers.models.modelFromJSON>[0])
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new RangeError(`${name}: its layers do not fit together: ${reason.slice(0, 300)}`, {
      cause,
    })
  }
  if (model.countParams() > MOST_WEIGHTS) throw tooLarge(model.countParams())
  tf.tidy(() => model.predict(tf.zeros([1, topology.inputs])))
  return model
}

function widthOf(model: LayersModel, name: string): number {
  const [{ shape }] = model.outputs
  const width = shape[1]
  if (shape.length === 2 && typeof width === 'number') return width
  const rest = JSON.stringify(shape.slice(1))
  throw new RangeError(`${name} answers with shape ${rest}: end it with Flatten or Dense`)
}

function dropSeed(seed: number, step: number, layer: number): number {
  let mixed = (Math.abs(seed) % 0x7fffffff) + 1
  for (const word of [step, layer]) mixed = Math.imul(mixed ^ (word + 0x9e3779b9), 0x21f0aaad) >>> 1
  return mixed + 1
}
