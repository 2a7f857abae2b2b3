/**
 * The network of VerticalFDNN and the integers that stand for its numbers.
 *
 * One layer of `UNITS` units over the columns of all parties and a column of ones, z = xW; what comes out is
 * o = Σ s_k φ(z_k), with s_k = ±1/2, half of each, and φ(z) = z²/8 + z/2 + 1/4. A layer whose upper weights stay as they are is
 * a committee machine (D. Saad, S. Solla, "On-line learning in soft committee machines", Phys. Rev. E 52, 1995): with such a
 * φ other weights would add nothing, as a factor of a square goes into W, and they would cost more products of shares. φ is
 * the quadratic that is nearest to max(0, z) on [−4, 4], off by 1/4 at most: S. Bernstein's x² + 1/8 for |x| on [−1, 1]
 * (Acta Math. 37, 1914), stretched. Sums of such units are the networks of R. Livni, S. Shalev-Shwartz, O. Shamir, "On the
 * computational efficiency of training neural networks", NIPS 2014.
 *
 * It learns by gradient descent with momentum from the residual d: o − y of numbers; o/4 − t/2 of classes t = ±1, the
 * slope of the loss's expansion to its second order (S. Hardy et al., arXiv 1711.10677, section 3), which shares compute
 * exactly. The chance of class 1 is σ(o).
 * @module
 */
import type { Scalars, ShareMatrix } from '../../compute/crypto/share-product.ts'
import { encodeShares, type Shares, wrapShare } from '../../compute/crypto/shared-real.ts'
import type { Matrix } from '../../compute/ml/matrix.ts'
import { createRng } from '../../compute/ml/rng.ts'
import type { Norm } from './kernel-model.ts'

/** Units, of which the first half is added and the second taken off. */
export const UNITS = 4
/** Columns in units of their spread are cut off here. */
export const MOST_INPUT = 4
/** Fractional bits of columns, of what the units get, and of the momentum. */
const INPUT_FRACTION = 16
const UNIT_FRACTION = 18
const MOMENTUM_FRACTION = 30
/** Fractional bits of o: of z² / 16. */
export const OUTPUT_FRACTION = 2 * UNIT_FRACTION + 4
/** Bits before the point that units, residuals and momentum have at most, with good measure. */
const ROOM = 8
/** No column entry is larger as an integer. */
const INPUT_BOUND = MOST_INPUT * 2 ** INPUT_FRACTION - 1
/** The momentum keeps 7/8 a step. */
export const KEPT = 7 / 8

/** The learning rate is 2^−(what this gives): 1/16, and the less the more columns there are. */
export function rateBits(columns: number): number {
  return 4 + Math.max(0, Math.ceil(Math.log2(columns / 64)))
}

/** Columns in the integers of the network, one row each; those of the guest end with ones. */
export function inputColumns(
  { rows, cols, data }: Matrix,
  { norms, ones }: { norms: readonly Norm[]; ones: boolean },
): Float64Array[] {
  const columns = norms.map(({ shift, extent }, col) =>
    Float64Array.from({ length: rows }, (_, row) => {
      const value = Math.round(((data[row * cols + col] - shift) / extent) * 2 ** INPUT_FRACTION)
      return Math.min(INPUT_BOUND, Math.max(-INPUT_BOUND, value))
    }),
  )
  return ones ? [...columns, new Float64Array(rows).fill(2 ** INPUT_FRACTION)] : columns
}

/** Rows `from` to `to` of columns: a row each, or, turned, a row a column. */
export function scalarsOf(
  columns: readonly Float64Array[],
  { from, to, turned }: { from: number; to: number; turned: boolean },
): Scalars {
  const [rows, cols] = [to - from, columns.length]
  const data = new Float64Array(rows * cols)
  columns.forEach((column, col) => {
    for (let row = 0; row < rows; row++) {
      data[turned ? col * rows + row : row * cols + col] = column[from + row]
    }
  })
  const shape = turned ? { rows: cols, cols: rows } : { rows, cols }
  return { ...shape, data, bound: INPUT_BOUND }
}

/** First weights of a party's own columns; those of the column of ones, the last one's, are 0. */
export function firstWeights(of: {
  seed: number
  stream: number
  width: number
  /** Columns of all parties. */
  columns: number
  ones: boolean
}): ShareMatrix {
  const { seed, stream, width, columns, ones } = of
  const rng = createRng(seed, stream)
  const drawn = Float64Array.from(
    { length: width * UNITS },
    () => rng.normal() / Math.sqrt(columns),
  )
  if (ones) drawn.fill(0, (width - 1) * UNITS)
  const fraction = MOMENTUM_FRACTION + rateBits(columns)
  return { rows: width, cols: UNITS, data: encodeShares(drawn, fraction) }
}

/** From sums of columns times weights to what units get. */
export function unitRounding(columns: number): { bits: number; drop: number } {
  const fraction = INPUT_FRACTION + MOMENTUM_FRACTION + rateBits(columns)
  return { bits: ROOM + fraction, drop: fraction - UNIT_FRACTION }
}

/** Shares of o, row by row, from those of units and of their squares. */
export function outputsOf(units: Shares, squares: Shares): Shares {
  // z²/16 and z/4; the constants of φ cancel, as half of the units are taken off.
  const scale = 1n << BigInt(UNIT_FRACTION + 2)
  return rowSums(units.map((unit, at) => signOf(at) * (squares[at] + scale * unit)))
}

/** How residuals of batches are kept: of `rows` rows, d / rows with `lift` fractional bits more than units. */
export interface ResidualScale {
  readonly classes: boolean
  readonly rows: number
}

/** What is taken off o at the guest: a label as an integer. */
export function targetsOf(labels: Float64Array, classes: boolean): Shares {
  // o/4 − t/2, as a multiple of a quarter.
  const values = classes ? labels.map((label) => 4 * label - 2) : labels
  return encodeShares(values, OUTPUT_FRACTION)
}

/** o less its target times what makes it d / rows; to be rounded as `residualRounding` says. */
export function liftResiduals(shares: Shares, { rows }: Pick<ResidualScale, 'rows'>): Shares {
  const factor = BigInt(Math.round(2 ** (MEAN_FRACTION + liftOf(rows)) / rows))
  return shares.map((share) => wrapShare(share * factor))
}

export function residualRounding({ classes }: Pick<ResidualScale, 'classes'>): {
  bits: number
  drop: number
} {
  const fraction = OUTPUT_FRACTION + (classes ? 2 : 0) + MEAN_FRACTION
  // d is at least d·2^lift / rows, and that less than 2d.
  return { bits: ROOM + fraction + 1, drop: fraction - UNIT_FRACTION }
}

/** Shares of what rows add to the gradient by units: s·d·(z/4 + 1/2), from those of d, and of d·z where each is. */
export function slopesOf(residuals: Shares, products: Shares): Shares {
  const two = 2n << BigInt(UNIT_FRACTION)
  return products.map((product, at) =>
    wrapShare(signOf(at) * (product + two * residuals[Math.floor(at / UNITS)])),
  )
}

/** The momentum, as it is and with a batch's gradient, to be rounded as `stepRounding` says. */
export function liftMomentum(momentum: Shares, gradient: Shares, rows: number): Shares {
  const factor = 7n << BigInt(gradientFraction(rows) - MOMENTUM_FRACTION - 3)
  return momentum.map((share, at) => wrapShare(share * factor + gradient[at]))
}

export function stepRounding(rows: number): { bits: number; drop: number } {
  const fraction = gradientFraction(rows)
  return { bits: ROOM + fraction, drop: fraction - MOMENTUM_FRACTION }
}

/** Sums of squares of what `liftResiduals` gave, as those of d with `SQUARE_FRACTION` fractional bits. */
export function liftSquares(share: bigint, rows: number): bigint {
  const factor =
    (BigInt(rows) ** 2n) << BigInt(SQUARE_FRACTION - 2 * (UNIT_FRACTION + liftOf(rows)))
  return wrapShare(share * factor)
}

/** Fractional bits of sums of squares: for batches of up to 2^20 rows. */
export const SQUARE_FRACTION = 2 * (UNIT_FRACTION + 20)

/** Fractional bits of 1 / rows beside `liftOf`. */
const MEAN_FRACTION = 20

function liftOf(rows: number): number {
  return Math.ceil(Math.log2(rows))
}

/** Of an entry of a column times d / rows times (z + 2) / 8. */
function gradientFraction(rows: number): number {
  return INPUT_FRACTION + 2 * UNIT_FRACTION + liftOf(rows) + 3
}

function signOf(at: number): bigint {
  return at % UNITS < UNITS / 2 ? 1n : -1n
}

function rowSums(values: readonly bigint[]): Shares {
  return Array.from({ length: values.length / UNITS }, (_, row) =>
    wrapShare(values.slice(row * UNITS, (row + 1) * UNITS).reduce((sum, value) => sum + value, 0n)),
  )
}
