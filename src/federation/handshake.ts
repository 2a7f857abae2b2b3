/**
 * How two addresses of a session agree on keys: each signs an X25519 key made for the other and this session.
 * `seal.ts` has the security argument.
 * @module
 */
import { x25519 } from '@noble/curves/ed25519.js'

import { concat, fromBase64url, plainView, sameBytes, toBase64url, transcript } from './bytes.ts'
import type { Address } from './channel.ts'
import { encodeHead, type Envelope, FRAME, Refusal } from './envelope.ts'
import { type Identity, PUBLIC_KEY_BYTES, SIGNATURE_BYTES, verify } from './identity.ts'
import { createSeal, type Seal } from './seal.ts'

/** A key pair for one session and one peer. */
export interface Ephemeral {
  /** Raw X25519 public key. */
  readonly publicKey: Uint8Array
  /** The shared secret with another key. Throws for a point of small order. */
  agree(publicKey: Uint8Array): Promise<Uint8Array>
}

/** One pair of addresses in one session, seen from `self`. */
export interface Line {
  readonly session: string
  readonly self: Address
  readonly peer: Address
  readonly identity: Identity
}

/** What a verified hello says. */
export interface Hello {
  /** The sender's X25519 key. */
  readonly publicKey: Uint8Array
  /** The receiver's key if the sender already has it, otherwise undefined. */
  readonly seen: Uint8Array | undefined
}

/** Makes a key pair: by WebCrypto, or in TypeScript where the runtime has no X25519. */
export async function createEphemeral(subtle: SubtleCrypto = crypto.subtle): Promise<Ephemeral> {
  const pair = await subtle.generateKey(X25519, false, ['deriveBits']).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'NotSupportedError') return undefined
    throw error
  })
  if (pair === undefined) return nobleEphemeral()
  if (!('publicKey' in pair)) throw new TypeError('X25519 gave no key pair')
  return {
    publicKey: new Uint8Array(await subtle.exportKey('raw', pair.publicKey)),
    async agree(publicKey) {
      const other = await subtle.importKey('raw', plainView(publicKey), X25519, false, [])
      const bits = await subtle.deriveBits({ ...X25519, public: other }, pair.privateKey, 256)
      return nonZero(new Uint8Array(bits))
    },
  }
}

/** A signed hello to the peer; `seen` is the peer's key once it is known. */
export async function makeHello(
  line: Line,
  keys: { ephemeral: Ephemeral; seen?: Uint8Array },
): Promise<Uint8Array> {
  const { session, self, peer, identity } = line
  const head = encodeHead({ kind: FRAME.hello, session, sender: self, receiver: peer })
  const body = concat(
    fromBase64url(identity.publicKey),
    keys.ephemeral.publicKey,
    keys.seen ?? new Uint8Array(KEY_BYTES),
  )
  return concat(head, body, await identity.sign(signedBytes(head, body)))
}

/** Checks a hello against the identity that its sender must have. Throws a Refusal. */
export async function readHello(envelope: Envelope, peerIdentity: string): Promise<Hello> {
  const { payload, sender } = envelope
  if (envelope.kind !== FRAME.hello || payload.length !== HELLO_BYTES) {
    throw new Refusal('malformed', `The hello of ${sender} has a wrong length`)
  }
  const body = payload.subarray(0, HELLO_BYTES - SIGNATURE_BYTES)
  const signature = payload.subarray(HELLO_BYTES - SIGNATURE_BYTES)
  const shown = toBase64url(body.subarray(0, PUBLIC_KEY_BYTES))
  const message = signedBytes(envelope.head, body)
  // The key that is expected decides, never the one that the envelope brings.
  if (shown !== peerIdentity || !(await verify(peerIdentity, { message, signature }))) {
    throw new Refusal(
      'forged',
      `The hello of ${sender} is not signed with the identity key it must have`,
    )
  }
  const seen = body.subarray(PUBLIC_KEY_BYTES + KEY_BYTES)
  return {
    publicKey: body.slice(PUBLIC_KEY_BYTES, PUBLIC_KEY_BYTES + KEY_BYTES),
    seen: seen.some((byte) => byte !== 0) ? seen.slice() : undefined,
  }
}

/** The sealed line that follows from both keys. */
export async function agree(
  line: Line,
  keys: { ephemeral: Ephemeral; peerIdentity: string; peerKey: Uint8Array },
): Promise<Seal> {
  const { session, self, peer, identity } = line
  const { ephemeral, peerKey } = keys
  if (self === peer || sameBytes(ephemeral.publicKey, peerKey)) {
    throw new Refusal('forged', `The hello of ${peer} is our own`)
  }
  const secret = await ephemeral.agree(peerKey).catch((cause: unknown) => {
    throw new Refusal('forged', `The hello of ${peer} holds no usable key`, { cause })
  })
  const ends = [
    [self, fromBase64url(identity.publicKey), ephemeral.publicKey],
    [peer, fromBase64url(keys.peerIdentity), peerKey],
  ] as const
  const sorted = ends.toSorted(([a], [b]) => (a < b ? -1 : 1)).flat()
  const salt = await crypto.subtle.digest('SHA-256', transcript([LABEL, session, ...sorted]))
  const shared = await crypto.subtle.importKey('raw', plainView(secret), 'HKDF', false, [
    'deriveKey',
  ])
  const derive = (from: Address, to: Address) =>
    crypto.subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-256', salt, info: transcript([LABEL, 'key', from, to]) },
      shared,
      { name: 'AES-GCM', length: 256 },
      false,
      ['encrypt', 'decrypt'],
    )
  const [sending, receiving] = await Promise.all([derive(self, peer), derive(peer, self)])
  return createSeal({ session, self, peer, sending, receiving })
}

const LABEL = 'weft federation 1'
const X25519 = { name: 'X25519' }
const KEY_BYTES = 32
/** Identity key, session key, the peer's session key or zeros, signature. */
const HELLO_BYTES = PUBLIC_KEY_BYTES + 2 * KEY_BYTES + SIGNATURE_BYTES

/** The head holds session, sender and receiver; the body all keys. */
function signedBytes(head: Uint8Array, body: Uint8Array): Uint8Array {
  return transcript([LABEL, 'hello', head, body])
}

function nobleEphemeral(): Ephemeral {
  const { secretKey, publicKey } = x25519.keygen()
  return {
    publicKey,
    // async, so that a refused point rejects as WebCrypto does.
    agree: async (other) => nonZero(x25519.getSharedSecret(secretKey, other)),
  }
}

/** RFC 7748 §6.1: a point of small order gives zero whatever our key is. */
function nonZero(secret: Uint8Array): Uint8Array {
  if (secret.some((byte) => byte !== 0)) return secret
  throw new RangeError('X25519: the point has a small order')
}
