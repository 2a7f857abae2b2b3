import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { openSecret } from '../../../src/compute/crypto/additive.ts'
import { randomBytes } from '../../../src/compute/crypto/random.ts'
import {
  addShares,
  encodeShares,
  multiplyOther,
  multiplyOwn,
  openShares,
  scaleShares,
  SHARE_BOUND,
  shortenShares,
  splitShares,
  wrapShare,
} from '../../../src/compute/crypto/shared-real.ts'
import { inline } from '../../../src/compute/parallel.ts'
import { ouCases, smallKey } from './fixture.ts'

const VALUES = [0, 1, -1, 0.5, -1234.0625, 2 ** 20, -(2 ** -30)]

describe('shares of real numbers', () => {
  it('add up to the numbers, and either alone changes every time', () => {
    const encoded = encodeShares(VALUES, 40)
    const [first, second] = [splitShares(encoded, randomBytes), splitShares(encoded, randomBytes)]
    for (const { own, other } of [first, second]) {
      assert.deepEqual([...openShares(own, other, 40)], VALUES)
    }
    first.own.forEach((share, at) => assert.notEqual(share, second.own[at]))
    assert.ok(first.other.every((share) => share >= -SHARE_BOUND && share < SHARE_BOUND))
  })

  it('are added, scaled by integers and shortened share by share', () => {
    for (let round = 0; round < 50; round++) {
      const { own, other } = splitShares(encodeShares(VALUES, 60), randomBytes)
      const twice = [own, other].map((shares) => scaleShares(addShares(shares, shares), -3n))
      const short = twice.map((shares, party) => shortenShares(shares, 30, party as 0 | 1))
      const opened = openShares(short[0], short[1], 30)
      opened.forEach((value, at) => assert.ok(Math.abs(value + 6 * VALUES[at]) <= 2 ** -29))
    }
  })

  it('are multiplied by a matrix of one party without showing it either share', async () => {
    const data = Float64Array.from({ length: 14 }, (_, at) => ((at * 37) % 23) - 11)
    const matrix = { rows: 7, cols: 2, data, bound: 11 }
    for (const key of [ouCases[1].key, smallKey]) {
      const scheme = openSecret(key, { parallel: inline })
      const { own, other } = splitShares(encodeShares(VALUES, 40), randomBytes)
      const question = await scheme.encrypt(other, SHARE_BOUND)
      const asked = { matrix, shares: question }
      const { answer, own: kept } = await multiplyOther(scheme, asked, randomBytes)
      const opened = await scheme.decrypt(answer)
      const mine = addShares(multiplyOwn(matrix, own), kept)
      const result = openShares(mine, opened.map(wrapShare), 40)
      for (const col of [0, 1]) {
        const expected = VALUES.reduce((sum, value, row) => sum + value * data[2 * row + col], 0)
        assert.ok(Math.abs(result[col] - expected) < 1e-8, `${result[col]}, not ${expected}`)
      }
      const again = await multiplyOther(scheme, asked, randomBytes)
      assert.notDeepEqual(await scheme.decrypt(again.answer), opened)
    }
  })

  it('refuse a key in which products would run over', async () => {
    const scheme = openSecret(ouCases[0].key, { parallel: inline })
    const matrix = { rows: 1, cols: 1, data: Float64Array.of(2 ** 52), bound: 2 ** 53 - 1 }
    const shares = await scheme.encrypt([1n], 1n << 150n)
    await assert.rejects(multiplyOther(scheme, { matrix, shares }, randomBytes), /runs over/)
  })
})
