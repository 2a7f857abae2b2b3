/**
 * A flow's graph put together: nodes with their units and settings, edges between ports; all problems at once.
 * @module
 */
import { checkLinks } from './check.ts'
import { type DotEnd, type DotGraph, type DotNode, type Located, parseDot } from './dot.ts'
import { type FlowProblem, type Place, problem } from './problem.ts'
import { settingsOf } from './setting.ts'
import type { UnitDescriptor, UnitRole } from './unit.ts'

/** One node, ready to be opened. */
export interface FlowNode {
  readonly name: string
  readonly place: Place
  /** Absent for the virtual nodes through which a program feeds and reads a graph. */
  readonly unit: UnitDescriptor | null
  readonly virtual: 'input' | 'output' | null
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly role: UnitRole | null
  readonly kind: 'normal' | 'stream'
  /** Everything for the unit itself. */
  readonly settings: Readonly<Record<string, string>>
  readonly deviceIds: readonly string[]
  /** Its unit runs in a thread of its own. */
  readonly thread: boolean
  readonly batchSize: number
  readonly queueSize: number
  readonly queueSizes: Readonly<Record<string, number>>
  readonly externalQueueSize: number
}

export interface FlowEdge {
  readonly from: { readonly node: string; readonly port: string }
  readonly to: { readonly node: string; readonly port: string }
  readonly place: Place
}

export interface FlowGraph {
  readonly name: string
  readonly nodes: readonly FlowNode[]
  readonly edges: readonly FlowEdge[]
  /** Nodes by their distance to the nearest end: 0 for those behind which nothing comes. */
  readonly distance: ReadonlyMap<string, number>
  /** Edges that lead back into a loop, as places in `edges`. */
  readonly backEdges: ReadonlySet<number>
  /** The port of each loop node that leads into its loop. */
  readonly loopOut: ReadonlyMap<string, string>
}

export interface BuildOptions {
  readonly units: readonly UnitDescriptor[]
  readonly strict?: boolean
  readonly args?: Readonly<Record<string, string>>
  /** Variables that `${NAME}` may name; null leaves such texts as they are. */
  readonly env?: Readonly<Record<string, string>> | null
}

export type BuiltGraph =
  | { readonly graph: FlowGraph; readonly problems: readonly [] }
  | { readonly graph: null; readonly problems: readonly FlowProblem[] }

const BUILD = 'build graph failed, please check graph config.'
const INVALID = 'invalid graph, please check graph config.'
/** The port of a virtual node, which edges need not name. */
const VIRTUAL_PORT = 'data'

/** Builds the graph of a DOT text, or says everything that is wrong with it. */
export function buildGraph(text: string, options: BuildOptions): BuiltGraph {
  const dot = parseDot(text)
  if ('status' in dot) return { graph: null, problems: [dot] }
  const problems: FlowProblem[] = []
  const ports = portsOf(dot)
  const nodes = [...dot.nodes.values()].flatMap((node) => {
    const found = buildNode(node, { ports, options, problems })
    return found ? [found] : []
  })
  if (dot.nodes.size === 0)
    problems.push(problem('STATUS_BADCONF', [INVALID, 'graph is empty, no node.']))
  const known = new Map(nodes.map((node) => [node.name, node]))
  const edges = dot.edges.flatMap(({ from, to }): FlowEdge[] => {
    const source = known.get(from.node)
    const target = known.get(to.node)
    if (!source || !target) return []
    const fromPort = portAt(from, source)
    const toPort = portAt(to, target)
    if (fromPort === null || toPort === null) {
      const end = fromPort === null ? from : to
      problems.push(
        problem('STATUS_BADCONF', [BUILD, `edge at node ${end.node} names no port`], {
          place: end.place,
          node: end.node,
        }),
      )
      return []
    }
    const place = from.place
    return [
      { from: { node: from.node, port: fromPort }, to: { node: to.node, port: toPort }, place },
    ]
  })
  if (problems.length > 0) return { graph: null, problems }
  const checked = checkLinks(nodes, edges)
  if (checked.problems.length > 0) return { graph: null, problems: checked.problems }
  const { distance, backEdges, loopOut } = checked
  return { graph: { name: dot.name, nodes, edges, distance, backEdges, loopOut }, problems: [] }
}

function portAt(end: DotEnd, { virtual }: FlowNode): string | null {
  return virtual ? VIRTUAL_PORT : end.port
}

/** The ports of each node that edges use. */
function portsOf({ edges }: DotGraph): ReadonlyMap<string, { in: DotEnd[]; out: DotEnd[] }> {
  const ports = new Map<string, { in: DotEnd[]; out: DotEnd[] }>()
  const of = (node: string) => {
    const known = ports.get(node) ?? { in: [], out: [] }
    ports.set(node, known)
    return known
  }
  for (const { from, to } of edges) {
    of(from.node).out.push(from)
    of(to.node).in.push(to)
  }
  return ports
}

interface NodeWork {
  readonly ports: ReturnType<typeof portsOf>
  readonly options: BuildOptions
  readonly problems: FlowProblem[]
}

function buildNode(node: DotNode, work: NodeWork): FlowNode | undefined {
  const { options, problems } = work
  const { strict = true } = options
  const used = work.ports.get(node.name)
  const fail = (
    status: FlowProblem['status'],
    causes: readonly string[],
    place: Place = node.place,
  ) => void problems.push(problem(status, causes, { place, node: node.name }))
  const read = settingsOf(node, options)
  for (const { message, place } of read.problems) fail('STATUS_BADCONF', [BUILD, message], place)
  const { type, unitName } = read
  if (type === 'input' || type === 'output') return virtualNode(node, type, read)
  if (type !== 'flowunit') {
    if (strict)
      fail('STATUS_BADCONF', [BUILD, `unsupport node type. name: '${node.name}' type: '${type}'`])
    return undefined
  }
  if (!used) {
    if (strict) {
      const remedy = 'use graph.strict=false to disable orphan check'
      fail('STATUS_BADCONF', [BUILD, `orphan check: orphan node: '${node.name}', ${remedy}`])
    }
    return undefined
  }
  const unit = findUnit(unitName, { node, read, options, fail })
  if (!unit) return undefined
  comparePorts(unit, { used, fail })
  for (const { name, required, default: fallback } of unit.options)
    if (required && fallback === undefined && !(name in read.settings))
      fail('STATUS_BADCONF', [BUILD, `flowunit '${unitName}' needs the attribute "${name}"`])
  for (const { name, values } of unit.options) {
    const given = read.settings[name]
    if (values && given !== undefined && !(given in values))
      fail('STATUS_BADCONF', [
        BUILD,
        `"${name}" is "${given}" at flowunit '${unitName}': it is one of ${Object.keys(values).join(', ')}`,
      ])
  }
  // A source opens sessions, and a sink answers what only the flows' thread can reach.
  if (read.thread && (unit.inputs.length === 0 || unit.outputs.length === 0))
    fail('STATUS_BADCONF', [
      BUILD,
      `flowunit '${unitName}' has no thread of its own: leave "thread" out, it is for units with in-ports and out-ports`,
    ])
  const role = unit.role ?? null
  const kind = role === null ? unit.kind : role === 'collapse' ? unit.kind : 'normal'
  return {
    name: node.name,
    place: node.place,
    unit,
    virtual: null,
    inputs: unit.inputs.map(({ name }) => name),
    outputs: unit.outputs.map(({ name }) => name),
    role,
    kind,
    ...read.numbers,
    batchSize: batchOf(unit, { kind, role, asked: read.batchSize }),
    settings: read.settings,
    deviceIds: read.deviceIds,
    thread: unit.thread === true || read.thread,
  }
}

function batchOf(
  unit: UnitDescriptor,
  node: { kind: 'normal' | 'stream'; role: UnitRole | null; asked: number | undefined },
): number {
  if (node.role === 'condition' || node.role === 'expand') return 1
  const stream = node.kind === 'stream'
  const most = unit.maxBatch ?? (stream ? 1 : Number.MAX_SAFE_INTEGER)
  return Math.min(most, node.asked ?? unit.defaultBatch ?? (stream ? 1 : 8))
}

type Read = ReturnType<typeof settingsOf>

function virtualNode(node: DotNode, virtual: 'input' | 'output', read: Read): FlowNode {
  const ports = [VIRTUAL_PORT]
  return {
    name: node.name,
    place: node.place,
    unit: null,
    virtual,
    inputs: virtual === 'output' ? ports : [],
    outputs: virtual === 'input' ? ports : [],
    role: null,
    kind: 'stream',
    settings: read.settings,
    deviceIds: [],
    thread: false,
    batchSize: read.batchSize ?? 1,
    ...read.numbers,
  }
}

type Fail = (status: FlowProblem['status'], causes: readonly string[], place?: Place) => void

function findUnit(
  name: string,
  at: { node: DotNode; read: Read; options: BuildOptions; fail: Fail },
): UnitDescriptor | undefined {
  const { units } = at.options
  const named = units.filter((unit) => unit.name === name)
  const wanted = at.read.devices
  const found =
    wanted.length === 0
      ? named[0]
      : wanted.flatMap((device) => named.filter((unit) => unit.device === device))[0]
  if (found) return found
  const type = wanted.join(',') || 'any'
  const there =
    named.length > 0
      ? `it is there for ${named.map(({ device }) => device).join(', ')}`
      : nearest(name, units)
  const place: Located | undefined = at.node.attributes.get('flowunit')
  at.fail(
    'STATUS_NOTFOUND',
    [
      BUILD,
      `create flowunit '${name}' failed.`,
      `can not find flowunit [type: ${type}, name:${name}], Please check that a runner has it: ${there}`,
    ],
    place?.place,
  )
  return undefined
}

/** What the caller may have meant. */
function nearest(name: string, units: readonly UnitDescriptor[]): string {
  if (units.length === 0) return 'no runner has told of its units: start one'
  const words = name.toLowerCase().split(/[_-]/)
  const close = units.filter((unit) =>
    words.some((word) => word.length > 2 && unit.name.includes(word)),
  )
  const names = [...new Set((close.length > 0 ? close : units).map((unit) => unit.name))]
  return `there ${names.length === 1 ? 'is' : 'are'} ${names.slice(0, 8).join(', ')}${names.length > 8 ? ' …' : ''}`
}

function comparePorts(
  unit: UnitDescriptor,
  { used, fail }: { used: { in: readonly DotEnd[]; out: readonly DotEnd[] }; fail: Fail },
): void {
  const head = `flowunit '${unit.name}' config error, port not connect correctly.`
  const compare = (
    side: 'in' | 'out',
    ends: readonly DotEnd[],
    declared: readonly { name: string }[],
  ) => {
    const names = declared.map(({ name }) => name)
    const said = names.length === 0 ? 'none' : names.join(', ')
    for (const { port, place } of ends)
      if (port === null || !names.includes(port))
        fail(
          'STATUS_BADCONF',
          [
            BUILD,
            head,
            port === null
              ? `an edge names no ${side} port: there are ${said}`
              : `there is no ${side} port "${port}": there are ${said}`,
          ],
          place,
        )
    for (const name of names)
      if (!ends.some(({ port }) => port === name))
        fail('STATUS_BADCONF', [BUILD, head, `${side} port "${name}" is not connected`])
  }
  compare('in', used.in, unit.inputs)
  compare('out', used.out, unit.outputs)
}
