/**
 * Weight of evidence and information value of a binned column.
 * @module
 */
import type { BinCounts } from './binning.ts'

/** One entry a bin, but for the last two. */
export interface BinReport {
  readonly events: readonly number[]
  readonly nonEvents: readonly number[]
  /** Shares of all events, or all other rows, that lie in the bin. */
  readonly eventRates: readonly number[]
  readonly nonEventRates: readonly number[]
  /** ln(non-event rate / event rate). */
  readonly woe: readonly number[]
  /** (non-event rate - event rate) · woe. */
  readonly iv: readonly number[]
  readonly total: number
  readonly monotonic: boolean
}

/**
 * Reports on bins; `adjustment` is added to both counts of a bin that has rows of one class only. A bin without rows
 * has rates, weight and value 0.
 */
export function reportBins(counts: BinCounts, adjustment = 0.5): BinReport {
  const { events, nonEvents } = counts
  const allEvents = events.reduce((sum, count) => sum + count, 0) || 1
  const allOthers = nonEvents.reduce((sum, count) => sum + count, 0) || 1
  const rates = events.map((count, at) => {
    const other = nonEvents[at]
    if (count === 0 && other === 0) return { event: 0, other: 0, woe: 0, iv: 0 }
    const extra = count === 0 || other === 0 ? adjustment : 0
    const event = (count + extra) / allEvents
    const rest = (other + extra) / allOthers
    const woe = Math.log(rest / event)
    return { event, other: rest, woe, iv: (rest - event) * woe }
  })
  const woe = rates.map((rate) => rate.woe)
  const steps = woe.slice(1).map((value, at) => value - woe[at])
  return {
    events,
    nonEvents,
    eventRates: rates.map(({ event }) => event),
    nonEventRates: rates.map(({ other }) => other),
    woe,
    iv: rates.map(({ iv }) => iv),
    total: rates.reduce((sum, { iv }) => sum + iv, 0),
    monotonic: steps.every((step) => step >= 0) || steps.every((step) => step <= 0),
  }
}
