import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { openPublic, openSecret } from '../../../src/compute/crypto/additive.ts'
import { drawCipherKey } from '../../../src/compute/crypto/cipher-vector.ts'
import { randomBits } from '../../../src/compute/crypto/random.ts'
import {
  encryptFactors,
  encryptShareRows,
  multiplyFactors,
  multiplyOwnRows,
  multiplyShareRows,
  multiplySum,
  openShareRows,
  packedBatches,
  readFactors,
  repeatFactors,
  rowPacking,
  twice,
} from '../../../src/compute/crypto/share-product.ts'
import { addShares, hideProducts, wrapShare } from '../../../src/compute/crypto/shared-real.ts'
import { inline } from '../../../src/compute/parallel.ts'

const key = drawCipherKey('okamoto-uchiyama', { bits: 2048 })
const secret = openSecret(key, { parallel: inline })
const open = openPublic(key.publicKey, { parallel: inline })
const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes))
const number = (bits: number) => randomBits(bits + 1, random) - (1n << BigInt(bits))

describe('products of shares', () => {
  it('are those of a plain matrix and encrypted rows, for every number of columns', async () => {
    for (const cols of [1, 2, 4, 5]) {
      const [terms, rows, bound] = [3, 2, 2 ** 18 - 1]
      const data = Float64Array.from({ length: terms * rows }, () => Number(number(17)))
      const scalars = { rows: terms, cols: rows, data, bound }
      const shares = {
        rows: terms,
        cols,
        data: Array.from({ length: terms * cols }, () => number(159)),
      }
      const packing = rowPacking(open.limit, { cols, terms, bound })
      assert.equal(packing.slots, Math.min(2, cols))
      const sent = await encryptShareRows(secret, shares, packing)
      assert.equal(sent.length, packedBatches(packing))
      const crossed = sent.map((batch) => open.fromBytes(secret.toBytes(batch)))
      const { answer, own } = await multiplyShareRows(open, crossed, { scalars, packing, random })
      const theirs = await openShareRows(secret, answer, { rows, packing })
      assert.deepEqual(addShares(own.data, theirs.data), multiplyOwnRows(scalars, shares).data)
      const sums = Array.from({ length: rows * cols }, (_, at) => {
        const [row, col] = [Math.floor(at / cols), at % cols]
        return wrapShare(
          [0, 1, 2].reduce(
            (sum, term) => sum + BigInt(data[term * rows + row]) * shares.data[term * cols + col],
            0n,
          ),
        )
      })
      assert.deepEqual(multiplyOwnRows(scalars, shares).data, sums)
    }
  })

  it('are those of shared vectors, element by element and summed', async () => {
    const theirs = [0n, 1n, -1n, ...Array.from({ length: 6 }, () => number(95))]
    const own = [...Array.from({ length: 6 }, () => number(95)), 0n, -1n, (1n << 95n) - 1n]
    const sent = await encryptFactors(secret, theirs)
    const batch = readFactors(open, secret.toBytes(sent), theirs.length)
    const products = await multiplyFactors(open, { batch, shares: own })
    const hidden = await hideProducts(open, products, random)
    const opened = (await secret.decrypt(hidden.answer)).map(wrapShare)
    const wanted = own.map((value, at) => wrapShare(value * theirs[at]))
    assert.deepEqual(addShares(opened, hidden.own), wanted)

    const other = own.toReversed()
    const both = await multiplyFactors(
      open,
      { batch, shares: own },
      { batch: repeatFactors(batch, { times: 1, width: open.width }), shares: other },
    )
    assert.deepEqual(
      await secret.decrypt(both),
      theirs.map((value, at) => value * (own[at] + other[at])),
    )

    const sum = await multiplySum(open, { batch, shares: twice(own) }, random)
    const [one] = (await secret.decrypt(sum.answer)).map(wrapShare)
    const total = own.reduce((all, value, at) => all + 2n * value * theirs[at], 0n)
    assert.equal(wrapShare(one + sum.own[0]), wrapShare(total))

    const repeated = repeatFactors(batch, { times: 3, width: open.width })
    const all = await secret.decrypt(repeated)
    assert.deepEqual(
      all.filter((_, at) => at % 2 === 0),
      theirs.flatMap((value) => [value, value, value]),
    )
  })

  it('go back under masks that leave nothing of them', async () => {
    const batch = readFactors(open, secret.toBytes(await encryptFactors(secret, [5n, 5n])), 2)
    const { answer, own } = await hideProducts(
      open,
      await multiplyFactors(open, { batch, shares: [7n, 7n] }),
      random,
    )
    const seen = await secret.decrypt(answer)
    // Uniform below 2^275: one of less than 240 bits comes once in 2^35 times.
    for (const value of seen) assert.ok(value > 1n << 240n, value.toString(2))
    assert.notEqual(seen[0], seen[1])
    assert.deepEqual(
      seen.map((value, at) => wrapShare(value + own[at])),
      [35n, 35n],
    )
  })

  it('refuse what is too long, or not what it should be', async () => {
    assert.throws(() => encryptFactors(secret, [1n << 96n]), /share 0 is beyond 96 bits/)
    const bytes = secret.toBytes(await encryptFactors(secret, [1n]))
    assert.throws(() => readFactors(open, bytes, 2), /expected 4 ciphertexts, got 2/)
    const wide = secret.toBytes(await secret.encrypt([1n, 1n], 1n << 200n))
    assert.throws(() => readFactors(open, wide, 1), /the bound has 201 bits/)
    assert.throws(
      () => rowPacking(1n << 200n, { cols: 1, terms: 4, bound: 7 }),
      /take 249 bits, the key holds 199/,
    )
  })
})
