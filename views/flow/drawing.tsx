/**
 * The graph of a flow as a drawing, with its problems or what it does at the moment, and the same in words.
 * @module
 */
import { t } from '../text/say.tsx'
import { countOf, formatNumber, shorten } from '../ui/format.ts'
import { iconPath } from '../ui/icon.tsx'
import { layoutFlow } from './layout.ts'

/** A node as it can be drawn, also where the graph has problems. */
export interface SketchNode {
  readonly name: string
  readonly unit: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly problems: readonly string[]
}

export interface SketchEdge {
  readonly from: { readonly node: string; readonly port: string | null }
  readonly to: { readonly node: string; readonly port: string | null }
}

export interface Sketch {
  readonly nodes: readonly SketchNode[]
  readonly edges: readonly SketchEdge[]
}

/** What a node does at the moment. */
export interface NodeMoment {
  readonly throughput: number
  readonly callMs: number
  readonly errors: number
  readonly taken: number
  /** Buffers that wait, by in-port. */
  readonly queues: Readonly<Record<string, number>>
}

export interface DrawingProps {
  readonly sketch: Sketch
  /** What a node leads to; absent where it leads nowhere. */
  readonly link?: (node: string) => Record<string, unknown>
  readonly chosen?: string
  readonly moments?: ReadonlyMap<string, NodeMoment>
}

const BOX = { width: 224, height: 66 }
const LETTER = 6.3
const LINE = 16

/** The drawing, in a box that scrolls, and the graph in words. */
export function FlowDrawing({ sketch, link, chosen, moments }: DrawingProps) {
  const labels = sketch.edges.map((edge) => edgeWords(edge, moments))
  const layout = layoutFlow(
    new Map(sketch.nodes.map(({ name }) => [name, BOX])),
    sketch.edges.map(({ from, to }, index) => ({
      from: from.node,
      to: to.node,
      label: {
        width: Math.max(...labels[index].map(({ length }) => length)) * LETTER + 8,
        height: labels[index].length * LINE,
      },
    })),
  )
  return (
    <div class="graph">
      <div class="graph-scroll">
        <svg
          viewBox={`0 0 ${layout.width} ${layout.height}`}
          width={layout.width}
          height={layout.height}
          aria-labelledby="flow-svg-title"
        >
          <title id="flow-svg-title">
            {t('Graph of the flow, {nodes}. The list below says the same in words.', {
              nodes: countOf(sketch.nodes.length, 'node'),
            })}
          </title>
          <defs>
            <marker
              id="flow-arrow"
              viewBox="0 0 8 8"
              refX="7.5"
              refY="4"
              markerWidth="4.5"
              markerHeight="4.5"
              orient="auto"
            >
              <path class="arrow" d="M0 0L8 4L0 8Z" />
            </marker>
          </defs>
          {layout.edges.map(({ path }) => (
            <path class="edge" d={path} marker-end="url(#flow-arrow)" />
          ))}
          {layout.edges.map(({ x, y }, index) => (
            <text class="edge-words" text-anchor="middle" x={x}>
              {labels[index].map((line, at) => (
                <tspan x={x} y={y + (at - labels[index].length / 2) * LINE + 12}>
                  {line}
                </tspan>
              ))}
            </text>
          ))}
          {sketch.nodes.map((node) => {
            const place = layout.nodes.get(node.name)
            const drawn = (
              <NodeBox
                node={node}
                at={place ?? { x: 0, y: 0 }}
                isChosen={node.name === chosen}
                moment={moments?.get(node.name)}
              />
            )
            return link ? (
              <a class="node" aria-label={nodeWords(node)} {...link(node.name)}>
                {drawn}
              </a>
            ) : (
              <g class="node still">{drawn}</g>
            )
          })}
        </svg>
      </div>
      <details class="numbers">
        <summary>{t('Graph in words')}</summary>
        <ul>
          {sketch.nodes.map((node) => (
            <li>
              {nodeWords(node)}
              {momentWords(moments?.get(node.name)).map((words) => `; ${words}`)}
            </li>
          ))}
          {sketch.edges.map((edge, index) => (
            <li>
              {`${endWords(edge.from)} → ${endWords(edge.to)}`}
              {moments ? `: ${labels[index].join(', ')}` : ''}
            </li>
          ))}
        </ul>
      </details>
    </div>
  )
}

function NodeBox(props: {
  node: SketchNode
  at: { x: number; y: number }
  isChosen: boolean
  moment: NodeMoment | undefined
}) {
  const { node, at, isChosen, moment } = props
  const isWrong = node.problems.length > 0 || (moment?.errors ?? 0) > 0
  const tone = isWrong ? ' wrong' : isChosen ? ' chosen' : ''
  return (
    <g class={`flow-node${tone}`} transform={`translate(${at.x} ${at.y})`}>
      <title>{[nodeWords(node), ...node.problems].join('\n')}</title>
      <rect class="node-box" width={BOX.width} height={BOX.height} rx="9" />
      <text class="node-name" x="14" y="23">
        {shorten(node.name, 25)}
      </text>
      <text class="node-module" x="14" y="40">
        {shorten(node.unit, 33)}
      </text>
      <text class="node-module" x="14" y="57">
        {isWrong && !moment
          ? countOf(node.problems.length, 'problem')
          : shorten(momentWords(moment).join(' · '), 34)}
      </text>
      {isWrong ? (
        <path
          class="node-icon"
          transform={`translate(${BOX.width - 26} 9)`}
          d={iconPath('warning')}
        />
      ) : null}
    </g>
  )
}

function momentWords(moment: NodeMoment | undefined): string[] {
  if (!moment) return []
  const errors = moment.errors > 0 ? [countOf(moment.errors, 'error')] : []
  return [t('{ms} ms a call', { ms: formatNumber(moment.callMs, 3) }), ...errors]
}

/** What stands on an edge: its ports, or how fast it goes, what waits on it and for how long. */
function edgeWords(
  { from, to }: SketchEdge,
  moments: ReadonlyMap<string, NodeMoment> | undefined,
): string[] {
  if (!moments) return [[from.port, to.port].filter(Boolean).join(' → ')]
  const target = moments.get(to.node)
  if (!target) return ['–']
  const waiting = target.queues[to.port ?? 'data'] ?? 0
  const rate = t('{rate}/s', { rate: formatNumber(target.throughput, 3) })
  if (waiting === 0) return [rate]
  const words = t('{count} waiting', { count: formatNumber(waiting) })
  // By Little's law: what waits, over what goes in a second.
  const ms = target.throughput > 0 ? (waiting / target.throughput) * 1000 : undefined
  return [rate, ms === undefined ? words : `${words}, ≈ ${formatNumber(ms, 3)} ms`]
}

function nodeWords({ name, unit }: SketchNode): string {
  return name === unit ? name : `${name} (${unit})`
}

function endWords({ node, port }: SketchEdge['from']): string {
  return port === null ? node : `${node}:${port}`
}
