import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openPublic, openSecret } from '../../../src/compute/crypto/additive.ts'
import {
  type BinnedRows,
  buildHistogram,
  type CipherHistogram,
  planHistogram,
  siblingHistogram,
} from '../../../src/compute/crypto/cipher-histogram.ts'
import {
  gradientPacking,
  packedBound,
  packGradients,
  unpack,
} from '../../../src/compute/crypto/packing.ts'
import { inline } from '../../../src/compute/parallel.ts'
import { ouCases, seeded, smallKey } from './fixture.ts'

const [rows, features, bins] = [180, 3, 7]
const random = seeded(9)
// The last feature puts nearly every row into bin 0.
const binned: BinnedRows = {
  features,
  bins,
  data: random(rows * features).map((byte, i) =>
    i % features === 2 && byte < 240 ? 0 : byte % bins,
  ),
}
const packing = gradientPacking({ rows, most: 1 })
const gradients = Float64Array.from(random(rows), (byte) => (byte - 128) / 128)
const hessians = Float64Array.from(random(rows), (byte) => byte / 256)
const messages = packGradients(packing, gradients, hessians)

/** What a histogram decrypts to, from the plain numbers. */
function expected(chosen: readonly number[], skip = [-1, -1, -1]): bigint[][] {
  return Array.from({ length: features * bins }, (_, i) => {
    const [feature, bin] = [Math.floor(i / bins), i % bins]
    const members = chosen.filter(
      (row) => binned.data[row * features + feature] === bin && skip[feature] !== bin,
    )
    return unpack(
      packing,
      members.reduce((sum, row) => sum + messages[row], 0n),
    )
  })
}

for (const key of [ouCases[0].key, smallKey]) {
  const { publicKey } = key
  const secret = openSecret(key, { parallel: inline })
  const scheme = openPublic(publicKey, { parallel: { ...inline, cores: 2 } })
  const encrypted = async () => ({
    batch: await secret.encrypt(messages, packedBound(packing, 1)),
    packing,
    terms: 1,
  })
  const open = async ({ sums }: CipherHistogram) =>
    (await secret.decrypt(sums.batch)).map((message) => unpack(packing, message))

  test(`${publicKey.scheme}: a histogram is the sums of the rows of each bin`, async () => {
    const all = await buildHistogram(scheme, await encrypted(), { binned })
    assert.equal(all.sums.terms, rows)
    assert.deepEqual(await open(all), expected([...Array(rows).keys()]))
    const compressed = await scheme.compress(all.sums.batch)
    const back = await secret.decompress(compressed)
    assert.deepEqual(
      back.map((message) => unpack(packing, message)),
      expected([...Array(rows).keys()]),
    )
  })

  test(`${publicKey.scheme}: a sibling is the parent less the child, again and again`, async () => {
    const packed = await encrypted()
    let parent = await buildHistogram(scheme, packed, { binned })
    for (const size of [60, 20, 100]) {
      const child = await buildHistogram(scheme, packed, {
        binned,
        rows: parent.rows.filter((_, i) => i % 180 < size),
      })
      const sibling = await siblingHistogram(scheme, parent, child)
      assert.equal(sibling.sums.terms, parent.rows.length - size)
      assert.deepEqual(await open(sibling), expected([...sibling.rows]))
      parent = sibling
    }
    assert.equal(parent.rows.length, 0)
  })
}

test('a skipped bin holds nothing', async () => {
  const secret = openSecret(ouCases[0].key, { parallel: inline })
  const batch = await secret.encrypt(messages, packedBound(packing, 1))
  const skip = Int32Array.of(-1, 3, 0)
  const options = { binned: { ...binned, skip } }
  const histogram = await buildHistogram(secret, { batch, packing, terms: 1 }, options)
  const opened = (await secret.decrypt(histogram.sums.batch)).map((m) => unpack(packing, m))
  assert.deepEqual(opened, expected([...Array(rows).keys()], [...skip]))
})

test('rows, bins and children that do not fit are refused', async () => {
  const scheme = openPublic(ouCases[0].key.publicKey, { parallel: inline })
  const batch = await scheme.encrypt(messages, packedBound(packing, 1))
  const packed = { batch, packing, terms: 1 }
  assert.throws(() => planHistogram({ ...binned, bins: 4 }), /is in bin \d of 4/)
  assert.throws(() => planHistogram(binned, Uint32Array.of(3, 3)), /ascending/)
  assert.throws(() => planHistogram(binned, Uint32Array.of(rows)), /ascending rows below 180/)
  const few = { ...binned, data: binned.data.slice(features) }
  await assert.rejects(buildHistogram(scheme, packed, { binned: few }), /expected bins of 180 rows/)
  const most = await buildHistogram(scheme, { ...packed, terms: 1 }, { binned })
  await assert.rejects(
    buildHistogram(scheme, { ...packed, terms: 2 }, { binned }),
    /buildHistogram: 360 values are more than the 2\^8/,
  )
  const part = Uint32Array.of(1, 5, 9)
  const parent = await buildHistogram(scheme, packed, { binned, rows: part })
  const child = await buildHistogram(scheme, packed, { binned, rows: Uint32Array.of(5, 8) })
  await assert.rejects(siblingHistogram(scheme, parent, child), /row 8 of the child/)
  await assert.rejects(siblingHistogram(scheme, parent, most), /of the child is not one/)
  await assert.rejects(siblingHistogram(scheme, { ...most, bins: 8 }, child), /other features/)
})
