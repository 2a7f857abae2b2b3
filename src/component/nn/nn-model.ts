/**
 * The form in which networks are kept and shown.
 * @module
 */
import { isTopology, type Topology } from '../../compute/nn/topology.ts'
import type { Model } from '../define.ts'
import type { TrainingHistory } from '../linear/linear-model.ts'
import type { HomoNNParam } from './homo-nn-param.ts'
import type { NnTask } from './nn-task.ts'

/** What a prediction with a whole network needs. */
export interface HomoNnState {
  readonly header: readonly string[]
  readonly task: NnTask
  readonly topology: Topology
  readonly weights: Float32Array
}

const HOMO = 'HomoNNModel'

/** The model of HomoNN in FATE's wire names; the arbiter has no network. */
export function homoNnModel(
  params: HomoNNParam,
  state: HomoNnState | undefined,
  history: TrainingHistory,
): Model {
  return {
    name: HOMO,
    param: {
      aggregateIter: history.iterations,
      lossHistory: [...history.losses],
      isConverged: history.converged,
      header: [...(state?.header ?? [])],
      ...(state ? { savedModelBytes: weightText(state.weights) } : {}),
    },
    meta: {
      aggregateIter: history.iterations,
      params: {
        secureAggregate: true,
        aggregateEveryNEpoch: params.aggregate_every_n_epoch,
        configType: params.config_type,
        nnDefine: defineTexts(params.nn_define),
        batchSize: params.batch_size,
        maxIter: params.max_iter,
        earlyStop: { earlyStop: params.early_stop.early_stop, eps: params.early_stop.eps },
        metrics: [...params.metrics],
        optimizer: optimizerMeta(params.optimizer),
        loss: params.loss ?? '',
      },
    },
    ...(state ? { state } : {}),
  }
}

/** The network in a stored model. Throws for a model of another kind. */
export function readHomoNn(model: Model): HomoNnState {
  const { state } = model
  if (model.name === HOMO && isRecord(state)) {
    const { header, task, topology, weights } = state as Partial<HomoNnState>
    const whole = Array.isArray(header) && isRecord(task) && isTopology(topology)
    if (whole && weights instanceof Float32Array) return state as unknown as HomoNnState
  }
  throw new Error(`A prediction with HomoNN cannot use a model of kind ${model.name}`)
}

/** A definition as FATE keeps it: one text a layer, or one of the whole. */
export function defineTexts(define: unknown): string[] {
  if (define === undefined || define === null) return []
  const parts: unknown[] = Array.isArray(define) ? define : [define]
  return parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))
}

/** An optimiser as FATE keeps it. */
export function optimizerMeta(value: string | { readonly optimizer: string }): {
  optimizer: string
  args: string
} {
  const { optimizer, ...args } = typeof value === 'string' ? { optimizer: value } : value
  return { optimizer, args: JSON.stringify(args) }
}

/** Weights as little-endian single-precision numbers in base64. */
export function weightText(weights: Float32Array): string {
  const view = new DataView(new ArrayBuffer(weights.length * 4))
  weights.forEach((weight, at) => view.setFloat32(4 * at, weight, true))
  let text = ''
  const bytes = new Uint8Array(view.buffer)
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  }
  return btoa(text)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
