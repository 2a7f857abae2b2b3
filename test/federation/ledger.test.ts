import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Disclosure, LedgerEntry } from '../../src/federation/channel.ts'
import { ledgered } from '../../src/federation/ledger.ts'
import { memoryHub } from '../../src/federation/memory.ts'

const MESSAGES: Record<string, Disclosure> = {
  gradient: {
    kind: 'ciphertext',
    from: ['guest', 'host'],
    to: ['arbiter'],
    reveals: 'The masked gradient.',
  },
}

function open() {
  const hub = memoryHub()
  const entries: LedgerEntry[] = []
  const options = {
    component: 'HeteroLR',
    messages: MESSAGES,
    record: (entry: LedgerEntry) => void entries.push(entry),
  }
  return { hub, entries, options, guest: ledgered(hub.channel('guest:9999'), options) }
}

describe('ledgered', () => {
  it('passes a declared message on and records it', async () => {
    const { hub, entries, options, guest } = open()
    await guest.send('arbiter:a:b', 'gradient', new Uint8Array(5))
    const arbiter = ledgered(hub.channel('arbiter:a:b'), options)
    assert.equal((await arbiter.receive('guest:9999', 'gradient')).length, 5)
    assert.deepEqual(entries, [
      {
        component: 'HeteroLR',
        sender: 'guest:9999',
        receiver: 'arbiter:a:b',
        tag: 'gradient',
        kind: 'ciphertext',
        reveals: 'The masked gradient.',
        messages: 1,
        bytes: 5,
      },
    ])
  })

  for (const tag of ['weights', 'constructor', '__proto__', '']) {
    it(`cannot send or await an undeclared tag: "${tag}"`, async () => {
      const { entries, guest } = open()
      const message = `HeteroLR declares no message "${tag}": add it to its messages`
      const rejection = { name: 'RangeError', message }
      await assert.rejects(guest.send('arbiter:1', tag, new Uint8Array(1)), rejection)
      await assert.rejects(guest.receive('arbiter:1', tag), rejection)
      assert.deepEqual(entries, [])
    })
  }

  it('cannot send to a role that the message is not for', async () => {
    const { entries, guest } = open()
    await assert.rejects(guest.send('host:10000', 'gradient', new Uint8Array(1)), {
      name: 'RangeError',
      message: 'HeteroLR message "gradient" goes to arbiter, not to host (host:10000)',
    })
    assert.deepEqual(entries, [])
  })

  it('cannot send from a role that the message does not come from', async () => {
    const { hub, entries, options } = open()
    const arbiter = ledgered(hub.channel('arbiter:1'), options)
    await assert.rejects(arbiter.send('arbiter:2', 'gradient', new Uint8Array(1)), {
      name: 'RangeError',
      message: 'HeteroLR message "gradient" goes from guest, host, not from arbiter (arbiter:1)',
    })
    assert.deepEqual(entries, [])
  })

  it('cannot await a message that never comes this way', async () => {
    const { guest } = open()
    await assert.rejects(guest.receive('host:1', 'gradient'), /goes to arbiter, not to guest/)
  })

  it('counts a message although the transport fails: it may have crossed', async () => {
    const { hub, entries, guest } = open()
    hub.close('gone')
    await assert.rejects(guest.send('arbiter:1', 'gradient', new Uint8Array(3)), /gone/)
    assert.equal(entries.length, 1)
  })
})
