/**
 * Line charts as SVG, drawn on the server. Colours come from classes, so a chart follows light and dark; every series
 * has a dash of its own, so that it does not depend on its colour alone.
 * @module
 */
import { Say, t } from '../text/say.tsx'
import { formatNumber } from './format.ts'
import { linearScale, type Scale } from './scale.ts'
import { ScrollBox } from './scroll.tsx'
import { joined } from './sparkline.tsx'

export interface Series {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface ChartProps {
  readonly id: string
  readonly title: string
  /** What the chart shows, in a sentence, for those who cannot see it. */
  readonly description: string
  readonly xLabel: string
  readonly yLabel: string
  readonly series: readonly Series[]
  /** Bounds of an axis that do not follow from the data. */
  readonly xDomain?: readonly [number, number]
  readonly yDomain?: readonly [number, number]
  /** The line of chance from corner to corner. */
  readonly diagonal?: boolean
  /** A vertical line from one value to another at `x`, with a word. */
  readonly gap?: { readonly x: number; readonly from: number; readonly to: number; label: string }
  /** Points farther apart in x than this are not joined: nothing is known in between. */
  readonly breakAt?: number
  /** Only whole numbers on the x axis. */
  readonly wholeX?: boolean
  /** Only whole numbers on the y axis. */
  readonly wholeY?: boolean
}

const WIDTH = 400
const HEIGHT = 270
const LEFT = 54
const RIGHT = 14
const TOP = 14
const BOTTOM = 46
const MARKED_UP_TO = 40
const LISTED_UP_TO = 200

/** A chart with axes, grid, legend and its numbers as a table. */
export function LineChart(props: ChartProps) {
  const points = props.series.flatMap((series) => series.points)
  if (points.length === 0) return null
  const x = linearScale(props.xDomain ?? extent(points, 0), [LEFT, WIDTH - RIGHT])
  const y = linearScale(props.yDomain ?? extent(points, 1), [HEIGHT - BOTTOM, TOP])
  const yTicks = props.wholeY ? y.ticks.filter(Number.isInteger) : y.ticks
  const xTicks = props.wholeX ? x.ticks.filter(Number.isInteger) : x.ticks
  return (
    <figure class="chart">
      <figcaption>{props.title}</figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-labelledby={`${props.id}-title ${props.id}-desc`}
      >
        <title id={`${props.id}-title`}>{props.title}</title>
        <desc id={`${props.id}-desc`}>{props.description}</desc>
        <Grid
          x={{ ...x, ticks: xTicks }}
          y={{ ...y, ticks: yTicks }}
          xLabel={props.xLabel}
          yLabel={props.yLabel}
        />
        {props.diagonal ? (
          <line class="chance" x1={x.place(0)} y1={y.place(0)} x2={x.place(1)} y2={y.place(1)} />
        ) : null}
        {props.series.map((series, index) => (
          <Line series={series} index={index} x={x} y={y} breakAt={props.breakAt} />
        ))}
        {props.gap ? <Gap gap={props.gap} x={x} y={y} /> : null}
      </svg>
      {props.series.length > 1 ? <Legend series={props.series} /> : null}
      <Numbers {...props} />
    </figure>
  )
}

function Grid(props: { x: Scale; y: Scale; xLabel: string; yLabel: string }) {
  const { x, y } = props
  const bottom = HEIGHT - BOTTOM
  return (
    <g>
      {y.ticks.map((tick) => (
        <g>
          <line
            class="grid-line"
            x1={LEFT}
            x2={WIDTH - RIGHT}
            y1={y.place(tick)}
            y2={y.place(tick)}
          />
          <text class="tick" x={LEFT - 8} y={y.place(tick)} dy="0.32em" text-anchor="end">
            {formatNumber(tick)}
          </text>
        </g>
      ))}
      {x.ticks.map((tick) => (
        <g>
          <line class="grid-line" x1={x.place(tick)} x2={x.place(tick)} y1={TOP} y2={bottom} />
          <text class="tick" x={x.place(tick)} y={bottom + 17} text-anchor="middle">
            {formatNumber(tick)}
          </text>
        </g>
      ))}
      <path class="axis" d={`M${LEFT} ${TOP}V${bottom}H${WIDTH - RIGHT}`} />
      <text class="axis-label" x={(LEFT + WIDTH - RIGHT) / 2} y={HEIGHT - 8} text-anchor="middle">
        {props.xLabel}
      </text>
      <text
        class="axis-label"
        transform={`translate(13 ${(TOP + bottom) / 2}) rotate(-90)`}
        text-anchor="middle"
      >
        {props.yLabel}
      </text>
    </g>
  )
}

function Line(props: {
  series: Series
  index: number
  x: Scale
  y: Scale
  breakAt: number | undefined
}) {
  const { series, index, x, y } = props
  const path = joined(series.points, props.breakAt ?? Infinity)
    .map(
      (run) => `M${run.map(([px, py]) => `${round(x.place(px))} ${round(y.place(py))}`).join('L')}`,
    )
    .join('')
  return (
    <g class={seriesClass(index)}>
      <path class="line" d={path} />
      {series.points.length <= MARKED_UP_TO
        ? series.points.map(([px, py]) => (
            <circle class="marker" cx={round(x.place(px))} cy={round(y.place(py))} r="3">
              <title>
                {series.name}: {formatNumber(px)}, {formatNumber(py)}
              </title>
            </circle>
          ))
        : null}
    </g>
  )
}

function Gap({ gap, x, y }: { gap: NonNullable<ChartProps['gap']>; x: Scale; y: Scale }) {
  const at = round(x.place(gap.x))
  const middle = (y.place(gap.from) + y.place(gap.to)) / 2
  const isRight = at > WIDTH / 2
  return (
    <g class="gap">
      <line x1={at} x2={at} y1={round(y.place(gap.from))} y2={round(y.place(gap.to))} />
      <text x={at + (isRight ? -7 : 7)} y={round(middle)} text-anchor={isRight ? 'end' : 'start'}>
        {gap.label}
      </text>
    </g>
  )
}

function Legend({ series }: { series: readonly Series[] }) {
  return (
    <ul class="legend">
      {series.map(({ name }, index) => (
        <li>
          <svg viewBox="0 0 26 10" width="26" height="10" aria-hidden="true">
            <g class={seriesClass(index)}>
              <path class="line" d="M1 5H25" />
            </g>
          </svg>
          {name}
        </li>
      ))}
    </ul>
  )
}

function Numbers(props: ChartProps) {
  return (
    <details class="numbers">
      <summary>
        {t('Numbers')}
        <span class="visually-hidden">
          <Say text="of {title}" title={props.title} />
        </span>
      </summary>
      {props.series.map(({ name, points }) => (
        <ScrollBox class="scroll short" label={t('Numbers of {name}', { name })}>
          <table class="grid">
            <caption>{name}</caption>
            <thead>
              <tr>
                <th scope="col">{props.xLabel}</th>
                <th scope="col">{props.yLabel}</th>
              </tr>
            </thead>
            <tbody>
              {points.slice(0, LISTED_UP_TO).map(([px, py]) => (
                <tr>
                  <td class="cell-number">{formatNumber(px)}</td>
                  <td class="cell-number">{formatNumber(py)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      ))}
    </details>
  )
}

function seriesClass(index: number): string {
  return `series series-${(index % 6) + 1}`
}

function extent(
  points: readonly (readonly [number, number])[],
  axis: 0 | 1,
): readonly [number, number] {
  let low = Infinity
  let high = -Infinity
  for (const point of points) {
    low = Math.min(low, point[axis])
    high = Math.max(high, point[axis])
  }
  return [low, high]
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
