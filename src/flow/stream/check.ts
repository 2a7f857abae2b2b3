/**
 * Whether nodes and edges make a graph that can run: one piece, loops only through loop units, links that match.
 * @module
 */
import type { FlowEdge, FlowNode } from './graph.ts'
import { checkLevels } from './level.ts'
import { type FlowProblem, problem } from './problem.ts'

const INVALID = 'invalid graph, please check graph config.'
const TOPOLOGY = 'generate topology fail, please check graph config.'
const LOOP = 'loop node is illegal, please check graph config.'

export interface CheckedLinks {
  readonly problems: readonly FlowProblem[]
  readonly distance: ReadonlyMap<string, number>
  readonly backEdges: ReadonlySet<number>
  readonly loopOut: ReadonlyMap<string, string>
}

/** Checks everything that concerns more than one node. */
export function checkLinks(nodes: readonly FlowNode[], edges: readonly FlowEdge[]): CheckedLinks {
  const shape = checkShape(nodes, edges)
  const none = {
    distance: new Map<string, number>(),
    backEdges: new Set<number>(),
    loopOut: new Map<string, string>(),
  }
  if (shape.length > 0) return { problems: shape, ...none }
  const loops = findLoops(nodes, edges)
  if (loops.problems.length > 0) return { problems: loops.problems, ...none }
  const { order, cyclic } = sort(nodes, edges, loops.backEdges)
  if (cyclic.length > 0) {
    const names = cyclic.map(({ name }) => name).join(', ')
    const started = nodes.some(({ name }) => !edges.some(({ to }) => to.node === name))
    const cause = started ? 'not all node connect.' : 'start node is not exist.'
    const causes = [TOPOLOGY, cause, `nodes in a circle without a loop unit: ${names}`]
    const [{ name, place }] = cyclic
    return { problems: [problem('STATUS_BADCONF', causes, { place, node: name })], ...none }
  }
  const problems = [
    ...loops.streams,
    ...checkLevels(order, { edges, backEdges: loops.backEdges, loopOut: loops.loopOut }),
  ]
  const { backEdges, loopOut } = loops
  return { problems, distance: distances(order, edges, backEdges), backEdges, loopOut }
}

/** Nodes that are no unit are left to the ports; what remains is whether the graph is in one piece. */
function checkShape(nodes: readonly FlowNode[], edges: readonly FlowEdge[]): FlowProblem[] {
  const problems: FlowProblem[] = []
  for (const node of nodes.filter(({ virtual }) => virtual !== null)) {
    const side = node.virtual === 'input' ? 'from' : 'to'
    if (edges.some((edge) => edge[side].node === node.name)) continue
    const port = node.virtual === 'input' ? 'out' : 'in'
    const cause = `${port} port is not connect. node: ${node.name} port: ${port}`
    problems.push(
      problem('STATUS_BADCONF', [INVALID, 'not all port connect.', cause], {
        place: node.place,
        node: node.name,
      }),
    )
  }
  const group = new Map(nodes.map(({ name }) => [name, name]))
  const root = (name: string): string => {
    let at = name
    while (group.get(at) !== at) at = group.get(at) ?? at
    return at
  }
  for (const { from, to } of edges) group.set(root(from.node), root(to.node))
  // What a program feeds is one session, however many ways in it has.
  const inputs = nodes.filter(({ virtual }) => virtual === 'input')
  for (const { name } of inputs) group.set(root(name), root(inputs[0].name))
  const apart = nodes.find(({ name }) => root(name) !== root(nodes[0].name))
  if (apart)
    problems.push(
      problem(
        'STATUS_BADCONF',
        [
          INVALID,
          'not all node connect.',
          `not all node union. node ${apart.name} has no way to node ${nodes[0].name}`,
        ],
        { place: apart.place, node: apart.name },
      ),
    )
  return problems
}

interface Loops {
  readonly problems: readonly FlowProblem[]
  /** Stream units in loops. */
  readonly streams: readonly FlowProblem[]
  readonly backEdges: ReadonlySet<number>
  /** The port of each loop unit that leads into its loop. */
  readonly loopOut: ReadonlyMap<string, string>
}

function findLoops(nodes: readonly FlowNode[], edges: readonly FlowEdge[]): Loops {
  const problems: FlowProblem[] = []
  const streams: FlowProblem[] = []
  const backEdges = new Set<number>()
  const loopOut = new Map<string, string>()
  const next = (name: string) => edges.filter(({ from }) => from.node === name)
  for (const node of nodes.filter(({ role }) => role === 'loop')) {
    const at = { place: node.place, node: node.name }
    const fail = (detail: string) => problems.push(problem('STATUS_FAULT', [LOOP, detail], at))
    if (node.inputs.length !== 1) fail('loop node input should be one.')
    if (node.outputs.length !== 2) fail('loop node output should be two.')
    const into = edges.flatMap(({ to }, index) => (to.node === node.name ? [index] : []))
    if (into.length !== 2) fail('loop node input port should have two edges.')
    const back = into.filter((index) => reaches(node.name, edges[index].from.node, next))
    const ports = new Set(
      node.outputs.filter((port) =>
        next(node.name).some(
          ({ from, to }) => from.port === port && reaches(to.node, node.name, next),
        ),
      ),
    )
    if (node.inputs.length !== 1 || node.outputs.length !== 2 || into.length !== 2) continue
    if (back.length !== 1 || ports.size !== 1) {
      fail('one edge should lead into the loop and one out port should lead back.')
      continue
    }
    backEdges.add(back[0])
    loopOut.set(node.name, [...ports][0])
    const members = nodes.filter(
      ({ name }) =>
        name !== node.name && reaches(node.name, name, next) && reaches(name, node.name, next),
    )
    for (const member of members)
      if (member.kind === 'stream')
        streams.push(
          problem(
            'STATUS_FAULT',
            [
              'check loop node fail, please check graph config.',
              `loop node ${member.name} can not be stream node.`,
            ],
            { place: member.place, node: member.name },
          ),
        )
  }
  return { problems, streams, backEdges, loopOut }
}

/** Whether `to` can be reached from `from` (a node reaches itself). */
function reaches(from: string, to: string, next: (name: string) => readonly FlowEdge[]): boolean {
  const seen = new Set([from])
  const open = [from]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === to) return true
    for (const edge of next(name)) {
      if (seen.has(edge.to.node)) continue
      seen.add(edge.to.node)
      open.push(edge.to.node)
    }
  }
  return false
}

/** The nodes from the sources on, and those that cannot be ordered. */
function sort(
  nodes: readonly FlowNode[],
  edges: readonly FlowEdge[],
  backEdges: ReadonlySet<number>,
): { order: FlowNode[]; cyclic: FlowNode[] } {
  const forward = edges.filter((_, index) => !backEdges.has(index))
  const waits = new Map(nodes.map(({ name }) => [name, 0]))
  const out = Map.groupBy(forward, ({ from }) => from.node)
  for (const { to } of forward) waits.set(to.node, (waits.get(to.node) ?? 0) + 1)
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const order: FlowNode[] = []
  const ready = nodes.filter(({ name }) => waits.get(name) === 0)
  for (let node = ready.shift(); node; node = ready.shift()) {
    order.push(node)
    for (const { to } of out.get(node.name) ?? []) {
      const left = (waits.get(to.node) ?? 0) - 1
      waits.set(to.node, left)
      const target = byName.get(to.node)
      if (left === 0 && target) ready.push(target)
    }
  }
  const done = new Set(order)
  return { order, cyclic: nodes.filter((node) => !done.has(node)) }
}

function distances(
  order: readonly FlowNode[],
  edges: readonly FlowEdge[],
  backEdges: ReadonlySet<number>,
): ReadonlyMap<string, number> {
  const out = Map.groupBy(
    edges.filter((_, index) => !backEdges.has(index)),
    ({ from }) => from.node,
  )
  const distance = new Map<string, number>()
  for (const { name } of order.toReversed()) {
    const behind = (out.get(name) ?? []).map(({ to }) => distance.get(to.node) ?? 0)
    distance.set(name, behind.length === 0 ? 0 : 1 + Math.max(...behind))
  }
  return distance
}
