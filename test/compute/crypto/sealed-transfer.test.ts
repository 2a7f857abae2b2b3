import assert from 'node:assert/strict'
import { createCipheriv, createHash } from 'node:crypto'
import { describe, it } from 'node:test'

import { chooseKeys, drawSender, senderKeys } from '../../../src/compute/crypto/hauck-ot.ts'
import { randomBytes } from '../../../src/compute/crypto/random.ts'
import { openSealed, sealTransfers } from '../../../src/compute/crypto/sealed-transfer.ts'

const OF = 4
const WIDTH = 9

async function transfer(choices: readonly number[]) {
  const sender = drawSender(randomBytes)
  const place = { first: 10, of: OF }
  const chosen = chooseKeys(Uint32Array.from(choices), {
    ...place,
    point: sender.point,
    random: randomBytes,
  })
  const entries = randomBytes(choices.length * OF * WIDTH)
  const secrets = randomBytes(choices.length * OF * 16)
  const { points } = chosen
  const call = { ...place, ...sender, points, entries, secrets, width: WIDTH }
  const sealed = await sealTransfers(call)
  const rowOf = (rows: Uint8Array, width: number, at: number) =>
    rows.subarray(width * at, width * (at + 1))
  return {
    call,
    keyOf: (i: number) => rowOf(chosen.keys, 32, i),
    sealedAt: (i: number, place: number) => rowOf(sealed, WIDTH + 16, i * OF + place),
    entryAt: (i: number, place: number) => rowOf(entries, WIDTH, i * OF + place),
    secretAt: (i: number, place: number) => rowOf(secrets, 16, i * OF + place),
  }
}

describe('sealed transfers', () => {
  it('open for the chosen entry with its secret, for nothing else', async () => {
    const choices = [2, 0, 3]
    const at = await transfer(choices)
    for (const [i, choice] of choices.entries()) {
      const key = at.keyOf(i)
      for (let place = 0; place < OF; place++) {
        const opened = openSealed(at.sealedAt(i, place), { key, secret: at.secretAt(i, place) })
        if (place === choice) assert.deepEqual(await opened, at.entryAt(i, place).slice())
        else await assert.rejects(opened, /does not open/)
      }
      const other = { key, secret: randomBytes(16) }
      await assert.rejects(openSealed(at.sealedAt(i, choice), other), RangeError)
    }
  })

  it('are AES-256-GCM as another library has it', async () => {
    const at = await transfer([1])
    const keys = senderKeys(at.call.points, at.call)
    const key = createHash('sha256')
      .update('WEFT-V1 sealed transfer entry')
      .update(keys.subarray(32, 64))
      .update(at.secretAt(0, 1))
      .digest()
    const cipher = createCipheriv('aes-256-gcm', key, new Uint8Array(12))
    const text = Buffer.concat([cipher.update(at.entryAt(0, 1)), cipher.final()])
    const expected = Buffer.concat([text, cipher.getAuthTag()])
    assert.equal(Buffer.from(at.sealedAt(0, 1)).toString('hex'), expected.toString('hex'))
  })

  it('need an entry and a secret for each key', async () => {
    const { call } = await transfer([1])
    const few = { ...call, entries: call.entries.subarray(1) }
    await assert.rejects(sealTransfers(few), /4 entries and secrets/)
  })
})
