/**
 * Texts to points of Curve25519 as RFC 9380 has it: suite `curve25519_XMD:SHA-512_ELL2_RO_` (§8.5), Elligator 2, two
 * field elements a text, so that the points are as good as random ones.
 *
 * WebAssembly does it where it passes its test. Without it, exponentiations go to the bulk kernel and one inversion
 * serves all.
 * @module
 */
import { hash_to_field } from '@noble/curves/abstract/hash-to-curve.js'
import { sha512 } from '@noble/hashes/sha2.js'

import { curveChoice } from '../kernel/curve25519-load.ts'
import { invertRows } from '../kernel/invert.ts'
import { ringOf } from '../kernel/load.ts'
import { fromRows, toRows } from './bytes.ts'
import { modPow, modulo } from './modular.ts'

/**
 * The u-coordinates of the points that `messages` hash to under the domain separation tag `dst`: 32 little-endian
 * bytes each, one after another (RFC 7748 §5). The cofactor is cleared. The identity, which no known message hashes
 * to, would come out as 0.
 */
export function hashToCurve25519(messages: readonly Uint8Array[], dst: string): Uint8Array {
  const { kernel } = curveChoice()
  const tag = new TextEncoder().encode(dst)
  if (kernel === null || tag.length === 0 || tag.length > 255) return hashByBigint(messages, dst)
  const points = kernel.hash(messages, tag)
  for (const [i, message] of messages.entries()) {
    const row = points.subarray(32 * i, 32 * i + 32)
    if (row.every((byte) => byte === 0)) row.set(hashByBigint([message], dst))
  }
  return points
}

/** `hashToCurve25519` on `bigint`: slower, and right for every input. */
export function hashByBigint(messages: readonly Uint8Array[], dst: string): Uint8Array {
  const options = { DST: dst, p: P, m: 1, k: 128, expand: 'xmd' as const, hash: sha512 }
  const elements = messages.flatMap((message) =>
    hash_to_field(message, 2, options).map(([element]) => element),
  )
  const points = mapToCurve(elements)
  const sums = messages.map((_, i) => clearCofactor(addPoints(points[2 * i], points[2 * i + 1])))
  const divisors = toRows(
    sums.map(({ z }) => (z === 0n ? 1n : z)),
    32,
  )
  const inverses = fromRows(invertRows(ringOf(P), divisors), 32)
  return toRows(
    sums.map(({ x, z }, i) => (z === 0n ? 0n : (x * inverses[i]) % P)),
    32,
  ).map(littleEndian)
}

/** The prime 2^255 − 19. */
const P = 2n ** 255n - 19n
/** The curve is v² = u³ + J u² + u. */
const J = 486662n
/** A square root of −1. */
const I = modPow(2n, (P - 1n) / 4n, P)
/** 2^((P + 3) / 8): turns a candidate root for the first x into one for the second. */
const C2 = modPow(2n, (P + 3n) / 8n, P)

/** A point by x = xn / xd and y. */
interface Point {
  readonly xn: bigint
  readonly xd: bigint
  readonly y: bigint
}

/** A u-coordinate x / z; z = 0 is the identity. */
interface Ratio {
  readonly x: bigint
  readonly z: bigint
}

/** Elligator 2 without divisions (RFC 9380 §6.7.1; the square roots as in its appendix G.2.1). */
function mapToCurve(elements: readonly bigint[]): Point[] {
  const steps = elements.map((u) => {
    const t = (2n * u * u) % P
    const xd = t + 1n
    const gxd = (((xd * xd) % P) * xd) % P
    // The first x is −J / xd; gx1 / gxd is the curve's right side at it.
    const gx1 = modulo(-J * (J * J - J * J * xd + xd * xd), P)
    const gxd2 = (gxd * gxd) % P
    const factor = (((gx1 * gxd) % P) * gxd2) % P
    return { u, t, xd, gxd, gx1, factor, radicand: (factor * ((gxd2 * gxd2) % P)) % P }
  })
  const powers = ringOf(P).power(
    toRows(
      steps.map(({ radicand }) => radicand),
      32,
    ),
    (P - 5n) / 8n,
  )
  return fromRows(powers, 32).map((power, i) => {
    const { u, t, xd, gxd, gx1, factor } = steps[i]
    const root = (factor * power) % P
    const y1 = rootOf(root, { square: gx1, gxd })
    // Which root is taken is fixed by its parity: odd for the first x, even for the second.
    if (y1 !== undefined) return { xn: P - J, xd, y: y1 % 2n === 1n ? y1 : P - y1 }
    const y2 = rootOf((((root * u) % P) * C2) % P, { square: (gx1 * t) % P, gxd })
    if (y2 === undefined) throw new RangeError('hashToCurve25519: the kernel gave a wrong power')
    return { xn: ((P - J) * t) % P, xd, y: y2 % 2n === 0n ? y2 : P - y2 }
  })
}

/** The one of `y` and `y · √−1` with y² gxd = square, if any. */
function rootOf(y: bigint, options: { square: bigint; gxd: bigint }): bigint | undefined {
  const { square, gxd } = options
  const found = (((y * y) % P) * gxd) % P
  if (found === square) return y
  return found === P - square ? (y * I) % P : undefined
}

/** u-coordinate of the sum (RFC 7748's curve, affine addition with the divisions postponed). */
function addPoints(a: Point, b: Point): Ratio {
  const d = (a.xd * b.xd) % P
  const left = (a.xn * b.xd) % P
  const right = (b.xn * a.xd) % P
  if (left === right) {
    return a.y === b.y ? double({ x: a.xn, z: a.xd }) : { x: 1n, z: 0n }
  }
  const run2 = (right - left) ** 2n % P
  const rise2 = (b.y - a.y) ** 2n % P
  const d3 = (((d * d) % P) * d) % P
  const x = rise2 * d3 - ((J * d + left + right) % P) * run2
  return { x: modulo(x, P), z: (run2 * d) % P }
}

/** Eight times the point. */
function clearCofactor(point: Ratio): Ratio {
  return double(double(double(point)))
}

function double({ x, z }: Ratio): Ratio {
  const xx = (x * x) % P
  const zz = (z * z) % P
  const xz = (x * z) % P
  return { x: (xx - zz) ** 2n % P, z: (4n * xz * ((xx + J * xz + zz) % P)) % P }
}

/** Reads big-endian 32-byte rows backwards. */
function littleEndian(_byte: number, at: number, rows: Uint8Array): number {
  return rows[(at & ~31) + 31 - (at & 31)]
}
