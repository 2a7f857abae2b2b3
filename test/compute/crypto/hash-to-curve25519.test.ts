import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { ed25519_hasher } from '@noble/curves/ed25519.js'
import fc from 'fast-check'

import { hashToCurve25519 } from '../../../src/compute/crypto/hash-to-curve25519.ts'
import vectors from '../../vectors/hash-to-curve25519.json' with { type: 'json' }

/** Big-endian hexadecimal, as the RFC prints it, of one little-endian row. */
function hex(rows: Uint8Array, row: number): string {
  const digits = [...rows.subarray(32 * row, 32 * row + 32)].toReversed()
  return digits.map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** The same point by another road: @noble's map to edwards25519 and the birational map back. */
function byEdwards(message: Uint8Array, dst: string): string {
  const p = 2n ** 255n - 19n
  const { y } = ed25519_hasher.hashToCurve(message, { DST: dst }).toAffine()
  let inverse = 1n
  for (let base = (1n - y + p) % p, e = p - 2n; e > 0n; e >>= 1n, base = (base * base) % p) {
    if (e & 1n) inverse = (inverse * base) % p
  }
  return (((1n + y) * inverse) % p).toString(16).padStart(64, '0')
}

describe('hashToCurve25519', () => {
  it('gives the points of RFC 9380, appendix J.4.1', () => {
    const messages = vectors.vectors.map(({ message, repeat }) =>
      bytes(message + (repeat ? repeat.text.repeat(repeat.times) : '')),
    )
    const points = hashToCurve25519(messages, vectors.dst)
    assert.deepEqual(
      messages.map((_, row) => hex(points, row)),
      vectors.vectors.map(({ x }) => x),
    )
  })

  it('agrees with hashing to edwards25519 and mapping back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 5 }),
        fc.string({ minLength: 1, maxLength: 40 }),
        (messages, dst) => {
          const points = hashToCurve25519(messages, dst)
          messages.forEach((message, row) =>
            assert.equal(hex(points, row), byEdwards(message, dst)),
          )
        },
      ),
      { numRuns: 30 },
    )
  })

  it('of no message is nothing', () => {
    assert.deepEqual(hashToCurve25519([], 'test'), new Uint8Array(0))
  })

  it('another domain gives another point', () => {
    const one = hashToCurve25519([bytes('id')], 'one')
    assert.notDeepEqual(hashToCurve25519([bytes('id')], 'other'), one)
  })
})
