import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  encryptPredictor,
  encryptSlopes,
  featureFraction,
  multiplySlopes,
} from '../../../src/component/linear/encrypted-slope.ts'
import {
  decryptVector,
  drawCipherKey,
  generateKey,
} from '../../../src/compute/crypto/cipher-vector.ts'
import { fromColumns } from '../../../src/compute/ml/matrix.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import { inline } from '../../../src/compute/parallel.ts'

const opener = drawCipherKey('okamoto-uchiyama', { bits: 1024 })
const secret = generateKey({ bits: 1024, allowSmall: true })
const context = { key: secret.publicKey, parallel: inline }
const hosts = [Float64Array.of(0.4, -2, 8), Float64Array.of(1, 1, -3)]
const own = Float64Array.of(-0.5, 0.25, 1e6)

describe('encryptSlopes', () => {
  it('adds a quarter of the predictors of all hosts to its own part', async () => {
    const halves = await Promise.all(hosts.map((wx) => encryptPredictor(context, wx)))
    const slopes = await decryptVector(
      secret,
      await encryptSlopes(context, halves, { own, scale: 0.25 }),
      context,
    )
    slopes.forEach((slope, row) => {
      assert.ok(Math.abs(slope - (own[row] + (hosts[0][row] + hosts[1][row]) / 4)) < 1e-9)
    })
  })

  it('is freshly randomised, so that a host cannot take its own ciphertext off again', async () => {
    const half = await encryptPredictor(context, hosts[0])
    const [first, second] = [
      await encryptSlopes(context, [half], { own, scale: 0.25 }),
      await encryptSlopes(context, [half], { own, scale: 0.25 }),
    ]
    const width = first.data.length / first.length
    for (let row = 0; row < first.length; row++) {
      const at = (bytes: Uint8Array): string =>
        Buffer.from(bytes.subarray(row * width, (row + 1) * width)).toString('hex')
      assert.notEqual(at(first.data), at(second.data))
      assert.notEqual(at(first.data), at(half.data))
    }
  })

  it('refuses a predictor that has run away', async () => {
    for (const wx of [2 ** 40, Number.POSITIVE_INFINITY, Number.NaN]) {
      await assert.rejects(encryptPredictor(context, Float64Array.of(wx)), /The training diverges/)
    }
  })
})

describe('multiplySlopes', () => {
  it('of many rows rounds features to fewer bits, within the error that it states', async () => {
    const rows = 4096
    const rng = createRng(7)
    const column = Float64Array.from({ length: rows }, rng.normal)
    const slopes = Float64Array.from({ length: rows }, rng.normal)
    const { publicKey } = opener
    const short = { key: publicKey, parallel: inline }
    const sums = await multiplySlopes(short, await encryptPredictor(short, slopes), {
      features: fromColumns([column]),
      intercept: false,
      share: slopes,
      offset: 0,
    })
    assert.equal(sums.gradient.fraction, 60 + 25)
    assert.equal(featureFraction(rows - 1), 40)
    const [sum] = await decryptVector(opener, sums.gradient, short)
    const expected = column.reduce((total, value, row) => total + value * slopes[row], 0)
    // Six standard deviations of the mean's error, for columns scaled to within 1.
    const limit = 6 * (2 ** -26.7 / Math.sqrt(rows)) * sums.scales[0]
    const error = Math.abs(sum * sums.scales[0] - expected) / rows
    assert.ok(error < limit && error > 0, `${error}, expected below ${limit}`)
  })

  it('gives column sums and the addend of the loss, whatever the size of the columns', async () => {
    const slopes = Float64Array.of(0.3, -0.7, 0.11)
    const columns = [
      Float64Array.of(1e9, -2e9, 3.5e8),
      Float64Array.of(1e-9, 2e-9, 0),
      Float64Array.of(0, 0, 0),
    ]
    for (const share of [own, Float64Array.of(1e-12, 0, 0), new Float64Array(3)]) {
      const sums = await multiplySlopes(context, await encryptPredictor(context, slopes), {
        features: fromColumns(columns),
        intercept: true,
        share,
        offset: 0.125,
      })
      const gradient = await decryptVector(secret, sums.gradient, context)
      const found = gradient.map((sum, at) => sum * sums.scales[at])
      ;[...columns, new Float64Array(3).fill(1)].forEach((column, at) => {
        const expected = column.reduce((sum, value, row) => sum + value * slopes[row], 0)
        const size = Math.max(...column.map(Math.abs))
        assert.ok(Math.abs(found[at] - expected) <= 3e-12 * size, `column ${at}: ${found[at]}`)
      })
      const [loss] = await decryptVector(secret, sums.loss, context)
      const expected = share.reduce((sum, value, row) => sum + value * slopes[row], 0.125)
      assert.ok(Math.abs(loss - expected) <= 3e-12 * Math.max(1, ...share.map(Math.abs)))
    }
  })
})
