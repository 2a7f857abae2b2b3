/**
 * One peer of one session: agrees on keys with it, sends in order and again until it arrived, and keeps what came
 * until it is received. Knows nothing of how envelopes travel; they may be lost, doubled and reordered.
 * @module
 */
import { sameBytes } from './bytes.ts'
import { ChannelClosed } from './channel.ts'
import { type Envelope, FRAME, Refusal } from './envelope.ts'
import {
  agree,
  createEphemeral,
  type Ephemeral,
  type Line,
  makeHello,
  readHello,
} from './handshake.ts'
import { createInbound, type Inbound } from './inbound.ts'
import { createOutbound, type Outbound } from './outbound.ts'
import type { Seal } from './seal.ts'

export interface LinkLimits {
  /** Largest message in bytes. */
  readonly messageBytes: number
  /** Bytes a sender may be ahead of what its peer has room for. */
  readonly windowBytes: number
  /** Bytes that may wait to be received before the peer is slowed down. */
  readonly queueBytes: number
  /** Frames under way at once. */
  readonly inFlight: number
  /** First and longest pause between hellos, in milliseconds. */
  readonly helloMs: readonly [number, number]
  /** First and longest pause before a frame that nobody confirmed goes out again, in milliseconds. */
  readonly resendMs: readonly [number, number]
  /** How long a side that is done waits for the last confirmation, in milliseconds. */
  readonly lingerMs: number
}

export const LINK_LIMITS: LinkLimits = {
  messageBytes: 2 ** 30,
  windowBytes: 64 * 2 ** 20,
  queueBytes: 256 * 2 ** 20,
  inFlight: 4,
  helloMs: [250, 5_000],
  resendMs: [5_000, 60_000],
  lingerMs: 30_000,
}

export interface LinkOptions extends Line {
  readonly limits: LinkLimits
  /** Hands an envelope to the network. Rejects when that can never succeed. */
  readonly transmit: (envelope: Uint8Array) => Promise<void>
}

/** The own end of the line to one peer. */
export interface Link {
  /** Names the identity key that the peer must have; nothing is agreed before. */
  trust(identity: string): Promise<void>
  /** Takes in what the peer sent; answers what should go back to it, if anything. Throws a Refusal. */
  accept(envelope: Envelope): Promise<Uint8Array | undefined>
  send(tag: string, bytes: Uint8Array): Promise<void>
  receive(tag: string): Promise<Uint8Array>
  /**
   * Resolves when the peer has everything and is done too, or is gone: the members of a component end together.
   * What the peer sends from now on is dropped.
   */
  close(): Promise<void>
  /** Says that the peer has no seat any more: `close` stops waiting for it. */
  abandon(): void
  /** Ends it at once: whoever waits gets `ChannelClosed(reason)`. */
  fail(reason: string, cause?: unknown): void
  /** Tells the peer that this side failed, once and without waiting for an answer. Before `fail`. */
  giveNotice(): Promise<void>
}

/** Opens the line. */
export async function openLink(options: LinkOptions): Promise<Link> {
  return createLink(options, await createEphemeral())
}

const STASHED_HELLOS = 4

function createLink(options: LinkOptions, ephemeral: Ephemeral): Link {
  const { self, peer, limits, transmit } = options
  const inbound: Inbound = createInbound({
    self,
    peer,
    limits,
    admitted: () => report(acknowledge),
  })
  /** Hellos that came before the peer's identity was known. */
  const stash: Envelope[] = []
  const outbound: Outbound = createOutbound({
    limits,
    transmit,
    seal: () => seal,
    ask: () => acknowledge(true),
    background: report,
    changed,
  })
  let identity: string | undefined
  let peerKey: Uint8Array | undefined
  let seal: Seal | undefined
  let closed: { readonly reason: string; readonly cause: unknown } | undefined
  let admission = Promise.resolve()
  let helloTimer: ReturnType<typeof setTimeout> | undefined
  /** Whether `close` has been called. */
  let ended = false
  let lingered = false
  /** The peer has no seat any more, or failed. */
  let gone = false
  /** Called at every change; those that wait for one look again. */
  const watchers = new Set<() => void>()

  function changed(): void {
    for (const watcher of watchers) watcher()
  }

  function until(condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      function look(): void {
        if (closed) reject(new ChannelClosed(closed.reason, { cause: closed.cause }))
        else if (condition()) resolve()
        else return
        watchers.delete(look)
      }
      watchers.add(look)
      look()
    })
  }

  function fail(reason: string, cause?: unknown): void {
    if (closed) return
    closed = { reason, cause }
    clearTimeout(helloTimer)
    outbound.stop()
    inbound.fail(reason, cause)
    changed()
  }

  /** Runs what nobody waits for; a failure of it is a failure of the link. */
  function report(work: () => Promise<void>): void {
    work().catch((error: unknown) => fail(`${peer} cannot be reached: ${sentence(error)}`, error))
  }

  function sayHello(pause: number): void {
    if (closed || seal) return
    const [, longest] = limits.helloMs
    helloTimer = setTimeout(() => sayHello(Math.min(pause * 2, longest)), pause)
    report(async () => transmit(await makeHello(options, { ephemeral })))
  }

  async function acceptHello(envelope: Envelope): Promise<Uint8Array | undefined> {
    if (identity === undefined) {
      if (stash.length >= STASHED_HELLOS) stash.shift()
      stash.push(envelope)
      return undefined
    }
    const hello = await readHello(envelope, identity)
    const known = await adopt(hello.publicKey, identity)
    if (!known) throw new Refusal('replay', `${peer} has agreed on other keys for this session`)
    const answered = hello.seen !== undefined && sameBytes(hello.seen, ephemeral.publicKey)
    return answered ? undefined : makeHello(options, { ephemeral, seen: hello.publicKey })
  }

  /** Makes the line out of the peer's first key; false when `key` is another one. */
  async function adopt(key: Uint8Array, peerIdentity: string): Promise<boolean> {
    if (peerKey) return sameBytes(peerKey, key)
    const agreed = await agree(options, { ephemeral, peerIdentity, peerKey: key })
    // Another hello may have been quicker.
    if (peerKey) return sameBytes(peerKey, key)
    peerKey = key
    seal = agreed
    clearTimeout(helloTimer)
    outbound.pump()
    return true
  }

  /** What has arrived here and how much of it there is room for. */
  async function control(flags: number): Promise<Uint8Array> {
    if (!seal) throw new Refusal('early', `No keys are agreed with ${peer}`)
    const frame = new Uint8Array(17)
    const view = new DataView(frame.buffer)
    view.setUint8(0, flags)
    view.setBigUint64(1, BigInt(inbound.received))
    view.setBigUint64(9, BigInt(inbound.admit()))
    return (await seal.seal(FRAME.control, frame)).envelope
  }

  async function acknowledge(ask = false): Promise<void> {
    await transmit(await control(ask ? ASK : 0))
  }

  function acceptControl(frame: Uint8Array): Promise<Uint8Array> | undefined {
    if (frame.length !== 17) throw new Refusal('malformed', `${peer} sent an unknown control frame`)
    const view = new DataView(frame.buffer, frame.byteOffset)
    const flags = view.getUint8(0)
    if ((flags & FAILED) !== 0) {
      // To a side that is done it makes no difference.
      if (ended) {
        gone = true
        changed()
      } else fail(`${peer} failed: its own log has the reason`)
      return undefined
    }
    outbound.confirm(Number(view.getBigUint64(1)), Number(view.getBigUint64(9)))
    return (flags & ASK) === 0 ? undefined : control(0)
  }

  async function acceptData(envelope: Envelope): Promise<Uint8Array> {
    if (!seal) throw new Refusal('early', `No keys are agreed with ${envelope.sender} yet`)
    // A frame comes again when its confirmation was lost: the answer is another one.
    const opened = await seal.open(envelope).catch(ignoreReplay)
    if (opened) {
      try {
        inbound.accept(opened.counter, opened.plaintext)
      } catch (error) {
        // It is authentic, so the peer itself does not keep to the rules.
        fail(`The messages of ${peer} make no sense: ${sentence(error)}`, error)
        throw error
      }
      seal.passed(inbound.received)
      if (inbound.ended) changed()
    }
    return control(0)
  }

  return {
    async trust(peerIdentity) {
      identity = peerIdentity
      for (const hello of stash.splice(0)) {
        const answer = await acceptHello(hello).catch((error: unknown) => {
          if (error instanceof Refusal) return undefined
          throw error
        })
        if (answer) report(() => transmit(answer))
      }
      sayHello(limits.helloMs[0])
    },
    async accept(envelope) {
      if (closed) throw new Refusal('unknown', `${self} has left the session`)
      if (envelope.kind === FRAME.hello) return acceptHello(envelope)
      if (envelope.kind === FRAME.data) return acceptData(envelope)
      if (!seal) throw new Refusal('early', `No keys are agreed with ${envelope.sender} yet`)
      const opened = await seal.open(envelope).catch(ignoreReplay)
      return opened && acceptControl(opened.plaintext)
    },
    send(tag, bytes) {
      if (bytes.length > limits.messageBytes) {
        return Promise.reject(
          new RangeError(
            `A message has at most ${limits.messageBytes} bytes, "${tag}" to ${peer} has ${bytes.length}`,
          ),
        )
      }
      // A copy, because the sender may use its buffer again.
      const message = { tag, bytes: bytes.slice() }
      const turn = admission.then(async () => {
        await until(() => {
          const { ahead } = outbound
          return ahead === 0 || ahead + bytes.length <= limits.windowBytes || gone
        })
        if (ended) throw new ChannelClosed(`${self} has closed its channel`)
        outbound.push(message)
      })
      // The next in line goes on whatever became of this one.
      admission = turn.catch(() => {})
      return turn
    },
    receive: (tag) => inbound.receive(tag),
    abandon() {
      gone = true
      changed()
    },
    async close() {
      if (gone) return
      await admission
      if (!ended) {
        ended = true
        inbound.drain()
        outbound.end()
      }
      await until(() => inbound.ended || gone)
      // The peer needs nothing more. It tells so, but the last word between two is never certain to arrive.
      const patience = setTimeout(() => ((lingered = true), changed()), limits.lingerMs)
      await until(() => outbound.arrived || lingered || gone).finally(() => clearTimeout(patience))
      fail(`${self} has closed its channel`)
    },
    fail,
    async giveNotice() {
      if (!closed && seal) await transmit(await control(FAILED))
    },
  }
}

const ASK = 1
const FAILED = 2

/** What has been here before changes nothing; anything else that is refused is refused. */
function ignoreReplay(error: unknown): undefined {
  if (error instanceof Refusal && error.reason === 'replay') return undefined
  throw error
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
