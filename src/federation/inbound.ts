/**
 * What came from one peer: frames put in order, messages kept by tag until somebody receives them.
 * @module
 */
import { type Address, ChannelClosed } from './channel.ts'
import { Refusal } from './envelope.ts'
import { createUnpacker, type Incoming } from './record.ts'

export interface InboundOptions {
  readonly self: Address
  readonly peer: Address
  readonly limits: { readonly messageBytes: number; readonly queueBytes: number }
  /** Called when there is room again after there was none. */
  readonly admitted: () => void
}

export interface Inbound {
  /** How many frames have arrived without a gap. */
  readonly received: number
  /** Whether the peer has said that nothing more follows, and everything before that is here. */
  readonly ended: boolean
  /** How many of the frames there is room for; the peer may be one window ahead of that. */
  admit(): number
  /** Takes a frame that was not there before. Throws a Refusal when its contents break the rules. */
  accept(counter: number, frame: Uint8Array): void
  receive(tag: string): Promise<Uint8Array>
  /** From now on nobody receives: whatever waits and comes is dropped. */
  drain(): void
  fail(reason: string, cause: unknown): void
}

/** An empty store. */
export function createInbound(options: InboundOptions): Inbound {
  const { self, peer, limits } = options
  const ahead = new Map<number, Uint8Array>()
  const unpacker = createUnpacker(limits.messageBytes)
  const lines = new Map<string, Line>()
  let next = 0
  let admitted = 0
  let waitingBytes = 0
  let receivers = 0
  let draining = false
  let ended = false
  let failed: ChannelClosed | undefined

  function lineOf(tag: string): Line {
    const line = lines.get(tag) ?? { messages: [], receivers: [] }
    lines.set(tag, line)
    return line
  }

  function store({ tag, bytes }: Incoming): void {
    if (draining) return
    const line = lineOf(tag)
    const receiver = line.receivers.shift()
    if (receiver) {
      receivers--
      receiver.resolve(bytes)
      return
    }
    line.messages.push(bytes)
    waitingBytes += bytes.length
    // A receiver that waits for another tag makes room without end; this is the end.
    if (waitingBytes <= limits.queueBytes * QUEUE_FACTOR) return
    throw new Refusal(
      'malformed',
      `${waitingBytes} bytes of ${peer} wait at ${self} while it waits for other messages`,
    )
  }

  function rejectAll(error: (tag: string) => ChannelClosed): void {
    for (const [tag, line] of lines) {
      for (const receiver of line.receivers.splice(0)) receiver.reject(error(tag))
    }
    receivers = 0
  }

  function noMore(tag: string): ChannelClosed {
    return new ChannelClosed(`${peer} is done and sends nothing more under "${tag}"`)
  }

  function admit(): number {
    // Who waits for a message must get what may stand before it.
    const room = receivers > 0 || waitingBytes + unpacker.partial <= limits.queueBytes
    if (draining || room) admitted = next
    return admitted
  }

  function makeRoom(): void {
    const before = admitted
    if (before < next && admit() > before) options.admitted()
  }

  return {
    get received() {
      return next
    },
    get ended() {
      return ended
    },
    admit,
    accept(counter, frame) {
      ahead.set(counter, frame)
      for (;;) {
        const current = ahead.get(next)
        if (current === undefined) return
        ahead.delete(next)
        if (ended) throw new Refusal('malformed', `${peer} sent something after its end`)
        const { messages, ended: last } = unpacker.accept(current)
        next++
        messages.forEach(store)
        if (!last) continue
        ended = true
        rejectAll(noMore)
      }
    },
    receive(tag) {
      if (failed) return Promise.reject(failed)
      const line = lineOf(tag)
      const message = line.messages.shift()
      if (message) {
        waitingBytes -= message.length
        makeRoom()
        return Promise.resolve(message)
      }
      if (ended) return Promise.reject(noMore(tag))
      receivers++
      const received = new Promise<Uint8Array>((resolve, reject) => {
        line.receivers.push({ resolve, reject })
      })
      makeRoom()
      return received
    },
    drain() {
      draining = true
      lines.clear()
      waitingBytes = 0
      makeRoom()
    },
    fail(reason, cause) {
      failed ??= new ChannelClosed(reason, { cause })
      const error = failed
      rejectAll(() => error)
      lines.clear()
      ahead.clear()
      waitingBytes = 0
    },
  }
}

/** How many times `queueBytes` may wait before the line fails. */
const QUEUE_FACTOR = 8

/** What is under way under one tag: messages or receivers, never both. */
interface Line {
  readonly messages: Uint8Array[]
  readonly receivers: {
    resolve(message: Uint8Array): void
    reject(error: ChannelClosed): void
  }[]
}
