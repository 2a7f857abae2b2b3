/**
 * A neural network over the columns of several parties (FedLearn's VerticalFDNN), as HeteroNN trains it: a bottom network
 * at each client, an interactive layer whose weights are shared, and a top at the holder of the labels. The original handed
 * all of it to a program that it did not ship.
 *
 * Its parameters name no layers, so these are the same for all: 8 units at the bottom, 4 in the interactive layer, which
 * are fewer, so that the guest cannot work out what a host's bottom network answers, and one at the top.
 * @module
 */
import { z } from 'zod'

import { type Frame, label } from '../../compute/ml/frame.ts'
import { component, type Model, type TaskContext } from '../define.ts'
import { runNnGuest } from '../nn/hetero-nn-guest.ts'
import { runNnHost } from '../nn/hetero-nn-host.ts'
import { HETERO_NN_MESSAGES } from '../nn/hetero-nn-messages.ts'
import { HeteroNNParam } from '../nn/hetero-nn-param.ts'
import { warnOfUnknown } from '../param.ts'
import { modelOf, modeOf } from '../run-mode.ts'
import { frameNorms, type LabelNorm, predictionBack, standardFrame } from './fdnn-scale.ts'
import type { Norm } from './kernel-model.ts'

/** Parameters of VerticalFDNN, with FedLearn's names and defaults. */
export const VerticalFdnnParam = z.looseObject({
  batch_size: z.int().min(16).default(32),
  num_epochs: z.int().positive().default(5),
  isTest: z.enum(['true', 'false']).default('false'),
})

/** Parsed parameters of VerticalFDNN. */
export type VerticalFdnnParam = z.output<typeof VerticalFdnnParam>

type Context = TaskContext<VerticalFdnnParam>

/** How a party's numbers become those of the network. */
interface Scales {
  readonly columns: Readonly<Record<string, Norm>>
  /** At the guest; null for labels 0 and 1, which are classes. */
  readonly label: LabelNorm | null
}

/** FedLearn's `VerticalFDNN`. */
export const verticalFdnn = component({
  name: 'VerticalFDNN',
  summary: 'A neural network over the columns of several parties, with FedLearn’s parameters',
  roles: ['guest', 'host'],
  requires: ['guest', 'host'],
  params: VerticalFdnnParam,
  paramsName: 'VerticalFDNNParam',
  inputs: { data: ['train_data', 'validate_data', 'eval_data'], model: ['model'] },
  outputs: { data: true, model: true },
  deployed: true,
  messages: HETERO_NN_MESSAGES,
  async run(context) {
    warnOfUnknown(context, VerticalFdnnParam)
    const mode = modeOf(context)
    const inner =
      mode.type === 'fit'
        ? fitting(context, scalesOf(context, await tableIn(context, mode.train)))
        : predicting(context, await modelOf(context))
    await (context.role === 'guest' ? runNnGuest(inner) : runNnHost(inner))
  },
})

async function tableIn(context: Context, slot: Parameters<Context['tables']>[0]): Promise<Frame> {
  const [table] = await context.tables(slot)
  if (table) return table.frame
  throw new Error(`${context.name} needs one table in ${slot} at ${context.channel.self}`)
}

function scalesOf({ role }: Context, frame: Frame): Scales {
  const labels = role === 'guest' ? label(frame) : undefined
  const classes = labels?.every((value) => value === 0 || value === 1) ?? true
  if (!labels || classes) return { columns: frameNorms(frame), label: null }
  const mean = labels.reduce((sum, value) => sum + value, 0) / labels.length
  const square = labels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / labels.length
  return { columns: frameNorms(frame), label: { mean, spread: Math.sqrt(square) || 1 } }
}

/** A training as HeteroNN has it: of scaled numbers, with what it says put back into the labels' units. */
function fitting(context: Context, scales: Scales): TaskContext<HeteroNNParam> {
  const { params } = context
  const validated = context.connected.data.some((slot) => slot !== 'train_data')
  const regression = scales.label !== null
  const inner = HeteroNNParam.parse({
    ...layersOf(regression),
    batch_size: params.batch_size,
    epochs: params.num_epochs,
    // All epochs.
    tol: -1,
    random_seed: params.isTest === 'true' ? TEST_SEED : drawSeed(context),
    validation_freqs: validated && context.role === 'guest' ? 1 : null,
    metrics: regression ? ['rmse', 'mae'] : ['auc', 'accuracy'],
  })
  return {
    ...scaled(context, { scales, params: inner }),
    writeModel: (model) =>
      context.writeModel({ ...model, name: NAME, state: { network: model, scales } }),
    metric(series) {
      const { name, points } = series
      const { spread } = scales.label ?? { spread: 1 }
      const told = name === 'loss' ? (regression ? 'mse' : 'cross_entropy') : (NAMES[name] ?? name)
      const unit = told === 'mse' ? spread ** 2 : told === 'rmse' || told === 'mae' ? spread : 1
      context.metric({
        ...series,
        name: told,
        points: points.map(([x, y]) => [x, y * unit]),
        meta: { ...series.meta, name: told, curve_name: told },
      })
    },
  }
}

function predicting(context: Context, model: Model): TaskContext<HeteroNNParam> {
  const state = model.state as { network?: Model; scales?: Scales } | undefined
  if (model.name !== NAME || !state?.network || !state.scales) {
    throw new Error(`A prediction with VerticalFDNN cannot use a model of kind ${model.name}`)
  }
  const { network, scales } = state
  const params = HeteroNNParam.parse(layersOf(scales.label !== null))
  return {
    ...scaled(context, { scales, params }),
    models: async () => [{ source: context.name, model: network }],
  }
}

function scaled(
  context: Context,
  { scales, params }: { scales: Scales; params: HeteroNNParam },
): TaskContext<HeteroNNParam> {
  return {
    ...context,
    params,
    async tables(slot) {
      const tables = await context.tables(slot)
      return tables.map((table) => ({ ...table, frame: standardFrame(table.frame, scales) }))
    },
    writeTable: (frame, output) =>
      context.writeTable(scales.label ? predictionBack(frame, scales.label) : frame, output),
  }
}

const NAME = 'VerticalFDNN'
const TEST_SEED = 100
const NAMES: Readonly<Record<string, string>> = { accuracy: 'acc' }

function layersOf(regression: boolean): object {
  const dense = (units: number, activation: string) => [{ layer: 'Dense', units, activation }]
  return {
    config_type: 'nn',
    task_type: regression ? 'regression' : 'classification',
    bottom_nn_define: dense(8, 'relu'),
    interactive_layer_define: dense(4, 'relu'),
    top_nn_define: dense(1, regression ? 'linear' : 'sigmoid'),
    interactive_layer_lr: 0.1,
    optimizer: { optimizer: 'Adam', learning_rate: 0.01 },
    loss: regression ? 'mean_squared_error' : 'binary_crossentropy',
  }
}

function drawSeed({ random }: Context): number {
  return random(4).reduce((seed, byte) => seed * 256 + byte, 0) % 2 ** 31
}
