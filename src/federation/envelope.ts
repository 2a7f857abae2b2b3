/**
 * The outside of a message between runners: all that the network, the server and its mailbox see.
 *
 * `"WFT1" kind session sender receiver payload`: the kind is one byte, each name has its length (16 bits,
 * big-endian) before it. One envelope has one encoding.
 * @module
 */
import { concat } from './bytes.ts'
import type { Address } from './channel.ts'

/** `hello` agrees on keys, `data` carries messages, `control` says what has arrived. */
export const FRAME = { hello: 1, data: 2, control: 3 } as const

export type FrameKind = (typeof FRAME)[keyof typeof FRAME]

/** What the outside of an envelope says. */
export interface EnvelopeHead {
  readonly kind: FrameKind
  /** Names one try of one component of one job: `job/node/attempt`. */
  readonly session: string
  readonly sender: Address
  readonly receiver: Address
}

export interface Envelope extends EnvelopeHead {
  /** The encoded outside: everything before the payload. */
  readonly head: Uint8Array
  readonly payload: Uint8Array
}

/** Largest envelope in bytes. */
export const ENVELOPE_BYTES = 4 * 1024 * 1024

/**
 * - `malformed`: no envelope, or not one of ours
 * - `unknown`: nobody here listens to that session, or the sender is no member of it
 * - `early`: sealed before the two have agreed on keys
 * - `forged`: changed on its way, or not from whom it says
 * - `replay`: has been here before
 * - `ahead`: too far ahead of what has arrived
 */
export type RefusalReason = 'malformed' | 'unknown' | 'early' | 'forged' | 'replay' | 'ahead'

/** An envelope that is not accepted. Nothing has changed by it. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly reason: RefusalReason

  constructor(reason: RefusalReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** The outside of an envelope as bytes; its payload follows. */
export function encodeHead(head: EnvelopeHead): Uint8Array<ArrayBuffer> {
  const names = [head.session, head.sender, head.receiver].flatMap((name) => {
    const bytes = ENCODER.encode(name)
    if (bytes.length === 0 || bytes.length > NAME_BYTES) {
      throw new RangeError(`"${name}" has ${bytes.length} bytes, a name has 1 to ${NAME_BYTES}`)
    }
    return [Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes]
  })
  return concat(MAGIC, Uint8Array.of(head.kind), ...names)
}

/** Reads an envelope. Throws a `malformed` Refusal for anything else. */
export function readEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.length > ENVELOPE_BYTES) {
    throw malformed(`it has ${bytes.length} bytes, at most ${ENVELOPE_BYTES} are allowed`)
  }
  if (MAGIC.some((byte, index) => bytes[index] !== byte)) throw malformed('it does not open as one')
  const kind = bytes[MAGIC.length]
  if (kind !== FRAME.hello && kind !== FRAME.data && kind !== FRAME.control) {
    throw malformed('its kind is unknown')
  }
  let at = MAGIC.length + 1
  function name(): string {
    if (at + 2 > bytes.length) throw malformed('it ends too early')
    const length = (bytes[at] << 8) | bytes[at + 1]
    at += 2
    if (length === 0 || length > NAME_BYTES || at + length > bytes.length) {
      throw malformed('it has a name of a wrong length')
    }
    at += length
    try {
      return DECODER.decode(bytes.subarray(at - length, at))
    } catch (cause) {
      throw new Refusal('malformed', 'Not an envelope: it has a name that is not UTF-8', { cause })
    }
  }
  const session = name()
  const sender = toAddress(name())
  const receiver = toAddress(name())
  return {
    kind,
    session,
    sender,
    receiver,
    head: bytes.subarray(0, at),
    payload: bytes.subarray(at),
  }
}

const MAGIC = Uint8Array.of(0x57, 0x46, 0x54, 0x31)
const NAME_BYTES = 512
const ENCODER = new TextEncoder()
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function toAddress(text: string): Address {
  const colon = text.indexOf(':')
  if (colon < 1 || colon === text.length - 1) throw malformed('it has no "role:party" address')
  return text as Address
}

function malformed(why: string): Refusal {
  return new Refusal('malformed', `Not an envelope: ${why}`)
}
