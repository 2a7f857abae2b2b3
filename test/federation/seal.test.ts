import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'

import fc from 'fast-check'

import type { Address } from '../../src/federation/channel.ts'
import { encodeHead, FRAME, readEnvelope, Refusal } from '../../src/federation/envelope.ts'
import { AHEAD_FRAMES, createSeal, type Seal } from '../../src/federation/seal.ts'

const TEXT = new TextEncoder().encode('a secret that nobody may see')

let guest: Seal
let host: Seal

beforeEach(async () => {
  ;[guest, host] = await pair('job/node/1')
})

describe('seal', () => {
  it('opens what the other side sealed, of any size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 4096 }), async (plaintext) => {
        const { counter, envelope } = await guest.seal(FRAME.data, plaintext)
        const opened = await host.open(readEnvelope(envelope))
        assert.deepEqual(opened.plaintext, plaintext)
        assert.equal(opened.counter, counter)
      }),
      { numRuns: 50 },
    )
  })

  it('shows names and size outside and nothing of the inside', async () => {
    const { envelope } = await guest.seal(FRAME.data, TEXT)
    const text = new TextDecoder('latin1').decode(envelope)
    assert.match(text, /^WFT1.*job\/node\/1.*guest:9999.*host:10000/s)
    assert.ok(!text.includes('secret'))
  })

  it('gives other bytes for the same plaintext', async () => {
    const first = await guest.seal(FRAME.data, TEXT)
    const second = await guest.seal(FRAME.data, TEXT)
    const length = TEXT.length + 16
    assert.notDeepEqual(first.envelope.slice(-length), second.envelope.slice(-length))
  })

  it('refuses an envelope with any bit flipped, and still opens the true one', async () => {
    const { envelope } = await guest.seal(FRAME.data, TEXT)
    await fc.assert(
      fc.asyncProperty(fc.nat(envelope.length * 8 - 1), async (bit) => {
        const changed = envelope.with(bit >> 3, envelope[bit >> 3] ^ (1 << (bit & 7)))
        await assert.rejects(async () => host.open(readEnvelope(changed)), Refusal)
      }),
      { numRuns: 300 },
    )
    assert.deepEqual((await host.open(readEnvelope(envelope))).plaintext, TEXT)
  })

  it('refuses a truncated and a lengthened envelope', async () => {
    const { envelope } = await guest.seal(FRAME.data, TEXT)
    for (const size of Array.from({ length: envelope.length }, (_, size) => size)) {
      await assert.rejects(async () => host.open(readEnvelope(envelope.slice(0, size))), Refusal)
    }
    await assert.rejects(
      async () => host.open(readEnvelope(Uint8Array.of(...envelope, 0))),
      refused('forged'),
    )
  })

  it('accepts a frame once, now and later', async () => {
    const frames = await Promise.all([1, 2, 3].map(() => guest.seal(FRAME.data, TEXT)))
    const envelopes = frames.map(({ envelope }) => readEnvelope(envelope))
    const both = await Promise.allSettled([host.open(envelopes[0]), host.open(envelopes[0])])
    assert.deepEqual(
      both.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    )
    await host.open(envelopes[2])
    await assert.rejects(host.open(envelopes[2]), refused('replay'))
    await host.open(envelopes[1])
    host.passed(3)
    for (const envelope of envelopes) await assert.rejects(host.open(envelope), refused('replay'))
  })

  it('takes frames in any order, but not from far ahead', async () => {
    const frames = []
    for (let n = 0; n <= AHEAD_FRAMES; n++) frames.push(await guest.seal(FRAME.data, TEXT))
    const [last, first] = [frames[AHEAD_FRAMES], frames[0]].map((f) => readEnvelope(f.envelope))
    await assert.rejects(host.open(last), refused('ahead'))
    assert.equal((await host.open(first)).counter, 0)
    host.passed(1)
    assert.equal((await host.open(last)).counter, AHEAD_FRAMES)
  })

  it('takes only ever newer control frames, numbered apart from data', async () => {
    const old = await guest.seal(FRAME.control, TEXT)
    const data = await guest.seal(FRAME.data, TEXT)
    const fresh = await guest.seal(FRAME.control, TEXT)
    assert.deepEqual([old.counter, data.counter, fresh.counter], [0, 0, 1])
    await host.open(readEnvelope(fresh.envelope))
    await assert.rejects(host.open(readEnvelope(old.envelope)), refused('replay'))
    await host.open(readEnvelope(data.envelope))
  })

  it('refuses its own envelope sent back, also with the names swapped', async () => {
    const { envelope } = await guest.seal(FRAME.data, TEXT)
    const own = readEnvelope(envelope)
    await assert.rejects(guest.open(own), refused('unknown'))
    const head = {
      kind: own.kind,
      session: own.session,
      sender: own.receiver,
      receiver: own.sender,
    }
    const swapped = Uint8Array.of(...encodeHead(head), ...own.payload)
    await assert.rejects(guest.open(readEnvelope(swapped)), refused('forged'))
  })

  it('refuses an envelope of another session, relabelled for this one', async () => {
    const [other] = await pair('job/node/2')
    const foreign = readEnvelope((await other.seal(FRAME.data, TEXT)).envelope)
    await assert.rejects(host.open(foreign), refused('unknown'))
    const head = encodeHead({ ...foreign, session: 'job/node/1' })
    const relabelled = Uint8Array.of(...head, ...foreign.payload)
    await assert.rejects(host.open(readEnvelope(relabelled)), refused('forged'))
  })
})

describe('readEnvelope', () => {
  it('refuses arbitrary bytes with a Refusal and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (bytes, opened) => {
        const message = opened ? Uint8Array.of(0x57, 0x46, 0x54, 0x31, 1, ...bytes) : bytes
        try {
          readEnvelope(message)
        } catch (error) {
          assert.ok(error instanceof Refusal)
          assert.equal(error.reason, 'malformed')
        }
      }),
    )
  })

  it('reads back every head', () => {
    const name = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' })
    const place = fc.tuple(fc.stringMatching(/^[a-z]{1,9}$/), name)
    fc.assert(
      fc.property(name, place, place, (session, from, to) => {
        const [sender, receiver] = [from, to].map((parts) => parts.join(':') as Address)
        const bytes = encodeHead({ kind: FRAME.data, session, sender, receiver })
        const { head, payload, ...rest } = readEnvelope(bytes)
        assert.deepEqual(rest, { kind: FRAME.data, session, sender, receiver })
        assert.deepEqual([head.length, payload.length], [bytes.length, 0])
      }),
    )
  })
})

async function pair(session: string): Promise<[Seal, Seal]> {
  const [there, back] = await Promise.all([aesKey(), aesKey()])
  const ends = { guest: 'guest:9999', host: 'host:10000' } as const
  return [
    createSeal({ session, self: ends.guest, peer: ends.host, sending: there, receiving: back }),
    createSeal({ session, self: ends.host, peer: ends.guest, sending: back, receiving: there }),
  ]
}

function aesKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}

function refused(reason: Refusal['reason']): (error: unknown) => boolean {
  return (error) => error instanceof Refusal && error.reason === reason
}
