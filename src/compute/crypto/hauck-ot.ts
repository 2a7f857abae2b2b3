/**
 * Oblivious transfer of one out of many random keys: the sender ends with `of` keys of each transfer, the receiver with the
 * one that it chose, and neither learns more of the other.
 *
 *     sender ── S = yB ──────────► receiver      one for all transfers; T = H(S), whose logarithm nobody knows
 *     sender ◄─── R = cT + xB ──── receiver      a point for each transfer, c the choice, x fresh
 *     key j at the sender: H(S, R, y(R − jT)); at the receiver, for j = c: H(S, R, xS)
 *
 * E. Hauck, J. Loss, "Efficient and universally composable protocols for oblivious transfer from the CDH assumption", IACR
 * ePrint 2017/1011, which repairs T. Chou, C. Orlandi, "The simplest protocol for oblivious transfer", LATINCRYPT 2015, on
 * ristretto255 (RFC 9496) with the hash of RFC 9380 appendix B. The choice is hidden whatever the sender can compute, since
 * R is a uniform point either way. Who had two keys of one transfer could compute yT from S and T: the computational
 * Diffie–Hellman problem, SHA-256 and the hash to the group taken as random oracles.
 * @module
 */
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js'
import { sha256 } from '@noble/hashes/sha2.js'

import { bytesToBigint } from './bytes.ts'
import type { RandomBytes } from './random.ts'

/** Bytes of a point, of a scalar and of a key. */
export const TRANSFER_BYTES = 32

/** What a sender begins with; serves any number of transfers with one receiver. */
export interface TransferSender {
  /** Secret, 32 bytes. */
  readonly scalar: Uint8Array
  /** Its message. */
  readonly point: Uint8Array
}

/** The receiver's message and what it keeps. */
export interface Chosen {
  /** A point for each transfer: rows of 32 bytes. */
  readonly points: Uint8Array
  /** Secret: the chosen key of each transfer, rows of 32 bytes. */
  readonly keys: Uint8Array
}

/** Transfers in a row, as their keys are bound to their place. */
export interface Transfers {
  /** The number of the first of them. */
  readonly first: number
  /** Keys in each, at least 1. */
  readonly of: number
}

/** Draws a sender's secret. */
export function drawSender(random: RandomBytes): TransferSender {
  const secret = drawScalar(random)
  return { scalar: Point.Fn.toBytes(secret), point: Point.BASE.multiply(secret).toBytes() }
}

/**
 * The receiver's only step: one transfer for each of `choices`, numbers below `of`. Throws a RangeError where the sender's
 * point is none.
 */
export function chooseKeys(
  choices: Uint32Array,
  options: Transfers & { readonly point: Uint8Array; readonly random: RandomBytes },
): Chosen {
  const { point, random, first, of } = options
  const sender = readPoint(point, "the sender's point")
  const multiples = multiplesOf(hashOf(point), of)
  const points = new Uint8Array(TRANSFER_BYTES * choices.length)
  const keys = new Uint8Array(TRANSFER_BYTES * choices.length)
  for (const [i, choice] of choices.entries()) {
    if (choice >= of) throw new RangeError(`chooseKeys: no choice ${choice} among ${of}`)
    const x = drawScalar(random)
    const sent = multiples[choice].add(Point.BASE.multiply(x)).toBytes()
    const shared = sender.multiply(x).toBytes()
    points.set(sent, TRANSFER_BYTES * i)
    keys.set(keyOf({ point, sent, shared, transfer: first + i, place: choice }), TRANSFER_BYTES * i)
  }
  return { points, keys }
}

/** The sender's keys: for each row of `points` as many rows of 32 bytes as `of` says. Throws a RangeError at a row that is no point. */
export function senderKeys(
  points: Uint8Array,
  { scalar, point, first, of }: Transfers & TransferSender,
): Uint8Array {
  if (points.length % TRANSFER_BYTES !== 0) {
    throw new RangeError(`senderKeys: ${points.length} bytes are no points of ${TRANSFER_BYTES}`)
  }
  const secret = Point.Fn.fromBytes(scalar)
  const step = hashOf(point).multiply(secret)
  const count = points.length / TRANSFER_BYTES
  const keys = new Uint8Array(TRANSFER_BYTES * count * of)
  for (let i = 0; i < count; i++) {
    const sent = points.subarray(TRANSFER_BYTES * i, TRANSFER_BYTES * (i + 1))
    let shared = readPoint(sent, `the point of transfer ${first + i}`).multiply(secret)
    for (let place = 0; place < of; place++) {
      const key = keyOf({ point, sent, shared: shared.toBytes(), transfer: first + i, place })
      keys.set(key, TRANSFER_BYTES * (i * of + place))
      shared = shared.subtract(step)
    }
  }
  return keys
}

const { Point } = ristretto255
type GroupPoint = InstanceType<typeof Point>

/** A key, bound to everything that was sent for it and to its place. */
function keyOf(of: {
  readonly point: Uint8Array
  readonly sent: Uint8Array
  readonly shared: Uint8Array
  readonly transfer: number
  readonly place: number
}): Uint8Array {
  const at = new Uint8Array(8)
  new DataView(at.buffer).setUint32(0, of.transfer)
  new DataView(at.buffer).setUint32(4, of.place)
  const hash = sha256.create().update(LABEL).update(at)
  return hash.update(of.point).update(of.sent).update(of.shared).digest()
}

function hashOf(point: Uint8Array): GroupPoint {
  return ristretto255_hasher.hashToCurve(point, { DST })
}

/** 0 · point, 1 · point …, so that no step depends on a choice. */
function multiplesOf(point: GroupPoint, count: number): GroupPoint[] {
  const multiples = [Point.ZERO]
  while (multiples.length < count) multiples.push(multiples[multiples.length - 1].add(point))
  return multiples
}

function readPoint(bytes: Uint8Array, what: string): GroupPoint {
  let point
  try {
    point = Point.fromBytes(bytes)
  } catch (cause) {
    throw new RangeError(`Oblivious transfer: ${what} is none of ristretto255`, { cause })
  }
  if (point.is0()) throw new RangeError(`Oblivious transfer: ${what} is zero`)
  return point
}

/** Uniform but for 2^−250, and not 0. */
function drawScalar(random: RandomBytes): bigint {
  return Point.Fn.create(bytesToBigint(random(64))) || 1n
}

const LABEL = new TextEncoder().encode('WEFT-V1 one of many transfer key')
const DST = 'WEFT-V1-OT-with-ristretto255_XMD:SHA-512_R255MAP_RO_'
