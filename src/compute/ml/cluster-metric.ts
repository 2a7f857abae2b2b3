/**
 * How well groups agree with labels, by counting pairs of rows, and how well they lie apart.
 * @module
 */

/** Rows by label and group. */
export interface Contingency {
  /** Rising. */
  readonly labels: readonly number[]
  /** Rising. */
  readonly groups: readonly number[]
  /** `counts[label][group]`. */
  readonly counts: readonly (readonly number[])[]
}

/** Counts rows by label and group. Throws RangeError for lists of different lengths. */
export function contingency(labels: ArrayLike<number>, groups: ArrayLike<number>): Contingency {
  if (labels.length !== groups.length) {
    throw new RangeError(`contingency: ${labels.length} labels and ${groups.length} groups`)
  }
  const rising = (values: ArrayLike<number>): number[] =>
    [...new Set(Array.from(values))].toSorted((a, b) => a - b)
  const [rows, columns] = [rising(labels), rising(groups)]
  const counts = rows.map(() => columns.map(() => 0))
  for (let row = 0; row < labels.length; row++) {
    counts[rows.indexOf(labels[row])][columns.indexOf(groups[row])]++
  }
  return { labels: rows, groups: columns, counts }
}

/** Three measures of one table; each is 1 for groups that are the labels under other names. */
export interface Agreement {
  /** Rand's share of pairs that both treat alike, less what chance gives (Hubert and Arabie 1985). */
  readonly adjusted_rand_score: number
  /** The geometric mean of the pairs' precision and recall. */
  readonly fowlkes_mallows_score: number
  /** Pairs together in both, of those together in either. */
  readonly jaccard_similarity_score: number
}

/** Agreement of labels and groups. Where neither has a pair together all measures are 1. */
export function agreement({ counts }: Contingency): Agreement {
  const pairs = (count: number): number => (count * (count - 1)) / 2
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
  const inBoth = sum(counts.flat().map(pairs))
  const inLabels = sum(counts.map((row) => pairs(sum(row))))
  const columns = counts[0]?.map((_, at) => sum(counts.map((row) => row[at]))) ?? []
  const inGroups = sum(columns.map(pairs))
  const all = pairs(sum(columns))
  const chance = all === 0 ? 0 : (inLabels * inGroups) / all
  const most = (inLabels + inGroups) / 2
  const either = inLabels + inGroups - inBoth
  return {
    adjusted_rand_score: most === chance ? 1 : (inBoth - chance) / (most - chance),
    fowlkes_mallows_score: either === 0 ? 1 : inBoth / Math.sqrt(inLabels * inGroups) || 0,
    jaccard_similarity_score: either === 0 ? 1 : inBoth / either,
  }
}

/** Where a group lies, over columns that may be several parties'. */
export interface GroupShape {
  /** The mean distance of its rows to its centre. */
  readonly radius: number
  /** How far its centre is from that of every group, its own included. */
  readonly distances: readonly number[]
}

/** The name of a column of predictions that has the shape of a group in its first row, null in the others. */
export const GROUP_SHAPE = 'cluster_shape'

/**
 * The index of D. Davies and D. Bouldin, "A Cluster Separation Measure", IEEE Transactions on Pattern Analysis and Machine
 * Intelligence 1 (1979): the mean over groups of the worst (radius + radius) / distance; the less the better. NaN for
 * fewer than two groups; groups of one centre are infinitely bad.
 */
export function daviesBouldin(groups: readonly { at: number; shape: GroupShape }[]): number {
  if (groups.length < 2) return Number.NaN
  const worst = groups.map(({ at, shape }) =>
    Math.max(
      ...groups.map((other) => {
        if (other.at === at) return 0
        const sum = shape.radius + other.shape.radius
        return sum === 0 ? 0 : sum / shape.distances[other.at]
      }),
    ),
  )
  return worst.reduce((sum, value) => sum + value, 0) / groups.length
}
