/**
 * Grows one tree level by level from whatever finds its splits: one party's columns, or several parties'.
 * @module
 */
import { type Gradients, sumOver, type Sums } from './gradient.ts'
import { leafWeight, leafWeights, type SplitRule, type Units } from './split.ts'

/** A node of the level that is being grown. */
export interface GrowNode {
  readonly id: number
  /** Null for the root. */
  readonly parent: number | null
  /** All rows in it, by rising number. */
  readonly rows: Uint32Array
  /** The rows of them that the tree learns from. */
  readonly used: Uint32Array
  readonly total: Sums
  /** Whether it may be split. */
  readonly open: boolean
}

/** A split that a party offers for a node. */
export interface Offer {
  readonly gain: number
  /** What the party needs to find it again. */
  readonly ties: readonly number[]
}

/** Where a tree is cut: a column of party 0, which is at hand, or an entry in the table of another party. */
export type Split =
  | {
      readonly party: 0
      readonly feature: number
      readonly bin: number
      readonly threshold: number
      readonly missingLeft: boolean
    }
  | { readonly party: number; readonly key: number }

/** Who knows some columns. */
export interface Splitter {
  /** The best split of every open node, in their order; undefined where there is none. */
  propose(level: readonly GrowNode[]): Promise<(Offer | undefined)[]>
  /** Splits the nodes whose offer was taken: for each row of the node 1 for left, 0 for right. */
  divide(
    taken: readonly { node: GrowNode; offer: Offer }[],
  ): Promise<{ split: Split; left: Uint8Array }[]>
}

/** A node of a finished tree; its place in the list is its number. */
export interface TreeNode {
  /** Null for a leaf. */
  readonly split: Split | null
  /** Numbers of the children, -1 at a leaf. */
  readonly left: number
  readonly right: number
  /** The step that its rows would take, as it is added to scores; used at leaves. 0 where there are several outputs. */
  readonly weight: number
  /** The steps of every output, in all nodes of a tree with several. */
  readonly weights?: readonly number[]
  /** The gain of the split, 0 at a leaf. */
  readonly gain: number
}

/** Nodes; the first one is the root. */
export type Tree = readonly TreeNode[]

/** A tree, and the leaf that every row came to. */
export interface GrownTree {
  readonly tree: Tree
  readonly leaves: Int32Array
}

/** What a tree is grown from. */
export interface GrowOptions {
  readonly gradients: Gradients
  /** Rows in all. */
  readonly count: number
  /** The rows that are learnt from, by rising number. */
  readonly used: Uint32Array
  readonly rule: SplitRule
  /** Leaf weights are multiplied with it. */
  readonly learningRate: number
  /** Who may split the nodes of a depth; of equal offers the first is taken. */
  splittersAt(depth: number): readonly Splitter[]
}

/** Grows a tree. */
export async function growTree(options: GrowOptions): Promise<GrownTree> {
  const { count, used } = options
  const tree: TreeNode[] = []
  const leaves = new Int32Array(count)
  const everything = Uint32Array.from({ length: count }, (_, row) => row)
  let nodes = 1
  let level = [nodeOf(options, { id: 0, parent: null, rows: everything, used, depth: 0 })]
  for (let depth = 0; level.length > 0; depth++) {
    const open = level.filter((node) => node.open)
    const splitters = open.length > 0 ? options.splittersAt(depth) : []
    const best = await bestOffers(splitters, { level, open })
    const parted = new Map<number, { split: Split; left: Uint8Array; gain: number }>()
    for (const [index, splitter] of splitters.entries()) {
      const taken = open.flatMap((node, at) => {
        const found = best[at]
        return found?.splitter === index ? [{ node, offer: found.offer }] : []
      })
      const parts = await splitter.divide(taken)
      taken.forEach(({ node, offer }, at) =>
        parted.set(node.id, { ...parts[at], gain: offer.gain }),
      )
    }
    const next: GrowNode[] = []
    for (const node of level) {
      const steps = stepsOf(node.total, { ...options, units: options.gradients })
      const part = parted.get(node.id)
      if (!part) {
        tree.push({ split: null, left: -1, right: -1, ...steps, gain: 0 })
        for (const row of node.rows) leaves[row] = node.id
        continue
      }
      const [left, right] = [nodes++, nodes++]
      tree.push({ split: part.split, left, right, ...steps, gain: part.gain })
      const inUse = new Set(node.used === node.rows ? [] : node.used)
      for (const [id, side] of [
        [left, 1],
        [right, 0],
      ]) {
        const rows = node.rows.filter((_, at) => part.left[at] === side)
        const kept = node.used === node.rows ? rows : rows.filter((row) => inUse.has(row))
        next.push(nodeOf(options, { id, parent: node.id, rows, used: kept, depth: depth + 1 }))
      }
    }
    level = next
  }
  return { tree, leaves }
}

/** The steps that the rows of a node with these sums take. */
export function stepsOf(
  total: Sums,
  { units, rule, learningRate }: { units: Units; rule: SplitRule; learningRate: number },
): Pick<TreeNode, 'weight' | 'weights'> {
  if (!units.others) return { weight: leafWeight(total, units, rule) * learningRate }
  const weights = leafWeights(total, units, rule).map((weight) => weight * learningRate)
  return { weight: 0, weights }
}

function nodeOf(
  { gradients, rule }: GrowOptions,
  node: { id: number; parent: number | null; rows: Uint32Array; used: Uint32Array; depth: number },
): GrowNode {
  const { depth, ...rest } = node
  const size = node.used.length
  const used = size === node.rows.length ? node.rows : node.used
  const enough = size >= Math.max(2, rule.minSplit, 2 * rule.minLeaf)
  return { ...rest, used, total: sumOver(gradients, used), open: depth < rule.maxDepth && enough }
}

async function bestOffers(
  splitters: readonly Splitter[],
  { level, open }: { level: readonly GrowNode[]; open: readonly GrowNode[] },
): Promise<({ offer: Offer; splitter: number } | undefined)[]> {
  // Together: parties that compute at the same time must not wait for each other.
  const offers = await Promise.all(splitters.map((splitter) => splitter.propose(level)))
  return open.map((_, at) => {
    let best: { offer: Offer; splitter: number } | undefined
    offers.forEach((list, splitter) => {
      const offer = list[at]
      if (offer && (!best || offer.gain > best.offer.gain)) best = { offer, splitter }
    })
    return best
  })
}
