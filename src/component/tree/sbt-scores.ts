/**
 * Scores of aligned tables at the guest of HeteroSecureBoost, which asks the hosts where rows go at their splits.
 * @module
 */
import type { Tree } from '../../compute/ml/tree/grow.ts'
import { addLeaves, findLeaves } from '../../compute/ml/tree/predict.ts'
import type { TaskContext } from '../define.ts'
import { hostsOf } from '../linear/row-alignment.ts'
import { boostRule, type BoostingTreeParam } from './boosting-param.ts'
import { askHost } from './remote-splitter.ts'
import type { GuestState } from './sbt-model.ts'
import type { TreeTable } from './tree-inputs.ts'

type Context = TaskContext<BoostingTreeParam>

/** Scores of an aligned table under a finished model. */
export async function scoreTable(
  context: Context,
  { trees, initial }: Pick<GuestState, 'trees' | 'initial'>,
  place: { table: TreeTable; index: number },
): Promise<Float64Array[]> {
  const rows = place.table.ids.length
  const scores = initial.map((score) => new Float64Array(rows).fill(score))
  addLeaves(scores, trees, await leavesOf(context, trees, place))
  return scores
}

/** The leaf of every row of an aligned table in every tree; `index` is its place among those that were aligned. */
export function leavesOf(
  context: Context,
  trees: readonly Tree[],
  { table, index }: { table: TreeTable; index: number },
): Promise<Int32Array[]> {
  const hosts = hostsOf(context)
  return findLeaves(trees, {
    columns: table.columns,
    rows: table.ids.length,
    rule: boostRule(context.params).missing,
    ask: (party, queries) => askHost(context, hosts[party - 1], { table: index, queries }),
  })
}
