/**
 * A table of numbers from -1 to 1 as coloured fields: correlations.
 * @module
 */
import { t } from '../text/say.tsx'
import { formatNumber, shorten } from '../ui/format.ts'
import { chartId, Figure } from './figure.tsx'

export interface HeatMapProps {
  readonly id: string
  readonly title: string
  readonly rows: readonly string[]
  readonly columns: readonly string[]
  /** One list a row. */
  readonly values: readonly (readonly number[])[]
}

const NAMES = 150
const HEAD = 104
const MOST = 40
/** Fields as large as this have their number written in them. */
const WRITTEN = 34

/** The fields; names of rows at the left, of columns above. */
export function HeatMap({ id, title, rows, columns, values }: HeatMapProps) {
  const height = Math.min(rows.length, MOST)
  const width = Math.min(columns.length, MOST)
  if (height === 0 || width === 0) return null
  const size = width <= 12 ? 40 : width <= 24 ? 26 : 18
  const isCut = height < rows.length || width < columns.length
  return (
    <Figure
      id={chartId(id)}
      title={title}
      description={t('{length} by {total} coefficients between -1 and 1. {strongest}', {
        length: rows.length,
        total: columns.length,
        strongest: strongest({ rows, columns, values }),
      })}
      width={NAMES + width * size + 74}
      height={HEAD + height * size + 8}
      isWide
      note={
        isCut
          ? t('The first {height} by {width} of {length} by {others}.', {
              height,
              width,
              length: rows.length,
              others: columns.length,
            })
          : undefined
      }
      numbers={{
        header: ['', ...columns],
        rows: rows.map((name, row) => [name, ...values[row]]),
      }}
    >
      {columns.slice(0, width).map((name, column) => (
        <text
          class="tick"
          transform={`translate(${NAMES + column * size + size / 2 + 4} ${HEAD - 8}) rotate(-50)`}
        >
          {shorten(name, 17)}
        </text>
      ))}
      {rows.slice(0, height).map((name, row) => (
        <g>
          <text
            class="tick"
            x={NAMES - 8}
            y={HEAD + row * size + size / 2}
            dy="0.32em"
            text-anchor="end"
          >
            {shorten(name, 17)}
          </text>
          {values[row].slice(0, width).map((value, column) => (
            <Field
              x={NAMES + column * size}
              y={HEAD + row * size}
              size={size}
              value={value}
              words={`${name}, ${columns[column]}: ${formatNumber(value, 4)}`}
            />
          ))}
        </g>
      ))}
    </Figure>
  )
}

function Field(props: { x: number; y: number; size: number; value: number; words: string }) {
  const { x, y, size, value, words } = props
  const strength = Math.min(1, Math.abs(value))
  return (
    <g class={`series series-${value < 0 ? 2 : 1}`}>
      <title>{words}</title>
      <rect class="field-ground" x={x} y={y} width={size - 1} height={size - 1} />
      <rect
        class="field-fill"
        x={x}
        y={y}
        width={size - 1}
        height={size - 1}
        fill-opacity={(strength * 0.85).toFixed(2)}
      />
      {size >= WRITTEN ? (
        <text
          class={['field-text', ...tones(strength)].join(' ')}
          x={x + size / 2}
          y={y + size / 2}
          dy="0.32em"
          text-anchor="middle"
        >
          {value.toFixed(2)}
        </text>
      ) : null}
    </g>
  )
}

/** How strong the colour under a number is, by which its own is chosen: dark colours turn earlier in dark mode. */
function tones(strength: number): string[] {
  return [...(strength > 0.73 ? ['firm'] : []), ...(strength > 0.88 ? ['strong'] : [])]
}

function strongest({ rows, columns, values }: Pick<HeatMapProps, 'rows' | 'columns' | 'values'>) {
  let best: { words: string; value: number } | undefined
  rows.forEach((name, row) => {
    columns.forEach((other, column) => {
      const value = values[row][column]
      if (name === other || (best && Math.abs(value) <= Math.abs(best.value))) return
      best = { words: t('{name} and {other}', { name, other }), value }
    })
  })
  return best
    ? t('The strongest is between {words}, {value}.', {
        words: best.words,
        value: formatNumber(best.value, 4),
      })
    : ''
}
