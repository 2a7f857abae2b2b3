/**
 * Products of a matrix that one party knows with a matrix that two share, so that the result goes to one of them and
 * neither learns a factor of the other's: the dense layer between two parts of a network.
 *
 * The weights W are integers with `WEIGHT_FRACTION` fractional bits modulo `2^RING_BITS`, shared additively: W = A + B,
 * each share uniform alone. Of X·W the holder of X and B knows X·B; X·A comes out of A's ciphertexts under the other's key,
 * with X as plain scalars, and to that the holder of X adds X·B and a random multiple of the modulus, which hides by how
 * much the sum of integers ran over it. The other opens it and reduces: X·W, and nothing else but with a probability of
 * 2^-40. Rows of numbers share a ciphertext, as scalars act on all slots alike.
 *
 * Sources: additive sharing with one factor encrypted, as in P. Mohassel and Y. Zhang, "SecureML", IEEE S&P 2017,
 * section IV.C; several numbers in one plaintext as in `packing.ts`.
 * @module
 */
import { type AdditiveScheme, type AdditiveSecret, type CipherBatch, slot } from './additive.ts'
import { decodeFixed, encodeFixed, encodeScalars } from './fixed-point.ts'
import { bitLength } from './modular.ts'
import { randomBelow, randomBits, type RandomBytes, randomBytes } from './random.ts'

/** Bits of the ring that shares are in. */
export const RING_BITS = 112
/** Fractional bits of inputs of the layer, of slopes, and of weights: a weight's step is an input times a slope. */
export const INPUT_FRACTION = 20
export const SLOPE_FRACTION = 36
export const WEIGHT_FRACTION = INPUT_FRACTION + SLOPE_FRACTION
/** Inputs and slopes are below this in magnitude. */
export const MOST_VALUE = 2 ** 12

/** Ring elements, row by row: each in [0, 2^RING_BITS). */
export interface RingMatrix {
  readonly rows: number
  readonly cols: number
  readonly data: readonly bigint[]
}

/** Numbers row by row. */
interface Numbers {
  readonly rows: number
  readonly cols: number
  readonly data: Float64Array
}

/** How a row of numbers lies in ciphertexts. */
export interface SharedPacking {
  /** Bits of a slot. */
  readonly slot: number
  readonly slots: number
}

/** What a product is of. */
export interface ProductShape {
  /** Numbers in a row of the encrypted factor. */
  readonly cols: number
  /** Addends of each entry of the product. */
  readonly terms: number
  /** Whether the encrypted factor is ring elements or slopes; scalars are inputs or slopes. */
  readonly encrypted: 'shares' | 'slopes'
  readonly scalars: 'inputs' | 'slopes'
}

/** The packing of a product. Throws RangeError where not even one number fits the key. */
export function sharedPacking(limit: bigint, shape: ProductShape): SharedPacking {
  const product = messageBits(shape) + scalarBits(shape) + bitLength(BigInt(shape.terms))
  const width = Math.max(product, RING_BITS) + HIDING_BITS + 3
  const slots = Math.floor((bitLength(limit) - 2) / width)
  if (slots >= 1) return { slot: width, slots: Math.min(slots, shape.cols) }
  throw new RangeError(
    `shared product: sums of ${shape.terms} products take ${width} bits, the key holds ${bitLength(limit) - 2}: ` +
      'use fewer units or a longer key (encrypt_param.key_length)',
  )
}

/** Numbers as ring elements with `fraction` fractional bits. Throws RangeError for one of `MOST_VALUE` or more. */
export function toRing(values: Numbers, fraction: number): RingMatrix {
  const bound = BigInt(MOST_VALUE) << BigInt(fraction)
  const data = Array.from(values.data, (value) =>
    BigInt.asUintN(RING_BITS, encodeFixed(value, fraction, bound)),
  )
  return { rows: values.rows, cols: values.cols, data }
}

/** The numbers that ring elements stand for: the upper half of the ring is negative. */
export function fromRing({ data }: RingMatrix, fraction: number): Float64Array {
  return Float64Array.from(data, (value) => decodeFixed(BigInt.asIntN(RING_BITS, value), fraction))
}

/** The sum, or difference, of matrices of one shape in the ring. */
export function addRings(a: RingMatrix, b: RingMatrix, sign: 1 | -1 = 1): RingMatrix {
  const data = a.data.map((value, at) => {
    return BigInt.asUintN(RING_BITS, sign === 1 ? value + b.data[at] : value - b.data[at])
  })
  return { rows: a.rows, cols: a.cols, data }
}

/** A matrix of zeros, and one of uniform elements. */
export function ringOfZeros(rows: number, cols: number): RingMatrix {
  return { rows, cols, data: Array.from({ length: rows * cols }, () => 0n) }
}
export function randomRing(
  rows: number,
  cols: number,
  random: RandomBytes = randomBytes,
): RingMatrix {
  return {
    rows,
    cols,
    data: Array.from({ length: rows * cols }, () => randomBits(RING_BITS, random)),
  }
}

/** Ring elements with the rows as columns. */
export function transposeRing({ rows, cols, data }: RingMatrix): RingMatrix {
  const turned = Array.from({ length: cols * rows }, (_, at) => {
    return data[(at % rows) * cols + Math.floor(at / rows)]
  })
  return { rows: cols, cols: rows, data: turned }
}

/** Scalars: numbers as integers. Throws RangeError for one of `MOST_VALUE` or more. */
export function toScalars(values: Numbers, kind: ProductShape['scalars']): Numbers {
  const bad = values.data.findIndex((value) => !(Math.abs(value) < MOST_VALUE))
  if (bad >= 0) {
    throw new RangeError(`toScalars: ${values.data[bad]} is not below ${MOST_VALUE} in magnitude`)
  }
  const fraction = kind === 'inputs' ? INPUT_FRACTION : SLOPE_FRACTION
  return { ...values, data: encodeScalars(values.data, fraction) }
}

/** Scalars times ring elements: (rows × terms) · (terms × cols) in the ring. */
export function multiplyRing(scalars: Numbers, factor: RingMatrix): RingMatrix {
  const { rows, cols: terms } = scalars
  const { cols } = factor
  const integers = Array.from(scalars.data, BigInt)
  const data: bigint[] = []
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      let sum = 0n
      for (let term = 0; term < terms; term++) {
        sum += integers[row * terms + term] * factor.data[term * cols + col]
      }
      data.push(BigInt.asUintN(RING_BITS, sum))
    }
  }
  return { rows, cols, data }
}

/** The rows of a matrix under a key: one batch for each group of columns, one ciphertext a row. */
export async function encryptRows(
  scheme: AdditiveScheme,
  matrix: RingMatrix,
  { packing, encrypted }: { packing: SharedPacking; encrypted: ProductShape['encrypted'] },
): Promise<CipherBatch[]> {
  const { rows, cols, data } = matrix
  const signed = encrypted === 'slopes'
  const batches: CipherBatch[] = []
  for (const [from, to] of groupsOf(cols, packing.slots)) {
    const messages = Array.from({ length: rows }, (_, row) => {
      const own = data.slice(row * cols + from, row * cols + to)
      return packed(
        signed ? own.map((value) => BigInt.asIntN(RING_BITS, value)) : own,
        packing.slot,
      )
    })
    batches.push(
      await scheme.encrypt(messages, boundOf(to - from, packing, messageBits({ encrypted }))),
    )
  }
  return batches
}

/**
 * Ciphertexts of scalars times the encrypted rows plus `addend` (rows × cols, in the ring) plus what hides the rest:
 * freshly encrypted. `scalars` has one row a row of the product, one column an encrypted row.
 */
export async function multiplyHidden(
  scheme: AdditiveScheme,
  batches: readonly CipherBatch[],
  work: {
    scalars: Numbers
    addend: RingMatrix
    packing: SharedPacking
    shape: ProductShape
    random?: RandomBytes
  },
): Promise<CipherBatch[]> {
  const { scalars, addend, packing, shape, random = randomBytes } = work
  const turned = transpose(scalars)
  const entryBound = 2 ** scalarBits(shape)
  const over = overBits(shape)
  const products: CipherBatch[] = []
  for (const [at, [from, to]] of groupsOf(addend.cols, packing.slots).entries()) {
    const product = await scheme.transposeMultiply(batches[at], turned, entryBound)
    const masks = Array.from({ length: addend.rows }, (_, row) =>
      packed(
        addend.data
          .slice(row * addend.cols + from, row * addend.cols + to)
          .map((value) => value + (randomBelow(1n << BigInt(over), random) << BigInt(RING_BITS))),
        packing.slot,
      ),
    )
    const bound = boundOf(to - from, packing, over + RING_BITS)
    products.push(await scheme.add(product, await scheme.encrypt(masks, bound)))
  }
  return products
}

/** Opens a product of `rows` × `cols`. */
export async function openProduct(
  secret: AdditiveSecret,
  batches: readonly CipherBatch[],
  { rows, cols, packing }: { rows: number; cols: number; packing: SharedPacking },
): Promise<RingMatrix> {
  const data: bigint[] = Array.from({ length: rows * cols }, () => 0n)
  for (const [at, [from, to]] of groupsOf(cols, packing.slots).entries()) {
    const messages = await secret.decrypt(batches[at])
    messages.forEach((message, row) => {
      for (let col = from; col < to; col++) {
        const place = { at: (col - from) * packing.slot, bits: packing.slot }
        data[row * cols + col] = BigInt.asUintN(RING_BITS, slot(message, place))
      }
    })
  }
  return { rows, cols, data }
}

/** A matrix as text, to be kept. */
export function ringToText({ rows, cols, data }: RingMatrix): string {
  return [rows, cols, ...data.map((value) => value.toString(16))].join(' ')
}

/** The matrix in a text. Throws RangeError for a text of another form. */
export function ringFromText(text: string): RingMatrix {
  const [rows, cols, ...data] = text.split(' ')
  const matrix = {
    rows: Number(rows),
    cols: Number(cols),
    data: data.map((value) => BigInt(`0x${value}`)),
  }
  if (matrix.rows * matrix.cols === matrix.data.length) return matrix
  throw new RangeError('ringFromText: this is no matrix of ring elements')
}

/** In how many batches `cols` columns go. */
export function batchesOf(cols: number, packing: SharedPacking): number {
  return groupsOf(cols, packing.slots).length
}

/** Bits that hide what a sum of integers ran over. */
const HIDING_BITS = 40
const VALUE_BITS = bitLength(BigInt(MOST_VALUE)) - 1

function messageBits({ encrypted }: Pick<ProductShape, 'encrypted'>): number {
  return encrypted === 'shares' ? RING_BITS : VALUE_BITS + SLOPE_FRACTION
}

function scalarBits({ scalars }: Pick<ProductShape, 'scalars'>): number {
  return VALUE_BITS + (scalars === 'inputs' ? INPUT_FRACTION : SLOPE_FRACTION)
}

/** Bits of the multiple of the modulus that hides an overflow. */
function overBits(shape: ProductShape): number {
  const product = messageBits(shape) + scalarBits(shape) + bitLength(BigInt(shape.terms))
  return Math.max(product - RING_BITS, 0) + HIDING_BITS + 1
}

/** The most that `count` slots of numbers of `bits` bits add up to. */
function boundOf(count: number, packing: SharedPacking, bits: number): bigint {
  return 1n << BigInt((count - 1) * packing.slot + bits + 1)
}

function groupsOf(cols: number, slots: number): [number, number][] {
  return Array.from({ length: Math.ceil(cols / slots) }, (_, at) => {
    return [at * slots, Math.min(cols, (at + 1) * slots)]
  })
}

function packed(values: readonly bigint[], width: number): bigint {
  return values.reduceRight((sum, value) => (sum << BigInt(width)) + value, 0n)
}

function transpose({ rows, cols, data }: Numbers): Numbers {
  const turned = new Float64Array(data.length)
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) turned[col * rows + row] = data[row * cols + col]
  }
  return { rows: cols, cols: rows, data: turned }
}
