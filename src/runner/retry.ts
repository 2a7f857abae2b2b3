/**
 * Which failures of the store pass by themselves, and how to wait for that.
 * @module
 */
import { DomainError } from '../domain/error.ts'
import type { Clock } from './clock.ts'
import type { RunnerLog } from './log.ts'

const LONGEST_MS = 15_000
const PERMANENT = /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE|ERROR|NOTADB|CORRUPT|READONLY)/
const UNREACHED = /fetch failed|sending request|network/i

/** The wait before repetition `attempt`, from 1, in milliseconds: doubling from 100 ms to 15 s, with jitter. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST_MS, 100 * 2 ** Math.min(attempt - 1, 10))
  return full / 2 + (full / 2) * random()
}

/**
 * Whether trying again can help: the store was busy, unreachable or unwell. A constraint, a malformed statement
 * or a value that cannot be written fails the same way every time.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof DomainError) return error.kind === 'unavailable'
  if (!(error instanceof Error)) return false
  const code = (error as { code?: unknown }).code
  if (typeof code === 'string' && PERMANENT.test(code)) return false
  // `fetch` says TypeError when it reaches nobody, and names a cause.
  if (error instanceof TypeError) return error.cause !== undefined || UNREACHED.test(error.message)
  return !(error instanceof RangeError || error instanceof SyntaxError)
}

/** Remembers whether the store answers, and logs when that changes. */
export interface Health {
  good(): void
  bad(error: unknown): void
}

/** The health of the store called `name`. */
export function createHealth(log: RunnerLog, name = 'store'): Health {
  let away = false
  return {
    good() {
      if (away) log.info({}, `The ${name} answers again`)
      away = false
    },
    bad(error) {
      if (!away) log.warn({ error }, `The ${name} does not answer: trying again until it does`)
      away = true
    },
  }
}

/** With what time passes between tries, who hears of them, and what ends them. */
export interface Retry {
  readonly clock: Clock
  readonly health: Health
  readonly signal: AbortSignal
}

/**
 * Repeats `work` until it succeeds. Throws what cannot be cured by trying again, and the last failure once
 * `signal` aborts.
 */
export async function persist<T>(work: () => Promise<T>, options: Retry): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      const result = await work()
      options.health.good()
      return result
    } catch (error) {
      if (!isTransient(error)) throw error
      options.health.bad(error)
      if (options.signal.aborted) throw error
      await options.clock.sleep(backoff(attempt), options.signal)
    }
  }
}
