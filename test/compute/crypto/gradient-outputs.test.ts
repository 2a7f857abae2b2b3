import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { encryptPairs } from '../../../src/compute/crypto/gradient-cipher.ts'
import {
  blocksOf,
  encryptOutputs,
  openOutputs,
  outputHistograms,
  sealOutputs,
  subtractOutputs,
} from '../../../src/compute/crypto/gradient-outputs.ts'
import { drawGradientKey, sumsIn } from '../../../src/compute/crypto/gradient-vector.ts'
import { randomBytes } from '../../../src/compute/crypto/random.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import { inline } from '../../../src/compute/parallel.ts'

const options = { parallel: inline }
const MOST = 2 ** 46

for (const scheme of ['paillier', 'okamoto-uchiyama'] as const)
  describe(`gradients of several outputs under ${scheme}`, () => {
    const key = drawGradientKey(scheme, { bits: 1024, random: randomBytes })
    const { slots } = key

    for (const outputs of [1, 2, slots, slots + 1, 2 * slots + 1]) {
      for (const compress of [true, false]) {
        it(`are summed as plain ones: ${outputs} outputs, compressed ${compress}`, async () => {
          const rows = 40
          const rng = createRng(outputs)
          const draw = (least: number) =>
            Float64Array.from({ length: rows }, () => least + rng.integer(2 ** 30 - least))
          const pairs = Array.from({ length: outputs }, () => ({ g: draw(-(2 ** 30)), h: draw(0) }))
          const bins = Uint16Array.from({ length: rows }, () => rng.integer(5))
          const ciphertexts = await encryptOutputs(key, pairs, options)
          const lanes = blocksOf(key, outputs)
          assert.equal(ciphertexts.length, lanes.length * rows * key.width)
          assert.equal(lanes.length, Math.ceil(outputs / slots))

          const widths = Uint32Array.of(5)
          const list = [
            Uint32Array.from(bins.keys()),
            Uint32Array.from(bins.keys()).filter((row) => row % 3 === 0),
          ].map((used) => ({
            rows: used,
            bins: [Uint16Array.from(used, (row) => bins[row])],
          }))
          const input = { ciphertexts, blocks: lanes.length, widths, list }
          const [whole, part] = await outputHistograms(key, input, options)
          const rest = await subtractOutputs(key, { a: whole, b: part }, options)
          const picks = [Uint32Array.of(3, 0, 2, 1), Uint32Array.of(2), Uint32Array.of()]
          const nodes = [whole, rest, part].map((histogram, at) => {
            return { histogram, picks: picks[at] }
          })
          const missing = Uint8Array.of(0)
          const sealed = await sealOutputs(
            key,
            { outputs, widths, missing, nodes, compress },
            options,
          )
          const sizes = lanes.map((each) => {
            const held = compress ? sumsIn(key, each) : 1
            return Math.ceil(4 / held) + 1
          })
          assert.equal(
            sealed.length / key.width,
            sizes.reduce((a, b) => a + b),
          )
          const counts = Uint32Array.from(picks, ({ length }) => length)
          const open = { outputs, rows: sealed, counts, compress }
          const opened = await openOutputs(key, open, options)
          const plain = (used: readonly number[], bin: number) =>
            pairs.flatMap(({ g, h }) =>
              [g, h].map((of) =>
                used.reduce((sum, row) => sum + (bins[row] <= bin ? of[row] : 0), 0),
              ),
            )
          const all = [...bins.keys()]
          assert.deepEqual(
            [...opened[0]],
            [3, 0, 2, 1].flatMap((bin) => plain(all, bin)),
          )
          assert.deepEqual(
            [...opened[1]],
            plain(
              all.filter((row) => row % 3 > 0),
              2,
            ),
          )
          assert.equal(opened[2].length, 0)
          await assert.rejects(
            openOutputs(key, { ...open, rows: sealed.subarray(key.width) }, options),
            /expected \d+ ciphertexts/,
          )
        })
      }
    }

    it('hold the largest sums there may be, of either sign, in every slot', async () => {
      const pairs = Array.from({ length: slots }, (_, at) => ({
        g: Float64Array.of(at % 2 === 0 ? -MOST : MOST, 0),
        h: Float64Array.of(at % 3 === 0 ? 0 : MOST, 0),
      }))
      const ciphertexts = await encryptOutputs(key, pairs, options)
      const widths = Uint32Array.of(2)
      const list = [{ rows: Uint32Array.of(0, 1), bins: [Uint16Array.of(0, 1)] }]
      const [histogram] = await outputHistograms(
        key,
        { ciphertexts, blocks: 1, widths, list },
        options,
      )
      const nodes = [{ histogram, picks: Uint32Array.of(0) }]
      const rest = { outputs: slots, compress: true }
      const sealed = await sealOutputs(
        key,
        { ...rest, widths, missing: Uint8Array.of(0), nodes },
        options,
      )
      assert.equal(sealed.length, key.width)
      const [opened] = await openOutputs(
        key,
        { ...rest, rows: sealed, counts: Uint32Array.of(1) },
        options,
      )
      assert.deepEqual(
        [...opened],
        pairs.flatMap(({ g, h }) => [g[0], h[0]]),
      )
    })

    it('take no memory for sums that are claimed only', async () => {
      const claim = { outputs: 2 ** 16, rows: new Uint8Array(key.width), compress: true }
      const counts = Uint32Array.of(2 ** 32 - 1, 2 ** 32 - 1)
      await assert.rejects(
        openOutputs(key, { ...claim, counts }, options),
        /expected \d+ ciphertexts/,
      )
    })

    it('refuse what no output could have', () => {
      const call = { secret: key.secret, h: Float64Array.of(1, 1), lanes: 2 }
      for (const g of [
        [1, 0.5],
        [2 * MOST, 1],
      ]) {
        assert.throws(
          () => encryptPairs({ ...call, g: Float64Array.from(g) }),
          /expected integers within 2\^46/,
        )
      }
    })
  })
