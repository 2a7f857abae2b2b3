/**
 * Input that would give a wrong number is refused by the function that gets it, by its name and the bound.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openPublic, openSecret } from '../../../src/compute/crypto/additive.ts'
import {
  askTriples,
  answerTriples,
  maskFactors,
  randomRing,
} from '../../../src/compute/crypto/beaver.ts'
import {
  addVectors,
  affine,
  cipherVectorFromBytes,
  cipherVectorToBytes,
  decryptVector,
  encryptVector,
  transposeMultiply,
} from '../../../src/compute/crypto/cipher-vector.ts'
import {
  encryptPairs,
  histogramRows,
  sealCuts,
} from '../../../src/compute/crypto/gradient-cipher.ts'
import { drawGradientKey } from '../../../src/compute/crypto/gradient-vector.ts'
import { maskForOpening } from '../../../src/compute/crypto/masked-opening.ts'
import { checkTerms, pack, unpack } from '../../../src/compute/crypto/packing.ts'
import { randomBytes } from '../../../src/compute/crypto/random.ts'
import { inline } from '../../../src/compute/parallel.ts'
import { fullKey, smallKey } from './fixture.ts'

const parallel = inline
const key = smallKey.publicKey
const half = (fraction: number) =>
  encryptVector(key, Float64Array.of(1.5, -2), { parallel, fraction })

test('fractions that add up beyond what the key has room for are refused by every operation', async () => {
  const most = key.bits - 67
  const vector = await half(500)
  const tiny = 2 ** (500 - most)
  const scaled = await affine(key, vector, { parallel, scale: tiny, scaleFraction: most - 500 })
  assert.equal(scaled.fraction, most)
  const decrypted = await decryptVector(smallKey, scaled, { parallel })
  assert.deepEqual(decrypted, Float64Array.of(1.5 * tiny, -2 * tiny))
  await assert.rejects(
    affine(key, vector, { parallel, scale: tiny, scaleFraction: most - 499 }),
    /affine: a fraction of 958 bits is not one of 0 to 957, which a key of 1024 bits has room for/,
  )
  const x = { rows: 2, cols: 1, data: Float64Array.of(1, 1) }
  await assert.rejects(
    transposeMultiply(key, x, scaled, { parallel, fraction: 1 }),
    /transposeMultiply: a fraction of 958 bits/,
  )
  const long = { ...vector, fraction: most + 1 }
  await assert.rejects(addVectors(key, vector, long, { parallel }), /addVectors: a fraction of 958/)
  const bytes = cipherVectorToBytes(vector)
  bytes.set([255, 255], 2)
  assert.throws(() => cipherVectorFromBytes(bytes, key), /a fraction of 65535 bits/)
  const narrow = { parallel, fraction: -1 }
  await assert.rejects(encryptVector(key, Float64Array.of(1), narrow), /encryptVector: .*fraction/)
})

test('a vector of a key of another size is not packed under a mask', async () => {
  const vector = await half(8)
  assert.throws(
    () => maskForOpening(fullKey.publicKey, vector, { magnitude: 8 }),
    /maskForOpening: the ciphertexts are of the key/,
  )
})

test('a plaintext that no sum of packed values can be is not unpacked', () => {
  const packing = { bits: [4, 6], guard: 2 }
  const greatest = 4n * pack(packing, [15n, 63n])
  assert.deepEqual(unpack(packing, greatest), [60n, 252n])
  assert.deepEqual(unpack(packing, -greatest), [-60n, -252n])
  assert.throws(() => unpack(packing, greatest + 1n), /unpack: field 0 is beyond .* 2\^2 packed/)
  assert.throws(() => unpack(packing, greatest + (1n << 7n)), /unpack: field 1 is beyond/)
  assert.throws(() => unpack(packing, 1n << 90n), /unpack: the message is beyond/)
  for (const terms of [5, -1, 1.5, Number.NaN]) {
    assert.throws(() => checkTerms(packing, terms, 'sumPacked'), /sumPacked: .* than the 2\^2/)
  }
})

test('lists whose number of terms is none are refused before a bound is made of it', async () => {
  const scheme = openPublic(key, { parallel })
  const batch = await scheme.encrypt([1n, 2n], 2n)
  const lists = { order: Uint32Array.of(0, 1), start: Uint32Array.of(0, 2) }
  for (const terms of [Number.NaN, -1, 1.5, 2 ** 60]) {
    await assert.rejects(scheme.sumByIndex(batch, lists, { terms }), /sumByIndex: expected terms/)
  }
})

test('rows in bins that a column has not, and cuts that it has not, are refused', () => {
  const own = drawGradientKey('okamoto-uchiyama', { bits: 1536, random: randomBytes })
  const rows = encryptPairs({
    secret: own.secret,
    g: Float64Array.of(1, 2),
    h: Float64Array.of(1, 1),
  })
  const widths = Uint32Array.of(2, 3)
  const call = { key: own.bytes, rows, widths }
  assert.throws(
    () => histogramRows({ ...call, bins: Uint16Array.of(0, 2, 0, 0) }),
    /histogramRows: row 1 of column 0 is in bin 2 of 2/,
  )
  assert.throws(
    () => histogramRows({ ...call, bins: Uint16Array.of(0, 1, 0) }),
    /histogramRows: expected bins of 2 rows and 2 columns, got 3/,
  )
  const histogram = histogramRows({ ...call, bins: Uint16Array.of(0, 1, 2, 0) })
  const missing = Uint8Array.of(0, 0)
  const seal = { key: own.bytes, histogram, widths, missing, slots: 1 }
  assert.throws(
    () => sealCuts({ ...seal, picks: Uint32Array.of(0, 9) }),
    /sealCuts: pick 1 is cut 9/,
  )
})

test('an answer that is replayed gives no triples, and triples multiply once', async () => {
  const secret = openSecret(smallKey, { parallel })
  const asker = await askTriples(secret, { count: 2 })
  const { answer } = await answerTriples(openPublic(key, { parallel }), asker.question)
  const triples = await asker.finish(answer)
  await assert.rejects(asker.finish(answer), /finish: the answer to these triples was taken before/)
  maskFactors(randomRing(2), randomRing(2), triples)
  assert.throws(
    () => maskFactors(randomRing(2), randomRing(2), triples),
    /maskFactors: these triples were used before/,
  )
})
