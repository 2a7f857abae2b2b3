/**
 * Bars beside their names, to the right of zero and to its left: weights, importances, information values.
 * @module
 */
import { t } from '../text/say.tsx'
import { formatNumber, shorten } from '../ui/format.ts'
import { linearScale } from '../ui/scale.ts'
import { chartId, Figure, place } from './figure.tsx'

export interface Bar {
  readonly name: string
  readonly value: number
  /** Which colour it has, from 1; all have the first unless told. */
  readonly series?: number
}

export interface BarChartProps {
  readonly id: string
  readonly title: string
  readonly nameLabel: string
  readonly valueLabel: string
  readonly bars: readonly Bar[]
  /** A line across all bars, with its word. */
  readonly mark?: { readonly at: number; readonly label: string }
}

const WIDTH = 440
const NAMES = 166
const VALUES = 58
const ROW = 21
const TOP = 4
const BOTTOM = 26
/** Bars that are drawn; the table behind them has all. */
export const DRAWN_BARS = 30

/** The bars, largest first as far as their sign does not matter. */
export function BarChart({ id, title, nameLabel, valueLabel, bars, mark }: BarChartProps) {
  if (bars.length === 0) return null
  const sorted = bars.toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value))
  const drawn = sorted.slice(0, DRAWN_BARS)
  const low = Math.min(0, ...drawn.map(({ value }) => value))
  const high = Math.max(0, mark?.at ?? 0, ...drawn.map(({ value }) => value))
  const x = linearScale([low, high], [NAMES, WIDTH - VALUES], 4)
  const zero = place(x.place(0))
  const bottom = TOP + drawn.length * ROW
  const [first] = sorted
  return (
    <Figure
      id={chartId(id)}
      title={title}
      description={t('{valueLabel} of {length} by {axis}; the largest is {name} with {value}.', {
        valueLabel,
        length: sorted.length,
        axis: nameLabel.toLowerCase(),
        name: first.name,
        value: formatNumber(first.value),
      })}
      width={WIDTH}
      height={bottom + BOTTOM}
      note={
        drawn.length < sorted.length
          ? t('The {length} largest of {total}; the table has all.', {
              length: drawn.length,
              total: sorted.length,
            })
          : undefined
      }
      numbers={{
        header: [nameLabel, valueLabel],
        rows: sorted.map(({ name, value }) => [name, value]),
      }}
    >
      {x.ticks.map((tick) => (
        <g>
          <line
            class={tick === 0 ? 'axis' : 'grid-line'}
            x1={place(x.place(tick))}
            x2={place(x.place(tick))}
            y1={TOP}
            y2={bottom}
          />
          <text class="tick" x={place(x.place(tick))} y={bottom + 17} text-anchor="middle">
            {formatNumber(tick, 3)}
          </text>
        </g>
      ))}
      {drawn.map(({ name, value, series = 1 }, row) => {
        const at = place(x.place(value))
        const middle = TOP + row * ROW + ROW / 2
        return (
          <g class={`series series-${series}`}>
            <title>
              {name}: {formatNumber(value)}
            </title>
            <text class="bar-name" x={NAMES - 8} y={middle} dy="0.32em" text-anchor="end">
              {shorten(name, 22)}
            </text>
            <rect
              class="bar-body"
              x={Math.min(zero, at)}
              y={middle - 7}
              width={Math.max(place(Math.abs(at - zero)), 0.5)}
              height="14"
              rx="2"
            />
            <text class="tick" x={WIDTH - VALUES + 8} y={middle} dy="0.32em">
              {formatNumber(value, 4)}
            </text>
          </g>
        )
      })}
      {mark ? (
        <g class="gap">
          <line x1={place(x.place(mark.at))} x2={place(x.place(mark.at))} y1={TOP} y2={bottom} />
          <title>{mark.label}</title>
        </g>
      ) : null}
    </Figure>
  )
}
