/**
 * A decision tree as a drawing, from its root at the left to its leaves at the right.
 * @module
 */
import { t } from '../text/say.tsx'
import { shorten } from '../ui/format.ts'
import { chartId, Figure } from './figure.tsx'
import { layoutTree, type TreeShape } from './tree-layout.ts'

export interface DrawnNode extends TreeShape {
  /** What is asked, or what a leaf says. */
  readonly text: string
  /** Whose split it is; empty at a leaf. */
  readonly owner: string
  /** The colour of its owner, from 1; 0 at a leaf. */
  readonly series: number
}

export interface TreeChartProps {
  readonly id: string
  readonly title: string
  readonly nodes: readonly DrawnNode[]
}

const BOX = { width: 204, height: 38 }
const STEP = { x: 254, y: 50 }
/** As many characters as a box has room for, of broad ones too. */
const MOST = 25

/** The drawing; the upper branch is the one where the condition holds. */
export function TreeChart({ id, title, nodes }: TreeChartProps) {
  const { nodes: placed, rows, depth } = layoutTree(nodes)
  const x = (at: number) => 4 + at * STEP.x
  const y = (row: number) => 6 + row * STEP.y
  return (
    <Figure
      id={chartId(id)}
      title={title}
      description={t(
        'A tree of {length} nodes and depth {depth}; the upper branch is taken where the condition holds. The table behind it lists every node.',
        { length: placed.length, depth },
      )}
      width={x(depth) + BOX.width + 4}
      height={y(Math.max(0, rows - 1)) + BOX.height + 6}
      isWide
      numbers={{
        header: [t('Node'), t('Whose'), t('Condition or weight'), t('Then'), t('Else')],
        rows: placed.map(({ node }) => [
          node.id,
          node.owner || t('leaf'),
          node.text,
          node.left ?? '',
          node.right ?? '',
        ]),
      }}
    >
      {placed.map(({ node, depth: at, row, parent }) => {
        if (!parent) return null
        const from = { x: x(parent.depth) + BOX.width, y: y(parent.row) + BOX.height / 2 }
        const to = { x: x(at), y: y(row) + BOX.height / 2 }
        const half = (from.x + to.x) / 2
        return (
          <g>
            <path
              class="branch"
              d={`M${from.x} ${from.y}C${half} ${from.y} ${half} ${to.y} ${to.x} ${to.y}`}
            />
            <text
              class="tick"
              x={to.x - 8}
              y={to.y + (parent.isLeft ? -5 : 14)}
              text-anchor="end"
              aria-label={t('to node {id}', { id: node.id })}
            >
              {parent.isLeft ? t('yes') : t('no')}
            </text>
          </g>
        )
      })}
      {placed.map(({ node, depth: at, row }) => (
        <g
          class={node.series === 0 ? 'tree-leaf' : `series series-${node.series} tree-split`}
          transform={`translate(${x(at)} ${y(row)})`}
        >
          <title>
            {t('Node {id}{what}: {text}', {
              id: node.id,
              what: node.owner === '' ? '' : `, ${node.owner}`,
              text: node.text,
            })}
          </title>
          <rect class="tree-box" width={BOX.width} height={BOX.height} rx="7" />
          {node.owner === '' ? (
            <text class="tree-text" x={BOX.width / 2} y="24" text-anchor="middle">
              {shorten(node.text, MOST)}
            </text>
          ) : (
            <>
              <text class="tree-text" x="10" y="16">
                {shortCondition(node.text)}
              </text>
              <text class="tick" x="10" y="31">
                {shorten(node.owner, MOST)}
              </text>
            </>
          )}
        </g>
      ))}
    </Figure>
  )
}

/** What is asked, in the box: a name that is too long is cut, never the number after it. */
function shortCondition(text: string): string {
  const at = text.lastIndexOf(' ≤ ')
  if (at === -1) return shorten(text, MOST)
  const limit = text.slice(at)
  return shorten(text.slice(0, at), MOST - limit.length) + limit
}
