/**
 * The sealed line between two addresses of one session.
 *
 * **What is protected.** Given that each side knows the other's identity key (`pin.ts`), nobody between them (the
 * network, the app, the database) reads, changes, forges, replays, reorders or redirects a message unnoticed.
 *
 * - Keys: X25519 (RFC 7748) between two keys made for this session and this pair alone, each signed by its
 *   party's Ed25519 identity (RFC 8032) over session, sender, receiver and key: a signed Diffie-Hellman exchange.
 *   HKDF-SHA-256 (RFC 5869) is salted with the hash of the whole transcript (label, session, both addresses, both
 *   identity keys, both session keys), so two sides that disagree on any of it, on who the other is above all
 *   (unknown key share), have no key in common.
 * - Messages: AES-256-GCM (NIST SP 800-38D) under one key for each direction. The 96-bit nonce is built
 *   deterministically (§8.2.1): 32 bits for the kind of frame, 64 for a counter that is never used twice. The outside
 *   of the envelope and the counter are associated data; tags and lengths of messages are inside.
 * - Replay and order: a data counter is accepted exactly once and messages are handed on in the order of their
 *   counters, so those of one sender under one tag arrive in order. A control frame has to be newer than the last.
 * - Forward secrecy: session keys never leave memory and cannot be exported; who takes an identity key later
 *   reads nothing of a session that is over.
 *
 * **What is not.** Session names, addresses, the sizes, times and number of envelopes are open. Whoever carries the
 * messages can hold them back. The server names the identity keys, so it can lie about one at *first* sight,
 * and only then: a pinned key is never replaced silently. People rule that out by comparing fingerprints
 * (`fingerprint()` in `identity.ts`) over another channel before the first job. A runner without pins trusts the
 * server at every sight.
 *
 * **Bounds.** 2^32 frames of at most 4 MiB a direction keep the advantage of a distinguisher below 2^-36.
 * @module
 */
import { concat, plainView } from './bytes.ts'
import type { Address } from './channel.ts'
import {
  encodeHead,
  type Envelope,
  ENVELOPE_BYTES,
  FRAME,
  type FrameKind,
  Refusal,
} from './envelope.ts'

/** The ends of a line and a key for each direction. */
export interface SealKeys {
  readonly session: string
  readonly self: Address
  readonly peer: Address
  /** AES-256-GCM. */
  readonly sending: CryptoKey
  readonly receiving: CryptoKey
}

export type SealedKind = Exclude<FrameKind, typeof FRAME.hello>

/** Seals what goes to the peer and opens what comes from it. */
export interface Seal {
  /** An envelope and the counter it carries. Counters of one kind rise by one from 0. */
  seal(kind: SealedKind, plaintext: Uint8Array): Promise<{ counter: number; envelope: Uint8Array }>
  /** What an envelope holds. Throws a Refusal when it is not authentic, not from the peer, or not new. */
  open(envelope: Envelope): Promise<{ counter: number; plaintext: Uint8Array }>
  /** Says that every data counter below `counter` has been handed on. */
  passed(counter: number): void
}

/** How far ahead of the last one handed on a data frame may arrive. */
export const AHEAD_FRAMES = 4096

/** Opens a line. */
export function createSeal(keys: SealKeys): Seal {
  const { session, self, peer } = keys
  const counters = { [FRAME.data]: 0, [FRAME.control]: 0 }
  const heads = {
    [FRAME.data]: encodeHead({ kind: FRAME.data, session, sender: self, receiver: peer }),
    [FRAME.control]: encodeHead({ kind: FRAME.control, session, sender: self, receiver: peer }),
  }
  const seen = new Set<number>()
  let floor = 0
  let newestControl = -1

  function checkNew(kind: FrameKind, counter: number): void {
    if (kind === FRAME.control) {
      if (counter > newestControl) return
      throw new Refusal('replay', `Control frame ${counter} of ${peer} is not newer than the last`)
    }
    if (counter < floor || seen.has(counter)) {
      throw new Refusal('replay', `Frame ${counter} of ${peer} has been here before`)
    }
    if (counter < floor + AHEAD_FRAMES) return
    throw new Refusal('ahead', `Frame ${counter} of ${peer} is too far ahead of ${floor}`)
  }

  return {
    async seal(kind, plaintext) {
      const counter = counters[kind]
      if (counter >= FRAMES)
        throw new RangeError(`The line to ${peer} has carried ${FRAMES} frames`)
      counters[kind] = counter + 1
      const head = concat(heads[kind], encodeCounter(counter))
      if (head.length + plaintext.length + MAC_BYTES > ENVELOPE_BYTES) {
        throw new RangeError(`A frame of ${plaintext.length} bytes does not fit into an envelope`)
      }
      const sealed = await crypto.subtle.encrypt(
        { name: 'AES-GCM', iv: nonce(kind, counter), additionalData: head },
        keys.sending,
        plainView(plaintext),
      )
      return { counter, envelope: concat(head, new Uint8Array(sealed)) }
    },
    async open(envelope) {
      const { kind, payload } = envelope
      if (envelope.session !== session || envelope.sender !== peer || envelope.receiver !== self) {
        throw new Refusal('unknown', `The envelope is not from ${peer} to ${self} in ${session}`)
      }
      if (kind === FRAME.hello || payload.length < COUNTER_BYTES + MAC_BYTES) {
        throw new Refusal('malformed', `The envelope of ${peer} holds nothing sealed`)
      }
      const counter = decodeCounter(payload)
      checkNew(kind, counter)
      // Taken before the wait, so that a copy that comes meanwhile is refused.
      if (kind === FRAME.data) seen.add(counter)
      try {
        const head = concat(envelope.head, payload.subarray(0, COUNTER_BYTES))
        const plaintext = await crypto.subtle.decrypt(
          { name: 'AES-GCM', iv: nonce(kind, counter), additionalData: head },
          keys.receiving,
          plainView(payload.subarray(COUNTER_BYTES)),
        )
        if (kind === FRAME.control) {
          checkNew(kind, counter)
          newestControl = counter
        }
        return { counter, plaintext: new Uint8Array(plaintext) }
      } catch (cause) {
        if (kind === FRAME.data) seen.delete(counter)
        if (cause instanceof Refusal) throw cause
        throw new Refusal(
          'forged',
          `The envelope of ${peer} was changed on its way or is not its own`,
          {
            cause,
          },
        )
      }
    },
    passed(counter) {
      for (; floor < counter; floor++) seen.delete(floor)
    },
  }
}

/** Bytes that sealing adds to a frame, the outside of its envelope not counted. */
export const SEAL_BYTES = 24

const COUNTER_BYTES = 8
const MAC_BYTES = 16
const FRAMES = 2 ** 32

function encodeCounter(counter: number): Uint8Array {
  const bytes = new Uint8Array(COUNTER_BYTES)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(counter))
  return bytes
}

function decodeCounter(payload: Uint8Array): number {
  const counter = new DataView(payload.buffer, payload.byteOffset).getBigUint64(0)
  if (counter >= FRAMES) throw new Refusal('malformed', `No frame has the number ${counter}`)
  return Number(counter)
}

function nonce(kind: FrameKind, counter: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, kind)
  view.setBigUint64(4, BigInt(counter))
  return bytes
}
