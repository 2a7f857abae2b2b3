/**
 * Directed graphs of named nodes: what has to run before what.
 * @module
 */

/** A node and the nodes it waits for. */
export interface GraphNode {
  readonly name: string
  readonly needs: readonly { readonly node: string }[]
}

/** Nodes in an order in which every node follows those it needs, or the names along one cycle. */
export type Sorted<T extends GraphNode> =
  | { readonly order: readonly T[] }
  | { readonly cycle: readonly string[] }

/**
 * Sorts nodes topologically, keeping the given order where it may; takes time linear in nodes and edges.
 * @throws RangeError for two nodes of one name or a need that names no node.
 */
export function sortGraph<T extends GraphNode>(nodes: readonly T[]): Sorted<T> {
  const byName = index(nodes)
  const order: T[] = []
  const done = new Set<string>()
  for (const root of nodes) {
    if (done.has(root.name)) continue
    // An explicit stack: a chain of ten thousand nodes must not overflow the call stack.
    const path: { readonly node: T; next: number }[] = [{ node: root, next: 0 }]
    const open = new Set([root.name])
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const need = top.node.needs[top.next]
      if (need === undefined) {
        path.pop()
        open.delete(top.node.name)
        done.add(top.node.name)
        order.push(top.node)
        continue
      }
      top.next += 1
      if (done.has(need.node)) continue
      if (open.has(need.node)) return { cycle: cycleOf(path, need.node) }
      path.push({ node: byName(need.node), next: 0 })
      open.add(need.node)
    }
  }
  return { order }
}

function index<T extends GraphNode>(nodes: readonly T[]): (name: string) => T {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  if (byName.size !== nodes.length) throw new RangeError('sortGraph: two nodes have one name')
  return (name) => {
    const node = byName.get(name)
    if (!node) throw new RangeError(`sortGraph: a need names "${name}", which is no node`)
    return node
  }
}

function cycleOf(path: readonly { readonly node: GraphNode }[], name: string): string[] {
  const names = path.map(({ node }) => node.name)
  // The path follows needs; the cycle is told in the direction of the data.
  return [...names.slice(names.indexOf(name)), name].toReversed()
}
