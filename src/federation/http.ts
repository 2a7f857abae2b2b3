/**
 * Sealed channels between runners: straight over HTTP, or stored and forwarded by the app.
 * @module
 */
import type { Parcel, Peer } from '../domain/work.ts'
import type { Address, Channel } from './channel.ts'
import { type Envelope, FRAME, readEnvelope, Refusal } from './envelope.ts'
import type { Identity } from './identity.ts'
import { type Link, LINK_LIMITS, type LinkLimits, openLink } from './link.ts'
import { checkPin, type PinStore } from './pin.ts'
import {
  createRoute,
  delay,
  ROUTE_LIMITS,
  type RouteLimits,
  type SendEnvelope,
  sendWith,
  type TransportLog,
} from './route.ts'

export interface TransportLimits extends LinkLimits, RouteLimits {
  /** Shortest pause between looks into the mailbox, and the longest with and without an inbox of one's own. */
  readonly pollMs: readonly [shortest: number, withoutInbox: number, withInbox: number]
  /** First and longest pause between questions where the peers are. */
  readonly peersMs: readonly [number, number]
  /** Hellos that may wait for their receiver to open, and for how long. */
  readonly earlyHellos: number
  readonly earlyMs: number
  /** How long a side that leaves tries to get its last word through, in milliseconds. */
  readonly lastWordMs: number
}

export const TRANSPORT_LIMITS: TransportLimits = {
  ...LINK_LIMITS,
  ...ROUTE_LIMITS,
  pollMs: [25, 1_000, 5_000],
  peersMs: [100, 2_000],
  earlyHellos: 1024,
  earlyMs: 900_000,
  lastWordMs: 2_000,
}

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
  const early = new Map<string, { readonly bytes: Uint8Array; readonly until: number }>()

  function keepEarly(envelope: Envelope, bytes: Uint8Array): undefined {
    if (envelope.kind !== FRAME.hello) {
      throw new Refusal('unknown', `Nobody listens to ${envelope.session} at ${envelope.receiver}`)
    }
    const key = JSON.stringify([envelope.session, envelope.receiver, envelope.sender])
    early.delete(key)
    early.set(key, { bytes: bytes.slice(), until: Date.now() + limits.earlyMs })
    for (const [oldest, { until }] of early) {
      if (early.size <= limits.earlyHellos && until > Date.now()) break
      early.delete(oldest)
    }
    return undefined
  }

  async function deliver(bytes: Uint8Array): Promise<Uint8Array | undefined> {
    const envelope = readEnvelope(bytes)
    const room = rooms.get(seatKey(envelope.session, envelope.receiver))
    if (!room) return keepEarly(envelope, bytes)
    const link = room.links.get(envelope.sender)
    if (link) return link.accept(envelope)
    throw new Refusal('unknown', `${envelope.sender} is no member of ${envelope.session}`)
  }

  async function takeEarly(session: string, self: Address): Promise<void> {
    for (const [key, { bytes }] of early) {
      const [at, receiver] = JSON.parse(key) as string[]
      if (at !== session || receiver !== self) continue
      early.delete(key)
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

interface Room {
  readonly links: Map<Address, Link>
  readonly routes: Map<Address, (envelope: Uint8Array) => Promise<void>>
  /** Where peers are, or were when they were last seen. */
  readonly located: Map<Address, Peer>
  peers(): Promise<readonly Peer[]>
  /** Answers and last words that are on their way. */
  readonly answering: Set<Promise<void>>
  readonly stop: AbortController
}

function end(room: Room, reason: string, cause?: unknown): void {
  for (const link of room.links.values()) link.fail(reason, cause)
  room.stop.abort(cause ?? new Error(reason))
}

async function answering(room: Room, work: Promise<void> | undefined): Promise<void> {
  if (!work) return
  room.answering.add(work)
  await work.finally(() => room.answering.delete(work))
}

async function answered(room: Room): Promise<void> {
  while (room.answering.size > 0) await Promise.allSettled(room.answering)
}

/** Runs what nobody waits for; its failure ends the room. */
function background(room: Room, work: () => Promise<void>): void {
  work().catch((error: unknown) => {
    if (!room.stop.signal.aborted) end(room, sentence(error), error)
  })
}

function follow(signal: AbortSignal | undefined, room: Room): void {
  if (!signal) return
  const stop = () => end(room, sentence(signal.reason), signal.reason)
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true, signal: room.stop.signal })
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function seatKey(session: string, self: Address): string {
  return JSON.stringify([session, self])
}

/** The party in an address; roles hold no colon, parties may. */
function partyOf(address: Address): string {
  return address.slice(address.indexOf(':') + 1)
}
