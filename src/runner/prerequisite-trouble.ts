/**
 * Why something that a program needs is not there.
 * @module
 */
import type { AllowedHosts } from './reach.ts'

/** `refused`: it will be so the next time too, unless somebody mends it; `away`: it may pass. */
export class PrerequisiteTrouble extends Error {
  readonly kind: 'refused' | 'away'

  constructor(kind: 'refused' | 'away', message: string, cause?: unknown) {
    super(message, { cause })
    this.kind = kind
  }
}

/** What fetching is held to. */
export interface FetchLimits {
  readonly allowed: AllowedHosts
  readonly mostBytes: number
  readonly mostMs?: number
  readonly idleMs?: number
  readonly signal: AbortSignal
  /** Its address, for people. */
  readonly shown: string
}

/** How long a fetch may take when nothing else is said. */
export const MOST_MS: number = 60 * 60 * 1000
/** How long nothing may come. */
export const IDLE_MS = 60_000
