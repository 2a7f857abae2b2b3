/**
 * A channel between two processes over one socket, for the set intersections that are timed.
 * @module
 */
import type { Socket } from 'node:net'

import type { Address, Channel } from '../../src/federation/channel.ts'

/** A channel, and what went over it. */
export interface Link {
  readonly channel: Channel
  /** Bytes of messages sent. */
  readonly sent: () => number
}

/** Messages of one tag that may be under way: a peer that is slow holds the sender up. */
const WINDOW = 8
/** Bytes before a frame: its kind, the length of its tag and that of its message. */
const HEAD = 6
const MESSAGE = 0
const CREDIT = 1

/** The channel of `self` over a connected socket. */
export function createLink(socket: Socket, self: Address): Link {
  const waiting = new Map<string, Uint8Array[]>()
  const credit = new Map<string, number>()
  const wake = new Map<string, (() => void)[]>()
  let bytes = 0
  let rest: Buffer[] = []
  let have = 0
  let need = HEAD

  function until(name: string): Promise<void> {
    return new Promise((resolve) => wake.set(name, [...(wake.get(name) ?? []), resolve]))
  }
  function rouse(name: string): void {
    for (const resolve of wake.get(name) ?? []) resolve()
    wake.delete(name)
  }
  async function write(kind: number, tag: string, message: Uint8Array): Promise<void> {
    const name = Buffer.from(tag)
    const head = Buffer.alloc(HEAD + name.length)
    head.writeUInt8(kind, 0)
    head.writeUInt8(name.length, 1)
    head.writeUInt32LE(message.length, 2)
    name.copy(head, HEAD)
    socket.cork()
    socket.write(head)
    const free = message.length === 0 || socket.write(message)
    socket.uncork()
    if (!free) await new Promise<void>((resolve) => socket.once('drain', resolve))
  }
  function take(frame: Buffer): void {
    const tag = frame.toString('utf8', HEAD, HEAD + frame[1])
    if (frame[0] === CREDIT) {
      credit.set(tag, (credit.get(tag) ?? WINDOW) + 1)
      rouse(`to ${tag}`)
      return
    }
    const queue = waiting.get(tag) ?? []
    waiting.set(tag, queue)
    // A copy: readers look at words, which must be aligned, and keep messages longer than the chunk.
    queue.push(new Uint8Array(frame.subarray(HEAD + frame[1])))
    rouse(`from ${tag}`)
  }
  socket.setNoDelay()
  socket.on('data', (chunk: Buffer) => {
    rest.push(chunk)
    have += chunk.length
    while (have >= need) {
      let all = rest.length === 1 ? rest[0] : Buffer.concat(rest)
      const length = all.length >= HEAD ? HEAD + all[1] + all.readUInt32LE(2) : HEAD
      need = length
      if (have >= length && all.length >= HEAD) {
        take(all.subarray(0, length))
        all = all.subarray(length)
        need = HEAD
      }
      rest = [all]
      have = all.length
    }
  })
  const channel: Channel = {
    self,
    async send(_to, tag, message) {
      while ((credit.get(tag) ?? WINDOW) === 0) await until(`to ${tag}`)
      credit.set(tag, (credit.get(tag) ?? WINDOW) - 1)
      bytes += message.length
      await write(MESSAGE, tag, message)
    },
    async receive(_from, tag) {
      for (;;) {
        const message = waiting.get(tag)?.shift()
        if (message) {
          await write(CREDIT, tag, new Uint8Array(0))
          return message
        }
        await until(`from ${tag}`)
      }
    },
  }
  return { channel, sent: () => bytes }
}
