import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  encryptPairs,
  histogramRows,
  openPairs,
  sealCuts,
} from '../../../src/compute/crypto/gradient-cipher.ts'
import {
  cipherHistograms,
  drawGradientKey,
  encryptGradients,
  openHistograms,
  sealHistograms,
  subtractCiphers,
} from '../../../src/compute/crypto/gradient-vector.ts'
import { randomBytes } from '../../../src/compute/crypto/random.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import { binColumns } from '../../../src/compute/ml/tree/binning.ts'
import { layOutBins, leftSums } from '../../../src/compute/ml/tree/candidate.ts'
import { quantise } from '../../../src/compute/ml/tree/gradient.ts'
import { buildHistogram, LANES } from '../../../src/compute/ml/tree/histogram.ts'
import { allRows } from '../../../src/compute/ml/tree/sample.ts'
import { inline } from '../../../src/compute/parallel.ts'
import { treeData } from '../../helpers/tree-data.ts'

const options = { parallel: inline }

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

/** Gradients and columns of which some are mostly one value, and what their plain histogram says of every cut. */
function scene(missing: number, rows = 90) {
  const { columns: values } = treeData({ rows, columns: 5, classes: 2, missing })
  values.push(Float64Array.from({ length: rows }, (_, row) => (row % 45 === 3 ? 1 : 0)))
  const columns = binColumns(values, {
    most: 6,
    rule: { useMissing: missing > 0, zeroAsMissing: false },
  })
  const rng = createRng(5)
  const draw = (of: () => number) => Float64Array.from({ length: rows }, of)
  const gradients = quantise(draw(rng.normal), draw(rng.uniform))
  const layout = layOutBins(columns, allRows(columns.length))
  const flags = Uint8Array.from(layout.missing, (each) => (each ? 1 : 0))
  const plainLeft = (used: Uint32Array) => {
    const left = leftSums(layout, buildHistogram(columns, layout, { gradients, rows: used }), LANES)
    return left.filter((_, at) => at % LANES < 2)
  }
  const cipherRows = (used: Uint32Array) => ({
    rows: used,
    bins: columns.map(({ bins }) => Uint16Array.from(used, (row) => bins[row])),
  })
  return { columns, gradients, layout, flags, plainLeft, cipherRows, rows }
}

for (const scheme of ['paillier', 'okamoto-uchiyama'] as const)
  describe(`histograms under ${scheme}`, () => {
    const key = drawGradientKey(scheme, { bits: 1024, random: randomBytes })

    for (const missing of [0, 0.3]) {
      for (const compress of [true, false]) {
        it(`are those of plain numbers: ${missing} missing, compressed ${compress}`, async () => {
          const { gradients, layout, flags, plainLeft, cipherRows, rows } = scene(missing)
          const ciphertexts = await encryptGradients(key, gradients, options)
          const all = allRows(rows)
          const half = all.filter((row) => row % 3 > 0)
          const { widths } = layout
          const [whole, part] = await cipherHistograms(
            key,
            { ciphertexts, widths, list: [cipherRows(all), cipherRows(half)] },
            options,
          )
          const rest = await subtractCiphers(key, { a: whole, b: part }, options)
          const picks = allRows(layout.cuts.length).reverse()
          const nodes = [whole, part, rest].map((histogram) => ({ histogram, picks }))
          const sealed = await sealHistograms(
            key,
            { widths, missing: flags, nodes, compress },
            options,
          )
          const counts = Uint32Array.of(picks.length, picks.length, picks.length)
          const sizes = sealed.map((each) => each.length / key.width)
          const expected = compress ? Math.ceil(picks.length / key.slots) : picks.length
          assert.deepEqual(sizes, [expected, expected, expected])
          const joined = join(sealed)
          const opened = await openHistograms(key, { rows: joined, counts, compress }, options)
          for (const [at, used] of [all, half, all.filter((row) => row % 3 === 0)].entries()) {
            const plain = plainLeft(used)
            picks.forEach((cut, place) => {
              assert.equal(opened[at][2 * place], plain[2 * cut])
              assert.equal(opened[at][2 * place + 1], plain[2 * cut + 1])
            })
          }
        })
      }
    }

    it('hold the largest sums there may be, of either sign', async () => {
      const most = 2 ** 46
      const g = Float64Array.of(most, -most, 0, most - 1, -1, -most)
      const h = Float64Array.of(most, 0, most, 1, 0, most)
      const rows = encryptPairs({ secret: key.secret, g, h })
      const widths = Uint32Array.from(g, () => 2)
      // Column j has row j alone in its first bin, so that cut j is that row.
      const bins = new Uint16Array(36).map((_, at) => (at % 6 === Math.floor(at / 6) ? 0 : 1))
      const histogram = histogramRows({ key: key.bytes, rows, bins, widths })
      const call = { key: key.bytes, histogram, widths, missing: new Uint8Array(6) }
      const sealed = sealCuts({ ...call, picks: allRows(6), slots: key.slots })
      const pairs = openPairs({ secret: key.secret, rows: sealed, slots: key.slots, count: 6 })
      assert.deepEqual(
        [...pairs],
        [...g].flatMap((value, at) => [value, h[at]]),
      )
    })

    it('are randomised afresh before they leave', () => {
      const rows = encryptPairs({
        secret: key.secret,
        g: Float64Array.of(5),
        h: Float64Array.of(1),
      })
      const call = {
        key: key.bytes,
        histogram: new Uint8Array([...rows, ...rows]),
        widths: Uint32Array.of(2),
        missing: Uint8Array.of(0),
        picks: Uint32Array.of(0),
        slots: 1,
      }
      const [first, second] = [sealCuts(call), sealCuts(call)]
      assert.notDeepEqual(first, second)
      assert.notDeepEqual(first, rows)
      const open = (sealed: Uint8Array) =>
        openPairs({ secret: key.secret, rows: sealed, slots: 1, count: 1 })
      assert.deepEqual([...open(first)], [5, 1])
      assert.deepEqual([...open(second)], [5, 1])
    })

    it('refuse what is no derivative, and what is no sum', () => {
      const encrypt = (g: number, h: number) =>
        encryptPairs({ secret: key.secret, g: Float64Array.of(g), h: Float64Array.of(h) })
      for (const [g, h] of [
        [0.5, 1],
        [1, -1],
        [2 ** 47, 1],
        [Number.NaN, 1],
      ]) {
        assert.throws(() => encrypt(g, h), /expected integers within 2\^46/)
      }
      const twice = histogramRows({
        key: key.bytes,
        rows: join([encrypt(2 ** 46, 3), encrypt(2 ** 46, 3)]),
        bins: Uint16Array.of(0, 0),
        widths: Uint32Array.of(1),
      })
      const open = { secret: key.secret, rows: twice, slots: 1 }
      assert.throws(() => openPairs({ ...open, count: 1 }), /sum 0 is beyond 2\^46/)
      assert.throws(() => openPairs({ ...open, count: 2 }), /2 sums do not take 1/)
    })
  })
