/**
 * The one table and the one model that most components start from.
 * @module
 */
import { type Column, features, type Frame } from '../compute/ml/frame.ts'
import type { DataSlot, Model, TaskContext } from './define.ts'
import { PrivateFault } from './private-fault.ts'

/** Every slot that a component with one table takes it from. */
export const DATA_SLOTS = ['data', 'train_data', 'eval_data', 'validate_data', 'test_data'] as const

/** The component's one table and where it came from. */
export interface DataInput {
  readonly slot: DataSlot
  readonly source: string
  readonly frame: Frame
}

/** The one table of data that is connected. Throws when there is none, several, or one of another kind. */
export async function dataInput(context: TaskContext): Promise<DataInput> {
  const slot = context.connected.data[0] ?? 'data'
  const tables = await context.tables(slot)
  const owner = context.channel.self
  if (tables.length !== 1) {
    throw new Error(`${context.name} needs one table in ${slot} at ${owner}, got ${tables.length}`)
  }
  const [{ frame, source }] = tables
  if (frame.kind === 'data') return { slot, source, frame }
  throw new Error(
    `${source} gives ${context.name} a ${frame.kind} table, expected data: run DataIO first`,
  )
}

/**
 * What a fit of the same component left, when a model is connected. Throws for the model of another component; `name`
 * is the kind of model it must be.
 */
export async function earlierState<T extends object>(
  context: TaskContext,
  name: string,
): Promise<T | undefined> {
  if (!context.connected.model.includes('model')) return undefined
  const models = await context.models('model')
  if (models.length !== 1) {
    throw new Error(`${context.name} needs one model in its slot "model", got ${models.length}`)
  }
  const [{ model, source }] = models
  return stateOf<T>(model, { name, source })
}

/** The state in a model of the kind `name`. Throws for another kind. */
export function stateOf<T extends object>(
  model: Model,
  { name, source }: { name: string; source: string },
): T {
  if (model.name === name && typeof model.state === 'object' && model.state !== null) {
    return model.state as T
  }
  throw new Error(`${source} holds a model of kind ${model.name}, expected ${name}`)
}

/** Names of the feature columns. */
export function headerOf(frame: Frame): string[] {
  return features(frame).map(({ name }) => name)
}

/** Throws unless `frame` has all of `names` as features. */
export function requireColumns(frame: Frame, names: readonly string[]): void {
  const header = new Set(headerOf(frame))
  const lacking = names.filter((name) => !header.has(name))
  if (lacking.length === 0) return
  throw new Error(
    `The table lacks ${lacking.map((name) => `"${name}"`).join(', ')}, which the model was fitted on; ` +
      `it has ${[...header].join(', ') || 'no columns'}`,
  )
}

/** Values of the feature columns by name. */
export function featureValues(frame: Frame): Map<string, Float64Array> {
  return new Map(features(frame).map(({ name, values }) => [name, values]))
}

/** The table with every feature column replaced by what `change` makes of it: none, one or several. */
export function mapFeatures(
  frame: Frame,
  change: (name: string, values: Float64Array) => readonly { name: string; values: Float64Array }[],
): Frame {
  const kept = [frame.labelName, frame.weightName]
  const columns = frame.columns.flatMap((column): Column[] => {
    if (column.type !== 'number' || kept.includes(column.name)) return [column]
    return change(column.name, column.values).map(({ name, values }) => {
      return { name, type: 'number', values }
    })
  })
  const names = columns.map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new Error(`The result would have two columns "${twice}"`)
  return { ...frame, columns }
}

/** Throws for the first value of a column that is no number; `remedy` says what to do about it. */
export function requireNumbers(
  frame: Frame,
  { name, values }: { name: string; values: Float64Array },
  remedy = 'let DataIO or FeatureImputation fill missing values',
): void {
  const row = values.findIndex((value) => !Number.isFinite(value))
  if (row < 0) return
  throw new PrivateFault(
    `Column "${name}" has no number in row "${frame.ids[row]}": ${remedy}`,
    `A column lacks numbers: ${remedy}`,
  )
}
