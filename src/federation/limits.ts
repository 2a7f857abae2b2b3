/**
 * The patience of a transport.
 * @module
 */
import { LINK_LIMITS, type LinkLimits } from './link.ts'
import { ROUTE_LIMITS, type RouteLimits } from './route.ts'

/** How often a transport looks, how long it waits, and how much it keeps; all times in milliseconds. */
export interface TransportLimits extends LinkLimits, RouteLimits {
  /** Shortest pause between looks into the mailbox, and the longest with and without an inbox of one's own. */
  readonly pollMs: readonly [shortest: number, withoutInbox: number, withInbox: number]
  /** First and longest pause between questions where the peers are. */
  readonly peersMs: readonly [number, number]
  /** Hellos that may wait for their receiver to open, and for how long. */
  readonly earlyHellos: number
  readonly earlyMs: number
  /** How long a side that leaves tries to get its last word through, in milliseconds. */
  readonly lastWordMs: number
}

/** Those of a runner. */
export const TRANSPORT_LIMITS: TransportLimits = {
  ...LINK_LIMITS,
  ...ROUTE_LIMITS,
  pollMs: [25, 1_000, 5_000],
  peersMs: [100, 2_000],
  earlyHellos: 1024,
  earlyMs: 900_000,
  lastWordMs: 2_000,
}
