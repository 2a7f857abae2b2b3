/**
 * The plan of a product of powers by buckets: which rows are multiplied into which bucket.
 *
 * Source: N. Pippenger, "On the evaluation of powers and monomials", SIAM J. Comput. 9 (1980), in the form that
 * D. Bernstein, J. Doumen, T. Lange, J. Oosterwijk describe ("Faster batch forgery identification", 2012, section 4).
 * Digits are signed, `−2^(w−1) … 2^(w−1)`. As dividing costs far more than multiplying here, negative digits have
 * buckets of their own, and one division at the end serves a whole column.
 * @module
 */
import { bitLength } from '../crypto/modular.ts'

/** How scalars are cut: `windows` digits of `width` bits, hence `2^(width−1)` buckets for either sign. */
export interface BucketPlan {
  readonly width: number
  readonly windows: number
  readonly buckets: number
}

/** The cheapest plan for a column of `rows` scalars of at most `2^bits` in magnitude. */
export function planBuckets(rows: number, bits: number): BucketPlan {
  let best = planOfWidth(1, bits)
  for (let width = 2; width <= 16; width++) {
    const plan = planOfWidth(width, bits)
    if (planCost(plan, rows) < planCost(best, rows)) best = plan
  }
  return best
}

/** Multiplications that a column of `rows` scalars costs under `plan`, at most. */
export function planCost(plan: BucketPlan, rows: number): number {
  // A row goes into one bucket a window; two running products a bucket and sign add the buckets up.
  return plan.windows * (rows + 4 * plan.buckets + 2 * plan.width)
}

function planOfWidth(width: number, bits: number): BucketPlan {
  // The last digit must take the carry of the one before it, up to 2^(width − 1): one bit more than the scalars have.
  return { width, windows: Math.max(1, Math.ceil((bits + 1) / width)), buckets: 2 ** (width - 1) }
}

/** The least b for which all magnitudes are at most 2^b; of integers below 2^53. */
export function scalarBits(scalars: Float64Array): number {
  let most = 0
  for (const scalar of scalars) most = Math.max(most, Math.abs(scalar))
  return most === 0 ? 0 : bitLength(BigInt(most) - 1n)
}

/** The rows of every bucket: those of bucket b are `order[start[b]] … order[start[b + 1] − 1]`. */
export interface BucketLists {
  readonly order: Uint32Array
  /** `2 · buckets + 1` offsets: digit d ≥ 1 has bucket `d − 1`, digit −d has bucket `buckets + d − 1`. */
  readonly start: Uint32Array
}

/**
 * Sorts the rows of one column into buckets, one list for each window from the least significant one.
 * `scalars` is row-major, `columns` wide.
 */
export function* bucketLists(
  plan: BucketPlan,
  scalars: Float64Array,
  { columns, column }: { columns: number; column: number },
): Generator<BucketLists> {
  const rows = scalars.length / columns
  const base = 2 ** plan.width
  const rest = new Float64Array(rows)
  for (let i = 0; i < rows; i++) rest[i] = scalars[i * columns + column]
  const bucket = new Int32Array(rows)
  for (let window = 0; window < plan.windows; window++) {
    const start = new Uint32Array(2 * plan.buckets + 1)
    for (let i = 0; i < rows; i++) {
      // The rest stays an integer below 2^53 in magnitude, so that every step here is exact.
      let digit = rest[i] % base
      if (digit > plan.buckets) digit -= base
      else if (digit < -plan.buckets) digit += base
      rest[i] = (rest[i] - digit) / base
      bucket[i] = digit > 0 ? digit - 1 : digit < 0 ? plan.buckets - digit - 1 : -1
      if (bucket[i] >= 0) start[bucket[i] + 1]++
    }
    for (let b = 0; b < 2 * plan.buckets; b++) start[b + 1] += start[b]
    const next = start.slice()
    const order = new Uint32Array(start[2 * plan.buckets])
    for (let i = 0; i < rows; i++) if (bucket[i] >= 0) order[next[bucket[i]]++] = i
    yield { order, start }
  }
}
