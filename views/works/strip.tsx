/**
 * The runs of a work as a calendar: a box a day, the latest last.
 * @module
 */
import { t } from '../text/say.tsx'
import { stateLabel } from '../ui/badge.tsx'
import { countOf } from '../ui/format.ts'
import { type ShownTask, taskState } from './shown.ts'

const DAYS = 42
const DAY_MS = 86_400_000
const SIZE = 18
const GAP = 4

/** The days up to now, in UTC. The colour is that of the worst end of the day; the words have all of them. */
export function RunStrip({ tasks, now }: { tasks: readonly ShownTask[]; now: number }) {
  const today = Math.floor(now / DAY_MS)
  const days = Array.from({ length: DAYS }, (_, at) => {
    const day = today - DAYS + 1 + at
    const runs = tasks.filter(({ created_at: at }) => Math.floor(Date.parse(at) / DAY_MS) === day)
    return { date: new Date(day * DAY_MS).toISOString().slice(0, 10), runs }
  })
  const width = (DAYS / 3) * (SIZE + GAP)
  return (
    <figure class="run-strip">
      <figcaption class="visually-hidden">
        {t('Runs of the last six weeks, a day a box')}
      </figcaption>
      <svg
        viewBox={`0 0 ${width} ${3 * (SIZE + GAP)}`}
        width={width}
        role="img"
        aria-label={t('{runs} in the last six weeks', { runs: countOf(tasksIn(days), 'run') })}
      >
        {days.map(({ date, runs }, at) => (
          <rect
            class={`day ${runs.length === 0 ? 'none' : `state-${worst(runs)}`}`}
            x={(at % (DAYS / 3)) * (SIZE + GAP)}
            y={Math.floor(at / (DAYS / 3)) * (SIZE + GAP)}
            width={SIZE}
            height={SIZE}
            rx="3"
          >
            <title>{`${date}: ${wordsOf(runs)}`}</title>
          </rect>
        ))}
      </svg>
      <p class="muted">
        {days[0]?.date} – {days.at(-1)?.date}
      </p>
    </figure>
  )
}

const ORDER = ['failed', 'running', 'ready', 'waiting', 'canceled', 'succeeded'] as const

function worst(runs: readonly ShownTask[]): string {
  const states = runs.map(({ status }) => taskState(status))
  return ORDER.find((state) => states.includes(state)) ?? 'succeeded'
}

function wordsOf(runs: readonly ShownTask[]): string {
  if (runs.length === 0) return t('no run')
  const parts = ORDER.flatMap((state) => {
    const count = runs.filter(({ status }) => taskState(status) === state).length
    return count === 0 ? [] : [`${stateLabel(state)} ${count}`]
  })
  return parts.join(', ')
}

function tasksIn(days: readonly { readonly runs: readonly ShownTask[] }[]): number {
  return days.reduce((sum, { runs }) => sum + runs.length, 0)
}
