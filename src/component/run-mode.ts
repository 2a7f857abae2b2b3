/**
 * What the graph asks of a component that learns: train, or predict with a model that it is given.
 * @module
 */
import type { DataSlot, Model, TaskContext } from './define.ts'

/** What the graph asks for. */
export type RunMode =
  | { readonly type: 'fit'; readonly train: DataSlot; readonly validate: DataSlot | undefined }
  | { readonly type: 'predict'; readonly slot: DataSlot }

/** With a model: predict. Else train, on `train_data` or `data`, and predict the evaluation table too. */
export function modeOf({ connected, name }: TaskContext): RunMode {
  const first = (...slots: readonly DataSlot[]): DataSlot | undefined =>
    slots.find((slot) => connected.data.includes(slot))
  if (connected.model.includes('model')) {
    const slot = first('eval_data', 'test_data', 'data', 'validate_data', 'train_data')
    if (slot) return { type: 'predict', slot }
    throw new Error(`${name} has a model but no data to predict: connect eval_data`)
  }
  const train = first('train_data', 'data')
  if (!train) throw new Error(`${name} has nothing to learn from: connect train_data, or a model`)
  return { type: 'fit', train, validate: first('eval_data', 'validate_data') }
}

/** As `modeOf`, but a model together with `train_data` is one to go on from. */
export function modeGoingOn(context: TaskContext): { mode: RunMode; warm: boolean } {
  const { data, model } = context.connected
  const warm = model.includes('model') && data.includes('train_data')
  const connected = { data, model: model.filter((slot) => slot !== 'model') }
  return { mode: modeOf(warm ? { ...context, connected } : context), warm }
}

/** The one model in the slot `model`. */
export async function modelOf(context: TaskContext): Promise<Model> {
  const models = await context.models('model')
  if (models.length === 1) return models[0].model
  throw new Error(`${context.name} needs one model in its slot "model", got ${models.length}`)
}
