import assert from 'node:assert/strict'
import { createCipheriv, createHash } from 'node:crypto'
import { describe, it } from 'node:test'

import { answerOffer, offerChoices, openAnswer } from '../../../src/compute/crypto/base-ot.ts'
import { binOf, binsFor, HASHES, placeItems } from '../../../src/compute/crypto/cuckoo.ts'
import {
  answerBlock,
  askBlock,
  COLUMNS,
  digestTexts,
  maskBytes,
  plainDigests,
} from '../../../src/compute/crypto/kkrt.ts'
import { randomBytes } from '../../../src/compute/crypto/random.ts'
import { packTexts } from '../../../src/compute/crypto/texts.ts'

const bit = (bytes: Uint8Array, i: number) => (bytes[i >> 3] >> (i & 7)) & 1
const row = (rows: Uint8Array, width: number, i: number) => rows.slice(width * i, width * (i + 1))
const deno = 'Deno' in globalThis && 'needs the ChaCha20 of node:crypto'

/** Key stream by another implementation: counter and nonce are 16 bytes there too. */
function chacha(key: Uint8Array, start: Uint8Array, length: number): Buffer {
  return createCipheriv('chacha20', key, start).update(Buffer.alloc(length))
}

describe('digestTexts', () => {
  it('is SHA-256 of salt and text, for texts of all lengths side by side', () => {
    const salt = randomBytes(16)
    const ids = Array.from({ length: 203 }, (_, i) => `${'é漢x'.repeat((i * 7) % 60)}${i}`)
    const expected = ids.map((id) => createHash('sha256').update(salt).update(id).digest())
    assert.deepEqual(Buffer.from(digestTexts({ ids, salt })), Buffer.concat(expected))
    assert.deepEqual(Buffer.from(plainDigests(packTexts(ids), salt)), Buffer.concat(expected))
    const plain = ids.map((_, i) => 'a'.repeat(i))
    const same = plain.map((id) => createHash('sha256').update(salt).update(id).digest())
    assert.deepEqual(Buffer.from(digestTexts({ ids: plain, salt })), Buffer.concat(same))
    assert.equal(digestTexts({ ids: [], salt }).length, 0)
  })

  it('keeps halves of a surrogate pair in two texts apart', () => {
    const { bytes, ends } = packTexts(['\ud83d', '\ude00'])
    assert.deepEqual([...ends], [3, 6])
    assert.deepEqual(Buffer.from(bytes).toString('hex'), 'efbfbdefbfbd')
  })
})

describe('base transfers', () => {
  it('give the receiver the key of its choice, and the other one is another', async () => {
    const choice = randomBytes(8)
    const offer = await offerChoices(choice, { count: 64, random: randomBytes })
    const { point, keys } = await answerOffer(offer.points, randomBytes)
    const opened = await openAnswer(offer, { choice, point })
    for (let i = 0; i < 64; i++) {
      const chosen = bit(choice, i)
      assert.deepEqual(row(opened, 32, i), row(keys[chosen], 32, i))
      assert.notDeepEqual(row(opened, 32, i), row(keys[1 - chosen], 32, i))
    }
    assert.equal(
      new Set(keys.flatMap((side) => Array.from({ length: 64 }, (_, i) => row(side, 32, i).join())))
        .size,
      128,
    )
  })

  it('refuse points of small order', async () => {
    await assert.rejects(answerOffer(new Uint8Array(64), randomBytes), /small order/)
    const offer = await offerChoices(new Uint8Array(1), { count: 1, random: randomBytes })
    await assert.rejects(
      openAnswer(offer, { choice: new Uint8Array(1), point: new Uint8Array(32) }),
      /small order/,
    )
  })
})

describe('placeItems', () => {
  it('puts every item into one of its bins, one to a bin, at the load of the protocol', () => {
    const count = 30_000
    const digests = randomBytes(32 * count)
    const bins = binsFor(count)
    assert.equal(bins, 38_100)
    const table = placeItems(digests, bins)
    assert.ok(table)
    const view = new DataView(digests.buffer)
    const seen = new Set<number>()
    for (const [bin, entry] of table.entries()) {
      if (entry < 0) continue
      const hash = entry % HASHES
      const item = (entry - hash) / HASHES
      assert.equal(binOf(view, item, { hash, bins }), bin)
      seen.add(item)
    }
    assert.equal(seen.size, count)
  })

  it('says so where there is no place: four items with the same three bins', () => {
    assert.equal(placeItems(new Uint8Array(32 * 4), binsFor(4)), undefined)
    assert.ok(placeItems(new Uint8Array(32), binsFor(1)))
  })
})

describe('The oblivious function', () => {
  const seeds = [randomBytes(32 * COLUMNS), randomBytes(32 * COLUMNS)] as const
  const choice = randomBytes(64)
  const chosen = new Uint8Array(32 * COLUMNS)
  for (let i = 0; i < COLUMNS; i++) chosen.set(row(seeds[bit(choice, i)], 32, i), 32 * i)
  const key = randomBytes(32)
  const block = 5
  const width = 11

  it('has the same value at both ends for an input that the receiver asked for, in its bin only', () => {
    for (const count of [1, 127, 4096]) {
      const inputs = randomBytes(16 * count)
      const { request, masks } = askBlock({ seeds, block, key, inputs, width })
      assert.equal(request.length, 64 * count)
      const bins = Uint32Array.from({ length: count }, (_, i) => i)
      const call = { seeds: chosen, choice, block, key, request, inputs, width }
      assert.deepEqual(answerBlock({ ...call, bins }), masks)
      const elsewhere = answerBlock({ ...call, bins: bins.map((bin) => (bin + 1) % count) })
      if (count > 1) assert.notDeepEqual(row(elsewhere, width, 0), row(masks, width, 0))
      const others = answerBlock({ ...call, bins, inputs: inputs.map((byte) => byte ^ 1) })
      for (let i = 0; i < count; i++) {
        assert.notDeepEqual(row(others, width, i), row(masks, width, i))
      }
    }
  })

  it(
    'is the construction of its description, by ChaCha20 and SHA-256 of another library',
    { skip: deno },
    () => {
      const inputs = randomBytes(16 * 9)
      const { request, masks } = askBlock({ seeds, block, key, inputs, width })
      const start = new Uint8Array(16)
      new DataView(start.buffer).setUint32(0, 8 * block, true)
      const streams = seeds.map((side) =>
        Array.from({ length: COLUMNS }, (_, i) => chacha(row(side, 32, i), start, 64)),
      )
      for (let bin = 0; bin < 9; bin++) {
        const bits = (side: number) => {
          const packed = new Uint8Array(64)
          for (let i = 0; i < COLUMNS; i++) packed[i >> 3] |= bit(streams[side][i], bin) << (i & 7)
          return packed
        }
        const code = chacha(key, row(inputs, 16, bin), 64)
        const [own, other] = [bits(0), bits(1)]
        assert.deepEqual(
          row(request, 64, bin),
          own.map((byte, k) => byte ^ other[k] ^ code[k]),
        )
        const place = Buffer.alloc(4)
        place.writeUInt32LE(4096 * block + bin)
        const value = createHash('sha256').update(own).update(place).digest().subarray(0, width)
        assert.deepEqual(Buffer.from(row(masks, width, bin)), value)
      }
    },
  )

  it('refuses what does not fit', () => {
    const inputs = new Uint8Array(16)
    const request = new Uint8Array(64)
    const call = { seeds: chosen, choice, block, key, request, inputs, width }
    assert.throws(() => answerBlock({ ...call, bins: Uint32Array.of(1) }), RangeError)
    assert.throws(
      () => askBlock({ seeds, block, key, inputs: new Uint8Array(15), width }),
      RangeError,
    )
    assert.throws(() => askBlock({ seeds, block, key, inputs, width: 17 }), RangeError)
    assert.throws(
      () => askBlock({ seeds, block, key, inputs: new Uint8Array(16 * 4097), width }),
      RangeError,
    )
  })

  it('has values wide enough for 40 bits and all pairs', () => {
    assert.equal(maskBytes(1e6, 1e6), 11)
    assert.equal(maskBytes(1e7, 1e7), 12)
    assert.equal(maskBytes(0, 0), 5)
    assert.throws(() => maskBytes(2 ** 45, 2 ** 45), RangeError)
  })

  it(
    'has a code whose words differ in at least 128 places, as far as a sample shows',
    { skip: deno },
    () => {
      const words = Array.from({ length: 200 }, (_, i) =>
        chacha(
          key,
          Uint8Array.from({ length: 16 }, (_0, k) => (k === 0 ? i : 7)),
          64,
        ),
      )
      let least = COLUMNS
      for (const [i, a] of words.entries()) {
        for (const b of words.slice(i + 1)) {
          let apart = 0
          for (let k = 0; k < COLUMNS; k++) apart += bit(a, k) ^ bit(b, k)
          least = Math.min(least, apart)
        }
      }
      assert.ok(least >= 128, `${least}`)
    },
  )
})
