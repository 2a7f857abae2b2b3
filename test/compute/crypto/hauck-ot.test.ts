import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js'
import { sha256 } from '@noble/hashes/sha2.js'

import { bytesToBigint } from '../../../src/compute/crypto/bytes.ts'
import { chooseKeys, drawSender, senderKeys } from '../../../src/compute/crypto/hauck-ot.ts'
import { randomBytes } from '../../../src/compute/crypto/random.ts'

const rowOf = (rows: Uint8Array, i: number) => rows.slice(32 * i, 32 * i + 32)
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('transfers of one key out of many', () => {
  it('leave the receiver with the key it chose, and no two keys are the same', () => {
    for (const of of [1, 2, 5, 17]) {
      const sender = drawSender(randomBytes)
      const choices = Uint32Array.from({ length: of }, (_, i) => i)
      const place = { first: 3, of }
      const { point } = sender
      const chosen = chooseKeys(choices, { ...place, point, random: randomBytes })
      const keys = senderKeys(chosen.points, { ...place, ...sender })
      for (const choice of choices) {
        assert.equal(hex(rowOf(chosen.keys, choice)), hex(rowOf(keys, choice * of + choice)))
      }
      const all = Array.from({ length: of * of }, (_, i) => hex(rowOf(keys, i)))
      assert.equal(new Set(all).size, of * of)
    }
  })

  it('have the keys that the formula says, computed point by point', () => {
    const { Point } = ristretto255
    const sender = drawSender(randomBytes)
    const x = randomBytes(64)
    const { points, keys } = chooseKeys(Uint32Array.of(2), {
      first: 7,
      of: 3,
      point: sender.point,
      random: () => x,
    })
    const DST = 'WEFT-V1-OT-with-ristretto255_XMD:SHA-512_R255MAP_RO_'
    const T = ristretto255_hasher.hashToCurve(sender.point, { DST })
    const factor = Point.Fn.create(bytesToBigint(x))
    const R = Point.BASE.multiply(factor).add(T.multiply(2n))
    assert.equal(hex(points), hex(R.toBytes()))
    const y = Point.Fn.fromBytes(sender.scalar)
    const places = [0, 1, 2].map((j) => {
      const shared = j === 0 ? R.multiply(y) : R.subtract(T.multiply(BigInt(j))).multiply(y)
      const at = Uint8Array.of(0, 0, 0, 7, 0, 0, 0, j)
      const label = new TextEncoder().encode('WEFT-V1 one of many transfer key')
      const parts = [label, at, sender.point, points, shared.toBytes()]
      return hex(sha256(Buffer.concat(parts)))
    })
    const all = senderKeys(points, { ...sender, first: 7, of: 3 })
    assert.deepEqual(
      [0, 1, 2].map((j) => hex(rowOf(all, j))),
      places,
    )
    assert.equal(hex(keys), places[2])
  })

  it('refuse what is no point, the zero point and a choice that is not there', () => {
    const sender = drawSender(randomBytes)
    const place = { first: 0, of: 2 }
    const bad = new Uint8Array(32).fill(255)
    assert.throws(() => senderKeys(bad, { ...place, ...sender }), /transfer 0 is none of ristretto/)
    assert.throws(() => senderKeys(new Uint8Array(32), { ...place, ...sender }), /is zero/)
    assert.throws(() => senderKeys(new Uint8Array(31), { ...place, ...sender }), /no points of 32/)
    const choose = (choice: number, point: Uint8Array) => () =>
      chooseKeys(Uint32Array.of(choice), { ...place, point, random: randomBytes })
    assert.throws(choose(0, bad), /sender's point is none/)
    assert.throws(choose(0, new Uint8Array(32)), /is zero/)
    assert.throws(choose(2, sender.point), RangeError)
  })
})
