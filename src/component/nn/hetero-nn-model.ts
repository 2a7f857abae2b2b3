/**
 * The form in which the parts of a network are kept and shown, at the guest and at a host.
 * @module
 */
import { isTopology, type Topology } from '../../compute/nn/topology.ts'
import type { Model } from '../define.ts'
import type { GuestLayers, GuestPlan } from './guest-network.ts'
import type { HeteroNNParam } from './hetero-nn-param.ts'
import { defineTexts, optimizerMeta, weightText } from './nn-model.ts'
import type { NnTask } from './nn-task.ts'

/** What the guest needs to predict. */
export interface NnGuestState {
  readonly side: 'guest'
  readonly header: readonly string[]
  readonly task: NnTask
  readonly plan: GuestPlan
  readonly layers: GuestLayers
  /** Of each host how many answers its bottom gives, and the guest's share of the weights for them. */
  readonly hosts: readonly { readonly inputs: number; readonly share: string }[]
}

/** What a host needs to predict. */
export interface NnHostState {
  readonly side: 'host'
  readonly header: readonly string[]
  readonly topology: Topology
  readonly weights: Float32Array
  readonly units: number
  /** The host's share of the weights. */
  readonly noise: string
}

/** How a training went. */
export interface NnHistory {
  readonly losses: readonly number[]
  readonly converged: boolean
  readonly bestEpoch: number
}

const GUEST = 'HeteroNNGuest'
const HOST = 'HeteroNNHost'

/** The guest's model in FATE's wire names. */
export function nnGuestModel(
  params: HeteroNNParam,
  state: NnGuestState,
  history: NnHistory,
): Model {
  const { layers, plan, task } = state
  return {
    name: GUEST,
    param: {
      iterEpoch: history.losses.length,
      historyLoss: [...history.losses],
      isConverged: history.converged,
      bestIteration: history.bestEpoch,
      header: [...state.header],
      numLabel: task.classes.length,
      heteroNnModelParam: {
        isEmpty: plan.bottom === null,
        ...(layers.bottom ? { bottomSavedModelBytes: weightText(layers.bottom.weights) } : {}),
        topSavedModelBytes: weightText(layers.top.weights),
        bottomModelInputShape: state.header.length,
        topModelInputShape: plan.units,
        interactiveLayerParam: {
          interactiveGuestSavedModelBytes: weightText(
            Float32Array.of(...layers.kernel, ...layers.bias),
          ),
          guestInputShape: layers.kernel.length / plan.units,
          hostInputShape: state.hosts.reduce((sum, { inputs }) => sum + inputs, 0),
        },
      },
    },
    meta: metaOf(params),
    state,
  }
}

/** A host's model in FATE's wire names. */
export function nnHostModel(params: HeteroNNParam, state: NnHostState, epochs: number): Model {
  return {
    name: HOST,
    param: {
      iterEpoch: epochs,
      historyLoss: [],
      isConverged: false,
      header: [...state.header],
      heteroNnModelParam: {
        isEmpty: false,
        bottomSavedModelBytes: weightText(state.weights),
        bottomModelInputShape: state.header.length,
      },
    },
    meta: metaOf(params),
    state,
  }
}

/** The guest's state in a stored model. Throws for a model of another kind. */
export function readNnGuest(model: Model): NnGuestState {
  const state = model.state as Partial<NnGuestState> | undefined
  if (model.name === GUEST && state?.side === 'guest' && isTopology(state.plan?.top)) {
    return state as NnGuestState
  }
  throw otherKind(model)
}

/** A host's state in a stored model. Throws for a model of another kind. */
export function readNnHost(model: Model): NnHostState {
  const state = model.state as Partial<NnHostState> | undefined
  if (model.name === HOST && state?.side === 'host' && isTopology(state.topology)) {
    return state as NnHostState
  }
  throw otherKind(model)
}

function otherKind({ name }: Model): Error {
  return new Error(`A prediction with HeteroNN cannot use a model of kind ${name} here`)
}

function metaOf(params: HeteroNNParam): Record<string, unknown> {
  const { optimizer, args } = optimizerMeta(params.optimizer)
  return {
    taskType: params.task_type,
    batchSize: params.batch_size,
    epochs: params.epochs,
    earlyStop: params.early_stop,
    tol: params.tol,
    heteroNnModelMeta: {
      configType: params.config_type,
      bottomNnDefine: defineTexts(params.bottom_nn_define),
      topNnDefine: defineTexts(params.top_nn_define),
      interactiveLayerDefine: defineTexts(params.interactive_layer_define).join('\n'),
      interactiveLayerLr: params.interactive_layer_lr,
      optimizerParam: { optimizer, kwargs: args },
      loss: params.loss ?? '',
    },
  }
}
