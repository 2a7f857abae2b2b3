/**
 * Places a flow's graph: layers from top to bottom, edges with room for their words.
 * @module
 */
import dagre from '@dagrejs/dagre'

export interface Box {
  readonly width: number
  readonly height: number
}

export interface LayoutEdge {
  readonly from: string
  readonly to: string
  /** Room for what stands on it. */
  readonly label: Box
}

export interface PlacedBox extends Box {
  /** Left and top. */
  readonly x: number
  readonly y: number
}

export interface PlacedEdge {
  /** SVG path. */
  readonly path: string
  /** The middle of its words. */
  readonly x: number
  readonly y: number
}

export interface FlowLayout {
  readonly width: number
  readonly height: number
  readonly nodes: ReadonlyMap<string, PlacedBox>
  /** In the order of the edges given. */
  readonly edges: readonly PlacedEdge[]
}

const MARGIN = 8

/** Lays out boxes of these sizes; edges may run in circles. */
export function layoutFlow(
  boxes: ReadonlyMap<string, Box>,
  edges: readonly LayoutEdge[],
): FlowLayout {
  const graph = new dagre.graphlib.Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'TB', nodesep: 28, ranksep: 22, marginx: MARGIN, marginy: MARGIN })
  for (const [name, { width, height }] of boxes) graph.setNode(name, { width, height })
  edges.forEach(({ from, to, label }, index) =>
    graph.setEdge(from, to, { ...label, labelpos: 'c' }, String(index)),
  )
  dagre.layout(graph)
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number }
  return {
    width: finite(width),
    height: finite(height),
    nodes: new Map(
      [...boxes].map(([name, box]) => {
        const { x, y } = graph.node(name) as { x: number; y: number }
        return [name, { ...box, x: x - box.width / 2, y: y - box.height / 2 }]
      }),
    ),
    edges: edges.map(({ from, to }, index) => {
      const placed = graph.edge(from, to, String(index)) as {
        points: readonly { x: number; y: number }[]
        x?: number
        y?: number
      }
      return { path: curve(placed.points), x: placed.x ?? 0, y: placed.y ?? 0 }
    }),
  }
}

/** Dagre says -Infinity of a graph without nodes. */
function finite(size: number): number {
  return Number.isFinite(size) && size > 0 ? Math.ceil(size) : 0
}

/** Through the middles between the points, bent at the points. */
function curve(points: readonly { x: number; y: number }[]): string {
  const [first, ...rest] = points.map(({ x, y }) => ({ x: round(x), y: round(y) }))
  const last = rest.at(-1) ?? first
  const bends = rest.slice(0, -1).map((at, index) => {
    const next = rest[index + 1]
    const end =
      index === rest.length - 2 ? next : { x: (at.x + next.x) / 2, y: (at.y + next.y) / 2 }
    return `Q${at.x} ${at.y} ${end.x} ${end.y}`
  })
  return `M${first.x} ${first.y}${bends.length === 0 ? `L${last.x} ${last.y}` : bends.join('')}`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
