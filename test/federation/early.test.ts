/**
 * Hellos that come before their receiver.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Address } from '../../src/federation/channel.ts'
import { earlyHellos } from '../../src/federation/early.ts'
import { encodeHead, FRAME, readEnvelope } from '../../src/federation/envelope.ts'

function hello(sender: Address, receiver: Address, session = 'job/node/1'): Uint8Array {
  return encodeHead({ kind: FRAME.hello, session, sender, receiver })
}

describe('early hellos', () => {
  it('are those of a seat, of each sender the last, in the order in which they came, and only once', () => {
    const early = earlyHellos(10, 1000)
    const add = (bytes: Uint8Array) => early.add(readEnvelope(bytes), bytes)
    const last = new Uint8Array([...hello('guest:1', 'host:2'), 7])
    add(hello('guest:1', 'host:2'))
    add(hello('arbiter:3', 'host:2'))
    add(hello('guest:1', 'host:9'))
    add(hello('guest:1', 'host:2', 'other/node/1'))
    add(last)
    assert.deepEqual(early.take('job/node/1', 'host:2'), [hello('arbiter:3', 'host:2'), last])
    assert.deepEqual(early.take('job/node/1', 'host:2'), [])
    assert.equal(early.take('other/node/1', 'host:2').length, 1)
  })

  it('do not change when the bytes that they came in do', () => {
    const early = earlyHellos(10, 1000)
    const bytes = hello('guest:1', 'host:2')
    early.add(readEnvelope(bytes), bytes)
    bytes.fill(0)
    assert.deepEqual(early.take('job/node/1', 'host:2'), [hello('guest:1', 'host:2')])
  })

  it('are the newest where there are too many, and those that came too long ago go', () => {
    let now = 0
    const early = earlyHellos(2, 100, () => now)
    const add = (sender: Address) => {
      const bytes = hello(sender, 'host:2')
      early.add(readEnvelope(bytes), bytes)
    }
    for (const sender of ['guest:1', 'guest:2', 'guest:3'] as const) add(sender)
    now = 100
    add('guest:4')
    const kept = early.take('job/node/1', 'host:2').map((bytes) => readEnvelope(bytes).sender)
    assert.deepEqual(kept, ['guest:4'])
    for (const sender of ['guest:1', 'guest:2', 'guest:3'] as const) add(sender)
    const newest = early.take('job/node/1', 'host:2').map((bytes) => readEnvelope(bytes).sender)
    assert.deepEqual(newest, ['guest:2', 'guest:3'])
  })
})
