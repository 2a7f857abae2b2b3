import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { expandMask, ringFromBytes } from '../../../src/compute/crypto/ring-mask.ts'
import { createAggregator, createContributor } from '../../../src/compute/crypto/secure-sum.ts'
import { joinShares, shareSecret } from '../../../src/compute/crypto/shamir.ts'
import type { SumTerms } from '../../../src/compute/crypto/sum-terms.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'

const TERMS: SumTerms = { count: 5, threshold: 3, length: 4, fraction: 30, bound: 1000 }

/** Values that are exact with 30 fractional bits, so that their sum is too. */
function vectors({ count, length }: SumTerms, seed = 1): Float64Array[] {
  const rng = createRng(seed)
  return Array.from({ length: count }, () =>
    Float64Array.from({ length }, () => Math.round((rng.uniform() - 0.5) * 2 ** 20) * 2 ** -12),
  )
}

/** Before which step each contributor is gone: 1 to 4, or 5 for never. What the server sees is in `view`. */
async function run(terms: SumTerms, values: readonly Float64Array[], gone: readonly number[]) {
  const contributors = new Map(
    values.map((each, at) => [at + 1, createContributor(terms, { self: at + 1, values: each })]),
  )
  const staying = (step: number) => [...contributors].filter(([self]) => gone[self - 1] > step)
  const server = createAggregator(terms)
  const keys = server.collectKeys(new Map(staying(1).map(([self, each]) => [self, each.keys()])))
  const parcels = new Map<number, Map<number, Uint8Array>>()
  for (const [self, each] of staying(2)) parcels.set(self, await each.shareSecrets(keys))
  const handed = server.collectParcels(parcels)
  const masked = new Map<number, Uint8Array>()
  for (const [self, each] of staying(3)) {
    masked.set(self, await each.maskVector(handed.get(self) ?? new Map()))
  }
  const arrived = server.collectVectors(masked)
  const shares = new Map(staying(4).map(([self, each]) => [self, each.reveal(arrived)]))
  const sum = await server.finish(shares)
  return { sum, arrived, masked, shares, parcels }
}

function plainSum(values: readonly Float64Array[], who: readonly number[]): Float64Array {
  return values[0].map((_, at) => who.reduce((sum, self) => sum + values[self - 1][at], 0))
}

describe('secure aggregation', () => {
  it('gives the exact sum of those whose vector arrived, whoever drops out when', async () => {
    const steps = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 5, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(1000), async (gone, seed) => {
        const values = vectors(TERMS, seed)
        const left = gone.filter((step) => step > 4).length
        if (left < TERMS.threshold) {
          await assert.rejects(run(TERMS, values, gone), /contributors are left, 3 are needed/)
          return
        }
        const { sum, arrived } = await run(TERMS, values, gone)
        const expected = [1, 2, 3, 4, 5].filter((self) => gone[self - 1] > 3)
        assert.deepEqual(arrived, expected)
        assert.deepEqual(sum, plainSum(values, expected))
      }),
      { numRuns: 60 },
    )
  })

  it('gives the sum with every pair of five gone, at every step', async () => {
    const values = vectors(TERMS)
    for (const step of [2, 3, 4]) {
      for (let a = 0; a < 5; a++) {
        for (let b = a + 1; b < 5; b++) {
          const gone = values.map((_, at) => (at === a || at === b ? step : 5))
          const { sum, arrived } = await run(TERMS, values, gone)
          assert.deepEqual(sum, plainSum(values, arrived))
          assert.equal(arrived.length, step === 4 ? 5 : 3)
        }
      }
    }
  })

  it('shows the server masked vectors that look random and differ each time', async () => {
    const length = 4000
    const terms = { ...TERMS, length }
    const values = Array.from({ length: 5 }, () => new Float64Array(length).fill(1))
    const always = [5, 5, 5, 5, 5]
    const [one, two] = [await run(terms, values, always), await run(terms, values, always)]
    for (const self of [1, 2, 3, 4, 5]) {
      const bytes = one.masked.get(self) ?? new Uint8Array()
      assert.notDeepEqual(bytes, two.masked.get(self))
      // Chi-squared of 255 degrees of freedom: above 400 once in ten million times.
      const counts = new Float64Array(256)
      for (const byte of bytes) counts[byte]++
      const mean = bytes.length / 256
      const chi = counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0)
      assert.ok(chi < 400, `contributor ${self}: ${chi}`)
    }
    assert.deepEqual(one.sum, two.sum)
  })

  it('never shows the server both secrets of one contributor, nor enough of what it may not have', async () => {
    const values = vectors(TERMS)
    const { arrived, masked, shares } = await run(TERMS, values, [5, 3, 5, 5, 5])
    assert.deepEqual(arrived, [1, 3, 4, 5])
    for (const owner of [1, 3, 4, 5]) {
      const found = [...shares].map(([at, own]) => ({
        at,
        data: own.get(owner) ?? new Uint8Array(),
      }))
      const seed = joinShares(found, 3)
      // The seed takes off the own mask only: what is left is still hidden by the masks for the others.
      const rest = ringFromBytes(masked.get(owner) ?? new Uint8Array())
      const own = await expandMask(seed, TERMS.length)
      rest.forEach((element, at) => {
        const left = Number(BigInt.asIntN(64, element - own[at])) * 2 ** -30
        assert.notEqual(left, values[owner - 1][at])
      })
      assert.ok(found.every(({ data }) => data.length === 32))
    }
  })

  it('is asked once, and only for those that took part', async () => {
    const values = vectors(TERMS)
    const self = createContributor(TERMS, { self: 1, values: values[0] })
    const others = [2, 3].map((at) =>
      createContributor(TERMS, { self: at, values: values[at - 1] }),
    )
    const keys = new Map([self, ...others].map((each, at) => [at + 1, each.keys()]))
    assert.throws(() => self.keys(), /step 1 after step 1/)
    await self.shareSecrets(keys)
    const parcels = new Map<number, Uint8Array>()
    for (const [at, other] of others.entries()) {
      parcels.set(at + 2, (await other.shareSecrets(keys)).get(1) ?? new Uint8Array())
    }
    await self.maskVector(parcels)
    self.reveal([1, 2, 3])
    assert.throws(() => self.reveal([1, 2, 3]), /step 4 after step 4/)

    const again = createContributor(TERMS, { self: 1, values: values[0] })
    const fresh = new Map([...keys, [1, again.keys()]])
    await again.shareSecrets(fresh)
    await assert.rejects(again.maskVector(parcels), /parcel of contributor 2 cannot be opened/)
  })

  it('refuses terms, values and keys that could go wrong', async () => {
    const values = new Float64Array(4)
    const make = (part: Partial<SumTerms>, given = values) =>
      createContributor({ ...TERMS, ...part }, { self: 1, values: given })
    assert.throws(() => make({ threshold: 2 }), /more than half of 5/)
    assert.throws(() => make({ count: 1 }), /2 to 255 contributors/)
    assert.throws(() => make({ fraction: 60 }), /do not fit into 64 bits/)
    assert.throws(() => make({}, new Float64Array(3)), /expected 4 values, got 3/)
    assert.throws(
      () => make({}, Float64Array.of(0, 0, 1001, 0)),
      /value 2, 1001, is not within 1000/,
    )
    assert.throws(() => make({}, Float64Array.of(0, Number.NaN, 0, 0)), /value 1, NaN/)
    const self = make({})
    const key = self.keys()
    const twice = new Map([1, 2, 3].map((at) => [at, key]))
    await assert.rejects(self.shareSecrets(twice), /malformed or not its own/)
  })
})

describe("Shamir's shares", () => {
  it('give the secret from any set of the threshold, and not from fewer', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 0, max: 5 }),
        fc.nat(),
        (secret, threshold, more, seed) => {
          const shares = shareSecret(secret, { threshold, count: threshold + more })
          const some = createRng(seed).shuffle(shares).slice(0, threshold)
          assert.deepEqual(joinShares(some, threshold), new Uint8Array(secret))
          assert.throws(() => joinShares(some.slice(1), threshold), /fewer than/)
        },
      ),
    )
  })

  it('of fewer than the threshold fit every secret', () => {
    // With the share at place 1 fixed there is one line through each secret: each value occurs once.
    const random = (bytes: number) => new Uint8Array(bytes).fill(counter)
    let counter = 0
    const seen = new Set<number>()
    for (; counter < 256; counter++) {
      const [first] = shareSecret(Uint8Array.of(77), { threshold: 2, count: 2, random })
      seen.add(first.data[0])
    }
    assert.equal(seen.size, 256)
  })

  it('are refused when they are not shares of one secret', () => {
    const [one, two] = shareSecret(Uint8Array.of(1, 2), { threshold: 2, count: 3 })
    assert.throws(() => joinShares([one, one], 2), /different places/)
    assert.throws(() => joinShares([one, { at: 2, data: two.data.slice(1) }], 2), /one length/)
    assert.throws(() => shareSecret(Uint8Array.of(1), { threshold: 4, count: 3 }), /1 to 3/)
    assert.throws(() => shareSecret(Uint8Array.of(1), { threshold: 4, count: 256 }), /1 to 255/)
  })
})
