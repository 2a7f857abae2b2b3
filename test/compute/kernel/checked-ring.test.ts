/**
 * Arguments that do not fit never reach a kernel.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { toRows } from '../../../src/compute/crypto/bytes.ts'
import { createBigintRing } from '../../../src/compute/kernel/bigint-ring.ts'
import { createRing } from '../../../src/compute/kernel/load.ts'

const n = (1n << 521n) - 1n
const ring = createRing(n)
const rows = toRows([2n, 3n, n - 1n], ring.width)
const cut = rows.slice(0, -1)
const two = rows.slice(0, 2 * ring.width)
const lists = (order: number[], start: number[]) =>
  [Uint32Array.from(order), Uint32Array.from(start)] as const

test('rows cut short, or fewer than the others, are refused with the name of the operation', () => {
  const base = ring.fixedBase(3n, 2)
  const calls: [string, () => unknown][] = [
    ['multiply', () => ring.multiply(cut, cut)],
    ['multiply', () => ring.multiply(rows, two)],
    ['multiply', () => ring.multiply(two, rows)],
    ['product', () => ring.product(cut)],
    ['products', () => ring.products(cut, ...lists([0], [0, 1]))],
    ['power', () => ring.power(cut, 3n)],
    ['power', () => ring.power(rows, -1n)],
    ['chain', () => ring.chain(cut, 1, 2)],
    ['chain', () => ring.chain(rows, 2, 2)],
    ['chain', () => ring.chain(rows, 0, 2)],
    ['fixedBase', () => base.power(new Uint8Array(5))],
    ['fixedBase', () => base.power(new Uint8Array(4), rows)],
    ['fixedBase', () => base.power(new Uint8Array(6), cut)],
    ['powerProducts', () => ring.powerProducts(rows, new Float64Array(5), 2)],
  ]
  for (const [name, call] of calls) assert.throws(call, new RegExp(`^RangeError: ${name}: `))
})

test('lists that name no row, or are no lists, are refused', () => {
  for (const [order, start] of [
    [[3], [0, 1]],
    [
      [0, 1],
      [0, 2, 1],
    ],
    [
      [0, 1],
      [0, 3],
    ],
    [[0], []],
  ]) {
    assert.throws(() => ring.products(rows, ...lists(order, start)), /^RangeError: products: /)
  }
})

test('what fits is computed as without the check', () => {
  const oracle = createBigintRing(n)
  assert.deepEqual(ring.multiply(rows, rows), oracle.multiply(rows, rows))
  assert.deepEqual(ring.product(rows), oracle.product(rows))
  const own = lists([2, 2, 0], [0, 0, 3])
  assert.deepEqual(ring.products(rows, ...own), oracle.products(rows, ...own))
  assert.deepEqual(ring.power(rows, 5n), oracle.power(rows, 5n))
  assert.deepEqual(ring.chain(rows, 1, 3), oracle.chain(rows, 1, 3))
  assert.deepEqual(ring.chain(new Uint8Array(0), 0, 3), new Uint8Array(0))
  const scalars = Float64Array.of(1, -2, 3)
  assert.deepEqual(ring.powerProducts(rows, scalars, 1), oracle.powerProducts(rows, scalars, 1))
})
