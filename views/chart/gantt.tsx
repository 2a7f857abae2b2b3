/**
 * When each part of something ran: one row a part, one bar an attempt, over the same time.
 * @module
 */
import { t } from '../text/say.tsx'
import type { State } from '../ui/badge.tsx'
import { formatDuration, shorten } from '../ui/format.ts'
import { linearScale } from '../ui/scale.ts'
import { chartId, Figure, place } from './figure.tsx'

export interface GanttRow {
  readonly name: string
  readonly href: string
  readonly bars: readonly GanttBar[]
}

export interface GanttBar {
  readonly state: State
  readonly from: number
  readonly to: number
  readonly words: string
}

export interface GanttProps {
  readonly id: string
  readonly title: string
  readonly rows: readonly GanttRow[]
}

const WIDTH = 860
const NAMES = 230
const RIGHT = 66
const ROW = 20
const TOP = 4
const BOTTOM = 24
const MOST = 80

/** The strip; nothing before the first attempt. */
export function Gantt({ id, title, rows }: GanttProps) {
  const begun = rows.filter(({ bars }) => bars.length > 0)
  if (begun.length === 0) return null
  const bars = begun.flatMap((row) => row.bars)
  const start = Math.min(...bars.map(({ from }) => from))
  const end = Math.max(start + 1, ...bars.map(({ to }) => to))
  const ordered = begun.toSorted((a, b) => a.bars[0].from - b.bars[0].from)
  const drawn = ordered.slice(0, MOST)
  const seconds = linearScale([0, (end - start) / 1000], [NAMES, WIDTH - RIGHT], 6)
  const x = (at: number) => place(seconds.place((at - start) / 1000))
  const bottom = TOP + drawn.length * ROW
  return (
    <Figure
      id={chartId(id)}
      title={title}
      description={t('When each of {length} tasks ran, over {end}.', {
        length: ordered.length,
        end: formatDuration(end - start),
      })}
      width={WIDTH}
      height={bottom + BOTTOM}
      isWide
      hasLinks
      note={
        drawn.length < ordered.length
          ? t('The first {most} of {length}.', { most: MOST, length: ordered.length })
          : undefined
      }
      numbers={{
        header: [t('Task'), t('Began after'), t('Took'), t('Ended as')],
        rows: ordered.flatMap((row) =>
          row.bars.map(({ from, to, words }) => [
            row.name,
            formatDuration(from - start),
            formatDuration(to - from),
            words,
          ]),
        ),
      }}
    >
      {seconds.ticks.map((tick) => {
        const at = place(seconds.place(tick))
        return (
          <g>
            <line class="grid-line" x1={at} x2={at} y1={TOP} y2={bottom} />
            <text class="tick" x={at} y={bottom + 16} text-anchor="middle">
              {formatDuration(tick * 1000)}
            </text>
          </g>
        )
      })}
      {drawn.map((row, index) => {
        const middle = TOP + index * ROW + ROW / 2
        const last = row.bars[row.bars.length - 1]
        return (
          <g>
            <a href={row.href} aria-label={row.name}>
              <text class="bar-name" x={NAMES - 10} y={middle} dy="0.32em" text-anchor="end">
                {shorten(row.name, 34)}
              </text>
            </a>
            {row.bars.map(({ state, from, to, words }) => (
              <rect
                class={`gantt-bar state-${state}`}
                x={x(from)}
                y={middle - 6}
                width={Math.max(2, place(x(to) - x(from)))}
                height="12"
                rx="2"
              >
                <title>{`${row.name}: ${words}, ${formatDuration(to - from)}`}</title>
              </rect>
            ))}
            <text class="tick" x={x(last.to) + 6} y={middle} dy="0.32em">
              {formatDuration(last.to - row.bars[0].from)}
            </text>
          </g>
        )
      })}
    </Figure>
  )
}
