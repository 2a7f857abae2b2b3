/**
 * The stages of a graph, each with the code of its unit, and the edges between them.
 * @module
 */
import type { FlowGraph, FlowNode } from '../../flow/stream/graph.ts'
import type { FlowUnit, Unit } from '../../flow/stream/unit.ts'
import { CollapseStage, LoopStage } from './collect.ts'
import type { FlowOptions } from './flow.ts'
import { NormalStage } from './normal.ts'
import type { StageHost } from './stage-host.ts'
import type { Stage, StageOptions } from './stage.ts'
import { StreamStage } from './stream.ts'
import { virtualUnit } from './virtual.ts'

/** A stage for each node, by its name; their ranks are the distances to the end. */
export function buildStages(
  graph: FlowGraph,
  options: {
    readonly units: readonly FlowUnit[]
    readonly host: StageHost
    readonly inThread?: FlowOptions['inThread'] | undefined
  },
): ReadonlyMap<string, Stage> {
  const stages = new Map<string, Stage>()
  for (const node of graph.nodes) {
    const into = node.inputs.map((port) =>
      graph.edges.flatMap(({ to }, index) =>
        to.node === node.name && to.port === port ? [index] : [],
      ),
    )
    const caps = into.flatMap((edges, port) =>
      edges.map(() => node.queueSizes[node.inputs[port]] ?? node.queueSize),
    )
    const isSource = node.inputs.length === 0
    const stage = createStage({
      node,
      unit: unitOf(node, options),
      host: options.host,
      // A source has one way in, from outside.
      edgesIn: isSource ? [1] : into.map((edges) => edges.length),
      caps: isSource ? [node.externalQueueSize] : caps,
    })
    stage.rank = graph.distance.get(node.name) ?? 0
    if (stage instanceof LoopStage)
      stage.exit = node.outputs.findIndex((port) => port !== graph.loopOut.get(node.name))
    stages.set(node.name, stage)
  }
  const taken = new Map<string, number>()
  for (const node of graph.nodes)
    for (const port of node.inputs)
      graph.edges.forEach(({ from, to }, index) => {
        if (to.node !== node.name || to.port !== port) return
        const lane = taken.get(node.name) ?? 0
        taken.set(node.name, lane + 1)
        const source = stages.get(from.node)
        const stage = stages.get(node.name)
        if (!source || !stage) return
        const out = source.node.outputs.indexOf(from.port)
        source.targets[out].push({ stage, lane, back: graph.backEdges.has(index) })
        stage.upstream.add(source)
        stage.sources[node.inputs.indexOf(port)].push({ stage: source, port: from.port })
      })
  return stages
}

function createStage(options: StageOptions): Stage {
  const { role, kind, inputs } = options.node
  if (role === 'collapse') return new CollapseStage(options)
  if (role === 'loop') return new LoopStage(options)
  const isStream = kind === 'stream' || role === 'expand' || inputs.length === 0
  return isStream ? new StreamStage(options) : new NormalStage(options)
}

function unitOf(
  node: FlowNode,
  { units, inThread }: Pick<Parameters<typeof buildStages>[1], 'units' | 'inThread'>,
): Unit {
  if (node.virtual) return virtualUnit(node)
  const unit = units.find(
    ({ descriptor }) =>
      descriptor.name === node.unit?.name && descriptor.device === node.unit.device,
  )
  if (unit && !node.thread) return unit.create()
  if (unit && inThread) return inThread(unit)
  if (unit) throw new Error(`node ${node.name} asks for a thread, and nobody starts threads here`)
  throw new Error(
    `current environment does not support the unit '${node.unit?.name}' on '${node.unit?.device}'`,
  )
}
