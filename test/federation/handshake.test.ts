import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'

import fc from 'fast-check'

import { type Envelope, FRAME, readEnvelope, Refusal } from '../../src/federation/envelope.ts'
import {
  agree,
  createEphemeral,
  type Ephemeral,
  type Line,
  makeHello,
  readHello,
} from '../../src/federation/handshake.ts'
import { generateIdentity, type Identity, importIdentity } from '../../src/federation/identity.ts'
import type { Seal } from '../../src/federation/seal.ts'

const SESSION = '20260101/hetero_lr_0/1'
const TEXT = new TextEncoder().encode('a secret that nobody may see')

let guest: Identity
let host: Identity
let mallory: Identity

before(async () => {
  const named = async (party: string) => importIdentity(await generateIdentity(party))
  ;[guest, host, mallory] = await Promise.all(['9999', '10000', '666'].map(named))
})

describe('handshake', () => {
  it('gives both sides one line, whoever speaks first', async () => {
    const [a, b] = await pair()
    assert.deepEqual((await b.open(await sealed(a))).plaintext, TEXT)
    assert.deepEqual((await a.open(await sealed(b))).plaintext, TEXT)
  })

  it('says which key of the receiver the sender has seen', async () => {
    const [mine, other] = [await createEphemeral(), await createEphemeral()]
    const blind = readEnvelope(await makeHello(guestLine(), { ephemeral: mine }))
    const seeing = await makeHello(guestLine(), { ephemeral: mine, seen: other.publicKey })
    assert.equal((await readHello(blind, guest.publicKey)).seen, undefined)
    const hello = await readHello(readEnvelope(seeing), guest.publicKey)
    assert.deepEqual(hello.seen, other.publicKey)
    assert.deepEqual(hello.publicKey, mine.publicKey)
  })

  it('refuses a man in the middle who signs with a key of his own', async () => {
    const line: Line = { ...guestLine(), identity: mallory }
    const hello = readEnvelope(await makeHello(line, { ephemeral: await createEphemeral() }))
    await assert.rejects(readHello(hello, guest.publicKey), isRefused('forged'))
  })

  it('refuses a man in the middle who claims the right identity with his own signature', async () => {
    const posing: Identity = { ...mallory, publicKey: guest.publicKey }
    const line: Line = { ...guestLine(), identity: posing }
    const hello = readEnvelope(await makeHello(line, { ephemeral: await createEphemeral() }))
    await assert.rejects(readHello(hello, guest.publicKey), isRefused('forged'))
  })

  it('refuses a hello with any bit flipped', async () => {
    const hello = await makeHello(guestLine(), { ephemeral: await createEphemeral() })
    await fc.assert(
      fc.asyncProperty(fc.nat(hello.length * 8 - 1), async (bit) => {
        const changed = hello.with(bit >> 3, hello[bit >> 3] ^ (1 << (bit & 7)))
        await assert.rejects(async () => {
          await readHello(readEnvelope(changed), guest.publicKey)
        }, Refusal)
      }),
      { numRuns: 200 },
    )
  })

  it('refuses a hello that was made for another session or another receiver', async () => {
    const ephemeral = await createEphemeral()
    const hello = readEnvelope(await makeHello(guestLine(), { ephemeral }))
    for (const change of [{ session: 'other' }, { peer: 'host:20000' }] as const) {
      const other = readEnvelope(await makeHello({ ...guestLine(), ...change }, { ephemeral }))
      const spliced: Envelope = { ...hello, payload: other.payload }
      await assert.rejects(readHello(spliced, guest.publicKey), isRefused('forged'))
    }
  })

  it('gives no common key to sides that disagree on who the other is', async () => {
    const [mine, other] = [await createEphemeral(), await createEphemeral()]
    const a = await lineOf(guestLine(), mine, { identity: host, ephemeral: other })
    // The host believes that it talks to Mallory.
    const b = await lineOf(hostLine(), other, { identity: mallory, ephemeral: mine })
    await assert.rejects(openAt(b, await sealed(a)), isRefused('forged'))
  })

  it('gives no common key to sides in different sessions', async () => {
    const [mine, other] = [await createEphemeral(), await createEphemeral()]
    const a = await lineOf(guestLine(), mine, { identity: host, ephemeral: other })
    const elsewhere: Line = { ...hostLine(), session: 'another' }
    const b = await lineOf(elsewhere, other, { identity: guest, ephemeral: mine })
    const envelope = readEnvelope((await a.seal(FRAME.data, TEXT)).envelope)
    await assert.rejects(b.open(envelope), isRefused('unknown'))
    await assert.rejects(b.open({ ...envelope, session: 'another' }), isRefused('forged'))
  })

  it('refuses points of small order and its own key', async () => {
    const ephemeral = await createEphemeral()
    const keys = { ephemeral, peerIdentity: host.publicKey }
    for (const peerKey of [
      new Uint8Array(32),
      new Uint8Array(32).with(0, 1),
      ephemeral.publicKey,
    ]) {
      await assert.rejects(agree(guestLine(), { ...keys, peerKey }), isRefused('forged'))
    }
  })

  it('agrees between WebCrypto and TypeScript where the runtime has no X25519', async () => {
    const lacking = {
      generateKey: () => Promise.reject(new DOMException('no X25519', 'NotSupportedError')),
    } as unknown as SubtleCrypto
    const [native, fallback] = [await createEphemeral(), await createEphemeral(lacking)]
    assert.deepEqual(await native.agree(fallback.publicKey), await fallback.agree(native.publicKey))
    await assert.rejects(fallback.agree(new Uint8Array(32)))
  })
})

function guestLine(): Line {
  return { session: SESSION, self: 'guest:9999', peer: 'host:10000', identity: guest }
}

function hostLine(): Line {
  return { session: SESSION, self: 'host:10000', peer: 'guest:9999', identity: host }
}

function lineOf(
  line: Line,
  ephemeral: Ephemeral,
  peer: { identity: Identity; ephemeral: Ephemeral },
): Promise<Seal> {
  const peerKey = peer.ephemeral.publicKey
  return agree(line, { ephemeral, peerIdentity: peer.identity.publicKey, peerKey })
}

async function pair(): Promise<[Seal, Seal]> {
  const [mine, other] = [await createEphemeral(), await createEphemeral()]
  return Promise.all([
    lineOf(guestLine(), mine, { identity: host, ephemeral: other }),
    lineOf(hostLine(), other, { identity: guest, ephemeral: mine }),
  ])
}

async function sealed(seal: Seal): Promise<Envelope> {
  return readEnvelope((await seal.seal(FRAME.data, TEXT)).envelope)
}

function openAt(seal: Seal, envelope: Envelope): Promise<unknown> {
  return seal.open(envelope)
}

function isRefused(reason: Refusal['reason']): (error: unknown) => boolean {
  return (error) => error instanceof Refusal && error.reason === reason
}
