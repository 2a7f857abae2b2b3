import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { openPublic, openSecret } from '../../../src/compute/crypto/additive.ts'
import {
  answerTriples,
  askTriples,
  maskFactors,
  multiplyShares,
  openRing,
  randomRing,
  shareRing,
  type TripleShares,
} from '../../../src/compute/crypto/beaver.ts'
import { generateOuKey } from '../../../src/compute/crypto/okamoto-uchiyama-key.ts'
import { generateKey } from '../../../src/compute/crypto/paillier-key.ts'
import { decodeRing, encodeRing } from '../../../src/compute/crypto/ring-mask.ts'
import { inline } from '../../../src/compute/parallel.ts'

const KEYS = {
  Paillier: generateKey({ bits: 1024, allowSmall: true }),
  'Okamoto–Uchiyama': generateOuKey({ bits: 1024, allowSmall: true }),
}

const modulo = (value: bigint) => BigInt.asUintN(64, value)

async function triples(key: (typeof KEYS)[keyof typeof KEYS], count: number) {
  const zero = openSecret(key, { parallel: inline })
  const one = openPublic(key.publicKey, { parallel: inline })
  const asker = await askTriples(zero, { count })
  const over = ({ a, b }: typeof asker.question) => ({
    a: one.fromBytes(zero.toBytes(a)),
    b: one.fromBytes(zero.toBytes(b)),
  })
  const { answer, shares } = await answerTriples(one, over(asker.question))
  const first = await asker.finish(zero.fromBytes(one.toBytes(answer)))
  return { parties: [first, shares] as const, zero, answer }
}

for (const [name, key] of Object.entries(KEYS)) {
  describe(`Beaver triples from ${name}`, () => {
    it('are triples, and no party knows one', async () => {
      const { parties } = await triples(key, 12)
      const [a, b, c] = (['a', 'b', 'c'] as const).map((part) =>
        openRing(parties[0][part], parties[1][part]),
      )
      a.forEach((value, at) => assert.equal(c[at], modulo(value * b[at])))
      for (const { a: own, b: other, c: product } of parties) {
        own.forEach((value, at) => assert.notEqual(product[at], modulo(value * other[at])))
      }
    })

    it('multiply shared numbers', async () => {
      const { parties } = await triples(key, 5)
      const x = BigUint64Array.of(3n, 0n, modulo(-7n), 1n << 63n, modulo(-1n))
      const y = BigUint64Array.of(5n, 9n, 11n, 3n, modulo(-1n))
      const [xs, ys] = [shareRing(x), shareRing(y)]
      const masked = parties.map((own, party) => maskFactors(xs[party], ys[party], own))
      const opened = {
        x: openRing(masked[0].x, masked[1].x),
        y: openRing(masked[0].y, masked[1].y),
      }
      const product = openRing(
        multiplyShares(0, parties[0], opened),
        multiplyShares(1, parties[1], opened),
      )
      assert.deepEqual(
        product,
        x.map((value, at) => modulo(value * y[at])),
      )
    })

    it('hide the cross terms under a mask that is 40 bits longer', async () => {
      const { zero, answer } = await triples(key, 8)
      for (const value of await zero.decrypt(answer)) {
        assert.ok(value > 1n << 140n && value < 1n << 170n, `${value.toString(2).length} bits`)
      }
    })
  })
}

describe('additive shares', () => {
  it('give the numbers back, add up, and are new each time', () => {
    const code = { fraction: 20, bound: 1e6, terms: 4 }
    const [x, y] = [Float64Array.of(1.5, -2.25, 1e6), Float64Array.of(0.5, 4, -1e6)]
    const [xs, ys] = [shareRing(encodeRing(x, code)), shareRing(encodeRing(y, code))]
    assert.deepEqual(decodeRing(openRing(...xs), code), x)
    const sums = [0, 1].map((party) => openRing(xs[party], ys[party]))
    assert.deepEqual(decodeRing(openRing(sums[0], sums[1]), code), Float64Array.of(2, 1.75, 0))
    assert.notDeepEqual(shareRing(encodeRing(x, code)), xs)
  })

  it('are refused in the wrong number', () => {
    const triple = (count: number): TripleShares => {
      const part = randomRing(count)
      return { a: part, b: part, c: part }
    }
    const opened = { x: randomRing(2), y: randomRing(2) }
    assert.throws(() => multiplyShares(0, triple(3), opened), /3 triples for 2 products/)
    assert.throws(
      () => maskFactors(randomRing(2), randomRing(2), triple(3)),
      /maskFactors: lengths 2 and 3 differ/,
    )
  })
})
