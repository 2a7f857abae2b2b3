/**
 * How messages share frames: small ones ride together, large ones are cut. Frames are read in sending order.
 *
 * A frame is a row of records: `1 tag-length(16) tag size(48) length(32) bytes` opens a message,
 * `2 length(32) bytes` continues it, `3` says that nothing more follows ever. All big-endian.
 * @module
 */
import { concat } from './bytes.ts'
import { Refusal } from './envelope.ts'

/** A message on its way out. */
export interface Outgoing {
  readonly tag: string
  readonly bytes: Uint8Array
}

/** A whole message that came in. */
export interface Incoming {
  readonly tag: string
  readonly bytes: Uint8Array
}

/** Cuts and joins messages into frames. */
export interface Packer {
  /** Bytes that wait. */
  readonly waiting: number
  readonly empty: boolean
  push(message: Outgoing): void
  /** Says, behind all that waits, that nothing more follows. */
  end(): void
  /** The next frame of at most `limit` bytes. */
  next(limit: number): Uint8Array
  /** Forgets what waits. */
  clear(): void
}

/** Puts messages together again. */
export interface Unpacker {
  /** Bytes of a message that is not complete. */
  readonly partial: number
  /** The messages that `frame` completes, and whether it is the last. Throws a Refusal for a frame of another form. */
  accept(frame: Uint8Array): { messages: Incoming[]; ended: boolean }
}

/** An empty packer. */
export function createPacker(): Packer {
  const queue: (Outgoing | undefined)[] = []
  let waiting = 0
  /** Bytes of the first message that have left; undefined before it is opened. */
  let offset: number | undefined

  function opening(message: Outgoing): Uint8Array {
    const tag = ENCODER.encode(message.tag)
    const bytes = new Uint8Array(3 + tag.length + 6)
    const view = new DataView(bytes.buffer)
    view.setUint8(0, OPEN)
    view.setUint16(1, tag.length)
    bytes.set(tag, 3)
    view.setUint16(3 + tag.length, Math.floor(message.bytes.length / 2 ** 32))
    view.setUint32(5 + tag.length, message.bytes.length % 2 ** 32)
    return bytes
  }

  return {
    get waiting() {
      return waiting
    },
    get empty() {
      return queue.length === 0
    },
    push(message) {
      queue.push({ tag: checkTag(message.tag), bytes: message.bytes })
      waiting += message.bytes.length
    },
    end() {
      queue.push(undefined)
    },
    next(limit) {
      const parts: Uint8Array[] = []
      let room = limit
      while (queue.length > 0) {
        const message = queue[0]
        if (message === undefined) {
          if (room < 1) break
          parts.push(Uint8Array.of(END))
          room--
          queue.shift()
          continue
        }
        const open = offset === undefined ? opening(message) : Uint8Array.of(CONTINUE)
        const space = room - open.length - 4
        const from = offset ?? 0
        const left = message.bytes.length - from
        if (space < 0 || (space === 0 && left > 0)) break
        const piece = message.bytes.subarray(from, from + space)
        const length = new Uint8Array(4)
        new DataView(length.buffer).setUint32(0, piece.length)
        parts.push(open, length, piece)
        room -= open.length + 4 + piece.length
        waiting -= piece.length
        offset = from + piece.length
        if (offset < message.bytes.length) break
        queue.shift()
        offset = undefined
      }
      if (parts.length === 0) throw new RangeError(`No record fits into ${limit} bytes`)
      return concat(...parts)
    },
    clear() {
      queue.length = 0
      waiting = 0
      offset = undefined
    },
  }
}

/** An unpacker for messages of at most `limit` bytes. */
export function createUnpacker(limit: number): Unpacker {
  let current: { readonly tag: string; readonly size: number; pieces: Uint8Array[] } | undefined
  let partial = 0

  return {
    get partial() {
      return partial
    },
    accept(frame) {
      const messages: Incoming[] = []
      const rest = reader(frame)
      let ended = false
      while (!rest.done()) {
        if (ended) throw wrong('something follows the end')
        const kind = rest.number(1)
        if (kind === END) {
          if (current) throw wrong('it ends within a message')
          ended = true
          continue
        }
        if (kind === OPEN) {
          if (current) throw wrong('a message opens within another')
          const tag = decodeTag(rest.take(rest.number(2)))
          const size = rest.number(6)
          if (size > limit) throw wrong(`"${tag}" has ${size} bytes, at most ${limit} are allowed`)
          current = { tag, size, pieces: [] }
        } else if (kind !== CONTINUE || !current) throw wrong('a record of an unknown kind')
        const piece = rest.take(rest.number(4))
        partial += piece.length
        if (partial > current.size) throw wrong(`"${current.tag}" is longer than it said`)
        current.pieces.push(piece)
        if (partial < current.size) continue
        messages.push({ tag: current.tag, bytes: concat(...current.pieces) })
        current = undefined
        partial = 0
      }
      return { messages, ended }
    },
  }
}

/** Longest tag in bytes. */
export const TAG_BYTES = 1024

const OPEN = 1
const CONTINUE = 2
const END = 3
const ENCODER = new TextEncoder()
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function checkTag(tag: string): string {
  const { length } = ENCODER.encode(tag)
  if (length <= TAG_BYTES) return tag
  throw new RangeError(`A message tag has at most ${TAG_BYTES} bytes, got ${length}`)
}

function decodeTag(bytes: Uint8Array): string {
  if (bytes.length > TAG_BYTES) throw wrong('its tag is too long')
  try {
    return DECODER.decode(bytes)
  } catch (cause) {
    throw new Refusal('malformed', 'Not a frame: its tag is not UTF-8', { cause })
  }
}

function wrong(why: string): Refusal {
  return new Refusal('malformed', `Not a frame: ${why}`)
}

function reader(bytes: Uint8Array) {
  let at = 0
  function take(length: number): Uint8Array {
    if (at + length > bytes.length) throw wrong('it ends too early')
    at += length
    return bytes.subarray(at - length, at)
  }
  return {
    take,
    number: (width: number) => take(width).reduce((value, byte) => value * 256 + byte, 0),
    done: () => at === bytes.length,
  }
}
