import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { Refusal } from '../../src/federation/envelope.ts'
import { createPacker, createUnpacker } from '../../src/federation/record.ts'

describe('record', () => {
  it('brings back any messages through frames of any size', () => {
    const message = fc.record(
      {
        tag: fc.string({ maxLength: 8, unit: 'grapheme' }),
        bytes: fc.uint8Array({ maxLength: 300 }),
      },
      { noNullPrototype: true },
    )
    fc.assert(
      fc.property(fc.array(message), fc.integer({ min: 128, max: 700 }), (messages, limit) => {
        const packer = createPacker()
        messages.forEach((each) => packer.push(each))
        packer.end()
        const unpacker = createUnpacker(1000)
        const seen = []
        let ended = false
        while (!packer.empty) {
          const frame = packer.next(limit)
          assert.ok(frame.length > 0 && frame.length <= limit)
          const result = unpacker.accept(frame)
          seen.push(...result.messages)
          ended ||= result.ended
        }
        assert.deepEqual(seen, messages)
        assert.deepEqual([packer.waiting, unpacker.partial, ended], [0, 0, true])
      }),
    )
  })

  it('puts many small messages into one frame', () => {
    const packer = createPacker()
    for (let n = 0; n < 1000; n++) packer.push({ tag: 'gradient', bytes: Uint8Array.of(n) })
    packer.next(1 << 16)
    assert.equal(packer.empty, true)
  })

  it('refuses a message that claims more than the limit before it comes', () => {
    const packer = createPacker()
    packer.push({ tag: 'big', bytes: new Uint8Array(2000) })
    assert.throws(() => createUnpacker(1999).accept(packer.next(100)), Refusal)
  })

  it('refuses arbitrary frames with a Refusal and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          createUnpacker(1000).accept(bytes)
        } catch (error) {
          assert.ok(error instanceof Refusal)
        }
      }),
    )
  })

  it('refuses records in a wrong order', () => {
    const end = Uint8Array.of(3)
    const open = Uint8Array.of(1, 0, 1, 97, 0, 0, 0, 0, 0, 4, 0, 0, 0, 1, 9)
    const more = Uint8Array.of(2, 0, 0, 0, 1, 9)
    const long = Uint8Array.of(2, 0, 0, 0, 4, 9, 9, 9, 9)
    const orders = [
      [more],
      [open, open],
      [open, end],
      [open, long],
      [Uint8Array.of(...end, ...end)],
      [Uint8Array.of(4)],
    ]
    for (const frames of orders) {
      const unpacker = createUnpacker(1000)
      assert.throws(() => frames.forEach((frame) => unpacker.accept(frame)), Refusal)
    }
  })
})
