/**
 * Places a job's graph in layers: a node lies one layer below the deepest it needs, and an edge over several layers
 * bends around what lies between.
 * @module
 */
import type { Job } from '../../src/domain/job.ts'

type JobNode = Job['graph'][number]

export interface PlacedNode {
  readonly name: string
  readonly module: string
  /** Left and top of its box. */
  readonly x: number
  readonly y: number
}

export interface PlacedEdge {
  readonly from: string
  readonly to: string
  readonly kind: 'data' | 'model'
  /** SVG path. */
  readonly path: string
}

export interface GraphLayout {
  readonly width: number
  readonly height: number
  readonly nodes: readonly PlacedNode[]
  readonly edges: readonly PlacedEdge[]
}

export interface BoxSize {
  readonly width: number
  readonly height: number
}

const GAP_X = 28
const GAP_Y = 44
const MARGIN = 6
/** Room that an edge takes where it passes through a layer. */
const LANE = 18
const SWEEPS = 6

/** A node of the graph, or the place where a long edge crosses a layer. */
interface Spot {
  readonly key: string
  readonly node: JobNode | undefined
  readonly above: Spot[]
  readonly below: Spot[]
  x: number
}

/** Layers by longest path; crossings kept few by ordering each layer by its neighbours' middle. */
export function layoutGraph(graph: readonly JobNode[], box: BoxSize): GraphLayout {
  const depths = depthOf(graph)
  const layers: Spot[][] = []
  const spots = new Map<string, Spot>()
  for (const node of graph) {
    const spot: Spot = { key: node.name, node, above: [], below: [], x: 0 }
    spots.set(node.name, spot)
    const depth = depths.get(node.name) ?? 0
    while (layers.length <= depth) layers.push([])
    layers[depth].push(spot)
  }
  const routes = routeEdges(graph, { depths, layers, spots })
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const isDown = sweep % 2 === 0
    for (const layer of isDown ? layers : layers.toReversed()) order(layer, isDown)
    for (const layer of layers) spread(layer, box)
  }
  const widest = Math.max(0, ...layers.map((layer) => widthOf(layer, box)))
  const top = (depth: number) => MARGIN + depth * (box.height + GAP_Y)
  const middle = MARGIN + widest / 2
  return {
    width: widest + 2 * MARGIN,
    height: layers.length === 0 ? 0 : top(layers.length - 1) + box.height + MARGIN,
    nodes: graph.map(({ name, module }) => ({
      name,
      module,
      x: middle + (spots.get(name)?.x ?? 0) - box.width / 2,
      y: top(depths.get(name) ?? 0),
    })),
    edges: routes.map(({ from, to, kind, via }) => {
      const depth = depths.get(from) ?? 0
      return { from, to, kind, path: curve(via, { depth, middle, top, height: box.height }) }
    }),
  }
}

/** The longest way to each node from a node that needs nothing. */
export function depthOf(graph: readonly JobNode[]): Map<string, number> {
  const depths = new Map<string, number>()
  const known = new Map(graph.map((node) => [node.name, node]))
  const visit = (name: string, path: ReadonlySet<string>): number => {
    const done = depths.get(name)
    if (done !== undefined) return done
    const needs = (known.get(name)?.needs ?? []).filter(
      (need) => known.has(need.node) && !path.has(need.node),
    )
    const inner = new Set([...path, name])
    const depth = Math.max(-1, ...needs.map((need) => visit(need.node, inner))) + 1
    depths.set(name, depth)
    return depth
  }
  for (const { name } of graph) visit(name, new Set([name]))
  return depths
}

/** Whether nodes lie beside each other, so that the drawing needs the whole width of a page. */
export function isBroad(graph: readonly JobNode[]): boolean {
  const depths = [...depthOf(graph).values()]
  return new Set(depths).size < depths.length
}

interface Route {
  readonly from: string
  readonly to: string
  readonly kind: 'data' | 'model'
  readonly via: readonly Spot[]
}

function routeEdges(
  graph: readonly JobNode[],
  place: { depths: Map<string, number>; layers: Spot[][]; spots: Map<string, Spot> },
): Route[] {
  const { depths, layers, spots } = place
  const routes = new Map<string, Route>()
  for (const node of graph) {
    for (const need of node.needs) {
      const start = spots.get(need.node)
      const end = spots.get(node.name)
      const from = depths.get(need.node) ?? 0
      const to = depths.get(node.name) ?? 0
      if (!start || !end || from >= to) continue
      const key = `${need.node} ${node.name}`
      const known = routes.get(key)
      if (known) {
        // Data and model between the same two nodes are one line.
        if (need.kind === 'data') routes.set(key, { ...known, kind: 'data' })
        continue
      }
      const via = [start]
      for (let depth = from + 1; depth < to; depth += 1) {
        const lane: Spot = { key: `${key} ${depth}`, node: undefined, above: [], below: [], x: 0 }
        layers[depth].push(lane)
        via.push(lane)
      }
      via.push(end)
      for (let index = 1; index < via.length; index += 1) {
        via[index - 1].below.push(via[index])
        via[index].above.push(via[index - 1])
      }
      routes.set(key, { from: need.node, to: node.name, kind: need.kind, via })
    }
  }
  return [...routes.values()]
}

function order(layer: Spot[], isDown: boolean): void {
  const wish = new Map(
    layer.map((spot) => {
      const around = isDown ? spot.above : spot.below
      const sum = around.reduce((total, other) => total + other.x, 0)
      return [spot, around.length === 0 ? spot.x : sum / around.length]
    }),
  )
  layer.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0))
}

function spread(layer: readonly Spot[], box: BoxSize): void {
  let x = -widthOf(layer, box) / 2
  for (const spot of layer) {
    const width = spot.node ? box.width : LANE
    spot.x = x + width / 2
    x += width + GAP_X
  }
}

function widthOf(layer: readonly Spot[], box: BoxSize): number {
  const boxes = layer.reduce((sum, spot) => sum + (spot.node ? box.width : LANE), 0)
  return boxes + Math.max(0, layer.length - 1) * GAP_X
}

function curve(
  via: readonly Spot[],
  frame: { depth: number; middle: number; top: (depth: number) => number; height: number },
): string {
  const { depth, middle, top, height } = frame
  let path = `M${middle + via[0].x} ${top(depth) + height}`
  for (let index = 1; index < via.length; index += 1) {
    const above = { x: middle + via[index - 1].x, y: top(depth + index - 1) + height }
    const below = { x: middle + via[index].x, y: top(depth + index) }
    const half = (above.y + below.y) / 2
    path += `C${above.x} ${half} ${below.x} ${half} ${below.x} ${below.y}`
    if (index < via.length - 1) path += `V${below.y + height}`
  }
  return path
}
