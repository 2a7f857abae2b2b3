/**
 * Cuts columns into bins. A bin is named by its upper end: a value belongs to the first split point that is not below
 * it, values above all of them to the last.
 * @module
 */
import { quantile, sorted } from './quantile.ts'

/**
 * Split points at the exact quantiles 1/bins … 1 of `values`, repeats left out, so that columns of few values get
 * fewer bins.
 */
export function quantileSplits(values: Float64Array, bins: number): Float64Array {
  const ordered = sorted(values)
  const points = Array.from({ length: bins }, (_, at) => quantile(ordered, (at + 1) / bins))
  return Float64Array.from(new Set(points))
}

/** Split points that cut the range of `values` into `bins` of one width; one point where all values are the same. */
export function bucketSplits(values: Float64Array, bins: number): Float64Array {
  const ordered = sorted(values)
  const [low, high] = [ordered[0], ordered[ordered.length - 1]]
  if (low === high) return Float64Array.of(high)
  const width = (high - low) / bins
  const points = Array.from({ length: bins }, (_, at) =>
    at === bins - 1 ? high : low + width * (at + 1),
  )
  return Float64Array.from(new Set(points))
}

/** The bin of each value. */
export function binIndexes(values: Float64Array, splits: Float64Array): Uint32Array {
  const last = splits.length - 1
  return Uint32Array.from(values, (value) => {
    let [low, high] = [0, last]
    while (low < high) {
      const middle = (low + high) >> 1
      if (splits[middle] < value) low = middle + 1
      else high = middle
    }
    return low
  })
}

/** Rows of each class in each bin of a column. */
export interface BinCounts {
  readonly events: readonly number[]
  readonly nonEvents: readonly number[]
}

/** What makes good bins. */
export interface MergeRule {
  readonly metric: 'iv' | 'gini' | 'chi_square' | 'ks'
  /** At most so many bins. */
  readonly bins: number
  /** Shares of all rows that one bin may have. A least share goes before a most one. */
  readonly leastShare: number
  readonly mostShare: number
  /** Whether every bin must have rows of both classes, as far as there are. */
  readonly mixed: boolean
}

/**
 * Merges neighbouring bins until `rule` holds: answers the last old bin of each new one.
 *
 * - `iv`, `gini`: always the pair whose merging loses least information value, or adds least impurity
 * - `chi_square`: the pair with the least chi-square statistic (Kerber's ChiMerge, 1992)
 * - `ks`: from the top, the cut with the largest gap of the classes' shares, within the bin that has it
 *
 * Bins that are too small or of one class are then merged with the neighbour that is the better partner.
 */
export function mergeBins(counts: BinCounts, rule: MergeRule): number[] {
  const events = counts.events.reduce((sum, count) => sum + count, 0)
  const nonEvents = counts.nonEvents.reduce((sum, count) => sum + count, 0)
  const totals = { events, nonEvents, rows: events + nonEvents }
  const single = counts.events.map((count, at): Group => {
    return { events: count, nonEvents: counts.nonEvents[at], last: at }
  })
  const groups = rule.metric === 'ks' ? cutByKs(single, { ...rule, totals }) : [...single]
  const cost = (at: number): number => mergeCost(rule.metric, [groups[at], groups[at + 1]], totals)
  const fits = (at: number): boolean =>
    rowsOf(groups[at]) + rowsOf(groups[at + 1]) <= rule.mostShare * totals.rows
  while (groups.length > rule.bins) {
    const pairs = groups.slice(1).map((_, at) => at)
    const allowed = pairs.filter(fits)
    mergeAt(groups, leastOf(allowed.length > 0 ? allowed : pairs, cost))
  }
  for (;;) {
    const poor = groups.findIndex(
      (group) =>
        rowsOf(group) < rule.leastShare * totals.rows ||
        (rule.mixed && (group.events === 0 || group.nonEvents === 0)),
    )
    if (poor < 0 || groups.length === 1) break
    const partners = [poor - 1, poor].filter((at) => at >= 0 && at < groups.length - 1)
    mergeAt(groups, leastOf(partners, cost))
  }
  return groups.map(({ last }) => last)
}

interface Group {
  readonly events: number
  readonly nonEvents: number
  readonly last: number
}

interface Totals {
  readonly events: number
  readonly nonEvents: number
  readonly rows: number
}

function rowsOf({ events, nonEvents }: Group): number {
  return events + nonEvents
}

function joined(a: Group, b: Group): Group {
  return { events: a.events + b.events, nonEvents: a.nonEvents + b.nonEvents, last: b.last }
}

function mergeAt(groups: Group[], at: number): void {
  groups.splice(at, 2, joined(groups[at], groups[at + 1]))
}

function leastOf(places: readonly number[], cost: (at: number) => number): number {
  let best = places[0]
  let least = cost(best)
  for (const place of places.slice(1)) {
    const own = cost(place)
    if (own < least) [best, least] = [place, own]
  }
  return best
}

function mergeCost(
  metric: MergeRule['metric'],
  [a, b]: readonly [Group, Group],
  totals: Totals,
): number {
  if (metric === 'chi_square') return chiSquare(a, b)
  const score = metric === 'gini' ? (group: Group) => -impurity(group, totals) : information
  return score(a, totals) + score(b, totals) - score(joined(a, b), totals)
}

/** A bin's part of the information value, with half a row added to each class so that none is empty. */
function information({ events, nonEvents }: Group, totals: Totals): number {
  if (events + nonEvents === 0) return 0
  const event = (events + 0.5) / (totals.events + 0.5)
  const other = (nonEvents + 0.5) / (totals.nonEvents + 0.5)
  return (other - event) * Math.log(other / event)
}

function impurity(group: Group, totals: Totals): number {
  const rows = rowsOf(group)
  if (rows === 0) return 0
  const share = group.events / rows
  return (rows / totals.rows) * 2 * share * (1 - share)
}

function chiSquare(a: Group, b: Group): number {
  const rows = rowsOf(a) + rowsOf(b)
  const both = joined(a, b)
  let sum = 0
  for (const group of [a, b]) {
    for (const kind of ['events', 'nonEvents'] as const) {
      const expected = (rowsOf(group) * both[kind]) / rows
      if (expected > 0) sum += (group[kind] - expected) ** 2 / expected
    }
  }
  return sum
}

function cutByKs(single: readonly Group[], rule: MergeRule & { totals: Totals }): Group[] {
  /** Neighbouring single bins, each list one bin. */
  const parts = [[...single]]
  while (parts.length < rule.bins) {
    let best: { part: number; at: number; gap: number } | undefined
    for (const [part, members] of parts.entries()) {
      const whole = members.reduce(joined)
      let left: Group | undefined
      for (let at = 0; at < members.length - 1; at++) {
        left = left ? joined(left, members[at]) : members[at]
        const small = Math.min(rowsOf(left), rowsOf(whole) - rowsOf(left))
        if (small < rule.leastShare * rule.totals.rows) continue
        const right = {
          events: whole.events - left.events,
          nonEvents: whole.nonEvents - left.nonEvents,
        }
        const oneSided = [left, right].some((side) => side.events === 0 || side.nonEvents === 0)
        if (rule.mixed && oneSided) continue
        const gap = Math.abs(
          left.events / Math.max(rule.totals.events, 1) -
            left.nonEvents / Math.max(rule.totals.nonEvents, 1) -
            (rowsOf(left) / rowsOf(whole)) *
              (whole.events / Math.max(rule.totals.events, 1) -
                whole.nonEvents / Math.max(rule.totals.nonEvents, 1)),
        )
        if (!best || gap > best.gap) best = { part, at, gap }
      }
    }
    if (!best || best.gap === 0) break
    const members = parts[best.part]
    parts.splice(best.part, 1, members.slice(0, best.at + 1), members.slice(best.at + 1))
  }
  return parts.map((members) => members.reduce(joined))
}
