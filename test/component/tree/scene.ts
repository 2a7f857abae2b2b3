/**
 * Parties of HeteroSecureBoost, and the same training on joined columns to compare with.
 * @module
 */
import assert from 'node:assert/strict'

import { BoostingTreeParam, boostRule } from '../../../src/component/tree/boosting-param.ts'
import { heteroSecureBoost } from '../../../src/component/tree/hetero-secure-boost.ts'
import type { GuestState, HostState } from '../../../src/component/tree/sbt-model.ts'
import { taskOf } from '../../../src/component/tree/tree-prediction.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { type Gbdt, trainGbdt } from '../../../src/compute/ml/tree/gbdt.ts'
import type { Tree } from '../../../src/compute/ml/tree/grow.ts'
import { address, type Address } from '../../../src/federation/channel.ts'
import { type ComponentRun, runComponent, type RunOptions } from '../../helpers/parties.ts'
import { treeFrame, type TreeData } from '../../helpers/tree-data.ts'

/** Parameters that tests start from: small keys, every column in every tree. */
export const SMALL = {
  encrypt_param: { key_length: 1024 },
  num_trees: 3,
  learning_rate: 0.3,
  bin_num: 8,
  subsample_feature_rate: 1,
  tree_param: { max_depth: 3 },
}

/** How many columns each party has, the guest first. */
export type Widths = readonly number[]

/** The members of a run with so many hosts. */
export function membersOf(widths: Widths): { guest: string[]; host: string[] } {
  return { guest: ['1'], host: widths.slice(1).map((_, at) => String(at + 2)) }
}

/** Each party's table of some rows in a slot. */
export function tablesOf(
  data: TreeData,
  widths: Widths,
  options: { slot?: string; rows?: readonly number[]; label?: boolean } = {},
): Record<Address, Record<string, Frame>> {
  const { slot = 'train_data', rows, label = true } = options
  let from = 0
  const entries = widths.map((width, party): [Address, Record<string, Frame>] => {
    const to = from + width
    const frame = treeFrame(data, {
      from,
      to,
      rows,
      label: label && party === 0,
      prefix: party === 0 ? 'guest_x' : `host${party}_x`,
    })
    from = to
    return [address(party === 0 ? 'guest' : 'host', String(party + 1)), { [slot]: frame }]
  })
  return Object.fromEntries(entries)
}

/** Trains between parties. */
export function trainApart(
  params: object,
  data: TreeData,
  widths: Widths,
  more: Partial<RunOptions> = {},
): Promise<ComponentRun> {
  return runComponent(heteroSecureBoost, {
    members: membersOf(widths),
    params: { ...SMALL, ...params },
    tables: tablesOf(data, widths),
    name: 'secureboost_0',
    ...more,
  })
}

/** Trains the same on joined columns. */
export function trainJoined(params: object, data: TreeData): Promise<Gbdt> {
  const parsed = BoostingTreeParam.parse({ ...SMALL, ...params })
  const { objective, classes } = taskOf(parsed, data.labels, 'y')
  const labels = data.labels.map((value) => (classes.length > 0 ? classes.indexOf(value) : value))
  return trainGbdt({ columns: data.columns, labels }, objective, boostRule(parsed))
}

/** The guest's trees with the hosts' splits in their places, columns numbered as if joined. */
export function wholeTrees(run: ComponentRun, widths: Widths): Tree[] {
  const guest = run.parties['guest:1'].models[0].state as GuestState
  const hosts = widths.slice(1).map((_, at) => {
    return run.parties[address('host', String(at + 2))].models[0].state as HostState
  })
  return guest.trees.map((tree, index) =>
    tree.map((node, id) => {
      if (node.split === null || !('key' in node.split)) return node
      const { party, key } = node.split
      const found = hosts[party - 1].splits[key]
      assert.deepEqual([found.tree, found.node], [index, id])
      const before = widths.slice(0, party).reduce((sum, width) => sum + width, 0)
      const { bin, threshold, missingLeft } = found
      const split = {
        party: 0 as const,
        feature: before + found.feature,
        bin,
        threshold,
        missingLeft,
      }
      return { ...node, split }
    }),
  )
}
