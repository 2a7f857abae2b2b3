/**
 * Opens the channel between the parties of one component: in memory to those that run in this process, through
 * a remote transport to all others.
 * @module
 */
import type { Peer } from '../domain/work.ts'
import { type Address, type Channel, ChannelClosed } from '../federation/channel.ts'
import { type MemoryHub, memoryHub } from '../federation/memory.ts'

/** One try of one component of a job: the attempt number is the same at all of its parties. */
export interface SessionKey {
  readonly jobId: string
  readonly node: string
  readonly attempt: number
}

/** One party's place in a session. */
export interface Seat extends SessionKey {
  readonly self: Address
}

export interface SessionSpec extends Seat {
  /** Every member of the component. */
  readonly members: readonly Address[]
  /** The members that run in this process, `self` among them. */
  readonly local: readonly Address[]
  /** Ends the seat when the task has to stop. */
  readonly signal: AbortSignal
}

export interface RemoteSeat extends Seat {
  /** The members to talk to, none of them in this process. */
  readonly members: readonly Address[]
  /** Where they run now; one without a live attempt is missing. */
  peers(): Promise<readonly Peer[]>
  readonly signal: AbortSignal
}

/** Reaches members that run elsewhere; `createHttpTransport` is one. */
export interface RemoteTransport {
  open(seat: RemoteSeat): Promise<Channel>
  /**
   * Without a reason: resolves when everything has arrived and the others are done too. With one: at once, and they
   * learn that this side failed.
   */
  close(seat: Seat, reason?: string): Promise<void>
}

/** Where channels come from. */
export interface Transport {
  open(session: SessionSpec): Promise<Channel>
  /**
   * The party at `self` is done: what it sent stays readable, nothing more comes from it. Resolves when remote
   * members have everything; called at most once for a seat, instead of `closeSession`.
   */
  leave(session: SessionSpec): Promise<void>
  /** The party at `self` failed: whoever waits for anybody in the session gets `ChannelClosed(reason)`. */
  closeSession(session: SessionSpec, reason: string): Promise<void>
}

/** What a transport needs. */
export interface TransportOptions {
  /** Absent when this process serves every party. */
  readonly remote?: RemoteTransport
  peers(jobId: string, node: string): Promise<readonly Peer[]>
}

/** The name of a session, the same at all of its members. */
export function sessionName(key: SessionKey): string {
  return `${key.jobId}/${key.node}/${key.attempt}`
}

/** A transport that routes by address. */
export function createTransport(options: TransportOptions): Transport {
  const rooms = new Map<string, Room>()
  const remotes = new Map<string, Promise<Channel>>()

  function roomOf(session: SessionSpec): Room {
    const name = sessionName(session)
    const found = rooms.get(name)
    if (found) return found
    const room = openRoom()
    rooms.set(name, room)
    return room
  }

  function openRemote(session: SessionSpec, away: readonly Address[]): Promise<Channel> {
    const { jobId, node, attempt, self, signal } = session
    if (!options.remote) {
      return Promise.reject(
        new ChannelClosed(
          `${away.join(' and ')} runs at another runner, and this one has no transport to other runners`,
        ),
      )
    }
    const peers = () => options.peers(jobId, node)
    return options.remote.open({ jobId, node, attempt, self, members: away, peers, signal })
  }

  async function end(session: SessionSpec, reason?: string): Promise<void> {
    const name = sessionName(session)
    const room = roomOf(session)
    if (reason === undefined) room.leave(session.self)
    else room.fail(session.self, reason)
    if (room.left() === session.local.length) rooms.delete(name)
    const key = `${name} ${session.self}`
    const remote = remotes.get(key)
    remotes.delete(key)
    if (!remote || !options.remote) return
    // A seat that could not be taken has nothing to close.
    const opened = await remote.then(
      () => true,
      () => false,
    )
    const { jobId, node, attempt, self } = session
    if (opened) await options.remote.close({ jobId, node, attempt, self }, reason)
  }

  return {
    async open(session) {
      const local = roomOf(session).channel(session.self)
      let remote: Promise<Channel> | undefined
      const away = session.members.filter((member) => !session.local.includes(member))
      if (away.length > 0) {
        // Opened at once, so that what peers send meanwhile finds its receiver.
        remote = openRemote(session, away)
        remotes.set(`${sessionName(session)} ${session.self}`, remote)
        // Whoever sends or receives hears of it.
        remote.catch(() => {})
      }
      async function channelTo(member: Address): Promise<Channel> {
        if (session.local.includes(member)) return local
        if (remote && away.includes(member)) return remote
        throw new RangeError(`${member} is no member of ${sessionName(session)}`)
      }
      return {
        self: session.self,
        send: async (to, tag, bytes) => (await channelTo(to)).send(to, tag, bytes),
        receive: async (from, tag) => (await channelTo(from)).receive(from, tag),
      }
    },
    leave: (session) => end(session),
    closeSession: (session, reason) => end(session, reason),
  }
}

/** The members of one session in this process. */
interface Room {
  /** How many members have ended. */
  left(): number
  channel(self: Address): Channel
  leave(self: Address): void
  fail(self: Address, reason: string): void
}

function openRoom(): Room {
  const hub: MemoryHub = memoryHub()
  const left = new Set<Address>()
  const waiting = new Set<{ readonly from: Address; giveUp(): void }>()

  function leave(self: Address): void {
    left.add(self)
    for (const receiver of waiting) if (receiver.from === self) receiver.giveUp()
  }

  function receive(inner: Channel, from: Address, tag: string): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      // Some turns later, so that a message that is already there wins.
      const giveUp = () =>
        void setImmediate(() =>
          reject(new ChannelClosed(`${from} is done and sends nothing more under "${tag}"`)),
        )
      const receiver = { from, giveUp }
      if (left.has(from)) giveUp()
      else waiting.add(receiver)
      inner
        .receive(from, tag)
        .then(resolve, reject)
        .finally(() => waiting.delete(receiver))
    })
  }

  return {
    left: () => left.size,
    channel(self) {
      const inner = hub.channel(self)
      return {
        self,
        send: (to, tag, bytes) => inner.send(to, tag, bytes),
        receive: (from, tag) => receive(inner, from, tag),
      }
    },
    leave,
    fail(self, reason) {
      // The hub closes first: it has the better reason.
      hub.close(reason)
      leave(self)
    },
  }
}
