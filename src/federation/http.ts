/**
 * Sealed channels between runners: straight over HTTP, or stored and forwarded by the app.
 * @module
 */
import type { Parcel, Peer } from '../domain/work.ts'
import type { Address, Channel } from './channel.ts'
import { earlyHellos } from './early.ts'
import { FRAME, readEnvelope, Refusal } from './envelope.ts'
import type { Identity } from './identity.ts'
import { TRANSPORT_LIMITS, type TransportLimits } from './limits.ts'
import { type Link, openLink } from './link.ts'
import { checkPin, type PinStore } from './pin.ts'
import {
  answered,
  answering,
  background,
  end,
  follow,
  partyOf,
  type Room,
  seatKey,
} from './room.ts'
import { createRoute, delay, type SendEnvelope, sendWith, type TransportLog } from './route.ts'

export interface HttpTransportOptions {
  /** The app as a mailbox. */
  readonly store: {
    post(parcel: Parcel): Promise<void>
    collect(session: string, receiver: string): Promise<Parcel[]>
  }
  /** The key pair of a party that this runner serves. */
  readonly identities: (party: string) => Promise<Identity>
  /** Absent for a runner that serves every party: it belongs to whoever runs the server, and believes it. */
  readonly pins?: PinStore
  /** Where peers reach this runner's inbox, or null. */
  readonly inboxUrl: string | null
  readonly log: TransportLog
  readonly limits?: Partial<TransportLimits>
  readonly fetch?: typeof fetch
  /** Another way to an inbox than `fetch`. */
  readonly send?: SendEnvelope
}

/** One party's seat in one try of one component of one job. */
export interface Seat {
  readonly jobId: string
  readonly node: string
  readonly attempt: number
  readonly self: Address
}

export interface SeatSpec extends Seat {
  /** The members to talk to; `self` may be among them. */
  readonly members: readonly Address[]
  /** Where they run now; one without a live attempt is missing. */
  peers(): Promise<readonly Peer[]>
  /** Ends the seat at once, with its reason. */
  readonly signal?: AbortSignal
}

export interface HttpTransport {
  /**
   * Takes a seat. Every member has to do so, and to close it. Peers that are not there yet are waited for in
   * `send` and `receive`.
   */
  open(spec: SeatSpec): Promise<Channel>
  /**
   * Leaves a seat. Without a reason: resolves when all that was sent has arrived and every other member is done too,
   * so that a component ends at all of its members or starts again at all of them. With a reason: at once, and peers
   * learn that this side failed, but not why.
   */
  close(seat: Seat, reason?: string): Promise<void>
  /** Takes an envelope that came to the inbox; answers what goes back, if anything. Throws a Refusal. */
  deliver(bytes: Uint8Array): Promise<Uint8Array | undefined>
}

/** The name of a session, the same at all of its members. */
export function sessionOf(seat: Omit<Seat, 'self'>): string {
  return `${seat.jobId}/${seat.node}/${seat.attempt}`
}

/** Opens the transport of a runner. */
export function createHttpTransport(options: HttpTransportOptions): HttpTransport {
  const limits = { ...TRANSPORT_LIMITS, ...options.limits }
  const rooms = new Map<string, Room>()
  const early = earlyHellos(limits.earlyHellos, limits.earlyMs)

  async function deliver(bytes: Uint8Array): Promise<Uint8Array | undefined> {
    const envelope = readEnvelope(bytes)
    const room = rooms.get(seatKey(envelope.session, envelope.receiver))
    if (!room) {
      if (envelope.kind !== FRAME.hello) {
        throw new Refusal(
          'unknown',
          `Nobody listens to ${envelope.session} at ${envelope.receiver}`,
        )
      }
      early.add(envelope, bytes)
      return undefined
    }
    const link = room.links.get(envelope.sender)
    if (link) return link.accept(envelope)
    throw new Refusal('unknown', `${envelope.sender} is no member of ${envelope.session}`)
  }

  async function takeEarly(session: string, self: Address): Promise<void> {
    for (const bytes of early.take(session, self)) {
      await deliver(bytes).catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error
      })
    }
  }

  async function open(spec: SeatSpec): Promise<Channel> {
    const { self } = spec
    const session = sessionOf(spec)
    const key = seatKey(session, self)
    if (rooms.has(key)) throw new RangeError(`${self} has already opened ${session}`)
    const stop = new AbortController()
    const room: Room = {
      links: new Map(),
      routes: new Map(),
      located: new Map(),
      peers: () => spec.peers(),
      answering: new Set(),
      stop,
    }
    rooms.set(key, room)
    stop.signal.addEventListener('abort', () => rooms.delete(key), { once: true })
    try {
      const identity = await options.identities(partyOf(self))
      for (const peer of spec.members) {
        if (peer === self) continue
        const transmit = routeTo({ spec, session, room, peer })
        room.routes.set(peer, transmit)
        room.links.set(peer, await openLink({ session, self, peer, identity, limits, transmit }))
      }
    } catch (error) {
      stop.abort(error)
      throw error
    }
    follow(spec.signal, room)
    await takeEarly(session, self)
    background(room, () => findPeers(room))
    background(room, () => emptyMailbox(session, self, room))
    return {
      self,
      send: async (to, tag, bytes) => linkTo(room, to).send(tag, bytes),
      receive: async (from, tag) => linkTo(room, from).receive(tag),
    }
  }

  function linkTo(room: Room, address: Address): Link {
    const link = room.links.get(address)
    if (link) return link
    throw new RangeError(`${address} is no member of this channel`)
  }

  function routeTo(way: { spec: SeatSpec; session: string; room: Room; peer: Address }) {
    const { spec, session, room, peer } = way
    return createRoute({
      jobId: spec.jobId,
      session,
      self: spec.self,
      peer,
      locate: () => room.located.get(peer),
      refresh: () => locate(room),
      local: (envelope) => (rooms.has(seatKey(session, peer)) ? deliver(envelope) : undefined),
      post: (parcel) => options.store.post(parcel),
      answered: async (envelope) => void (await deliver(envelope)),
      send: options.send ?? sendWith(options.fetch ?? fetch),
      limits,
      log: options.log,
      signal: room.stop.signal,
    })
  }

  async function locate(room: Room): Promise<void> {
    for (const peer of await room.peers()) room.located.set(peer.address as Address, peer)
  }

  /** Notices while this side is done which peers have lost their seat without a word. */
  async function watchPeers(room: Room): Promise<void> {
    for (;;) {
      await delay(limits.peersMs[1], room.stop.signal)
      const peers = await attempt(() => room.peers(), 'The app did not say where the peers are')
      const seated = new Set(peers?.map((peer) => peer.address))
      for (const [peer, link] of room.links) {
        // A peer that was never seen is still to come.
        if (peers && room.located.has(peer) && !seated.has(peer)) link.abandon()
      }
    }
  }

  /** Waits until every peer has a runner, and lets those in whose identity is the pinned one. */
  async function findPeers(room: Room): Promise<void> {
    const trusted = new Set<Address>()
    const [first, longest] = limits.peersMs
    for (let pause = first; ; pause = Math.min(pause * 2, longest)) {
      await attempt(() => locate(room), 'The app did not say where the peers are')
      for (const [peer, link] of room.links) {
        const found = room.located.get(peer)
        if (!found || trusted.has(peer)) continue
        trusted.add(peer)
        const shown = { party: partyOf(peer), identity: found.identity }
        if (options.pins) await checkPin(options.pins, shown)
        await link.trust(found.identity)
      }
      if (trusted.size === room.links.size) return
      await delay(pause, room.stop.signal)
    }
  }

  /** Looks into the mailbox: often after something came, ever more rarely while nothing does. */
  async function emptyMailbox(session: string, self: Address, room: Room): Promise<void> {
    const [shortest, withoutInbox, withInbox] = limits.pollMs
    const longest = options.inboxUrl === null ? withoutInbox : withInbox
    for (let pause = shortest; ; pause = Math.min(pause * 1.5, longest)) {
      const parcels = await attempt(
        () => options.store.collect(session, self),
        'The app did not hand out the messages that wait',
      )
      if (parcels && parcels.length > 0) {
        await answering(room, takeParcels(parcels, room))
        pause = shortest
      }
      await delay(pause, room.stop.signal)
    }
  }

  async function takeParcels(parcels: readonly Parcel[], room: Room): Promise<void> {
    // One answer for a batch: the last one says what all of them say.
    const answers = new Map<string, { readonly to: Address; readonly envelope: Uint8Array }>()
    for (const { body, sender } of parcels) {
      try {
        const envelope = readEnvelope(body)
        const answer = await deliver(body)
        const to = envelope.sender
        if (answer) answers.set(`${readEnvelope(answer).kind} ${to}`, { to, envelope: answer })
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        options.log.warn(
          { sender, reason: error.message },
          'A message from the mailbox was refused',
        )
      }
    }
    for (const { to, envelope } of answers.values()) {
      background(room, async () => answering(room, room.routes.get(to)?.(envelope)))
    }
  }

  async function attempt<T>(work: () => Promise<T>, message: string): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      options.log.warn({ error: String(error) }, message)
      return undefined
    }
  }

  async function close(seat: Seat, reason?: string): Promise<void> {
    const room = rooms.get(seatKey(sessionOf(seat), seat.self))
    if (!room) return
    const links = [...room.links.values()]
    if (reason === undefined) background(room, () => watchPeers(room))
    try {
      if (reason === undefined) await Promise.all(links.map((link) => link.close()))
      else for (const link of links) void answering(room, link.giveNotice()).catch(() => {})
      await Promise.race([answered(room), delay(limits.lastWordMs, room.stop.signal)])
    } finally {
      end(room, reason ?? `${seat.self} has closed its channel`)
    }
  }

  return { open, close, deliver }
}
