/**
 * Places a binary tree from left to right: its depth across, its leaves one below the other, a split between its own.
 * @module
 */

export interface TreeShape {
  readonly id: number
  /** Null at a leaf. */
  readonly left: number | null
  readonly right: number | null
}

export interface PlacedTreeNode<N> {
  readonly node: N
  readonly depth: number
  /** In rows of leaves from the top; halves between. */
  readonly row: number
  readonly parent: { readonly depth: number; readonly row: number; readonly isLeft: boolean } | null
}

export interface TreeLayout<N> {
  readonly nodes: readonly PlacedTreeNode<N>[]
  readonly rows: number
  readonly depth: number
}

/** Places the nodes that the root leads to, each once; a way back to a node that is placed already is left out. */
export function layoutTree<N extends TreeShape>(nodes: readonly N[], root = 0): TreeLayout<N> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const seen = new Set<number>()
  const rows = new Map<number, number>()
  const found: { node: N; depth: number; parent: N | null; isLeft: boolean }[] = []
  let leaves = 0
  let deepest = 0
  const visit = (
    id: number | null,
    from: { parent: N | null; depth: number; isLeft: boolean },
  ): number | undefined => {
    const node = id === null ? undefined : byId.get(id)
    if (!node || seen.has(node.id)) return undefined
    seen.add(node.id)
    found.push({ node, ...from })
    deepest = Math.max(deepest, from.depth)
    const depth = from.depth + 1
    const below = [
      visit(node.left, { parent: node, depth, isLeft: true }),
      visit(node.right, { parent: node, depth, isLeft: false }),
    ].filter((row) => row !== undefined)
    const row =
      below.length === 0 ? leaves++ : below.reduce((sum, one) => sum + one, 0) / below.length
    rows.set(node.id, row)
    return row
  }
  visit(root, { parent: null, depth: 0, isLeft: true })
  return {
    nodes: found.map(({ node, depth, parent, isLeft }) => ({
      node,
      depth,
      row: rows.get(node.id) ?? 0,
      parent: parent ? { depth: depth - 1, row: rows.get(parent.id) ?? 0, isLeft } : null,
    })),
    rows: leaves,
    depth: deepest,
  }
}
