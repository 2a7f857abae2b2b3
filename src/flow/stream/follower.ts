/**
 * Who alone takes what a node gives: a unit that knows it may do part of the next one's work where that costs less.
 * @module
 */
import { unitConfig } from './config.ts'
import type { FlowGraph, FlowNode } from './graph.ts'
import type { UnitFollower } from './unit.ts'

/** The only node behind `node`, where all of its outputs go to one in-port of a unit and nowhere else. */
export function followerOf(graph: FlowGraph, node: FlowNode): UnitFollower | undefined {
  const [edge, ...others] = graph.edges.filter(({ from }) => from.node === node.name)
  if (!edge || others.length > 0 || node.outputs.length !== 1) return undefined
  const next = graph.nodes.find(({ name }) => name === edge.to.node)
  const joins = graph.edges.filter(({ to }) => to.node === edge.to.node).length > 1
  if (!next?.unit || joins) return undefined
  const { name, device, options } = next.unit
  return { unit: name, device, config: unitConfig(next.settings, options) }
}
