import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { fromBase64url, toBase64url } from '../../src/federation/bytes.ts'
import {
  fingerprint,
  generateIdentity,
  importIdentity,
  type KeyStore,
  openIdentity,
  type StoredIdentity,
  verify,
} from '../../src/federation/identity.ts'
import { checkPin, memoryPins, UntrustedIdentity } from '../../src/federation/pin.ts'

const MESSAGE = new TextEncoder().encode('what was agreed')

describe('identity', () => {
  it('signs what only its own public key verifies', async () => {
    const mine = await importIdentity(await generateIdentity('9999'))
    const other = await importIdentity(await generateIdentity('10000'))
    const signature = await mine.sign(MESSAGE)
    assert.equal(await verify(mine.publicKey, { message: MESSAGE, signature }), true)
    assert.equal(await verify(other.publicKey, { message: MESSAGE, signature }), false)
    const changed = MESSAGE.with(0, MESSAGE[0] ^ 1)
    assert.equal(await verify(mine.publicKey, { message: changed, signature }), false)
    assert.equal(await verify('no key', { message: MESSAGE, signature }), false)
  })

  it('agrees with test 2 of RFC 8032 §7.1', async () => {
    const publicKey = hex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')
    const seed = hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb')
    const pkcs8 = Uint8Array.of(...hex('302e020100300506032b657004220420'), ...seed)
    const identity = await importIdentity({
      party: '9999',
      publicKey: toBase64url(publicKey),
      privateKey: toBase64url(pkcs8),
    })
    assert.deepEqual(
      await identity.sign(Uint8Array.of(0x72)),
      hex(
        '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
          '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
      ),
    )
  })

  it('is made once and found again', async () => {
    const kept = new Map<string, StoredIdentity>()
    const store: KeyStore = {
      load: (party) => Promise.resolve(kept.get(party)),
      add(identity) {
        kept.set(identity.party, identity)
        return Promise.resolve(identity)
      },
    }
    const first = await openIdentity(store, '9999')
    const second = await openIdentity(store, '9999')
    assert.equal(first.publicKey, second.publicKey)
    assert.equal(kept.size, 1)
  })

  it('refuses keys that do not belong together or are damaged', async () => {
    const [mine, other] = [await generateIdentity('1'), await generateIdentity('1')]
    await assert.rejects(
      importIdentity({ ...mine, publicKey: other.publicKey }),
      /party 1 do not belong together: restore its file/,
    )
    await assert.rejects(
      importIdentity({ ...mine, privateKey: mine.privateKey.slice(4) }),
      /private key of party 1 is damaged/,
    )
  })

  it('has a fingerprint that people can compare', async () => {
    const { publicKey } = await generateIdentity('1')
    const digest = await crypto.subtle.digest('SHA-256', fromBase64url(publicKey))
    const text = await fingerprint(publicKey)
    assert.match(text, /^([\da-f]{4} ){9}[\da-f]{4}$/)
    assert.deepEqual(hex(text.replaceAll(' ', '')), new Uint8Array(digest, 0, 20))
  })
})

describe('checkPin', () => {
  it('pins the first key and refuses any other, with both fingerprints and the remedy', async () => {
    const pins = memoryPins()
    const [first, second] = [await generateIdentity('10000'), await generateIdentity('10000')]
    const shown = (identity: StoredIdentity) => ({ party: '10000', identity: identity.publicKey })
    await checkPin(pins, shown(first))
    await checkPin(pins, shown(first))
    const old = await fingerprint(first.publicKey)
    const fresh = await fingerprint(second.publicKey)
    await assert.rejects(checkPin(pins, shown(second)), (error) => {
      assert.ok(error instanceof UntrustedIdentity)
      assert.match(error.message, /^Party 10000 shows the identity key /)
      assert.ok(error.message.includes(old) && error.message.includes(fresh))
      assert.match(error.message, /only if it is the new one remove the pin of party 10000/)
      return true
    })
    await checkPin(pins, shown(first))
    await checkPin(pins, { party: '1', identity: second.publicKey })
  })

  it('refuses a party without a key', async () => {
    await assert.rejects(checkPin(memoryPins(), { party: '1', identity: '' }), UntrustedIdentity)
  })
})

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}
