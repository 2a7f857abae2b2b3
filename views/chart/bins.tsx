/**
 * How the bins of one feature part the classes: weight of evidence above, counts of both classes below.
 * @module
 */
import { t } from '../text/say.tsx'
import { formatNumber } from '../ui/format.ts'
import { linearScale } from '../ui/scale.ts'
import { chartId, Figure, place } from './figure.tsx'

export interface Bin {
  /** The values that it holds, in words. */
  readonly range: string
  readonly woe: number
  readonly iv: number
  readonly events: number
  readonly nonEvents: number
}

const WIDTH = 520
const LEFT = 54
const RIGHT = 10
const UPPER = { top: 20, bottom: 150 }
const LOWER = { top: 184, bottom: 300 }
const HEIGHT = 336

/** Both charts over the same bins. */
export function BinChart(props: { id: string; title: string; bins: readonly Bin[] }) {
  const { id, title, bins } = props
  if (bins.length === 0) return null
  const step = (WIDTH - LEFT - RIGHT) / bins.length
  const woes = bins.map(({ woe }) => woe)
  const woe = linearScale(
    [Math.min(0, ...woes), Math.max(0, ...woes)],
    [UPPER.bottom, UPPER.top],
    4,
  )
  const most = Math.max(1, ...bins.map(({ events, nonEvents }) => events + nonEvents))
  const count = linearScale([0, most], [LOWER.bottom, LOWER.top], 3)
  return (
    <Figure
      id={chartId(id)}
      title={title}
      description={t(
        'Weight of evidence and numbers of both classes in {length} bins, from low values to high ones.',
        { length: bins.length },
      )}
      width={WIDTH}
      height={HEIGHT}
      numbers={{
        header: [
          t('Bin'),
          t('Values'),
          'WOE',
          'IV',
          t('Events'),
          t('Non-events'),
          t('Share of events'),
        ],
        rows: bins.map((bin, at) => [
          at + 1,
          bin.range,
          bin.woe,
          bin.iv,
          bin.events,
          bin.nonEvents,
          bin.events / Math.max(1, bin.events + bin.nonEvents),
        ]),
      }}
    >
      <text class="axis-label" x={LEFT} y="11">
        {t('Weight of evidence')}
      </text>
      <Ticks scale={woe} />
      <text class="axis-label" x={LEFT} y={LOWER.top - 12}>
        {t('Rows: events (filled) and non-events')}
      </text>
      <Ticks scale={count} />
      {bins.map((bin, at) => {
        const x = LEFT + at * step + step * 0.14
        const width = place(step * 0.72)
        const [zero, top] = [woe.place(0), woe.place(bin.woe)]
        const [floor, mid] = [count.place(0), count.place(bin.events)]
        const high = count.place(bin.events + bin.nonEvents)
        return (
          <g>
            <title>
              {t('{range}: WOE {woe}, {events} events, {others} non-events', {
                range: bin.range,
                woe: formatNumber(bin.woe, 4),
                events: bin.events,
                others: bin.nonEvents,
              })}
            </title>
            <g class={`series series-${bin.woe < 0 ? 2 : 1}`}>
              <rect
                class="bar-body"
                x={place(x)}
                y={place(Math.min(zero, top))}
                width={width}
                height={Math.max(0.5, place(Math.abs(zero - top)))}
              />
            </g>
            <g class="series series-3">
              <rect
                class="bar-body"
                x={place(x)}
                y={place(mid)}
                width={width}
                height={place(floor - mid)}
              />
              <rect
                class="bar-rest"
                x={place(x)}
                y={place(high)}
                width={width}
                height={place(mid - high)}
              />
            </g>
            <text class="tick" x={place(x) + width / 2} y={LOWER.bottom + 17} text-anchor="middle">
              {at + 1}
            </text>
          </g>
        )
      })}
      <text class="axis-label" x={(LEFT + WIDTH - RIGHT) / 2} y={HEIGHT - 4} text-anchor="middle">
        {t('Bin')}
      </text>
    </Figure>
  )
}

function Ticks({ scale }: { scale: ReturnType<typeof linearScale> }) {
  return (
    <g>
      {scale.ticks.map((tick) => {
        const y = place(scale.place(tick))
        return (
          <g>
            <line
              class={tick === 0 ? 'axis' : 'grid-line'}
              x1={LEFT}
              x2={WIDTH - RIGHT}
              y1={y}
              y2={y}
            />
            <text class="tick" x={LEFT - 8} y={y} dy="0.32em" text-anchor="end">
              {formatNumber(tick, 3)}
            </text>
          </g>
        )
      })}
    </g>
  )
}
