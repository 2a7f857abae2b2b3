/**
 * A neural network over rows that several parties hold of the same columns (FATE's HomoNN). Networks are averaged by secure
 * aggregation: `homo-nn-training.ts` has the protocol.
 * @module
 */
import type { Frame } from '../../compute/ml/frame.ts'
import { readDescent } from '../../compute/nn/descent.ts'
import { lossNamed } from '../../compute/nn/loss.ts'
import { createNetwork, type Network } from '../../compute/nn/network.ts'
import {
  type DefineType,
  lastActivation,
  readTopology,
  type Topology,
} from '../../compute/nn/topology.ts'
import { json } from '../../federation/codec.ts'
import { agreeOnStep } from '../checkpoint.ts'
import { component, type DataSlot, type TaskContext } from '../define.ts'
import { headerOf, requireColumns } from '../input.ts'
import { frameOf, labelsOf } from '../linear/homo-inputs.ts'
import { countRows, shareOfRows } from '../linear/homo-training.ts'
import { concatPredictions, type PredictionType } from '../linear/prediction.ts'
import { arbiterOf, featureMatrix, guestOf, hostsOf } from '../linear/row-alignment.ts'
import { warnOfUnknown } from '../param.ts'
import { modelOf, modeOf } from '../run-mode.ts'
import { HOMO_NN_MESSAGES, HOMO_NN_ROLES, HomoNNParam } from './homo-nn-param.ts'
import {
  fitNetwork,
  type NnFitState,
  type NnRound,
  type NnWatchState,
  watchNetwork,
} from './homo-nn-training.ts'
import { homoNnModel, readHomoNn } from './nn-model.ts'
import { measures, tellLosses } from './nn-report.ts'
import {
  chancesOf,
  kindOf,
  nnPredictions,
  type NnTask,
  taskOver,
  wantedOutputs,
} from './nn-task.ts'

type Context = TaskContext<HomoNNParam>

/** A neural network between parties with different rows. */
export const homoNn = component({
  name: 'HomoNN',
  summary: 'A neural network over the rows of several parties, by secure aggregation',
  roles: ['guest', 'host', 'arbiter'],
  requires: ['guest', 'host', 'arbiter'],
  params: HomoNNParam,
  paramsName: 'HomoNNParam',
  inputs: {
    data: ['train_data', 'eval_data', 'data', 'validate_data', 'test_data'],
    model: ['model', 'isometric_model'],
  },
  outputs: { data: true, model: true },
  deployed: true,
  online: 'alone',
  messages: HOMO_NN_MESSAGES,
  async run(context) {
    warnOfUnknown(context, HomoNNParam)
    const mode = modeOf(context)
    if (mode.type === 'fit') {
      if (context.role === 'arbiter') await watch(context)
      else await fit(context, mode)
      return
    }
    if (context.role === 'arbiter') {
      context.log('info', 'Prediction needs no arbiter: nothing to do')
      return
    }
    const { header, task, topology, weights } = readHomoNn(await modelOf(context))
    const network = await open(context, topology)
    network.setWeights(weights)
    const frame = await frameOf(context, mode.slot)
    await context.writeTable(predict(context, frame, { network, header, task, type: 'test' }))
    network.dispose()
    context.progress(1, 1)
  },
})

async function fit(
  context: Context,
  { train, validate }: { train: DataSlot; validate: DataSlot | undefined },
): Promise<void> {
  const { params, channel } = context
  if (!params.secure_aggregate && context.role === 'guest') {
    context.warn('secure_aggregate is false: networks are added up under masks all the same')
  }
  const frame = await frameOf(context, train)
  const labels = labelsOf(context, frame)
  const { header, topology } = await agreeOnLayers(context, frame)
  const network = await open(context, topology)
  const task = await agreeOnTask(context, { network, topology, labels, frame })
  const x = matrixOf(context, frame, header)
  const wanted = wantedOutputs(labels, task, channel.self)
  const saved = (await agreeOnStep(context, HOMO_NN_ROLES))?.state as NnFitState | undefined
  const share = await shareOfRows({ ...context, params: { party_weight: 1 } }, x.rows)
  const measure = measures(context, task)
  tellLosses(context, saved?.losses ?? [], 0)
  const history = await fitNetwork(context, network, {
    rows: { x, wanted },
    loss: task.loss,
    share,
    saved,
    async after(state) {
      await endRound(context, state)
      measure(() => ({ labels, chances: chancesOf(network.forward(x), task) }))
    },
  })
  const state = { header, task, topology, weights: network.weights() }
  await context.writeModel(homoNnModel(params, state, history))
  const made = { network, header, task }
  let table = predict(context, frame, { ...made, type: 'train' })
  if (validate !== undefined) {
    const other = await frameOf(context, validate)
    table = concatPredictions(table, predict(context, other, { ...made, type: 'validation' }))
  }
  await context.writeTable(table)
  network.dispose()
}

async function watch(context: Context): Promise<void> {
  const from = guestOf(context)
  const size = json.decode(await context.channel.receive(from, 'size'))
  if (!Number.isSafeInteger(size) || Number(size) < 1) {
    throw new Error(`${from} sent a malformed size`)
  }
  const saved = (await agreeOnStep(context, HOMO_NN_ROLES))?.state as NnWatchState | undefined
  await countRows({ ...context, params: { party_weight: 1 } })
  tellLosses(context, saved?.losses ?? [], 0)
  const history = await watchNetwork(context, Number(size), {
    saved,
    after: (state) => endRound(context, state),
  })
  await context.writeModel(homoNnModel(context.params, undefined, history))
}

/** The guest's columns, and the layers as its parameters define them. */
async function agreeOnLayers(
  context: Context,
  frame: Frame,
): Promise<{ header: readonly string[]; topology: Topology }> {
  const { channel, params } = context
  const read = (define: unknown, options: { type: DefineType; inputs: number; seed: number }) =>
    readTopology(define, { ...options, name: 'nn_define' })
  if (context.role === 'host') {
    const from = guestOf(context)
    const plan = json.decode(await channel.receive(from, 'plan'))
    if (!isPlan(plan)) throw new Error(`${from} sent a malformed plan`)
    const { header, define, type, seed } = plan
    requireColumns(frame, header)
    return { header, topology: read(define, { type, inputs: header.length, seed }) }
  }
  const header = headerOf(frame)
  if (header.length === 0) throw new Error(`The table of ${channel.self} has no features`)
  const { nn_define: define, config_type: type, random_seed: seed } = params
  if (define === undefined || define === null) {
    throw new Error('nn_define is missing: give the layers of the network')
  }
  const topology = read(define, { type, inputs: header.length, seed })
  const plan: Plan = { header, define, type, seed }
  for (const host of hostsOf(context)) await channel.send(host, 'plan', json.encode(plan))
  return { header, topology }
}

/** What all data parties make their networks from. */
interface Plan {
  readonly header: readonly string[]
  readonly define: unknown
  readonly type: DefineType
  readonly seed: number
}

function isPlan(value: unknown): value is Plan {
  if (typeof value !== 'object' || value === null) return false
  const { header, type, seed } = value as Partial<Plan>
  const named = Array.isArray(header) && header.every((name) => typeof name === 'string')
  return named && ['nn', 'keras', 'pytorch'].includes(String(type)) && Number.isSafeInteger(seed)
}

/** What is told apart: label values of all parties. */
async function agreeOnTask(
  context: Context,
  fitted: { network: Network; topology: Topology; labels: Float64Array; frame: Frame },
): Promise<NnTask> {
  const { channel, params } = context
  const { network, topology, labels, frame } = fitted
  const { outputs } = network
  const loss = lossNamed(params.loss)
  const kind = kindOf({ outputs, activation: lastActivation(topology), loss })
  if (params.encode_label && kind !== 'multi') {
    throw new Error(
      'encode_label makes each label value an output, and the network has one: ' +
        'end it with as many units as there are values, or set encode_label to false',
    )
  }
  const own = kind === 'regression' ? [] : [...new Set(labels)].slice(0, MOST_CLASSES + 1)
  const column = frame.labelName ?? 'label'
  if (context.role === 'host') {
    const from = guestOf(context)
    await channel.send(from, 'label_values', json.encode(own))
    const classes = readNumbers(
      await channel.receive(from, 'classes'),
      `${from} sent malformed classes`,
    )
    return { kind, classes, loss }
  }
  const values = new Set(own)
  for (const host of hostsOf(context)) {
    const bytes = await channel.receive(host, 'label_values')
    for (const value of readNumbers(bytes, `${host} sent malformed label_values`)) values.add(value)
  }
  if (values.size > MOST_CLASSES) {
    throw new Error(
      `Label column "${column}" holds more than ${MOST_CLASSES} values: a number is predicted by a loss such as ` +
        'mean_squared_error, with one linear unit at the end',
    )
  }
  const task = taskOver(Float64Array.from(values), { kind, outputs, loss, column })
  for (const host of hostsOf(context)) {
    await channel.send(host, 'classes', json.encode([...task.classes]))
  }
  await channel.send(arbiterOf(context), 'size', json.encode(network.size))
  return task
}

const MOST_CLASSES = 1000

function open(context: Context, topology: Topology): Promise<Network> {
  const { params } = context
  const descent = readDescent(params.optimizer)
  return createNetwork(topology, { descent, seed: params.random_seed, name: 'nn_define' })
}

async function endRound(context: Context, state: NnRound): Promise<void> {
  const { losses } = state
  const { max_iter } = context.params
  tellLosses(context, losses, losses.length - 1)
  context.progress(losses.length, max_iter, `round ${losses.length} of at most ${max_iter}`)
  await context.checkpoints.save(losses.length, state)
}

function matrixOf(context: Context, frame: Frame, names: readonly string[]) {
  const order = Uint32Array.from(frame.ids, (_, row) => row)
  return featureMatrix(frame, { names, order, owner: context.channel.self })
}

function predict(
  context: Context,
  frame: Frame,
  made: { network: Network; header: readonly string[]; task: NnTask; type: PredictionType },
): Frame {
  const { network, header, task, type } = made
  requireColumns(frame, header)
  const chances = chancesOf(network.forward(matrixOf(context, frame, header)), task)
  const { threshold } = context.params.predict_param
  return nnPredictions(frame, chances, { task, threshold, type })
}

function readNumbers(bytes: Uint8Array, complaint: string): number[] {
  const values = json.decode(bytes)
  const fine = Array.isArray(values) && values.every((value) => Number.isFinite(value))
  if (fine && values.length <= MOST_CLASSES + 1) return values as number[]
  throw new Error(complaint)
}
