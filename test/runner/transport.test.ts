/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { type Address, type Channel, ChannelClosed } from '../../src/federation/channel.ts'
import { createTransport, type RemoteSeat, type SessionSpec } from '../../src/runner/transport.ts'
import { settle } from '../helpers/clock.ts'

const GUEST = 'guest:9999'
const HOST = 'host:10000'
const FAR = 'host:20000'

function seat(self: Address, options: Partial<SessionSpec> = {}): SessionSpec {
  return {
    jobId: 'j',
    node: 'n',
    attempt: 1,
    self,
    members: [GUEST, HOST],
    local: [GUEST, HOST],
    signal: new AbortController().signal,
    ...options,
  }
}

const peers = () => Promise.resolve([])
const bytes = Uint8Array.of(1, 2, 3)

/** Rejects unless `promise` is still waiting. */
async function assertWaits(promise: Promise<unknown>): Promise<void> {
  const state = await Promise.race([promise.then(() => 'settled'), settle().then(() => 'waits')])
  assert.equal(state, 'waits')
}

describe('a transport', () => {
  it('connects members of one process, whoever comes first', async () => {
    const transport = createTransport({ peers })
    const guest = await transport.open(seat(GUEST))
    await guest.send(HOST, 'x', bytes)
    const host = await transport.open(seat(HOST))
    assert.deepEqual(await host.receive(GUEST, 'x'), bytes)
  })

  it('keeps jobs, nodes and attempts apart', async () => {
    const transport = createTransport({ peers })
    const other = [{ jobId: 'k' }, { node: 'm' }, { attempt: 2 }]
    const hosts = await Promise.all(other.map((key) => transport.open(seat(HOST, key))))
    const guest = await transport.open(seat(GUEST))
    await guest.send(HOST, 'x', bytes)
    for (const host of hosts) await assertWaits(host.receive(GUEST, 'x'))
  })

  it('closes the peers of a member that failed, with the reason, also those that come later', async () => {
    const transport = createTransport({ peers })
    await transport.open(seat(GUEST))
    const host = await transport.open(seat(HOST))
    const waiting = host.receive(GUEST, 'x')
    await transport.closeSession(seat(GUEST), 'guest:9999 stopped: no label')
    const closed = { name: 'ChannelClosed', message: 'guest:9999 stopped: no label' }
    await assert.rejects(waiting, closed)
    await assert.rejects(host.send(GUEST, 'x', bytes), closed)
    const late = createTransport({ peers })
    await late.closeSession(seat(GUEST), 'guest:9999 stopped: no label')
    const second = await late.open(seat(HOST))
    await assert.rejects(second.receive(GUEST, 'x'), closed)
  })

  it('hands out what a member sent before it was done, and then says that nothing more comes', async () => {
    const transport = createTransport({ peers })
    const guest = await transport.open(seat(GUEST))
    const host = await transport.open(seat(HOST))
    const waiting = host.receive(GUEST, 'never')
    await guest.send(HOST, 'x', bytes)
    await transport.leave(seat(GUEST))
    await assert.rejects(waiting, ChannelClosed)
    assert.deepEqual(await host.receive(GUEST, 'x'), bytes)
    await assert.rejects(
      host.receive(GUEST, 'x'),
      /guest:9999 is done and sends nothing more under "x"/,
    )
  })

  it('routes to others through the remote transport, and closes its seat', async () => {
    const said: string[] = []
    const seats: RemoteSeat[] = []
    const far: Channel = {
      self: GUEST,
      send: async (to, tag) => void said.push(`send ${to} ${tag}`),
      receive: async () => bytes,
    }
    const remote = {
      async open(one: RemoteSeat) {
        seats.push(one)
        return far
      },
      async close({ self }: { self: Address }, reason?: string) {
        said.push(`close ${self} ${reason}`)
      },
    }
    const transport = createTransport({ peers, remote })
    const spec = seat(GUEST, { members: [GUEST, HOST, FAR] })
    const channel = await transport.open(spec)
    await channel.send(FAR, 'x', bytes)
    assert.deepEqual(await channel.receive(FAR, 'y'), bytes)
    await channel.send(HOST, 'x', bytes)
    await assert.rejects(channel.send('host:7', 'x', bytes), /host:7 is no member of j\/n\/1/)
    await transport.leave(spec)
    assert.deepEqual(said, ['send host:20000 x', 'close guest:9999 undefined'])
    assert.deepEqual(
      seats.map(({ members, self }) => [self, members]),
      [[GUEST, [FAR]]],
    )
  })

  it('opens nothing remote for members that are all here', async () => {
    const remote = {
      open: () => Promise.reject(new Error('not expected')),
      close: () => Promise.reject(new Error('not expected')),
    }
    const transport = createTransport({ peers, remote })
    await transport.open(seat(GUEST))
    await transport.leave(seat(GUEST))
  })

  it('says that a member is out of reach when there is no remote transport', async () => {
    const transport = createTransport({ peers })
    const spec = seat(GUEST, { members: [GUEST, FAR], local: [GUEST] })
    const channel = await transport.open(spec)
    await assert.rejects(channel.receive(FAR, 'x'), /host:20000 runs at another runner/)
    await transport.closeSession(spec, 'failed')
  })
})
