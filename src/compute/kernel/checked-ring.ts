/**
 * Arguments of bulk arithmetic, checked before they reach a kernel: one that does not fit would be computed with whatever
 * lies beside it in memory, and give a wrong number.
 * @module
 */
import type { Ring } from './ring.ts'

/** `ring` with every argument checked. Its operations throw RangeError that names them. */
export function checkedRing(ring: Ring): Ring {
  const { width } = ring
  function rowsIn(verb: string, rows: Uint8Array): number {
    const count = rows.length / width
    if (Number.isInteger(count)) return count
    throw new RangeError(`${verb}: ${rows.length} bytes are no whole number of rows of ${width}`)
  }
  function same(verb: string, a: number, b: number): void {
    if (a !== b) throw new RangeError(`${verb}: expected as many rows, got ${a} and ${b}`)
  }
  return {
    kernel: ring.kernel,
    modulus: ring.modulus,
    width,
    multiply(a, b) {
      same('multiply', rowsIn('multiply', a), rowsIn('multiply', b))
      return ring.multiply(a, b)
    },
    product(rows) {
      rowsIn('product', rows)
      return ring.product(rows)
    },
    products(rows, order, start) {
      checkLists(order, start, rowsIn('products', rows))
      return ring.products(rows, order, start)
    },
    power(rows, exponent) {
      rowsIn('power', rows)
      if (exponent < 0n) throw new RangeError(`power: expected an exponent >= 0, got ${exponent}`)
      return ring.power(rows, exponent)
    },
    chain(rows, count, squarings) {
      const all = rowsIn('chain', rows)
      if (all > 0 && !(count > 0 && all % count === 0)) {
        throw new RangeError(`chain: ${all} rows are no whole number of slices of ${count}`)
      }
      return ring.chain(rows, count, squarings)
    },
    fixedBase(base, bytes) {
      const table = ring.fixedBase(base, bytes)
      return {
        power(exponents, factors) {
          const count = exponents.length / bytes
          if (!Number.isInteger(count)) {
            throw new RangeError(
              `fixedBase: ${exponents.length} bytes are no whole number of exponents of ${bytes}`,
            )
          }
          if (factors !== undefined) same('fixedBase', count, rowsIn('fixedBase', factors))
          return table.power(exponents, factors)
        },
      }
    },
    powerProducts(rows, scalars, columns) {
      same('powerProducts', rowsIn('powerProducts', rows) * columns, scalars.length)
      return ring.powerProducts(rows, scalars, columns)
    },
  }
}

function checkLists(order: Uint32Array, start: Uint32Array, count: number): void {
  const wrong = order.findIndex((row) => row >= count)
  if (wrong >= 0) {
    throw new RangeError(`products: entry ${wrong} names row ${order[wrong]} of ${count}`)
  }
  let rising = start.length > 0
  for (let i = 1; i < start.length; i++) rising &&= start[i] >= start[i - 1]
  if (!rising || start[start.length - 1] > order.length) {
    throw new RangeError(`products: the offsets do not cut ${order.length} entries into lists`)
  }
}
