/**
 * What the parties of VerticalFDNN see while it learns: every byte that crosses in the open, and every number that one of
 * them decrypts.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { FDNN_MESSAGES } from '../../../src/component/fedlearn/fdnn-messages.ts'
import { verticalFdnn } from '../../../src/component/fedlearn/vertical-fdnn.ts'
import { sharesFromBytes, sharesToBytes } from '../../../src/compute/crypto/share-rounding.ts'
import { inline, type Parallel } from '../../../src/compute/parallel.ts'
import { blob } from '../../../src/federation/codec.ts'
import { runVertical, seriesOf, verticalData } from '../../helpers/vertical-data.ts'

const RULE = { batch_size: 24, num_epochs: 2, isTest: 'true' }

/** Trains at so many parties, and keeps what was decrypted. */
async function watched(parties: number) {
  const opened: bigint[] = []
  const parallel: Parallel = {
    ...inline,
    async map(name, calls, options) {
      const found = await inline.map(name, calls, options)
      if (name === 'additive.decrypt') opened.push(...(found as bigint[][]).flat())
      return found
    },
  }
  const widths = Array.from({ length: parties }, () => 1)
  const train = verticalData({ rows: 48, widths, classes: true })
  const run = await runVertical(verticalFdnn, RULE, { train, parallel })
  return { run, opened, train }
}

/**
 * How far the lower 160 bits of numbers, as bytes, are from being spread alike: of uniform ones it is above 7 in about one
 * of 10^11 tries (chi squared of 255 degrees of freedom, as a standard normal number by Wilson and Hilferty).
 */
function unevenness(numbers: readonly bigint[]): number {
  const counts = new Float64Array(256)
  const bytes = sharesToBytes(numbers.map((value) => BigInt.asIntN(160, value)))
  for (const byte of bytes) counts[byte]++
  const expected = bytes.length / 256
  const chi = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  const freedom = 2 / (9 * 255)
  return ((chi / 255) ** (1 / 3) - (1 - freedom)) / Math.sqrt(freedom)
}

describe('what the parties of VerticalFDNN see', { timeout: 600_000 }, () => {
  it('is told from uniform numbers where it is not masked, so that what follows can fail', () => {
    const plain = Array.from({ length: 400 }, (_, at) => BigInt(Math.round(Math.sin(at) * 2 ** 40)))
    assert.ok(unevenness(plain) > 100, String(unevenness(plain)))
    const wide = plain.map((value) => value << 90n)
    assert.ok(unevenness(wide) > 100)
  })

  for (const parties of [2, 3]) {
    it(`is spread alike of ${parties} parties, all that crosses and all that is decrypted`, async () => {
      const { run, opened, train } = await watched(parties)
      const tags = new Set(run.wire.map(({ tag }) => tag))
      for (const tag of tags) assert.ok(tag in FDNN_MESSAGES, tag)
      assert.ok(!tags.has('score_share'), 'no output is opened of a row that is learnt from')
      const rounded = run.wire
        .filter(({ tag }) => tag === 'rounding')
        .flatMap(({ bytes }) => {
          const body = blob.decode(bytes)
          return [...sharesFromBytes(body, body.length / 20)]
        })
      // Units and residuals of 48 rows, and steps of all weights, twice, from every host.
      const weights = 4 * (parties + 1)
      const all = (parties - 1) * 2 * (48 * 4 + 48 + 2 * weights)
      assert.equal(rounded.length, all)
      assert.ok(unevenness(rounded) < 7, `rounding ${unevenness(rounded)}`)
      // Products of shares, element by element or summed, and the lower slot of those of columns.
      const pairs = (parties * (parties - 1)) / 2
      assert.ok(opened.length >= 2 * pairs * 48 * 8, String(opened.length))
      assert.ok(unevenness(opened) < 7, `decrypted ${unevenness(opened)}`)
      const least = opened.filter((value) => value < 1n << 200n && value > -(1n << 200n))
      assert.deepEqual(least, [], 'masks are longer than what they hide')
      // What is in the open is not about rows.
      const open = [...tags].filter((tag) => FDNN_MESSAGES[tag].kind === 'plain')
      const known = ['row_key', 'row_verdict', 'saved_steps', 'resume_step', 'share_key']
      assert.deepEqual(open.filter((tag) => !known.includes(tag)).toSorted(), [
        'mask_seed',
        'plan',
        'width',
      ])
      // Sums for the guest: one an epoch and host, 20 bytes each.
      const sums = run.wire.filter(({ tag }) => tag === 'loss_sum')
      assert.equal(sums.length, 2 * (parties - 1))
      for (const { bytes } of sums) assert.equal(blob.decode(bytes).length, 20)
      assert.equal(seriesOf(run, 'cross_entropy').length, 2)
      assert.equal(train.ids.length, 48)
    })
  }

  it('is not about labels: hosts see the same numbers of the same sizes', async () => {
    const train = verticalData({ rows: 24, widths: [1, 1], classes: true })
    const other = { ...train, labels: train.labels.map((label) => 1 - label) }
    const sizes = async (data: typeof train) => {
      const run = await runVertical(verticalFdnn, { ...RULE, num_epochs: 1 }, { train: data })
      return run.wire
        .filter(({ tag }) => tag !== 'plan')
        .map(({ from, to, tag, bytes }) => `${from} ${to} ${tag} ${bytes.length}`)
        .toSorted()
    }
    assert.deepEqual(await sizes(train), await sizes(other))
  })
})
