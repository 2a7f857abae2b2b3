/**
 * Moments and spans. The page's script keeps them current; without it they show the moment of rendering.
 * @module
 */
import { formatAgo, formatDuration, formatTime } from './format.ts'

/** How long ago something was, the full time in its title. */
export function Ago({ at, now }: { at: number; now: number }) {
  return (
    <time datetime={new Date(at).toISOString()} title={formatTime(at)} data-ago={at}>
      {formatAgo(at, now)}
    </time>
  )
}

/** How long something took, or has taken so far. */
export function Span(props: { from: number | null; to: number | null; now: number }) {
  const { from, to, now } = props
  if (from === null) return <span class="muted">–</span>
  const title = `${formatTime(from)} – ${to === null ? 'now' : formatTime(to)}`
  return to === null ? (
    <span class="number" title={title} data-since={from}>
      {formatDuration(now - from)}
    </span>
  ) : (
    <span class="number" title={title}>
      {formatDuration(to - from)}
    </span>
  )
}
