/**
 * Products of a plain matrix and an encrypted vector, on all cores: the bulk of what linear models cost.
 *
 * Columns are cut, rows are not: every column pays for adding up its buckets, which is the less a row the more rows share
 * them (`kernel/buckets.ts`). Blocks of columns are rounded to integers when a core is about to be free, so that of a
 * wide matrix only a few blocks exist at a time, and all of them read one shared copy of the ciphertexts.
 * @module
 */
import type { KernelArguments, KernelName, KernelResult } from '../kernels.ts'
import type { Parallel } from '../parallel.ts'
import { concatBytes } from './bytes.ts'
import { type CipherKey, cipherKeyToBytes } from './cipher-key.ts'
import { checkVector, roomFor } from './cipher-vector-check.ts'
import type { CipherVector, VectorOptions } from './cipher-vector.ts'
import { checkFraction, encodeScalars } from './fixed-point.ts'
import { addRows } from './vector-kernel.ts'

/** A matrix of reals that is read in blocks. */
export interface BlockMatrix {
  readonly rows: number
  readonly cols: number
  /** Rows `top` to `bottom` of columns `left` to `right`, all exclusive at the end, row-major; the caller may keep it. */
  block(at: BlockRange): Float64Array
}

/** A part of a matrix. */
export interface BlockRange {
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly right: number
}

/**
 * `Xᵀ·[v]`: one ciphertext for each column of `x` (row-major, as many rows as `vector` is long), with fresh
 * randomness. Entries of `x` are rounded to `fraction` fractional bits, so element j is off by at most
 * `2^−(fraction + 1) · Σ|v_i|`; the result's fraction is the sum of both. Costs 2.7 modular multiplications an entry of
 * 27 bits and 4.0 an entry of 41 bits where there are 100,000 rows, and more where there are fewer.
 */
export async function transposeMultiply(
  key: CipherKey,
  x: { rows: number; cols: number; data: Float64Array } | BlockMatrix,
  vector: CipherVector,
  options: VectorOptions & { fraction: number },
): Promise<CipherVector> {
  const { parallel, signal } = options
  checkVector(key, vector, 'transposeMultiply')
  checkFraction(options.fraction, 'transposeMultiply')
  const source = 'block' in x ? x : blocksOf(x)
  if (x.rows !== vector.length || ('data' in x && x.data.length !== x.rows * x.cols)) {
    const data = 'data' in x ? ` with ${x.data.length} numbers` : ''
    throw new RangeError(
      `transposeMultiply: expected a matrix of ${vector.length} rows and its data in full, got ${x.rows} x ${x.cols}${data}`,
    )
  }
  if (x.rows === 0) throw new RangeError('transposeMultiply: the vector is empty')
  const fraction = roomFor(key, vector.fraction + options.fraction, 'transposeMultiply')
  const bytes = cipherKeyToBytes(key)
  const { bands, columns } = cutMatrix(x, parallel.cores)
  const width = vector.data.length / vector.length
  const rows = bands.map(([top, bottom]) =>
    shared(vector.data.subarray(top * width, bottom * width)),
  )
  const places = bands.flatMap(([top, bottom], band) =>
    columns.map(([left, right]) => ({ band, top, bottom, left, right })),
  )
  const parts = await mapLazily(parallel, {
    kernel: 'vector.transposeMultiply',
    count: places.length,
    signal,
    call(at) {
      const { band, left, right } = places[at]
      const scalars = encodeScalars(source.block(places[at]), options.fraction)
      return { key: bytes, rows: rows[band], scalars, columns: right - left }
    },
  })
  const sums = bands.map((_, band) =>
    concatBytes(parts.slice(band * columns.length, (band + 1) * columns.length)),
  )
  const data = sums.reduce((a, b) => addRows({ key: bytes, a, b, doublingsA: 0, doublingsB: 0 }))
  return { ...vector, length: x.cols, fraction, data }
}

/** Rows of one band: beyond it, memory of a kernel would be the limit, and larger buckets no longer help. */
const MOST_ROWS = 2 ** 18
/** Entries of one call: some five seconds of work at 2048 bits. */
const MOST_ENTRIES = 2 ** 21
/** Columns of one call: with fewer, bringing rows into the kernel's form would be felt. */
const LEAST_COLUMNS = 16

type Range = readonly [from: number, to: number]

/** Bands of rows, and columns in blocks of even work for all cores. */
function cutMatrix(x: { rows: number; cols: number }, cores: number) {
  const bands = even(x.rows, Math.ceil(x.rows / MOST_ROWS))
  const height = bands.length === 0 ? 1 : bands[0][1] - bands[0][0]
  const most = Math.max(LEAST_COLUMNS, Math.floor(MOST_ENTRIES / height))
  const rounds = Math.max(1, Math.ceil(x.cols / (most * cores)))
  return { bands, columns: even(x.cols, Math.min(x.cols, rounds * cores)) }
}

/** Cuts `0 … length − 1` into so many parts of lengths that differ by one at most. */
function even(length: number, parts: number): Range[] {
  const edge = (at: number): number => Math.floor((at * length) / parts)
  return Array.from({ length: parts }, (_, at): Range => [edge(at), edge(at + 1)])
}

function blocksOf(x: { rows: number; cols: number; data: Float64Array }): BlockMatrix {
  return {
    rows: x.rows,
    cols: x.cols,
    block({ top, bottom, left, right }) {
      const part = new Float64Array((bottom - top) * (right - left))
      for (let row = top; row < bottom; row++) {
        const values = x.data.subarray(row * x.cols + left, row * x.cols + right)
        part.set(values, (row - top) * (right - left))
      }
      return part
    },
  }
}

/** The bytes in memory that threads look at together, where the runtime has such. */
function shared(bytes: Uint8Array): Uint8Array {
  if (typeof SharedArrayBuffer === 'undefined') return bytes
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length))
  copy.set(bytes)
  return copy
}

/** Runs `count` calls, one more at a time than there are cores; each is made when its turn comes. */
async function mapLazily<K extends KernelName>(
  parallel: Parallel,
  work: {
    kernel: K
    count: number
    call: (at: number) => KernelArguments<K>
    signal?: AbortSignal
  },
): Promise<KernelResult<K>[]> {
  const { kernel, count, call, signal } = work
  const results: KernelResult<K>[] = []
  let next = 0
  async function line(): Promise<void> {
    while (next < count) {
      const at = next++
      const [result] = await parallel.map(kernel, [call(at)], { signal })
      results[at] = result
    }
  }
  await Promise.all(Array.from({ length: Math.min(count, parallel.cores + 1) }, line))
  return results
}
