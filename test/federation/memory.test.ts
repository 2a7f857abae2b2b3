import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { ChannelClosed } from '../../src/federation/channel.ts'
import { memoryHub } from '../../src/federation/memory.ts'

describe('memoryHub', () => {
  it('delivers messages of one sender and tag in sending order', async () => {
    const hub = memoryHub()
    const guest = hub.channel('guest:1')
    const host = hub.channel('host:2')
    for (const n of [1, 2, 3]) await guest.send('host:2', 'a', Uint8Array.of(n))
    const received = [
      await host.receive('guest:1', 'a'),
      await host.receive('guest:1', 'a'),
      await host.receive('guest:1', 'a'),
    ]
    assert.deepEqual(
      received.map((bytes) => bytes[0]),
      [1, 2, 3],
    )
  })

  it('keeps tags, senders and receivers apart', async () => {
    const hub = memoryHub()
    await hub.channel('guest:1').send('host:2', 'a', Uint8Array.of(1))
    await hub.channel('guest:1').send('host:2', 'b', Uint8Array.of(2))
    await hub.channel('guest:9').send('host:2', 'a', Uint8Array.of(3))
    await hub.channel('guest:1').send('host:3', 'a', Uint8Array.of(4))
    const host = hub.channel('host:2')
    assert.deepEqual([...(await host.receive('guest:1', 'b'))], [2])
    assert.deepEqual([...(await host.receive('guest:9', 'a'))], [3])
    assert.deepEqual([...(await host.receive('guest:1', 'a'))], [1])
    assert.deepEqual([...(await hub.channel('host:3').receive('guest:1', 'a'))], [4])
  })

  it('lets receivers wait, and serves them in the order in which they came', async () => {
    const hub = memoryHub()
    const host = hub.channel('host:2')
    const waiting = [host.receive('guest:1', 'a'), host.receive('guest:1', 'a')]
    const guest = hub.channel('guest:1')
    await guest.send('host:2', 'a', Uint8Array.of(1))
    await guest.send('host:2', 'a', Uint8Array.of(2))
    assert.deepEqual(
      (await Promise.all(waiting)).map((bytes) => bytes[0]),
      [1, 2],
    )
  })

  it('owns what it was given: a sender that reuses its buffer changes nothing', async () => {
    const hub = memoryHub()
    const buffer = Uint8Array.of(1, 2, 3)
    await hub.channel('guest:1').send('host:2', 'a', buffer)
    buffer.fill(0)
    assert.deepEqual([...(await hub.channel('host:2').receive('guest:1', 'a'))], [1, 2, 3])
  })

  it('close: rejects who waits and who comes later, with its first reason', async () => {
    const hub = memoryHub()
    const guest = hub.channel('guest:1')
    const host = hub.channel('host:2')
    const waiting = host.receive('guest:1', 'a')
    await guest.send('host:2', 'b', Uint8Array.of(1))
    hub.close('guest:1 stopped')
    hub.close('something else')
    const closed = (error: unknown) =>
      error instanceof ChannelClosed && error.message === 'guest:1 stopped'
    await assert.rejects(waiting, closed)
    await assert.rejects(host.receive('guest:1', 'b'), closed)
    await assert.rejects(guest.send('host:2', 'a', Uint8Array.of(1)), closed)
    await assert.rejects(hub.channel('host:3').receive('guest:1', 'a'), closed)
  })
})
