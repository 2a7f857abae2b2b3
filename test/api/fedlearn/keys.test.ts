/**
 * Who can decrypt what in a training: by what every algorithm declares, and by what really crosses.
 * @module
 */
import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, it } from 'node:test'

import { trainable } from '../../../src/api/fedlearn/trainer.ts'
import { federatedGb } from '../../../src/component/fedlearn/federated-gb.ts'
import { verticalFdnn } from '../../../src/component/fedlearn/vertical-fdnn.ts'
import { verticalLinearRegression } from '../../../src/component/fedlearn/vertical-linear.ts'
import { COMPONENTS } from '../../../src/component/registry.ts'
import { bigintToBytes, bytesToBigint } from '../../../src/compute/crypto/bytes.ts'
import { cipherKeyFromBytes, drawCipherKey } from '../../../src/compute/crypto/cipher-vector.ts'
import { blob } from '../../../src/federation/codec.ts'
import type { WireMessage } from '../../helpers/parties.ts'
import { runVertical, verticalData } from '../../helpers/vertical-data.ts'

/** The moduli of the public keys that crossed. */
function moduli(wire: readonly WireMessage[]): bigint[] {
  return wire
    .filter(({ tag }) => tag === 'share_key' || tag === 'public_key')
    .map(({ bytes }) => cipherKeyFromBytes(blob.decode(bytes)).n)
}

/** Whether a factor of `n` stands in the bytes, at any place, as a number of that many bytes. */
function showsFactor(bytes: Uint8Array, n: bigint): boolean {
  const width = Math.ceil(n.toString(16).length / 2)
  // A half for p and q of Paillier, a third for those of Okamoto and Uchiyama.
  for (const size of [Math.ceil(width / 2), Math.ceil(width / 3)]) {
    for (let at = 0; at + size <= bytes.length; at++) {
      // A prime is odd, and fills its first byte.
      if (bytes[at] === 0 || bytes[at + size - 1] % 2 === 0) continue
      const part = bytesToBigint(bytes.subarray(at, at + size))
      if (part > 1n && part < n && n % part === 0n) return true
    }
  }
  return false
}

describe('keys', { timeout: 120_000 }, () => {
  for (const { algorithm, module } of trainable()) {
    for (const name of [module, `Auto${module}`]) {
      const found = COMPONENTS.get(name)
      if (!found) continue
      it(`of ${algorithm} (${name}) are with clients alone, each for what is its own`, () => {
        // There is no seat for a coordinator, which could hold one.
        assert.ok(found.roles.every((role) => role === 'guest' || role === 'host'))
        for (const [tag, { kind, from, to, reveals }] of Object.entries(found.messages)) {
          assert.doesNotMatch(tag, /secret|private/)
          assert.doesNotMatch(reveals, /(secret|private) key/i)
          for (const role of [...from, ...to]) assert.ok(['guest', 'host'].includes(role), tag)
          if (kind !== 'ciphertext') continue
          assert.match(reveals, /^Nothing\b/, tag)
          const owner = /under the (sender|guest|host)'s key/.exec(reveals)?.[1]
          const shared = /under a key that no (one|party)/.test(reveals)
          // Whoever receives it cannot open it: the key is the sender's own, or nobody's alone.
          const own = owner === 'sender' || (from.length === 1 && owner === from[0])
          assert.ok(own || shared, `${tag}: ${reveals}`)
        }
      })
    }
  }

  it('are found where they cross, so that what follows can fail', () => {
    for (const scheme of ['paillier', 'okamoto-uchiyama'] as const) {
      const { p, publicKey } = drawCipherKey(scheme, { bits: 1024 })
      const before = Buffer.from('something before it')
      const prime = bigintToBytes(p, Math.ceil(p.toString(16).length / 2))
      const bytes = Buffer.concat([before, prime, Buffer.from('and behind')])
      assert.ok(showsFactor(bytes, publicKey.n), scheme)
      assert.ok(!showsFactor(before, publicKey.n))
    }
  })

  it('of VerticalLinearRegression never cross, nor a part of one', async () => {
    const train = verticalData({ rows: 12, widths: [1, 1] })
    const run = await runVertical(verticalLinearRegression, { maxEpoch: 1 }, { train })
    const keys = moduli(run.wire)
    assert.equal(new Set(keys).size, 2)
    for (const n of keys) {
      for (const { tag, bytes } of run.wire) assert.ok(!showsFactor(bytes, n), tag)
    }
  })

  it('of VerticalFDNN never cross, one a client, nor a part of one', async () => {
    const train = verticalData({ rows: 16, widths: [1, 1, 1] })
    const run = await runVertical(verticalFdnn, { batch_size: 16, num_epochs: 1 }, { train })
    const keys = moduli(run.wire)
    assert.equal(new Set(keys).size, 3)
    for (const n of new Set(keys)) {
      for (const { tag, bytes } of run.wire) assert.ok(!showsFactor(bytes, n), tag)
    }
  })

  it('of FederatedGB never cross, and it is the holder of the labels who has the only one', async () => {
    const train = verticalData({ rows: 24, widths: [1, 1, 1] })
    const params = { numBoostRound: 1, maxDepth: 3, minSampleSplit: 2 }
    const run = await runVertical(federatedGb, params, { train })
    const keys = moduli(run.wire)
    assert.equal(new Set(keys).size, 1)
    const senders = run.wire.filter(({ tag }) => tag === 'public_key').map(({ from }) => from)
    assert.deepEqual(new Set(senders), new Set(['guest:0']))
    for (const { tag, bytes } of run.wire) assert.ok(!showsFactor(bytes, keys[0]), tag)
  })
})
