/**
 * A graph as far as its text can be read, whatever is wrong with it: for drawings and forms.
 * @module
 */
import type { NodeMoment, Sketch } from '../../../views/flow/drawing.tsx'
import { type FlowListener, listenerOf } from '../../api/flow-probe.ts'
import type { Metric } from '../../domain/metric.ts'
import { parseDot } from '../../flow/stream/dot.ts'
import type { FlowProblem } from '../../flow/stream/problem.ts'
import type { UnitDescriptor } from '../../flow/stream/unit.ts'

/** A drawing and what the form of each node needs. */
export interface DrawnGraph {
  readonly sketch: Sketch
  readonly details: ReadonlyMap<string, NodeDetail>
}

export interface NodeDetail {
  readonly unit: UnitDescriptor | undefined
  readonly attributes: ReadonlyMap<string, string>
}

/** Larger graphs are not drawn. */
const MOST_NODES = 400

/** Reads `dot`; empty where that cannot be read at all. */
export function sketchOf(
  dot: string,
  known: { units: readonly UnitDescriptor[]; problems: readonly FlowProblem[] },
): DrawnGraph {
  const graph = parseDot(dot)
  if ('status' in graph || graph.nodes.size > MOST_NODES)
    return { sketch: { nodes: [], edges: [] }, details: new Map() }
  const details = new Map<string, NodeDetail>()
  const nodes = [...graph.nodes.values()].map(({ name, attributes }) => {
    const texts = new Map([...attributes].map(([key, { text }]) => [key, text]))
    const unitName = texts.get('flowunit') ?? name
    const device = texts.get('device')?.split(/[:;]/)[0]
    const named = known.units.filter((unit) => unit.name === unitName)
    const unit = named.find((one) => one.device === device) ?? named[0]
    details.set(name, { unit, attributes: texts })
    const used = (side: 'from' | 'to') =>
      graph.edges.flatMap((edge) => {
        const { node, port } = edge[side]
        return node === name && port !== null ? [port] : []
      })
    return {
      name,
      unit: unitName,
      inputs: unit?.inputs.map((port) => port.name) ?? [...new Set(used('to'))],
      outputs: unit?.outputs.map((port) => port.name) ?? [...new Set(used('from'))],
      problems: known.problems.flatMap(({ node, message }) => (node === name ? [message] : [])),
    }
  })
  const edges = graph.edges.map(({ from, to }) => ({
    from: { node: from.node, port: from.port },
    to: { node: to.node, port: to.port },
  }))
  return { sketch: { nodes, edges }, details }
}

/** What the nodes do at the moment, and which of them take requests, as their runner tells. */
export function momentsOf(metrics: readonly Metric[]): {
  readonly moments: ReadonlyMap<string, NodeMoment>
  readonly listeners: ReadonlyMap<string, FlowListener>
} {
  const moments = new Map<string, NodeMoment>()
  const listeners = new Map<string, FlowListener>()
  for (const { namespace, name, meta } of metrics) {
    const now = meta['now']
    if (name !== 'throughput' || typeof now !== 'object' || now === null) continue
    const { throughput, call_ms, errors, taken, queues, listens } = now as Record<string, unknown>
    const waiting = typeof queues === 'object' && queues !== null ? Object.entries(queues) : []
    const moment: NodeMoment = {
      throughput: Number(throughput) || 0,
      callMs: Number(call_ms) || 0,
      errors: Number(errors) || 0,
      taken: Number(taken) || 0,
      queues: Object.fromEntries(waiting.map(([port, count]) => [port, Number(count) || 0])),
    }
    const before = moments.get(namespace)
    moments.set(namespace, before ? together(before, moment) : moment)
    const listener = listenerOf(listens)
    if (listener) listeners.set(namespace, listener)
  }
  return { moments, listeners }
}

/** Two replicas of a node as one. */
function together(a: NodeMoment, b: NodeMoment): NodeMoment {
  const throughput = a.throughput + b.throughput
  const ports = [...new Set([...Object.keys(a.queues), ...Object.keys(b.queues)])]
  return {
    throughput,
    callMs:
      throughput > 0
        ? (a.callMs * a.throughput + b.callMs * b.throughput) / throughput
        : Math.max(a.callMs, b.callMs),
    errors: a.errors + b.errors,
    taken: a.taken + b.taken,
    queues: Object.fromEntries(
      ports.map((port) => [port, (a.queues[port] ?? 0) + (b.queues[port] ?? 0)]),
    ),
  }
}
