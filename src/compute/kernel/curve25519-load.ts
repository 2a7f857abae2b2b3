/**
 * Whether this thread computes on Curve25519 in WebAssembly, decided, and tested, on first use.
 * @module
 */
import { x25519 } from '@noble/curves/ed25519.js'

import { bigintToBytes } from '../crypto/bytes.ts'
import { type RandomBytes, randomBytes } from '../crypto/random.ts'
import { compileCurve, createCurve, type CurveKernel } from './curve25519.ts'

/** The kernel, or why there is none; with a reason beside it where an accelerator was offered and is not used. */
export type CurveChoice =
  | { readonly name: 'ifma' | 'wasm'; readonly kernel: CurveKernel; readonly reason: string | null }
  | { readonly name: null; readonly kernel: null; readonly reason: string }

/** Makes a faster kernel. Throws where the accelerator or the processor lacks it. */
export type Accelerate = () => CurveKernel

/** What this thread uses; chosen on the first call. */
export function curveChoice(): CurveChoice {
  choice ??= chooseCurve(compileCurve, offered)
  return choice
}

/** Lets this thread compute with an accelerator when that passes the test, from the next `curveChoice` on. */
export function offerCurve(accelerate: Accelerate | undefined): void {
  offered = accelerate
  choice = undefined
}

/** Takes the kernel that `compile` gives if it passes its test, or that of `accelerate` if that does too. */
export function chooseCurve(
  compile: () => WebAssembly.Module,
  accelerate?: Accelerate,
): CurveChoice {
  try {
    const kernel = createCurve(compile())
    const wrong = testCurve(kernel)
    if (wrong === null) return accelerated(kernel, accelerate)
    const reason = `WebAssembly gave a wrong ${wrong}: fused multiply-add is missing`
    return { name: null, kernel: null, reason }
  } catch (error) {
    // A runtime that lacks an instruction, or forbids compiling, is a reason and not a failure.
    const reason = `WebAssembly with relaxed SIMD is missing: ${String(error)}`
    return { name: null, kernel: null, reason }
  }
}

function accelerated(plain: CurveKernel, accelerate: Accelerate | undefined): CurveChoice {
  if (accelerate === undefined) return { name: 'wasm', kernel: plain, reason: null }
  try {
    const kernel = accelerate()
    const wrong = testCurve(kernel)
    if (wrong === null) return { name: 'ifma', kernel, reason: null }
    return { name: 'wasm', kernel: plain, reason: `ifma gave a wrong ${wrong}` }
  } catch (error) {
    return { name: 'wasm', kernel: plain, reason: `ifma is missing: ${String(error)}` }
  }
}

/**
 * The first operation in which `kernel` differs from @noble/curves, or null when there is none: products of random
 * points and of those whose limbs are extreme, all in one batch with a point of small order, and the vectors of
 * RFC 9380 J.4.1. Takes some 20 ms.
 */
export function testCurve(kernel: CurveKernel, random: RandomBytes = randomBytes): string | null {
  const points = [...EDGES.map((value) => littleEndian(value)), random(32), random(32), random(32)]
  const scalar = random(32)
  const rows = new Uint8Array(32 * points.length)
  for (const [i, point] of points.entries()) rows.set(point, 32 * i)
  const products = kernel.multiply(rows, scalar)
  for (const [i, point] of points.entries()) {
    const found = products.subarray(32 * i, 32 * i + 32)
    if (!equal(found, expected(point, scalar))) return 'product'
  }
  const encoder = new TextEncoder()
  const hashed = kernel.hash(
    HASHES.map(([message]) => encoder.encode(message)),
    encoder.encode('QUUX-V01-CS02-with-curve25519_XMD:SHA-512_ELL2_RO_'),
  )
  for (const [i, [, u]] of HASHES.entries()) {
    if (!equal(hashed.subarray(32 * i, 32 * i + 32), littleEndian(u))) return 'hash'
  }
  return null
}

let choice: CurveChoice | undefined
let offered: Accelerate | undefined

/** X25519 that gives 0 where @noble/curves refuses. */
function expected(point: Uint8Array, scalar: Uint8Array): Uint8Array {
  if (SMALL_ORDER.has(valueOf(point) % P)) return new Uint8Array(32)
  return x25519.scalarMult(scalar, point)
}

function littleEndian(value: bigint): Uint8Array {
  return bigintToBytes(value, 32).reverse()
}

/** What a 32-byte point stands for: its top bit does not count. */
function valueOf(point: Uint8Array): bigint {
  let value = 0n
  for (const byte of point.toReversed()) value = (value << 8n) | BigInt(byte)
  return value & ((1n << 255n) - 1n)
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, i) => byte === b[i])
}

const P = (1n << 255n) - 19n

/** u-coordinates of small order: of points on the curve or its twist whose multiples by a clamped scalar vanish. */
const SMALL_ORDER: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  P - 1n,
])

/** Five limbs of 51 bits, all the same. */
function limbs(limb: bigint): bigint {
  return [0n, 1n, 2n, 3n, 4n].reduce((value, i) => value | (limb << (51n * i)), 0n)
}

const EDGES: readonly bigint[] = [
  9n,
  1n,
  P - 2n,
  P + 2n,
  (1n << 255n) - 1n,
  limbs(1n << 50n),
  limbs((1n << 50n) - 1n),
  limbs((1n << 50n) + 1n),
]

/** Two of the vectors of RFC 9380 J.4.1: a message and the u-coordinate of its point. */
const HASHES: readonly (readonly [string, bigint])[] = [
  ['', 0x2de3780abb67e861289f5749d16d3e217ffa722192d16bbd9d1bfb9d112b98c0n],
  ['abc', 0x2b4419f1f2d48f5872de692b0aca72cc7b0a60915dd70bde432e826b6abc526dn],
]
