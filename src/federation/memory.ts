/**
 * A channel between parties that run in one process: for local jobs and for tests.
 * @module
 */
import { ChannelClosed, type Address, type Channel } from './channel.ts'

/** The meeting point of the parties of one component of one job. */
export interface MemoryHub {
  /** The channel of the party at `self`. */
  channel(self: Address): Channel
  /** Rejects everything that waits, and every later send and receive, with `ChannelClosed`. */
  close(reason?: string): void
}

/** Opens a hub. Messages wait in it without a limit until they are received. */
export function memoryHub(): MemoryHub {
  const lines = new Map<string, Line>()
  let closed: string | undefined

  function line(from: Address, to: Address, tag: string): Line {
    if (closed !== undefined) throw new ChannelClosed(closed)
    const key = JSON.stringify([from, to, tag])
    const found = lines.get(key) ?? { messages: [], receivers: [] }
    lines.set(key, found)
    return found
  }

  return {
    channel: (self) => ({
      self,
      async send(to, tag, bytes) {
        const { messages, receivers } = line(self, to, tag)
        // A copy, because the sender may use its buffer again.
        const message = bytes.slice()
        const receiver = receivers.shift()
        if (receiver) receiver.resolve(message)
        else messages.push(message)
      },
      async receive(from, tag) {
        const { messages, receivers } = line(from, self, tag)
        const message = messages.shift()
        if (message) return message
        return new Promise((resolve, reject) => receivers.push({ resolve, reject }))
      },
    }),
    close(reason = 'The channel was closed') {
      closed ??= reason
      for (const { receivers } of lines.values()) {
        for (const receiver of receivers) receiver.reject(new ChannelClosed(closed))
      }
      lines.clear()
    },
  }
}

/** What is under way from one party to another under one tag: messages or receivers, never both. */
interface Line {
  readonly messages: Uint8Array[]
  readonly receivers: {
    resolve(message: Uint8Array): void
    reject(error: ChannelClosed): void
  }[]
}
