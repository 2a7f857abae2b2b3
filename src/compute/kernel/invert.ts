/**
 * Inverses of many numbers for the price of one inversion and about three multiplications each.
 *
 * Source: P. Montgomery, "Speeding the Pollard and elliptic curve methods of factorization", Math. Comp. 48 (1987),
 * section 10.3.1, as a tree of products so that each level is one bulk multiplication.
 * @module
 */
import { bytesToBigint, writeBigint } from '../crypto/bytes.ts'
import { modInverse } from '../crypto/modular.ts'
import type { Ring } from './ring.ts'

/** The inverse of every row. Throws RangeError when a row and the modulus have a common factor. */
export function invertRows(ring: Ring, rows: Uint8Array): Uint8Array {
  const { width } = ring
  if (rows.length === 0) return rows
  if (rows.length === width) {
    const inverse = new Uint8Array(width)
    writeBigint(modInverse(bytesToBigint(rows), ring.modulus), inverse)
    return inverse
  }
  const count = rows.length / width
  const pairs = count >> 1
  const left = takeRows(rows, width, { first: 0, count: pairs })
  const right = takeRows(rows, width, { first: 1, count: pairs })
  const products = new Uint8Array((count - pairs) * width)
  products.set(ring.multiply(left, right))
  if (count % 2 === 1) products.set(rows.subarray((count - 1) * width), pairs * width)
  const inverses = invertRows(ring, products)
  const ofPairs = inverses.subarray(0, pairs * width)
  const ofLeft = ring.multiply(ofPairs, right)
  const ofRight = ring.multiply(ofPairs, left)
  const result = new Uint8Array(rows.length)
  for (let i = 0; i < pairs; i++) {
    result.set(ofLeft.subarray(i * width, (i + 1) * width), 2 * i * width)
    result.set(ofRight.subarray(i * width, (i + 1) * width), (2 * i + 1) * width)
  }
  if (count % 2 === 1) result.set(inverses.subarray(pairs * width), (count - 1) * width)
  return result
}

function takeRows(
  rows: Uint8Array,
  width: number,
  { first, count }: { first: number; count: number },
): Uint8Array {
  const taken = new Uint8Array(count * width)
  for (let i = 0; i < count; i++) {
    const from = (2 * i + first) * width
    taken.set(rows.subarray(from, from + width), i * width)
  }
  return taken
}
