/**
 * What the parties of MixGBoost keep: each its own splits, and the guest besides the shape of the trees, of which it knows
 * who can say to which side a row goes.
 * @module
 */
import type { Model } from '../define.ts'
import type { MixGBoostParam } from './mix-param.ts'

/** A split of a party's column: the first part are rows at or below the threshold, or above it; gaps are never in it. */
export interface MixSplit {
  readonly tree: number
  readonly node: number
  readonly column: string
  readonly threshold: number
  readonly above: boolean
  /** Null where another party with the column has it too, and comes first. */
  readonly gain: number | null
}

/** A node as the guest knows it; its place in the list is its number. */
export interface MixTreeNode {
  /** Positions of the parties that have the column; null for a leaf. */
  readonly holders: readonly number[] | null
  readonly left: number
  readonly right: number
  readonly weight: number
}

/** One party's part. */
export interface MixState {
  readonly header: readonly string[]
  readonly splits: readonly MixSplit[]
  /** At the guest; none elsewhere. */
  readonly trees: readonly (readonly MixTreeNode[])[]
}

/** The part as it is kept and shown. */
export function mixModel(params: MixGBoostParam, state: MixState): Model {
  const sums = new Map<string, number>()
  for (const { column, gain } of state.splits) {
    if (gain !== null) sums.set(column, (sums.get(column) ?? 0) + gain)
  }
  return {
    name: 'MixGBoost',
    param: {
      treeNum: state.trees.length,
      splits: state.splits.map((split) => ({ ...split })),
      featureImportances: [...sums]
        .toSorted(([, a], [, b]) => b - a)
        .map(([fullname, importance]) => ({
          sitename: 'own',
          fid: state.header.indexOf(fullname),
          fullname,
          importance,
        })),
    },
    meta: { objective: params.objective, eta: params.eta, maxDepth: params.maxDepth },
    state,
  }
}

/** The part in a stored model. Throws for a model of another kind. */
export function readMix(model: Model): MixState {
  const state = model.state as Partial<MixState> | undefined
  if (model.name === 'MixGBoost' && Array.isArray(state?.splits)) return state as MixState
  throw new Error(`A prediction with MixGBoost cannot use a model of kind ${model.name}`)
}

/** Whether a value is in the first part of a split. */
export function inFirst(value: number, { threshold, above }: MixSplit): boolean {
  return !Number.isNaN(value) && value <= threshold !== above
}
