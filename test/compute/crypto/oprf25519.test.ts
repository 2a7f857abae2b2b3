import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'

import { x25519 } from '@noble/curves/ed25519.js'

import { hashMultiply, multiplyPoints } from '../../../src/compute/crypto/curve25519.ts'
import { drawBlind, evaluateIds, unblindPoints } from '../../../src/compute/crypto/oprf25519.ts'
import { randomBytes } from '../../../src/compute/crypto/random.ts'

const IDS = ['', 'a', 'customer-1', 'Zürich', 'x'.repeat(500)]

describe('the pseudorandom function on Curve25519', () => {
  it('comes to the same value at its owner and, blinded, at the other party', async () => {
    const key = randomBytes(32)
    const { scalar, inverse } = drawBlind(randomBytes)
    const request = await hashMultiply({ ids: IDS, scalar })
    const answer = await multiplyPoints({ points: request, scalar: key })
    const values = await unblindPoints({ points: answer, scalar: inverse })
    assert.deepEqual(values, await evaluateIds({ ids: IDS, scalar: key }))
    const rows = IDS.map((_, i) =>
      Buffer.from(values.subarray(32 * i, 32 * i + 32)).toString('hex'),
    )
    assert.equal(new Set(rows).size, IDS.length)
    assert.notDeepEqual(values, await evaluateIds({ ids: IDS, scalar: randomBytes(32) }))
  })

  it('is SHA-256 of its name and the product', async () => {
    const scalar = randomBytes(32)
    const products = await hashMultiply({ ids: IDS, scalar })
    const expected = IDS.map((_, i) =>
      createHash('sha256')
        .update('weft-oprf-25519\0')
        .update(products.subarray(32 * i, 32 * i + 32))
        .digest(),
    )
    assert.deepEqual(Buffer.from(await evaluateIds({ ids: IDS, scalar })), Buffer.concat(expected))
  })

  it('has a clamped inverse for every scalar, which gives any point of the group back', async () => {
    const points = await hashMultiply({ ids: IDS, scalar: randomBytes(32) })
    for (let i = 0; i < 50; i++) {
      const { scalar, inverse } = drawBlind(randomBytes)
      for (const each of [scalar, inverse]) {
        assert.deepEqual([each[0] & 7, each[31] >> 6], [0, 1])
      }
      const there = x25519.scalarMult(scalar, points.subarray(32, 64))
      assert.deepEqual(x25519.scalarMult(inverse, there), points.slice(32, 64))
    }
  })

  it('refuses a point of small order among the answers', async () => {
    await assert.rejects(unblindPoints({ points: new Uint8Array(32), scalar: randomBytes(32) }), {
      name: 'RangeError',
    })
  })
})
