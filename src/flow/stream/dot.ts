/**
 * DOT as graphs of flow units use it: nodes with attributes, edges between ports, defaults.
 *
 * The parser takes the text after the colon as a port whatever it is called, so ports `n`, `s` or `c` are no compass points.
 * @module
 */
import {
  type AttributeASTNode,
  type ClusterStatementASTNode,
  DotSyntaxError,
  type EdgeTargetASTNode,
  type NodeRefASTNode,
  parse,
} from '@ts-graphviz/ast'

import { type FlowProblem, type Place, problem } from './problem.ts'

/** A text of the graph and where it stands. */
export interface Located {
  readonly text: string
  readonly place: Place
}

export interface DotNode {
  readonly name: string
  readonly place: Place
  readonly attributes: ReadonlyMap<string, Located>
}

export interface DotEnd {
  readonly node: string
  readonly port: string | null
  readonly place: Place
}

export interface DotEdge {
  readonly from: DotEnd
  readonly to: DotEnd
}

export interface DotGraph {
  readonly name: string
  readonly nodes: ReadonlyMap<string, DotNode>
  readonly edges: readonly DotEdge[]
  readonly attributes: ReadonlyMap<string, Located>
}

/** Attributes of the graph that nodes without their own take over. */
const INHERITED = ['batch_size', 'queue_size', 'deviceid', 'need_check_output'] as const
/** Largest graph text. */
const LONGEST = 1024 * 1024
const MOST_NODES = 5000

type Attributes = Map<string, Located>

interface Scope {
  readonly node: Attributes
  readonly graph: Attributes
}

/** The graph of a DOT text, or why there is none. */
export function parseDot(text: string): DotGraph | FlowProblem {
  if (text.length > LONGEST)
    return fault(`the graph is longer than ${LONGEST} characters: split it`, null)
  let tree: ReturnType<typeof parse>
  try {
    tree = parse(text)
  } catch (error) {
    // The parser runs out of stack, or of the depth that it allows itself, in words of its own.
    if (!(error instanceof DotSyntaxError))
      return fault('the graph cannot be read: it is nested too deeply', null)
    const { location } = (error.cause ?? {}) as { location?: { start: Place } }
    const start = location?.start
    return fault(
      `the graph is no DOT: ${brief(error.message)}`,
      start ? { line: start.line, column: start.column } : null,
    )
  }
  const graphs = tree.children.filter((child) => child.type === 'Graph')
  if (graphs.length !== 1) return fault(`the text has ${graphs.length} graphs: give one`, null)
  const [graph] = graphs
  if (!graph.directed)
    return fault('the graph is undirected: write "digraph" and "->"', placeOf(graph))

  const nodes = new Map<string, { name: string; place: Place; attributes: Attributes }>()
  const edges: DotEdge[] = []
  const root: Attributes = new Map()

  function touch(name: string, place: Place, scope: Scope): Attributes {
    const known = nodes.get(name)
    if (known) return known.attributes
    const attributes: Attributes = new Map(scope.node)
    nodes.set(name, { name, place, attributes })
    return attributes
  }

  function walk(statements: readonly ClusterStatementASTNode[], scope: Scope): void {
    for (const statement of statements) {
      if (statement.type === 'Attribute') put(scope.graph, statement)
      else if (statement.type === 'AttributeList') {
        const target =
          statement.kind === 'Node' ? scope.node : statement.kind === 'Graph' ? scope.graph : null
        for (const child of statement.children)
          if (target && child.type === 'Attribute') put(target, child)
      } else if (statement.type === 'Node') {
        const attributes = touch(statement.id.value, placeOf(statement), scope)
        for (const child of statement.children)
          if (child.type === 'Attribute') put(attributes, child)
      } else if (statement.type === 'Edge') {
        const groups = statement.targets.map((target) => endsOf(target))
        for (const end of groups.flat()) touch(end.node, end.place, scope)
        for (let index = 1; index < groups.length; index++)
          for (const from of groups[index - 1])
            for (const to of groups[index]) edges.push({ from, to })
      } else if (statement.type === 'Subgraph') {
        walk(statement.children, { node: new Map(scope.node), graph: new Map(scope.graph) })
      }
    }
  }

  walk(graph.children, { node: new Map(), graph: root })
  if (nodes.size > MOST_NODES)
    return fault(`the graph has ${nodes.size} nodes: ${MOST_NODES} are allowed`, null)
  for (const { attributes } of nodes.values())
    for (const key of INHERITED) {
      const value = root.get(key)
      if (value && !attributes.has(key)) attributes.set(key, value)
    }
  return { name: graph.id?.value ?? '', nodes, edges: distinct(edges), attributes: root }
}

function put(target: Attributes, { key, value }: AttributeASTNode): void {
  target.set(key.value, { text: value.value, place: placeOf(value) })
}

function endsOf(target: EdgeTargetASTNode): DotEnd[] {
  const refs = target.type === 'NodeRef' ? [target] : (target.children as NodeRefASTNode[])
  return refs.map((ref) => ({
    node: ref.id.value,
    port: ref.port?.value ?? null,
    place: placeOf(ref),
  }))
}

/** Edges that say the same are one. */
function distinct(edges: readonly DotEdge[]): DotEdge[] {
  const seen = new Set<string>()
  return edges.filter(({ from, to }) => {
    const key = JSON.stringify([from.node, from.port, to.node, to.port])
    return !seen.has(key) && seen.add(key)
  })
}

function placeOf({ location }: { location?: { start: Place } | undefined }): Place {
  return { line: location?.start.line ?? 1, column: location?.start.column ?? 1 }
}

function fault(detail: string, place: Place | null): FlowProblem {
  return problem('STATUS_FAULT', [detail], { place })
}

/** The parser lists everything it would have taken, which helps nobody. */
function brief(message: string): string {
  const found = /but (.*) found\.$/s.exec(message)?.[1]
  return found === undefined ? message : `${found} is not expected here`
}
