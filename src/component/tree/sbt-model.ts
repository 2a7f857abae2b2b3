/**
 * The form in which boosted trees are kept and shown, at the guest and at a host.
 * @module
 */
import type { MissingRule } from '../../compute/ml/tree/binning.ts'
import type { Tree, TreeNode } from '../../compute/ml/tree/grow.ts'
import { treesPerRound } from '../../compute/ml/tree/predict.ts'
import type { Model } from '../define.ts'
import type { BoostingTreeParam } from './boosting-param.ts'

/** What the guest needs to predict: all trees, of which the splits of hosts are numbers in the hosts' tables. */
export interface GuestState {
  readonly side: 'guest'
  readonly header: readonly string[]
  readonly missing: MissingRule
  readonly classes: readonly number[]
  readonly initial: readonly number[]
  /** Tree i adds to output i mod `initial.length`, or to all where its nodes have `weights`. */
  readonly trees: readonly Tree[]
}

/** One split of a host. */
export interface HostSplit {
  /** Which tree and node it was found for. */
  readonly tree: number
  readonly node: number
  readonly feature: number
  readonly bin: number
  readonly threshold: number
  readonly missingLeft: boolean
  /** Null where the guest does not tell. */
  readonly gain: number | null
}

/** What a host needs to predict: its splits by number. Nothing else of the model is here. */
export interface HostState {
  readonly side: 'host'
  readonly header: readonly string[]
  readonly missing: MissingRule
  readonly splits: readonly HostSplit[]
}

/** How a training went, as the guest knows it. */
export interface SbtHistory {
  readonly losses: readonly number[]
  /** The round whose model was kept, counted from 0. */
  readonly bestRound: number
}

/** The guest's model in FATE's wire names. */
export function guestModel(
  params: BoostingTreeParam,
  state: GuestState,
  history: SbtHistory,
): Model {
  return {
    name: 'HeteroSecureBoostingTreeGuest',
    ...treesShown(params, state, { history, site: 'guest' }),
    state,
  }
}

/** Trees that one party knows in FATE's wire names; `site` is what its own columns go by. */
export function treesShown(
  params: BoostingTreeParam,
  state: Omit<GuestState, 'side'>,
  { history, site }: { history: SbtHistory; site: string },
): Pick<Model, 'param' | 'meta'> {
  return {
    param: {
      treeNum: state.trees.length,
      treeDim: treesPerRound(state.trees, state.initial.length),
      numClasses: state.classes.length,
      classes: state.classes.map(String),
      trees: state.trees.map((tree) => treeShown(tree, site)),
      initScore: [...state.initial],
      losses: [...history.losses],
      bestIteration: history.bestRound,
      featureImportances: treeImportances(params, state, site),
      featureNameFidMapping: fidOf(state.header),
    },
    meta: metaOf(params),
  }
}

/** A host's model: its own splits, and of the trees no more than where these stand. */
export function hostModel(params: BoostingTreeParam, state: HostState, position: number): Model {
  const sitename = `host.${position}`
  const trees = Map.groupBy(
    state.splits.map((split, key) => ({ ...split, key })),
    ({ tree }) => tree,
  )
  const weigh = ({ gain }: HostSplit) =>
    params.tree_param.feature_importance_type === 'gain' ? (gain ?? 0) : 1
  return {
    name: 'HeteroSecureBoostingTreeHost',
    param: {
      treeNum: trees.size,
      trees: [...trees].map(([tree, splits]) => ({
        treeId: tree,
        tree: splits.map(({ node, key, feature, bin }) => ({
          id: node,
          sitename,
          key,
          fid: feature,
          bid: bin,
          isLeaf: false,
        })),
        splitMaskdict: Object.fromEntries(splits.map(({ node, threshold }) => [node, threshold])),
        missingDirMaskdict: Object.fromEntries(
          splits.map(({ node, missingLeft }) => [node, missingLeft ? -1 : 1]),
        ),
      })),
      featureImportances: importancesOf(
        sitename,
        state.header,
        state.splits.map((split) => ({ fid: split.feature, weight: weigh(split) })),
      ),
      featureNameFidMapping: fidOf(state.header),
    },
    meta: metaOf(params),
    state,
  }
}

/** The guest's state in a stored model. Throws for a model of another kind. */
export function readGuest(model: Model): GuestState {
  const state = model.state as Partial<GuestState> | undefined
  if (state?.side === 'guest' && Array.isArray(state.trees)) return state as GuestState
  throw new Error(`HeteroSecureBoost cannot predict with a model of kind ${model.name} at a guest`)
}

/** A host's state in a stored model. Throws for a model of another kind. */
export function readHost(model: Model): HostState {
  const state = model.state as Partial<HostState> | undefined
  if (state?.side === 'host' && Array.isArray(state.splits)) return state as HostState
  throw new Error(`HeteroSecureBoost cannot predict with a model of kind ${model.name} at a host`)
}

function treeShown(tree: Tree, site: string): Record<string, unknown> {
  const own = tree.flatMap(({ split }, id) =>
    split && 'threshold' in split ? [{ id, split }] : [],
  )
  return {
    tree: tree.map((node, id) => ({
      id,
      ...placeOf(node, site),
      weight: node.weight,
      ...(node.weights ? { moWeight: [...node.weights] } : {}),
      isLeaf: node.split === null,
      leftNodeid: node.left,
      rightNodeid: node.right,
    })),
    splitMaskdict: Object.fromEntries(own.map(({ id, split }) => [id, split.threshold])),
    missingDirMaskdict: Object.fromEntries(
      own.map(({ id, split }) => [id, split.missingLeft ? -1 : 1]),
    ),
  }
}

/** A host's split shows its number only. */
function placeOf({ split }: TreeNode, site: string): Record<string, unknown> {
  if (split === null) return { sitename: site, fid: -1, bid: -1 }
  if ('key' in split)
    return { sitename: `host.${split.party - 1}`, fid: -1, bid: -1, key: split.key }
  return { sitename: site, fid: split.feature, bid: split.bin }
}

/** A party's own columns by name, and each host as a whole: which column of it was used is not the guest's to know. */
function treeImportances(
  params: BoostingTreeParam,
  { trees, header }: Omit<GuestState, 'side'>,
  site: string,
): Record<string, unknown>[] {
  const byGain = params.tree_param.feature_importance_type === 'gain'
  const own: { fid: number; weight: number }[] = []
  const hosts = new Map<number, number>()
  for (const { split, gain } of trees.flat()) {
    if (split === null) continue
    const weight = byGain ? gain : 1
    if ('key' in split) hosts.set(split.party, (hosts.get(split.party) ?? 0) + weight)
    else own.push({ fid: split.feature, weight })
  }
  const ofHosts = [...hosts]
    .sort(([a], [b]) => a - b)
    .map(([party, importance]) => ({ sitename: `host.${party - 1}`, fid: -1, importance }))
  return [...importancesOf(site, header, own), ...ofHosts]
}

function importancesOf(
  sitename: string,
  header: readonly string[],
  uses: readonly { fid: number; weight: number }[],
): { sitename: string; fid: number; fullname: string; importance: number }[] {
  const sums = new Map<number, number>()
  for (const { fid, weight } of uses) sums.set(fid, (sums.get(fid) ?? 0) + weight)
  return [...sums]
    .sort(([a, x], [b, y]) => y - x || a - b)
    .map(([fid, importance]) => ({ sitename, fid, fullname: header[fid], importance }))
}

function fidOf(header: readonly string[]): Record<string, number> {
  return Object.fromEntries(header.map((name, fid) => [name, fid]))
}

/** The parameters in FATE's wire names. */
export function metaOf(params: BoostingTreeParam): Record<string, unknown> {
  const { tree_param: tree } = params
  return {
    treeMeta: {
      criterionMeta: {
        criterionMethod: tree.criterion_method,
        criterionParam: tree.criterion_params,
      },
      maxDepth: tree.max_depth,
      minSampleSplit: tree.min_sample_split,
      minImpuritySplit: tree.min_impurity_split,
      minLeafNode: tree.min_leaf_node,
      useMissing: params.use_missing,
      zeroAsMissing: params.zero_as_missing,
    },
    learningRate: params.learning_rate,
    numTrees: params.num_trees,
    quantileMeta: { quantileMethod: 'quantile', binNum: params.bin_num },
    objectiveMeta: {
      objective:
        params.objective_param.objective ??
        (params.task_type === 'classification' ? 'cross_entropy' : 'lse'),
      param: params.objective_param.params ?? [],
    },
    taskType: params.task_type,
    nIterNoChange: params.n_iter_no_change,
    tol: params.tol,
    workMode: params.boosting_strategy,
  }
}
