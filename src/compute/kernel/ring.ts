/**
 * Arithmetic in bulk modulo one number: what every big-number kernel can do.
 *
 * Numbers travel as rows: `width` big-endian bytes each, one row after another, every number below the modulus. All
 * implementations give the same bytes for the same input.
 * @module
 */

/** The implementations there are, fastest first. */
export type KernelKind = 'ifma' | 'wasm-fma' | 'wasm-extmul' | 'bigint'

export interface Ring {
  readonly kernel: KernelKind
  readonly modulus: bigint
  /** Bytes of one row. */
  readonly width: number
  /** `a[i] · b[i]` for every row. */
  multiply(a: Uint8Array, b: Uint8Array): Uint8Array
  /** The product of all rows, as one row; 1 for none. */
  product(rows: Uint8Array): Uint8Array
  /**
   * The product of `rows[order[k]]` for k in `start[i] … start[i + 1] − 1`, for every i: as many rows as `start` has
   * entries, less one. An empty list gives 1.
   */
  products(rows: Uint8Array, order: Uint32Array, start: Uint32Array): Uint8Array
  /** `rows[i] ^ exponent` for every row; `exponent ≥ 0`. */
  power(rows: Uint8Array, exponent: bigint): Uint8Array
  /**
   * Horner's rule over slices of `count` rows each, a, b, c …: `((a[i]^(2^squarings) · b[i])^(2^squarings) · c[i]) …` for
   * every i, without a way to bytes and back between the steps. No rows give none.
   */
  chain(rows: Uint8Array, count: number, squarings: number): Uint8Array
  /** Prepares powers of one base with exponents of `8 · bytes` bits (see `FixedBase`). */
  fixedBase(base: bigint, bytes: number): FixedBase
  /**
   * For every column j of `scalars` two rows: the product of `rows[i] ^ s` over the positive `s = scalars[i][j]`, and
   * that of `rows[i] ^ −s` over the negative ones. `scalars` is row-major, `columns` wide, of integers below 2^53.
   */
  powerProducts(rows: Uint8Array, scalars: Float64Array, columns: number): Uint8Array
}

/** A base whose powers are cheap, thanks to a table of `256 · bytes` rows. */
export interface FixedBase {
  /** `base ^ exponents[i] · factors[i]` for every exponent, a big-endian number of `bytes` bytes. */
  power(exponents: Uint8Array, factors?: Uint8Array): Uint8Array
}
