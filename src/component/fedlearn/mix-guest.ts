/**
 * How the guest of MixGBoost grows one tree: it knows sums over all parties, and of rows only where its own stand.
 * @module
 */
import { decodeRing } from '../../compute/crypto/ring-mask.ts'
import type { Exponents, Sums } from '../../compute/ml/tree/gradient.ts'
import { leafWeight, scoreOf, type SplitRule } from '../../compute/ml/tree/split.ts'
import { SUM_CODE } from './mix-exchange.ts'
import type { MixChoice, MixNode, MixOrder } from './mix-messages.ts'
import type { MixTreeNode } from './mix-model.ts'
import type { MixGBoostParam } from './mix-param.ts'
import type { MixPeer } from './mix-peer.ts'
import type { MixSetup } from './mix-setup.ts'
import { blocksOf, MIX_LANES, type MixLevelNode } from './mix-sums.ts'

/** What the guest has to grow with. */
export interface MixGrower {
  readonly params: MixGBoostParam
  readonly setup: MixSetup
  readonly peer: MixPeer
  readonly exponents: Exponents
  /** Tells all hosts what to do. */
  tell(order: MixOrder): Promise<void>
  /** Adds up what all parties make of the same. */
  sum(own: Float64Array): Promise<BigUint64Array>
}

interface OpenNode {
  readonly id: number
  readonly depth: number
  readonly total: Sums
  readonly count: number
}

/** The tree; every party's rows stand at its leaves afterwards. */
export async function growMixTree(grower: MixGrower): Promise<MixTreeNode[]> {
  const { params, setup, peer, exponents, tell, sum } = grower
  const units = { gUnit: 2 ** -exponents.g, hUnit: 2 ** -exponents.h }
  const rule = ruleOf(params)
  const nodes: MixTreeNode[] = []
  const weigh = (total: Sums) => leafWeight(total, units, rule) * params.eta
  const [g, h, count] = decodeRing(await sum(peer.totals()), SUM_CODE)
  let level: OpenNode[] = [{ id: 0, depth: 1, total: { g, h }, count }]
  nodes.push(leafOf(weigh({ g, h })))
  for (;;) {
    const matched = matchedRows(setup, peer)
    const open = level
      .filter(({ depth, count: all }) => depth < params.maxDepth && all > params.minSampleSplit)
      .map((node) => ({
        ...node,
        vertical: (matched.get(node.id) ?? 0) >= params.needVerticalSplitRatio * node.count,
      }))
    if (open.length === 0) return nodes
    const asked = open.map(({ id, vertical }): MixNode => ({ id, vertical }))
    await tell({ do: 'level', nodes: asked })
    const sums = decodeRing(await sum(await peer.level(asked)), SUM_CODE)
    const choices: MixChoice[] = []
    const next: OpenNode[] = []
    let from = 0
    for (const [at, node] of open.entries()) {
      const given = peer.nodes[at]
      const blocks = blocksOf(given, { columns: setup.common, widths: peer.widths })
      const own = sums.subarray(from, (from += blocks.length * MIX_LANES))
      const best = bestOf(node, { given, sums: own, grower, units })
      if (!best) continue
      const left = nodes.length
      const choice = { node: node.id, left, right: left + 1, gain: best.gain, by: best.by }
      const rest = { g: node.total.g - best.total.g, h: node.total.h - best.total.h }
      nodes.push(leafOf(weigh(best.total)), leafOf(weigh(rest)))
      const holders = 'party' in best.by ? [best.by.party] : setup.common[best.by.column].holders
      nodes[node.id] = { ...nodes[node.id], holders, left, right: left + 1 }
      const depth = node.depth + 1
      choices.push(choice)
      next.push(
        { id: left, depth, total: best.total, count: best.count },
        { id: left + 1, depth, total: rest, count: node.count - best.count },
      )
    }
    if (choices.length === 0) return nodes
    await tell({ do: 'split', choices })
    await peer.split(choices)
    level = next
  }
}

interface Best {
  readonly gain: number
  readonly total: Sums
  readonly count: number
  readonly by: MixChoice['by']
}

/** The split with the greatest gain above 0, the first of equals. */
function bestOf(
  node: OpenNode,
  of: {
    given: MixLevelNode
    sums: Float64Array
    grower: MixGrower
    units: { gUnit: number; hUnit: number }
  },
): Best | undefined {
  const { given, sums, grower, units } = of
  const { params, setup, peer } = grower
  const rule = ruleOf(params)
  const whole = scoreOf(node.total, units, rule)
  let best: Best | undefined
  const read = (at: number) => {
    const [g, h, count] = sums.subarray(at * MIX_LANES)
    return { g, h, count }
  }
  const weigh = (part: Sums & { count: number }, by: MixChoice['by']): void => {
    if (part.count < 1 || part.count >= node.count) return
    const rest = { g: node.total.g - part.g, h: node.total.h - part.h }
    const gain =
      (scoreOf(part, units, rule) + scoreOf(rest, units, rule) - whole) / 2 - params.gamma
    if (gain > (best?.gain ?? 0)) {
      best = { gain, total: { g: part.g, h: part.h }, count: part.count, by }
    }
  }
  const blocks = blocksOf(given, { columns: setup.common, widths: peer.widths })
  for (const { column, from } of blocks.common) {
    const { bins } = setup.common[column]
    const known = read(from + bins - 1)
    for (let bin = 0; bin < bins; bin++) {
      const below = read(from + bin)
      weigh(below, { column, bin, above: false })
      // Where every row has a value, those above are the rest.
      if (known.count === node.count) continue
      const above = { g: known.g - below.g, h: known.h - below.h, count: known.count - below.count }
      weigh(above, { column, bin, above: true })
    }
  }
  for (const { party, from } of blocks.parties) {
    for (let at = 0; at < peer.widths[party]; at++) weigh(read(from + at), { party, at })
  }
  return best
}

/** How many rows that all parties have stand at each node. */
function matchedRows({ parties, rows }: MixSetup, { at }: MixPeer): Map<number, number> {
  const all = 2 ** parties.addresses.length - 1
  const counts = new Map<number, number>()
  at.forEach((node, row) => {
    if (rows.held[row] !== all || rows.learnt[row] === 0) return
    counts.set(node, (counts.get(node) ?? 0) + 1)
  })
  return counts
}

function leafOf(weight: number): MixTreeNode {
  return { holders: null, left: -1, right: -1, weight }
}

function ruleOf({ lambda }: MixGBoostParam): SplitRule {
  const unused = { minGain: 0, minChildWeight: 0, minLeaf: 1, minSplit: 2, maxDepth: 0 }
  return { lambda, alpha: 0, ...unused }
}
