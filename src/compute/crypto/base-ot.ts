/**
 * Oblivious transfers of random keys, the seeds of an extension: the sender ends with two keys of each transfer, the
 * receiver with the one that its choice bit names, and neither learns more of the other.
 *
 * Of each transfer the receiver sends two points: a multiple of the base point whose factor it knows, and, on the other
 * side, one hashed from fresh randomness whose factor nobody knows. The sender multiplies both by one secret scalar; the
 * receiver can follow on its own side only. This is the transfer of Even, Goldreich, Lempel, "A randomized protocol for
 * signing contracts", CRYPTO 1982, with public keys that can be drawn without their secret, as in Bellare, Micali,
 * "Non-interactive oblivious transfer and applications", CRYPTO 1989. Against parties that follow the protocol the choice
 * is hidden as long as X25519 public keys cannot be told from random points of the prime-order subgroup, and the other
 * key by the computational Diffie–Hellman assumption, SHA-256 taken as a random oracle. Against a receiver that does not
 * follow it there is no security: it may know both factors.
 * @module
 */
import { sha256 } from '@noble/hashes/sha2.js'

import { hashToCurve25519 } from './hash-to-curve25519.ts'
import type { RandomBytes } from './random.ts'
import { multiplyX25519 } from './x25519.ts'

/** Bytes of a point and of a key. */
const SIZE = 32

/** The receiver's message and what it keeps. */
export interface Offer {
  /** Two points for each transfer: rows of 64 bytes. */
  readonly points: Uint8Array
  /** Secret: a scalar for each transfer. */
  readonly scalars: Uint8Array
}

/** What the sender ends with. */
export interface SenderKeys {
  /** The sender's message: a point. */
  readonly point: Uint8Array
  /** Secret: both keys of each transfer, rows of 32 bytes. */
  readonly keys: readonly [Uint8Array, Uint8Array]
}

/** The receiver's start: `count` transfers whose choices are the bits of `choice`, lowest first. */
export async function offerChoices(
  choice: Uint8Array,
  { count, random }: { readonly count: number; readonly random: RandomBytes },
): Promise<Offer> {
  const scalars = random(SIZE * count)
  const others = hashToCurve25519(
    Array.from({ length: count }, () => random(SIZE)),
    DST,
  )
  const points = new Uint8Array(2 * SIZE * count)
  for (let i = 0; i < count; i++) {
    const own = await multiplyX25519(BASE, rowOf(scalars, i))
    const chosen = bitOf(choice, i)
    points.set(own, SIZE * (2 * i + chosen))
    points.set(rowOf(others, i), SIZE * (2 * i + 1 - chosen))
  }
  return { points, scalars }
}

/** The sender's only step. Rejects with a RangeError at a point of small order. */
export async function answerOffer(points: Uint8Array, random: RandomBytes): Promise<SenderKeys> {
  const scalar = random(SIZE)
  const point = await multiplyX25519(BASE, scalar)
  const shared = await multiplyX25519(points, scalar)
  const count = points.length / (2 * SIZE)
  const keys = [0, 1].map((side) => {
    const rows = new Uint8Array(SIZE * count)
    for (let i = 0; i < count; i++) {
      const secret = rowOf(shared, 2 * i + side)
      rows.set(keyOf({ points, point, secret, transfer: i, side }), SIZE * i)
    }
    return rows
  })
  return { point, keys: [keys[0], keys[1]] }
}

/** The receiver's end: the chosen key of each transfer. Rejects with a RangeError at a point of small order. */
export async function openAnswer(
  { points, scalars }: Offer,
  { choice, point }: { readonly choice: Uint8Array; readonly point: Uint8Array },
): Promise<Uint8Array> {
  const count = scalars.length / SIZE
  const keys = new Uint8Array(SIZE * count)
  for (let i = 0; i < count; i++) {
    const secret = await multiplyX25519(point, rowOf(scalars, i))
    const side = bitOf(choice, i)
    keys.set(keyOf({ points, point, secret, transfer: i, side }), SIZE * i)
  }
  return keys
}

/** The key of one side of a transfer, bound to everything that was sent for it. */
function keyOf(transfer: {
  readonly points: Uint8Array
  readonly point: Uint8Array
  readonly secret: Uint8Array
  readonly transfer: number
  readonly side: number
}): Uint8Array {
  const { points, point, secret, transfer: i, side } = transfer
  const place = new Uint8Array(8)
  new DataView(place.buffer).setUint32(0, i)
  new DataView(place.buffer).setUint32(4, side)
  const hash = sha256.create().update(LABEL).update(place)
  return hash
    .update(points.subarray(2 * SIZE * i, 2 * SIZE * (i + 1)))
    .update(point)
    .update(secret)
    .digest()
}

function rowOf(rows: Uint8Array, i: number): Uint8Array {
  return rows.subarray(SIZE * i, SIZE * (i + 1))
}

function bitOf(bits: Uint8Array, i: number): number {
  return (bits[i >> 3] >> (i & 7)) & 1
}

const LABEL = new TextEncoder().encode('WEFT-V1 oblivious transfer key')
const DST = 'WEFT-V1-OT-with-curve25519_XMD:SHA-512_ELL2_RO_'
/** The base point of RFC 7748: u = 9. */
const BASE = Uint8Array.from({ length: SIZE }, (_, i) => (i === 0 ? 9 : 0))
