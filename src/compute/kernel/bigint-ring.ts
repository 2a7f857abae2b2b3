/**
 * Bulk modular arithmetic with `bigint`: runs everywhere, and is the oracle of the faster kernels.
 *
 * Not constant time (see `crypto/modular.ts`).
 * @module
 */
import { bytesToBigint, fromRows, toRows } from '../crypto/bytes.ts'
import { bitLength, modPow } from '../crypto/modular.ts'
import { bucketLists, planBuckets, scalarBits } from './buckets.ts'
import type { FixedBase, Ring } from './ring.ts'

/** Arithmetic modulo `modulus ≥ 3`, odd. */
export function createBigintRing(modulus: bigint): Ring {
  if (modulus < 3n || (modulus & 1n) === 0n) {
    throw new RangeError('createBigintRing: expected an odd modulus of at least 3')
  }
  const width = Math.ceil(bitLength(modulus) / 8)
  const map = (rows: Uint8Array, change: (value: bigint, index: number) => bigint) =>
    toRows(fromRows(rows, width).map(change), width)
  return {
    kernel: 'bigint',
    modulus,
    width,
    multiply(a, b) {
      const right = fromRows(b, width)
      return map(a, (value, i) => (value * right[i]) % modulus)
    },
    product(rows) {
      return toRows([fromRows(rows, width).reduce((x, y) => (x * y) % modulus, 1n)], width)
    },
    products(rows, order, start) {
      const values = fromRows(rows, width)
      const results = Array.from({ length: start.length - 1 }, (_, i) => {
        let value = 1n
        for (let k = start[i]; k < start[i + 1]; k++) value = (value * values[order[k]]) % modulus
        return value
      })
      return toRows(results, width)
    },
    power(rows, exponent) {
      return map(rows, (value) => modPow(value, exponent, modulus))
    },
    chain(rows, count, squarings) {
      const values = fromRows(rows, width)
      const shift = 1n << BigInt(squarings)
      const results = values.slice(0, count).map((first, i) => {
        let value = first
        for (let at = count + i; at < values.length; at += count) {
          value = (modPow(value, shift, modulus) * values[at]) % modulus
        }
        return value
      })
      return toRows(results, width)
    },
    fixedBase: (base, bytes) => createFixedBase(modulus, { base, bytes, width }),
    powerProducts(rows, scalars, columns) {
      const values = fromRows(rows, width)
      const plan = planBuckets(values.length, scalarBits(scalars))
      const results: bigint[] = []
      for (let column = 0; column < columns; column++) {
        const lists = [...bucketLists(plan, scalars, { columns, column })]
        let positive = 1n
        let negative = 1n
        for (const { order, start } of lists.toReversed()) {
          const sums = Array.from({ length: 2 * plan.buckets }, (_, b) => {
            let value = 1n
            for (let k = start[b]; k < start[b + 1]; k++)
              value = (value * values[order[k]]) % modulus
            return value
          })
          const shift = 1n << BigInt(plan.width)
          positive = modPow(positive, shift, modulus) * weigh(sums.slice(0, plan.buckets), modulus)
          negative = modPow(negative, shift, modulus) * weigh(sums.slice(plan.buckets), modulus)
          positive %= modulus
          negative %= modulus
        }
        results.push(positive, negative)
      }
      return toRows(results, width)
    },
  }
}

/** `buckets[0]^1 · buckets[1]^2 · …` with two multiplications a bucket. */
function weigh(buckets: readonly bigint[], modulus: bigint): bigint {
  let running = 1n
  let total = 1n
  for (const bucket of buckets.toReversed()) {
    running = (running * bucket) % modulus
    total = (total * running) % modulus
  }
  return total
}

function createFixedBase(
  modulus: bigint,
  { base, bytes, width }: { base: bigint; bytes: number; width: number },
): FixedBase {
  const table: bigint[][] = []
  let step = base % modulus
  for (let digit = 0; digit < bytes; digit++) {
    const powers = [1n]
    for (let d = 1; d < 256; d++) powers.push((powers[d - 1] * step) % modulus)
    step = (powers[255] * step) % modulus
    table.push(powers)
  }
  return {
    power(exponents, factors) {
      const results = []
      for (let i = 0; i * bytes < exponents.length; i++) {
        let value = 1n
        if (factors !== undefined) {
          value = bytesToBigint(factors.subarray(i * width, (i + 1) * width))
        }
        for (let digit = 0; digit < bytes; digit++) {
          const d = exponents[(i + 1) * bytes - 1 - digit]
          if (d > 0) value = (value * table[digit][d]) % modulus
        }
        results.push(value)
      }
      return toRows(results, width)
    },
  }
}
