/**
 * What guest and hosts of a service say to each other: one message a call each way where a model allows it.
 *
 * Messages of all calls go under one tag, each with the number of its call, and with whatever the components of that call
 * have sent since the last one.
 * @module
 */
import { type Address, type Channel, ChannelClosed } from '../federation/channel.ts'
import { blob, json, parts } from '../federation/codec.ts'

/** The tag of every message between the parties of a service. */
export const ONLINE_TAG = 'online'

/** Why a call cannot be answered, in words for its caller. */
export interface Refused {
  readonly code: 'invalid' | 'not_found' | 'unavailable'
  readonly message: string
}

/** What a component has sent under one of its own tags. */
export interface Piece {
  readonly node: string
  readonly tag: string
  readonly bytes: Uint8Array
}

export interface OnlineMessage {
  readonly call: number
  /** Begins a call at a host: the rows it is about. */
  readonly ids?: readonly string[]
  readonly refused?: Refused
  /** Ends a call at a host: the guest needs no more of it. */
  readonly over?: boolean
  readonly pieces: readonly Piece[]
}

const MESSAGE = parts<{ head: unknown; body: Uint8Array }>({ head: json, body: blob })

/** A message as bytes. */
export function encodeOnline({ pieces, ...head }: OnlineMessage): Uint8Array {
  const body = new Uint8Array(pieces.reduce((sum, { bytes }) => sum + bytes.length, 0))
  let at = 0
  const list = pieces.map(({ node, tag, bytes }) => {
    body.set(bytes, at)
    at += bytes.length
    return [node, tag, bytes.length]
  })
  return MESSAGE.encode({ head: { ...head, pieces: list }, body })
}

/** The message in bytes. Throws a RangeError for anything else. */
export function decodeOnline(bytes: Uint8Array): OnlineMessage {
  const { head, body } = MESSAGE.decode(bytes)
  const { call, ids, refused, over, pieces } = (head ?? {}) as Record<string, unknown>
  if (!Number.isSafeInteger(call) || !Array.isArray(pieces)) throw malformed()
  if (ids !== undefined && !isTexts(ids)) throw malformed()
  let at = 0
  const found = pieces.map((piece: unknown): Piece => {
    const [node, tag, length] = Array.isArray(piece) ? (piece as unknown[]) : []
    if (typeof node !== 'string' || typeof tag !== 'string') throw malformed()
    if (typeof length !== 'number' || !(length >= 0) || at + length > body.length) throw malformed()
    at += length
    return { node, tag, bytes: body.slice(at - length, at) }
  })
  return {
    call: call as number,
    ...(ids === undefined ? {} : { ids }),
    ...(refused === undefined ? {} : { refused: readRefused(refused) }),
    ...(over === true ? { over } : {}),
    pieces: found,
  }
}

/** One call at one party: what its components say to the other parties. */
export interface Talk {
  /** The channel of one component in this call. */
  channelOf(node: string): Channel
  /** Takes in what a peer's components have sent. */
  accept(from: Address, pieces: readonly Piece[]): void
  /** What is left to be sent goes out. */
  flush(): Promise<void>
  /** Whoever waits for `from`, or for anybody, gets the reason. */
  fail(error: Error, from?: Address): void
}

/** Opens a call; `send` carries pieces to a peer. */
export function openTalk(
  self: Address,
  send: (to: Address, pieces: readonly Piece[]) => Promise<void>,
): Talk {
  const outgoing = new Map<Address, Piece[]>()
  const arrived = new Map<string, Uint8Array[]>()
  const waiting = new Map<
    string,
    { from: Address; resolve(b: Uint8Array): void; reject(e: Error): void }[]
  >()
  const failed = new Map<Address, Error>()
  let broken: Error | undefined

  const lineOf = (from: Address, node: string, tag: string) => JSON.stringify([from, node, tag])

  async function flush(): Promise<void> {
    const all = [...outgoing]
    outgoing.clear()
    for (const [to, pieces] of all) await send(to, pieces)
  }

  async function receive(from: Address, node: string, tag: string): Promise<Uint8Array> {
    // A peer may be waiting for what stands here.
    await flush()
    const line = lineOf(from, node, tag)
    const first = arrived.get(line)?.shift()
    if (first) return first
    const error = broken ?? failed.get(from)
    if (error) throw error
    return new Promise((resolve, reject) => {
      const list = waiting.get(line) ?? []
      list.push({ from, resolve, reject })
      waiting.set(line, list)
    })
  }

  return {
    channelOf: (node) => ({
      self,
      async send(to, tag, bytes) {
        const list = outgoing.get(to) ?? []
        list.push({ node, tag, bytes: bytes.slice() })
        outgoing.set(to, list)
      },
      receive: (from, tag) => receive(from, node, tag),
    }),
    accept(from, pieces) {
      for (const { node, tag, bytes } of pieces) {
        const line = lineOf(from, node, tag)
        const receiver = waiting.get(line)?.shift()
        if (receiver) receiver.resolve(bytes)
        else arrived.set(line, [...(arrived.get(line) ?? []), bytes])
      }
    },
    flush,
    fail(error, from) {
      if (from === undefined) broken ??= error
      else failed.set(from, error)
      for (const list of waiting.values()) {
        for (const receiver of list.splice(0)) {
          if (from === undefined || receiver.from === from) receiver.reject(error)
          else list.push(receiver)
        }
      }
    },
  }
}

/** A call that cannot be answered. */
export class CallRefused extends Error {
  override readonly name = 'CallRefused'
  readonly code: Refused['code']

  constructor({ code, message }: Refused) {
    super(message)
    this.code = code
  }
}

/** What a failure of a call is to its caller. */
export function toRefused(error: unknown): Refused {
  if (error instanceof CallRefused) return { code: error.code, message: error.message }
  const message = error instanceof Error ? error.message : String(error)
  return { code: error instanceof ChannelClosed ? 'unavailable' : 'invalid', message }
}

const CODES = ['invalid', 'not_found', 'unavailable'] as const

function readRefused(value: unknown): Refused {
  const { code, message } = (value ?? {}) as Record<string, unknown>
  const known = CODES.find((name) => name === code)
  if (known === undefined || typeof message !== 'string') throw malformed()
  return { code: known, message }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}

function malformed(): RangeError {
  return new RangeError('A message of another party of the service is malformed')
}
