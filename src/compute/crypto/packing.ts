/**
 * Several signed numbers in one plaintext, so that one addition adds all of them.
 *
 * A packed plaintext is `Σ v[i] · 2^at[i]`. Field i has `bits[i]` bits for a value, `guard` bits for the sum of up to
 * `2^guard` values, and one for the sign.
 *
 * **Why nothing overflows.** A value is below `2^bits[i]` in magnitude (`pack` refuses others), hence the sum of up to
 * `2^guard` values is below `2^(bits[i] + guard)`: it fits its field of `bits[i] + guard + 1` bits as a signed number. So
 * the fields below one add up to less than half of its unit in magnitude, and rounding them off restores it exactly, a
 * borrow included. A `PackedBatch` counts how many values each of its fields may be the sum of (`terms`), and what would
 * count beyond `2^guard` is refused before it is computed.
 * @module
 */
import { type AdditiveScheme, type CipherBatch, type IndexLists, slot } from './additive.ts'

/** How values lie in a plaintext. */
export interface Packing {
  /** Bits of the magnitude of a value, for each field. */
  readonly bits: readonly number[]
  /** Bits for sums: of up to `2^guard` values. */
  readonly guard: number
}

/** Ciphertexts of packed values. */
export interface PackedBatch {
  readonly batch: CipherBatch
  readonly packing: Packing
  /** Each field is a sum of at most so many values. */
  readonly terms: number
}

/** Gradient and Hessian side by side, for sums over up to `rows ≤ 2^24` rows. */
export interface GradientPacking extends Packing {
  /** Fractional bits of both. */
  readonly fraction: number
  /** Gradients and Hessians are at most this in magnitude. */
  readonly most: number
}

/** The bits of a whole plaintext, sign included. */
export function packedBits({ bits, guard }: Packing): number {
  return bits.reduce((sum, width) => sum + width + guard + 1, 0)
}

/** The greatest magnitude of a packed plaintext whose fields are sums of `terms` values. */
export function packedBound(packing: Packing, terms: number): bigint {
  return packing.bits.reduce(
    (sum, width, i) => sum + ((((1n << BigInt(width)) - 1n) * BigInt(terms)) << offset(packing, i)),
    0n,
  )
}

/** A packing of as many fields of `bits` bits as fit into messages below `limit`, for sums of up to `terms` values. */
export function planPacking(options: { bits: number; terms: number; limit: bigint }): Packing {
  const { bits, terms, limit } = options
  if (!Number.isInteger(bits) || bits < 1 || !Number.isInteger(terms) || terms < 1) {
    throw new RangeError(
      `planPacking: expected bits and terms of at least 1, got ${bits}, ${terms}`,
    )
  }
  const guard = Math.ceil(Math.log2(terms))
  const fields: number[] = []
  while (packedBound({ bits: [...fields, bits], guard }, 2 ** guard) < limit) fields.push(bits)
  if (fields.length === 0) {
    throw new RangeError(
      `planPacking: ${bits} bits and ${guard} for sums do not fit into a message`,
    )
  }
  return { bits: fields, guard }
}

/** One plaintext of signed integers, one for each field. Throws RangeError when one is too large. */
export function pack(packing: Packing, values: readonly bigint[]): bigint {
  const { bits } = packing
  if (values.length !== bits.length) {
    throw new RangeError(`pack: expected ${bits.length} values, got ${values.length}`)
  }
  return values.reduce((sum, value, i) => {
    const most = 1n << BigInt(bits[i])
    if (value >= most || -value >= most) {
      throw new RangeError(`pack: value ${i} is not below 2^${bits[i]} in magnitude`)
    }
    return sum + (value << offset(packing, i))
  }, 0n)
}

/** The fields of a plaintext that is the sum of up to `2^guard` packed ones. Throws RangeError for what cannot be one. */
export function unpack(packing: Packing, message: bigint): bigint[] {
  const { bits, guard } = packing
  const fields = bits.map((width, i) =>
    slot(message, { at: Number(offset(packing, i)), bits: width + guard + 1 }),
  )
  const whole = fields.reduce((sum, field, i) => sum + (field << offset(packing, i)), 0n)
  const wrong = fields.findIndex((field, i) => {
    const most = ((1n << BigInt(bits[i])) - 1n) << BigInt(guard)
    return field > most || -field > most
  })
  if (wrong >= 0 || whole !== message) {
    throw new RangeError(
      `unpack: ${wrong >= 0 ? `field ${wrong}` : 'the message'} is beyond what sums of 2^${guard} packed values can be`,
    )
  }
  return fields
}

/** Encrypts plaintexts of `packing`. */
export async function encryptPacked(
  scheme: AdditiveScheme,
  packing: Packing,
  rows: readonly (readonly bigint[])[],
): Promise<PackedBatch> {
  const messages = rows.map((values) => pack(packing, values))
  return { batch: await scheme.encrypt(messages, packedBound(packing, 1)), packing, terms: 1 }
}

/** Sums field by field. Throws RangeError where a field might run over. */
export async function addPacked(
  scheme: AdditiveScheme,
  a: PackedBatch,
  b: PackedBatch,
): Promise<PackedBatch> {
  const same = a.packing.bits.join() === b.packing.bits.join()
  if (!same || a.packing.guard !== b.packing.guard) {
    throw new RangeError('addPacked: the packings differ')
  }
  const terms = checkTerms(a.packing, a.terms + b.terms, 'addPacked')
  return { batch: await scheme.add(a.batch, b.batch), packing: a.packing, terms }
}

/** Sums of listed plaintexts, of at most `terms` each. Throws RangeError where a field might run over. */
export async function sumPacked(
  scheme: AdditiveScheme,
  { batch, packing, terms }: PackedBatch,
  { lists, most }: { lists: IndexLists; most: number },
): Promise<PackedBatch> {
  const sum = checkTerms(packing, terms * most, 'sumPacked')
  const sums = await scheme.sumByIndex(batch, lists, { terms: most })
  return { batch: sums, packing, terms: sum }
}

/** Throws RangeError unless fields may be sums of `terms` values. */
export function checkTerms({ guard }: Packing, terms: number, verb: string): number {
  if (Number.isSafeInteger(terms) && terms >= 0 && terms <= 2 ** guard) return terms
  throw new RangeError(`${verb}: ${terms} values are more than the 2^${guard} that may be added up`)
}

/**
 * The packing of gradients and Hessians of at most `most` in magnitude, with `fraction` bits after the point (rounding
 * costs at most `2^−(fraction + 1)` a row), for sums over up to `rows` rows.
 */
export function gradientPacking(options: {
  rows: number
  most: number
  fraction?: number
}): GradientPacking {
  const { rows, most, fraction = 30 } = options
  if (!Number.isInteger(rows) || rows < 1 || rows > 2 ** 24) {
    throw new RangeError(`gradientPacking: expected 1 to 2^24 rows, got ${rows}`)
  }
  const greatest = Math.round(most * 2 ** fraction)
  if (!(greatest >= 1) || greatest >= 2 ** 53) {
    throw new RangeError(
      `gradientPacking: ${most} with ${fraction} fractional bits is not from 1 to 2^53 as an integer`,
    )
  }
  const width = BigInt(greatest).toString(2).length
  return { bits: [width, width], guard: Math.ceil(Math.log2(rows)), fraction, most }
}

/** Plaintexts of gradient and Hessian, row by row. */
export function packGradients(
  packing: GradientPacking,
  gradients: Float64Array,
  hessians: Float64Array,
): bigint[] {
  if (gradients.length !== hessians.length) {
    throw new RangeError(
      `packGradients: ${gradients.length} gradients and ${hessians.length} hessians`,
    )
  }
  const scale = 2 ** packing.fraction
  const integer = (value: number, row: number) => {
    if (Math.abs(value) <= packing.most) return BigInt(Math.round(value * scale))
    throw new RangeError(`packGradients: row ${row}, ${value}, is not within ${packing.most}`)
  }
  const above = offset(packing, 1)
  return Array.from(
    gradients,
    (gradient, row) => integer(gradient, row) + (integer(hessians[row], row) << above),
  )
}

/** Gradient and Hessian sums, row by row. A sum of integers beyond 2^53 is rounded to the nearest float. */
export function unpackGradients(
  packing: GradientPacking,
  messages: readonly bigint[],
): { gradients: Float64Array; hessians: Float64Array } {
  const scale = 2 ** -packing.fraction
  const pairs = messages.map((message) => unpack(packing, message))
  return {
    gradients: Float64Array.from(pairs, ([gradient]) => Number(gradient) * scale),
    hessians: Float64Array.from(pairs, ([, hessian]) => Number(hessian) * scale),
  }
}

function offset({ bits, guard }: Packing, field: number): bigint {
  let at = 0
  for (let i = 0; i < field; i++) at += bits[i] + guard + 1
  return BigInt(at)
}
