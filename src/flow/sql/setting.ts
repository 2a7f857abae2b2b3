/**
 * Settings that a script may make: the time zone, and those that change nothing of what its queries mean.
 * @module
 */
import type { Refuse } from './lex.ts'

/** What a setting asks for. */
export type Setting =
  | { readonly kind: 'nothing' }
  /** The time zone from here on. */
  | { readonly kind: 'zone'; readonly zone: string }

const ZONE = 'table.local-time-zone'

const SETTINGS: readonly (readonly [key: RegExp, value: RegExp])[] = [
  [/^execution\.runtime-mode$/, /^batch$/i],
  [/^table\.sql-dialect$/, /^default$/i],
  [/^(?:parallelism\.default|pipeline\.name|table\.dml-sync)$/, /^/],
  [/^(?:sql-client|table\.optimizer|taskmanager|restart-strategy|execution\.batch)\./, /^/],
]

/** What a setting asks for. Throws what `refuse` makes for one that is not supported. */
export function settingOf(
  key: string,
  { value, at, refuse }: { value: string; at: number; refuse: Refuse },
): Setting {
  if (key === ZONE) return { kind: 'zone', zone: zoneOf(value, { at, refuse }) }
  if (SETTINGS.some(([name, values]) => name.test(key) && values.test(value)))
    return { kind: 'nothing' }
  throw refuse(`SET '${key}' = '${value}' is not supported here`, at)
}

/** What it asks for to forget a setting, or all of them. */
export function resetOf(key: string | null): Setting {
  return key === null || key === ZONE ? { kind: 'zone', zone: 'UTC' } : { kind: 'nothing' }
}

/** A time zone of the IANA database by its name. */
function zoneOf(name: string, { at, refuse }: { at: number; refuse: Refuse }): string {
  const bad = () =>
    refuse(
      `SET '${ZONE}' = '${name}' is not supported here: write UTC or one like Asia/Shanghai`,
      at,
    )
  if (name === 'Z') return 'UTC'
  if (name !== 'UTC' && !/^[A-Z][A-Za-z]+(?:\/[A-Z][\w-]+)+$/.test(name)) throw bad()
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return name
  } catch {
    throw bad()
  }
}
