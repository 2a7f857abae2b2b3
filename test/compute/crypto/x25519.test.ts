import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { x25519 } from '@noble/curves/ed25519.js'
import fc from 'fast-check'

import {
  fastest,
  IMPLEMENTATIONS,
  multiplyX25519,
  type Multiply,
} from '../../../src/compute/crypto/x25519.ts'

const scalar = fc.uint8Array({ minLength: 32, maxLength: 32 })

/** Some point for any bytes: their multiple of the base point. */
function pointOf(secret: Uint8Array): Uint8Array {
  return x25519.getPublicKey(secret)
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))
}

/** Every point of small order: 0, 1, two of order 8, −1, and 0 and 1 as p and p + 1. */
const SMALL_ORDER = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
]

const NAMES: Record<string, Multiply> = { ...IMPLEMENTATIONS, chosen: multiplyX25519 }

for (const [name, multiply] of Object.entries(NAMES)) {
  describe(`X25519 by ${name}`, () => {
    it('solves the second test vector of RFC 7748 §5.2', async () => {
      const product = await multiply(
        fromHex('e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493'),
        fromHex('4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d'),
      )
      assert.deepEqual(
        product,
        fromHex('95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957'),
      )
    })

    it('commutes, and agrees with the reference', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(scalar, { maxLength: 3 }),
          scalar,
          scalar,
          async (points, a, b) => {
            const rows = Uint8Array.from(points.flatMap((secret) => [...pointOf(secret)]))
            const ab = await multiply(await multiply(rows, a), b)
            const ba = await multiply(await multiply(rows, b), a)
            assert.deepEqual(ab, ba)
            const expected = points.flatMap((secret) => [
              ...x25519.scalarMult(b, x25519.scalarMult(a, pointOf(secret))),
            ])
            assert.deepEqual([...ab], expected)
          },
        ),
        { numRuns: 5 },
      )
    })

    it('refuses points of small order anywhere in a batch, and names the place', async () => {
      const good = pointOf(new Uint8Array(32).fill(7))
      for (const bad of SMALL_ORDER.map(fromHex)) {
        await assert.rejects(multiply(Uint8Array.of(...good, ...bad, ...good), good), {
          name: 'RangeError',
          message: 'X25519: point 1 has small order, the peer must not send it',
        })
      }
    })

    it('of no point is nothing', async () => {
      assert.equal((await multiply(new Uint8Array(0), new Uint8Array(32).fill(9))).length, 0)
    })
  })
}

describe('X25519', () => {
  it('finds an implementation that works', async () => {
    assert.equal(Object.hasOwn(IMPLEMENTATIONS, await fastest()), true)
  })

  it('refuses a scalar or a point of the wrong size', async () => {
    await assert.rejects(multiplyX25519(new Uint8Array(32), new Uint8Array(31)), RangeError)
    await assert.rejects(multiplyX25519(new Uint8Array(33), new Uint8Array(32)), RangeError)
  })
})
