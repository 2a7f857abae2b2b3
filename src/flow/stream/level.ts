/**
 * Which links match: every stream has a level, the expands, conditions and loops it is inside of.
 *
 * An expand puts its outputs one level deeper, and so does a condition with each of its branches and a loop with the way
 * round. A collapse leads out of an expand; an in-port with edges from different branches leads out of their condition.
 * All in-ports of a node must be at one level of one origin.
 * @module
 */
import type { FlowEdge, FlowNode } from './graph.ts'
import { type FlowProblem, problem } from './problem.ts'

/** What a stream is inside of, from the outside in. */
type Level = readonly Frame[]

interface Frame {
  readonly kind: 'root' | 'expand' | 'condition' | 'loop'
  readonly node: string
  /** Of a condition: the branches that have come together so far. */
  readonly ports: readonly string[]
}

export interface Links {
  readonly edges: readonly FlowEdge[]
  readonly backEdges: ReadonlySet<number>
  readonly loopOut: ReadonlyMap<string, string>
}

const CHECK = 'check graph failed'

/** Everything that does not match, in the order of `nodes`, which must be topological. */
export function checkLevels(nodes: readonly FlowNode[], links: Links): FlowProblem[] {
  const { edges, backEdges, loopOut } = links
  const problems: FlowProblem[] = []
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const levels = new Map<string, Level | null>()
  const into = Map.groupBy(
    edges.filter((_, index) => !backEdges.has(index)),
    ({ to }) => `${to.node}\n${to.port}`,
  )

  for (const node of nodes) {
    const fail = (detail: string, edge?: FlowEdge) => {
      const causes = [CHECK, `check node ${node.name} link connect failed.`, detail]
      const place = edge?.place ?? node.place
      problems.push(problem('STATUS_BADCONF', causes, { place, node: node.name }))
    }
    const ports = node.inputs.map((port) => {
      const own = into.get(`${node.name}\n${port}`) ?? []
      const found = own.map(({ from }) => levels.get(`${from.node}\n${from.port}`) ?? null)
      if (found.some((level) => level === null)) return null
      const merged = mergeAt(found as Level[], byName)
      if (merged === null)
        fail(
          `One port links multi edges can not match at one port. in port "${port}" may have several edges only from different branches of one condition`,
          own[1],
        )
      return merged
    })
    const outer = commonLevel(node, ports, fail)
    for (const port of node.outputs) {
      const level = outer && leave(node, { outer, port, loopOut })
      levels.set(`${node.name}\n${port}`, level)
    }
  }
  return problems
}

/** The level of a node's inputs as its outputs start from; null when that is not known. */
function commonLevel(
  node: FlowNode,
  ports: readonly (Level | null)[],
  fail: (detail: string) => void,
): Level | null {
  if (ports.length === 0) {
    const origin = node.virtual === 'input' ? '' : node.name
    return [{ kind: 'root', node: origin, ports: [] }]
  }
  if (ports.some((level) => level === null)) return null
  const [first, ...rest] = ports as Level[]
  if (rest.some((level) => !isSame(level, first))) {
    fail(
      node.role === 'collapse'
        ? 'unmatched expand or collapse nodes'
        : 'has different level links: all in ports must come from the same level of one source',
    )
    return null
  }
  if (node.role !== 'collapse') return first
  const inner = first.at(-1)
  if (inner?.kind === 'expand') return first.slice(0, -1)
  fail(
    first.some(({ kind }) => kind === 'expand')
      ? 'unmatched expand or collapse nodes'
      : `can't find a expand node for ${node.name}`,
  )
  return null
}

/** The level of an out-port. */
function leave(
  node: FlowNode,
  at: { outer: Level; port: string; loopOut: ReadonlyMap<string, string> },
): Level {
  const { outer, port, loopOut } = at
  if (node.role === 'expand') return [...outer, { kind: 'expand', node: node.name, ports: [] }]
  if (node.role === 'condition')
    return [...outer, { kind: 'condition', node: node.name, ports: [port] }]
  if (node.role === 'loop' && loopOut.get(node.name) === port)
    return [...outer, { kind: 'loop', node: node.name, ports: [] }]
  return outer
}

/** The level behind an in-port with these edges, or null where they do not belong together. */
function mergeAt(levels: readonly Level[], byName: ReadonlyMap<string, FlowNode>): Level | null {
  if (levels.length === 0) return null
  let open = [...levels]
  while (open.length > 1) {
    const [deepest] = open.toSorted((a, b) => b.length - a.length)
    const inner = deepest.at(-1)
    if (inner?.kind !== 'condition') return null
    const prefix = deepest.slice(0, -1)
    const isBranch = (level: Level) => {
      const last = level.at(-1)
      return (
        level.length === deepest.length &&
        last?.kind === 'condition' &&
        last.node === inner.node &&
        isSame(level.slice(0, -1), prefix)
      )
    }
    const branches = open.filter(isBranch)
    const names = branches.flatMap((level) => level.at(-1)?.ports ?? [])
    if (branches.length < 2 || new Set(names).size < names.length) return null
    const whole = names.length === byName.get(inner.node)?.outputs.length
    const merged = whole ? prefix : [...prefix, { ...inner, ports: names.toSorted() }]
    open = [...open.filter((level) => !isBranch(level)), merged]
  }
  return open[0]
}

function isSame(a: Level, b: Level): boolean {
  return (
    a.length === b.length &&
    a.every(
      ({ kind, node, ports }, index) =>
        kind === b[index].kind &&
        node === b[index].node &&
        ports.join('\n') === b[index].ports.join('\n'),
    )
  )
}
