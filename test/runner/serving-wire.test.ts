import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { json } from '../../src/federation/codec.ts'
import {
  CallRefused,
  decodeOnline,
  encodeOnline,
  type OnlineMessage,
  openTalk,
  type Piece,
} from '../../src/runner/serving-wire.ts'

describe('messages of a service', () => {
  const message: OnlineMessage = {
    call: 7,
    ids: ['a', 'b'],
    pieces: [
      { node: 'lr_0', tag: 'score', bytes: Uint8Array.of(1, 2, 3) },
      { node: 'sbt_0', tag: 'sides', bytes: new Uint8Array() },
    ],
  }

  it('arrive as they were sent', () => {
    assert.deepEqual(decodeOnline(encodeOnline(message)), message)
    const refused: OnlineMessage = {
      call: 1,
      refused: { code: 'not_found', message: 'no row' },
      over: true,
      pieces: [],
    }
    assert.deepEqual(decodeOnline(encodeOnline(refused)), refused)
  })

  it('of another form are refused', () => {
    assert.throws(() => decodeOnline(json.encode({ call: 1, pieces: [] })), RangeError)
    assert.throws(() => decodeOnline(encodeOnline(message).subarray(0, 20)), RangeError)
    const wrong = { ...message, ids: [1] } as unknown as OnlineMessage
    assert.throws(() => decodeOnline(encodeOnline(wrong)), /malformed/)
    const code = { call: 1, refused: { code: 'x', message: '' }, pieces: [] }
    assert.throws(() => decodeOnline(encodeOnline(code as unknown as OnlineMessage)), /malformed/)
  })
})

describe('a call', () => {
  function pair() {
    const sent: { to: string; pieces: readonly Piece[] }[] = []
    const talk = openTalk('guest:1', async (to, pieces) => void sent.push({ to, pieces }))
    return { talk, sent }
  }

  it('sends what components say together, and before it waits', async () => {
    const { talk, sent } = pair()
    const [one, other] = [talk.channelOf('a_0'), talk.channelOf('b_0')]
    await one.send('host:2', 'x', Uint8Array.of(1))
    await other.send('host:2', 'y', Uint8Array.of(2))
    assert.equal(sent.length, 0)
    const awaited = one.receive('host:2', 'z')
    await Promise.resolve()
    assert.deepEqual(
      sent.map(({ to, pieces }) => [to, pieces.map(({ node, tag }) => `${node}.${tag}`)]),
      [['host:2', ['a_0.x', 'b_0.y']]],
    )
    talk.accept('host:2', [
      { node: 'b_0', tag: 'z', bytes: Uint8Array.of(9) },
      { node: 'a_0', tag: 'z', bytes: Uint8Array.of(3) },
      { node: 'a_0', tag: 'z', bytes: Uint8Array.of(4) },
    ])
    assert.deepEqual(await awaited, Uint8Array.of(3))
    assert.deepEqual(await one.receive('host:2', 'z'), Uint8Array.of(4))
    assert.deepEqual(await other.receive('host:2', 'z'), Uint8Array.of(9))
  })

  it('that fails for one peer fails for those who wait for it, and later too', async () => {
    const { talk } = pair()
    const channel = talk.channelOf('a_0')
    const why = new CallRefused({ code: 'unavailable', message: 'host 2 is gone' })
    const lost = channel.receive('host:2', 'x')
    const kept = channel.receive('host:3', 'x')
    talk.fail(why, 'host:2')
    await assert.rejects(lost, why)
    await assert.rejects(channel.receive('host:2', 'y'), why)
    talk.accept('host:3', [{ node: 'a_0', tag: 'x', bytes: Uint8Array.of(1) }])
    assert.deepEqual(await kept, Uint8Array.of(1))
    talk.fail(new Error('too late'))
    await assert.rejects(channel.receive('host:3', 'x'), /too late/)
  })
})
