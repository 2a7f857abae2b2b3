import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'

import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open-file.ts'
import { collectParcels, postParcel } from '../../src/domain/mailbox.ts'
import type { Parcel, Peer } from '../../src/domain/work.ts'
import { type Address, type Channel, ChannelClosed } from '../../src/federation/channel.ts'
import {
  createHttpTransport,
  type HttpTransport,
  type Seat,
  type SeatSpec,
} from '../../src/federation/http.ts'
import { generateIdentity, importIdentity } from '../../src/federation/identity.ts'
import { inboxApp } from '../../src/federation/inbox.ts'
import type { TransportLimits } from '../../src/federation/limits.ts'
import { memoryPins, type PinStore } from '../../src/federation/pin.ts'
import { SILENT } from '../helpers/deps.ts'
import { listen, type Listener } from '../helpers/listen.ts'

const GUEST = 'guest:9999'
const HOST = 'host:10000'
const ARBITER = 'arbiter:20000'
const KEY = { jobId: '20260101', node: 'hetero_lr_0', attempt: 1 }
const SECRET = new TextEncoder().encode('income=123456.78;label=1')

/** Quick enough for tests; nothing depends on how quick. */
const LIMITS: Partial<TransportLimits> = {
  helloMs: [20, 200],
  resendMs: [100, 400],
  pollMs: [5, 20, 20],
  peersMs: [10, 50],
  retryMs: [5, 50],
  lingerMs: 2_000,
  lastWordMs: 500,
}

const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()))
})

describe('http transport', () => {
  it('carries messages both ways in order under several tags', async () => {
    const world = await createWorld([GUEST, HOST])
    const [guest, host] = await world.openAll()
    const order = [0, 1, 2, 3, 4, 5, 6, 7]
    await Promise.all(
      order.flatMap((n) => [
        guest.send(HOST, 'a', Uint8Array.of(n)),
        guest.send(HOST, 'b', Uint8Array.of(100 + n)),
        host.send(GUEST, 'a', Uint8Array.of(200 + n)),
      ]),
    )
    assert.deepEqual(
      await take(host, GUEST, 'b', 8),
      order.map((n) => 100 + n),
    )
    assert.deepEqual(await take(host, GUEST, 'a', 8), order)
    assert.deepEqual(
      await take(guest, HOST, 'a', 8),
      order.map((n) => 200 + n),
    )
    await world.closeAll()
    assert.equal(world.relayed.length, 0)
  })

  it('connects three parties pairwise', async () => {
    const members = [GUEST, HOST, ARBITER] as const
    const world = await createWorld(members)
    const channels = await world.openAll()
    for (const channel of channels) {
      for (const to of members) {
        if (to !== channel.self)
          await channel.send(to, 'hi', new TextEncoder().encode(channel.self))
      }
    }
    for (const channel of channels) {
      for (const from of members) {
        if (from === channel.self) continue
        assert.equal(new TextDecoder().decode(await channel.receive(from, 'hi')), from)
      }
    }
    await world.closeAll()
  })

  it('carries 20 MB in order with what is sent before and after', async () => {
    const world = await createWorld([GUEST, HOST])
    const [guest, host] = await world.openAll()
    const big = new Uint8Array(20_000_000)
    for (let at = 0; at < big.length; at += 65536) {
      crypto.getRandomValues(big.subarray(at, at + 65536))
    }
    const sent = Promise.all([
      guest.send(HOST, 'x', Uint8Array.of(1)),
      guest.send(HOST, 'x', big),
      guest.send(HOST, 'x', new Uint8Array(0)),
      guest.send(HOST, 'y', Uint8Array.of(2)),
    ])
    assert.deepEqual(await host.receive(GUEST, 'y'), Uint8Array.of(2))
    assert.deepEqual(await host.receive(GUEST, 'x'), Uint8Array.of(1))
    assert.ok(Buffer.from(big).equals(await host.receive(GUEST, 'x')))
    assert.equal((await host.receive(GUEST, 'x')).length, 0)
    await sent
    await world.closeAll()
    assert.ok(world.wire.every((body) => body.length <= 4 * 1024 * 1024))
  })

  it('lets the sender use its buffer again', async () => {
    const world = await createWorld([GUEST, HOST])
    const [guest, host] = await world.openAll()
    const buffer = Uint8Array.of(1, 2, 3)
    const sent = guest.send(HOST, 'a', buffer)
    buffer.fill(0)
    await sent
    assert.deepEqual(await host.receive(GUEST, 'a'), Uint8Array.of(1, 2, 3))
    await world.closeAll()
  })

  it('waits for a receiver that opens late', async () => {
    const world = await createWorld([GUEST, HOST])
    const guest = await world.open(GUEST)
    await guest.send(HOST, 'a', SECRET)
    const left = world.close(GUEST)
    await world.heard(HOST)
    const host = await world.open(HOST)
    assert.deepEqual(await host.receive(GUEST, 'a'), SECRET)
    await world.close(HOST)
    await left
  })

  it('waits for a peer that the server does not know yet', async () => {
    const world = await createWorld([GUEST, HOST])
    world.hidden.add(HOST)
    const guest = await world.open(GUEST)
    await guest.send(HOST, 'a', SECRET)
    const host = await world.open(HOST)
    const received = host.receive(GUEST, 'a')
    world.hidden.delete(HOST)
    assert.deepEqual(await received, SECRET)
    await world.closeAll()
  })

  it('goes through the app for a peer without a URL, sealed in the message table', async () => {
    const world = await createWorld([GUEST, HOST], { unreachable: [GUEST, HOST] })
    const [guest, host] = await world.openAll()
    await guest.send(HOST, 'a', SECRET)
    await guest.send(HOST, 'a', SECRET)
    await host.send(GUEST, 'back', SECRET)
    assert.deepEqual(await host.receive(GUEST, 'a'), SECRET)
    assert.deepEqual(await host.receive(GUEST, 'a'), SECRET)
    assert.deepEqual(await guest.receive(HOST, 'back'), SECRET)
    await world.closeAll()
    assert.equal(world.wire.length, 0)
    assert.ok(world.relayed.length >= 5)
    for (const { jobId, body } of world.relayed) {
      assert.equal(jobId, KEY.jobId)
      assert.ok(!Buffer.from(body).includes(Buffer.from(SECRET.subarray(0, 6))))
    }
  })

  it('reaches one side through the app and the other directly', async () => {
    const world = await createWorld([GUEST, HOST], { unreachable: [HOST] })
    const [guest, host] = await world.openAll()
    await guest.send(HOST, 'a', SECRET)
    assert.deepEqual(await host.receive(GUEST, 'a'), SECRET)
    await host.send(GUEST, 'b', SECRET)
    assert.deepEqual(await guest.receive(HOST, 'b'), SECRET)
    await world.closeAll()
    assert.ok(world.relayed.every((parcel) => parcel.receiver === HOST))
    assert.ok(world.wire.length > 0)
  })

  it('falls back to the app when an inbox does not answer', async () => {
    const world = await createWorld([GUEST, HOST])
    await world.stopInbox(HOST)
    const [guest, host] = await world.openAll()
    await guest.send(HOST, 'a', SECRET)
    assert.deepEqual(await host.receive(GUEST, 'a'), SECRET)
    await world.closeAll()
    assert.ok(world.relayed.some((parcel) => parcel.receiver === HOST))
  })

  it('survives lost, doubled and reordered messages of the app', async () => {
    const world = await createWorld([GUEST, HOST], { unreachable: [GUEST, HOST] })
    let round = 0
    world.mangle = (parcels) => {
      round++
      if (round % 3 === 0) return []
      return [...parcels, ...parcels].reverse()
    }
    const [guest, host] = await world.openAll()
    for (let n = 0; n < 8; n++) {
      await guest.send(HOST, 'a', Uint8Array.of(n))
      await host.send(GUEST, 'b', Uint8Array.of(n))
      assert.deepEqual(await host.receive(GUEST, 'a'), Uint8Array.of(n))
      assert.deepEqual(await guest.receive(HOST, 'b'), Uint8Array.of(n))
    }
    await world.closeAll()
  })

  it('drops what was tampered with on its way and still delivers the truth', async () => {
    const world = await createWorld([GUEST, HOST], { unreachable: [GUEST, HOST] })
    const changed: Parcel[] = []
    world.mangle = (parcels) => {
      const fresh = parcels.filter(({ id }) => !changed.some((parcel) => parcel.id === id))
      const forged = fresh.map((parcel) => {
        const last = parcel.body.length - 1
        return { ...parcel, body: parcel.body.with(last, parcel.body[last] ^ 1) }
      })
      changed.push(...forged)
      return [...forged, ...parcels]
    }
    const [guest, host] = await world.openAll()
    await guest.send(HOST, 'a', SECRET)
    assert.deepEqual(await host.receive(GUEST, 'a'), SECRET)
    await world.closeAll()
    assert.ok(changed.length > 0)
  })

  it('never shows a plaintext on the wire, nor the same bytes twice', async () => {
    const world = await createWorld([GUEST, HOST])
    const [guest, host] = await world.openAll()
    for (const tag of ['open sesame', 'open sesame']) {
      await guest.send(HOST, tag, SECRET)
      assert.deepEqual(await host.receive(GUEST, tag), SECRET)
    }
    await world.closeAll()
    // What was sent again is the same envelope, not another one.
    const different = new Set(world.wire.map((body) => Buffer.from(body).toString('hex')))
    const wire = [...different].map((text) => Buffer.from(text, 'hex'))
    assert.ok(wire.length >= 4)
    for (const body of wire) {
      for (const hidden of [
        SECRET.subarray(0, 6),
        SECRET.subarray(8, 14),
        new TextEncoder().encode('sesame'),
      ]) {
        assert.ok(!body.includes(Buffer.from(hidden)))
      }
    }
    const tails = wire.map((body) => body.subarray(-SECRET.length).toString('hex'))
    assert.equal(new Set(tails).size, tails.length)
  })

  it('limits how far a sender runs ahead of its receiver', async () => {
    const world = await createWorld([GUEST, HOST], {
      limits: { windowBytes: 100_000, queueBytes: 100_000 },
    })
    const [guest, host] = await world.openAll()
    let sent = 0
    const sending = (async () => {
      for (let n = 0; n < 20; n++) {
        await guest.send(HOST, 'a', new Uint8Array(50_000).fill(n))
        sent++
      }
    })()
    await host.receive(GUEST, 'a')
    await world.quiet()
    assert.ok(sent < 12, `${sent} of 20 messages were taken while only one was received`)
    for (let n = 1; n < 20; n++) assert.equal((await host.receive(GUEST, 'a'))[0], n)
    await sending
    await world.closeAll()
  })

  it('lets a receiver wait for what comes after more than the queue holds', async () => {
    const world = await createWorld([GUEST, HOST], {
      limits: { windowBytes: 100_000, queueBytes: 100_000 },
    })
    const [guest, host] = await world.openAll()
    const last = host.receive(GUEST, 'last')
    for (let n = 0; n < 12; n++) await guest.send(HOST, 'first', new Uint8Array(50_000).fill(n))
    await guest.send(HOST, 'last', Uint8Array.of(1))
    assert.deepEqual(await last, Uint8Array.of(1))
    for (let n = 0; n < 12; n++) assert.equal((await host.receive(GUEST, 'first'))[0], n)
    await world.closeAll()
  })

  it('refuses a message above the limit and goes on', async () => {
    const world = await createWorld([GUEST, HOST], { limits: { messageBytes: 1000 } })
    const [guest, host] = await world.openAll()
    await assert.rejects(
      guest.send(HOST, 'a', new Uint8Array(1001)),
      /at most 1000 bytes, "a" to host:10000 has 1001/,
    )
    await guest.send(HOST, 'a', new Uint8Array(1000))
    assert.equal((await host.receive(GUEST, 'a')).length, 1000)
    await world.closeAll()
  })

  it('refuses a member that is none', async () => {
    const world = await createWorld([GUEST, HOST])
    const guest = await world.open(GUEST)
    await assert.rejects(guest.send('host:1', 'a', SECRET), RangeError)
    await assert.rejects(world.open(GUEST), /already opened/)
    await world.close(GUEST, 'the test is over')
  })

  it('refuses a peer whose pinned key has changed', async () => {
    const pins = memoryPins()
    const old = await generateIdentity('10000')
    await pins.add({ party: '10000', identity: old.publicKey })
    const world = await createWorld([GUEST, HOST], { pins: { [GUEST]: pins } })
    const [guest] = await world.openAll()
    await assert.rejects(guest.receive(HOST, 'a'), (error) => {
      assert.ok(error instanceof ChannelClosed)
      assert.match(error.message, /Party 10000 shows the identity key .* is pinned/)
      return true
    })
    await assert.rejects(guest.send(HOST, 'a', SECRET), ChannelClosed)
  })

  it('agrees on nothing with a runner that has another key than the server says', async () => {
    const world = await createWorld([GUEST, HOST])
    // The guest is told of the true host; whoever answers at its place has a key of its own.
    const impostor = await importIdentity(await generateIdentity('10000'))
    world.replaceIdentity(HOST, impostor.publicKey)
    const [guest] = await world.openAll()
    await guest.send(HOST, 'a', SECRET)
    const received = guest.receive(HOST, 'a')
    await world.refused(403)
    assert.ok(
      world.wire.every((body) => body[4] === 1),
      'only hellos may have left',
    )
    await world.close(GUEST, 'the test is over')
    await assert.rejects(received, ChannelClosed)
    await world.close(HOST, 'the test is over')
  })

  it('ends waiting at once when its own signal aborts', async () => {
    const world = await createWorld([GUEST, HOST])
    const lease = new AbortController()
    const guest = await world.open(GUEST, { signal: lease.signal })
    const received = guest.receive(HOST, 'a')
    lease.abort(new Error('The lease was lost'))
    await assert.rejects(received, (error) => {
      assert.ok(error instanceof ChannelClosed)
      assert.equal(error.message, 'The lease was lost')
      return true
    })
    await assert.rejects(guest.send(HOST, 'a', SECRET), ChannelClosed)
  })

  it('tells peers that it failed, but not why', async () => {
    const world = await createWorld([GUEST, HOST])
    const [guest, host] = await world.openAll()
    await host.send(GUEST, 'a', SECRET)
    await guest.receive(HOST, 'a')
    const told = assert.rejects(guest.receive(HOST, 'b'), (error) => {
      assert.ok(error instanceof ChannelClosed)
      assert.equal(error.message, 'host:10000 failed: its own log has the reason')
      return true
    })
    await world.close(HOST, 'column income holds -1')
    await told
    await world.close(GUEST, 'a peer failed')
  })

  it('hands over everything before it says that nothing more comes', async () => {
    const world = await createWorld([GUEST, HOST])
    const [guest, host] = await world.openAll()
    await guest.send(HOST, 'a', SECRET)
    const left = world.close(GUEST)
    assert.deepEqual(await host.receive(GUEST, 'a'), SECRET)
    await assert.rejects(host.receive(GUEST, 'a'), /guest:9999 is done and sends nothing more/)
    await world.close(HOST)
    await left
  })

  it('is done although nobody reads the last messages', async () => {
    const world = await createWorld([GUEST, HOST], {
      limits: { windowBytes: 100_000, queueBytes: 100_000 },
    })
    const [guest] = await world.openAll()
    const sent = Promise.all(
      Array.from({ length: 8 }, () => guest.send(HOST, 'unread', new Uint8Array(50_000))),
    )
    const left = world.close(HOST)
    await sent
    await Promise.all([left, world.close(GUEST)])
  })

  it('stops waiting for a peer that has lost its seat', async () => {
    const world = await createWorld([GUEST, HOST])
    const [guest, host] = await world.openAll()
    await host.send(GUEST, 'a', SECRET)
    await guest.receive(HOST, 'a')
    const left = world.close(GUEST)
    world.hidden.add(HOST)
    await left
  })

  it('connects two parties of one runner with a third elsewhere', async () => {
    const world = await createWorld([GUEST, HOST, ARBITER], { together: [GUEST, HOST] })
    const [guest, host, arbiter] = await world.openAll()
    await guest.send(HOST, 'a', Uint8Array.of(1))
    await host.send(ARBITER, 'a', Uint8Array.of(2))
    await arbiter.send(GUEST, 'a', Uint8Array.of(3))
    assert.deepEqual(await host.receive(GUEST, 'a'), Uint8Array.of(1))
    assert.deepEqual(await arbiter.receive(HOST, 'a'), Uint8Array.of(2))
    assert.deepEqual(await guest.receive(ARBITER, 'a'), Uint8Array.of(3))
    await world.closeAll()
  })
})

interface WorldOptions {
  readonly unreachable?: readonly Address[]
  readonly limits?: Partial<TransportLimits>
  readonly pins?: Readonly<Record<Address, PinStore>>
  /** Members that share one runner. */
  readonly together?: readonly Address[]
}

/** Runners with inboxes on free ports, a server's mailbox, and everything that crosses between them. */
async function createWorld(members: readonly Address[], options: WorldOptions = {}) {
  const db = openDatabase({ url: ':memory:' })
  await migrate(db)
  open.push({ close: () => db.destroy() })
  const wire: Uint8Array[] = []
  const relayed: Parcel[] = []
  const hidden = new Set<Address>()
  const arrived = new Set<Address>()
  const statuses: number[] = []
  const watchers = new Set<() => void>()
  const peers = new Map<Address, Peer>()
  const runners = new Map<Address, { transport: HttpTransport; inbox: Listener }>()
  const opened = new Map<Address, Channel>()
  let traffic = 0

  const world = {
    wire,
    relayed,
    hidden,
    /** What the server hands out instead of the parcels that wait. */
    mangle: (parcels: Parcel[]): Parcel[] => parcels,
    async open(self: Address, more: Partial<SeatSpec> = {}): Promise<Channel> {
      const channel = await runnerOf(self).transport.open({
        ...seat(self),
        members,
        peers: seen,
        ...more,
      })
      opened.set(self, channel)
      return channel
    },
    async openAll(): Promise<Channel[]> {
      return Promise.all(members.map((self) => world.open(self)))
    },
    close: (self: Address, reason?: string) => runnerOf(self).transport.close(seat(self), reason),
    async closeAll(): Promise<void> {
      await Promise.all(members.map((self) => world.close(self)))
    },
    stopInbox: (self: Address) => runnerOf(self).inbox.close(),
    replaceIdentity(self: Address, identity: string): void {
      const peer = peers.get(self)
      assert.ok(peer)
      peers.set(self, { ...peer, identity })
    },
    /** Resolves when an inbox has answered with that status. */
    refused: (status: number) => until(() => statuses.includes(status)),
    /** Resolves when something has arrived at the runner of `self`. */
    heard: (self: Address) => until(() => arrived.has(self)),
    /** Resolves when nothing has crossed for several rounds of the event loop. */
    async quiet(): Promise<void> {
      for (let before = -1, calm = 0; calm < 20;) {
        calm = before === traffic ? calm + 1 : 0
        before = traffic
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
  }

  function runnerOf(self: Address): { transport: HttpTransport; inbox: Listener } {
    const runner = runners.get(self)
    assert.ok(runner)
    return runner
  }

  function seat(self: Address): Seat {
    return { ...KEY, self }
  }

  function seen(): Promise<Peer[]> {
    return Promise.resolve(
      [...peers.values()].filter(({ address }) => !hidden.has(address as Address)),
    )
  }

  function until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      function look(): void {
        if (!condition()) return
        watchers.delete(look)
        resolve()
      }
      watchers.add(look)
      look()
    })
  }

  function crossed(): void {
    traffic++
    for (const watcher of watchers) watcher()
  }

  const store = {
    async post(parcel: Parcel): Promise<void> {
      relayed.push(parcel)
      await postParcel(db, parcel, 0)
      crossed()
    },
    async collect(session: string, receiver: string): Promise<Parcel[]> {
      const parcels = await collectParcels(db, { session, receiver })
      return parcels.length === 0 ? [] : world.mangle(parcels)
    },
  }

  async function addRunner(at: readonly Address[]): Promise<void> {
    const keys = new Map(
      await Promise.all(
        at.map(async (self) => {
          const party = partyOf(self)
          return [party, await importIdentity(await generateIdentity(party))] as const
        }),
      ),
    )
    let transport: HttpTransport | undefined
    const inbox = await listen(async (request) => {
      wire.push(new Uint8Array(await request.clone().arrayBuffer()))
      const app = inboxApp({ deliver: async (bytes) => transport?.deliver(bytes), log: SILENT })
      const response = await app.fetch(request)
      statuses.push(response.status)
      for (const self of at) arrived.add(self)
      if (response.status === 200) wire.push(new Uint8Array(await response.clone().arrayBuffer()))
      crossed()
      return response
    })
    open.push(inbox)
    const url = options.unreachable?.includes(at[0]) ? null : inbox.url
    transport = createHttpTransport({
      store,
      identities: async (party) => {
        const identity = keys.get(party)
        assert.ok(identity)
        return identity
      },
      pins: options.pins?.[at[0]] ?? memoryPins(),
      inboxUrl: url,
      log: SILENT,
      limits: { ...LIMITS, ...options.limits },
    })
    for (const self of at) {
      const identity = keys.get(partyOf(self))?.publicKey ?? ''
      peers.set(self, { address: self, runnerId: at[0], url, identity })
      runners.set(self, { transport, inbox })
    }
  }

  const together = options.together ?? []
  const groups = [
    together,
    ...members.filter((self) => !together.includes(self)).map((self) => [self]),
  ]
  for (const group of groups) if (group.length > 0) await addRunner(group)
  open.push({
    async close() {
      await Promise.all([...opened.keys()].map((self) => world.close(self, 'the test is over')))
    },
  })
  return world
}

function partyOf(address: Address): string {
  return address.slice(address.indexOf(':') + 1)
}

async function take(
  channel: Channel,
  from: Address,
  tag: string,
  count: number,
): Promise<number[]> {
  const values = []
  for (let n = 0; n < count; n++) values.push((await channel.receive(from, tag))[0])
  return values
}
