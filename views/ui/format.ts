/**
 * Numbers, sizes and times as people read them.
 * @module
 */
import { type Key, language, LOCALES, t } from '../text/say.tsx'

/** A number with at most `digits` significant digits, without an exponent where that stays short. */
export function formatNumber(value: number, digits = 6): string {
  if (!Number.isFinite(value)) return String(value)
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return group(String(value))
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(3)
  return String(Number(value.toPrecision(digits)))
}

/** Bytes with a binary unit. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** A span of time in its two largest units, `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return t('{count} s', { count: 0 })
  if (ms < 10_000) return t('{count} s', { count: (Math.floor(ms / 100) / 10).toFixed(1) })
  const seconds = Math.floor(ms / 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  if (seconds < 60) return t('{count} s', { count: seconds })
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return t('{minutes} min {seconds} s', { minutes, seconds: two(seconds % 60) })
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return t('{hours} h {minutes} min', { hours, minutes: two(minutes % 60) })
  return t('{days} d {hours} h', { days: Math.floor(hours / 24), hours: hours % 24 })
}

/** How long ago or ahead a time is. */
export function formatAgo(at: number, now: number): string {
  const ms = now - at
  const text = coarse(Math.abs(ms))
  if (text === undefined) return t('just now')
  return ms >= 0 ? t('{time} ago', { time: text }) : t('in {time}', { time: text })
}

/** A time in full, in UTC. */
export function formatTime(at: number): string {
  if (language() === 'en') return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
  const format = { dateStyle: 'long', timeStyle: 'medium', timeZone: 'UTC' } as const
  return `${new Intl.DateTimeFormat(LOCALES[language()], format).format(at)} UTC`
}

/** The time of day in UTC to the millisecond, for log lines. */
export function formatClock(at: number): string {
  return new Date(at).toISOString().slice(11, 23)
}

/** `1 job`, `2 jobs`. */
export function countOf(count: number, noun: Noun): string {
  return count === 1
    ? t(`{count} ${noun}`, { count: formatNumber(count) })
    : t(`{count} ${noun}s`, { count: formatNumber(count) })
}

/** Things that are counted: the dictionary has the word for one and for several. */
export type Noun = Exclude<{ [K in Key]: K extends `{count} ${infer N}s` ? N : never }[Key], ''>

/** `a, b and c`. */
export function listOf(words: readonly string[]): string {
  return new Intl.ListFormat(LOCALES[language()], { type: 'conjunction' }).format(words)
}

/** The text with its end replaced by an ellipsis where it is longer than `length`. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}

function coarse(ms: number): string | undefined {
  if (ms < 5000) return undefined
  const seconds = Math.floor(ms / 1000)
  if (seconds < 60) return t('{count} s', { count: seconds })
  if (seconds < 3600) return t('{count} min', { count: Math.floor(seconds / 60) })
  if (seconds < 86_400) return t('{count} h', { count: Math.floor(seconds / 3600) })
  return t('{count} d', { count: Math.floor(seconds / 86_400) })
}

/** By thin spaces, which both ISO 80000 and GB/T 15835 ask for. */
function group(digits: string): string {
  return digits.replaceAll(/\B(?=(\d{3})+$)/g, '\u202f')
}
