/**
 * X25519 (RFC 7748) in bulk: one scalar, many points. Three implementations: WebAssembly where it passes its test, which
 * uses this thread only, and its native accelerator where a runner has loaded it; else WebCrypto or @noble/curves, whichever solves a known answer faster.
 * @module
 */
import { x25519 } from '@noble/curves/ed25519.js'

import { curveChoice } from '../kernel/curve25519-load.ts'

/** Multiplies every 32-byte point by `scalar`; rows of 32 bytes. Rejects with RangeError at a point of small order. */
export type Multiply = (points: Uint8Array, scalar: Uint8Array) => Promise<Uint8Array>

/** `scalar · point` for every point, on the fastest implementation of this runtime. */
export async function multiplyX25519(points: Uint8Array, scalar: Uint8Array): Promise<Uint8Array> {
  if (scalar.length !== 32) {
    throw new RangeError(`X25519: expected a scalar of 32 bytes, got ${scalar.length}`)
  }
  if (points.length % 32 !== 0) {
    throw new RangeError(`X25519: expected points of 32 bytes, got ${points.length} bytes`)
  }
  chosen ??= fastest()
  const multiply = IMPLEMENTATIONS[await chosen]
  return multiply(points, scalar)
}

/** Every implementation by name. */
export const IMPLEMENTATIONS = {
  wasm: multiplyByWasm,
  webcrypto: multiplyByWebCrypto,
  noble: multiplyByNoble,
} as const satisfies Record<string, Multiply>

let chosen: Promise<keyof typeof IMPLEMENTATIONS> | undefined

/** The implementation for this runtime; one that fails a known answer is out. */
export async function fastest(): Promise<keyof typeof IMPLEMENTATIONS> {
  // WebCrypto could win a race by taking other cores, which are busy with other parts of the same work.
  if (curveChoice().kernel !== null) return 'wasm'
  // A batch, since WebCrypto gains by doing several at once; the first round only warms up.
  const points = new Uint8Array(32 * 16)
  for (let at = 0; at < points.length; at += 32) points.set(fromHex(KNOWN.point), at)
  const scalar = fromHex(KNOWN.scalar)
  const answer = fromHex(KNOWN.product)
  let best: keyof typeof IMPLEMENTATIONS = 'noble'
  let least = Infinity
  for (const name of ['noble', 'webcrypto'] as const) {
    const multiply = IMPLEMENTATIONS[name]
    const first = await multiply(points, scalar).catch(absent)
    if (!first || !answer.every((byte, at) => byte === first[at])) continue
    const start = performance.now()
    await multiply(points, scalar)
    const time = performance.now() - start
    if (time < least) [best, least] = [name, time]
  }
  return best
}

async function multiplyByWasm(points: Uint8Array, scalar: Uint8Array): Promise<Uint8Array> {
  const { kernel, reason } = curveChoice()
  if (kernel === null) throw new Error(reason)
  const products = kernel.multiply(points, scalar)
  for (let at = 0; at < products.length; at += 32) {
    if (isZero(products, at)) throw smallOrder(at)
  }
  return products
}

async function multiplyByWebCrypto(points: Uint8Array, scalar: Uint8Array): Promise<Uint8Array> {
  const { subtle } = crypto
  const pkcs8 = new Uint8Array(48)
  pkcs8.set(fromHex('302e020100300506032b656e04220420'))
  pkcs8.set(scalar, 16)
  const key = await subtle.importKey('pkcs8', pkcs8, 'X25519', false, ['deriveBits'])
  const products = new Uint8Array(points.length)

  async function multiplyOne(at: number): Promise<void> {
    const point = points.slice(at, at + 32)
    const other = await subtle.importKey('raw', point, 'X25519', false, [])
    const bits = await subtle
      .deriveBits({ name: 'X25519', public: other }, key, 256)
      .catch((cause: unknown) => {
        throw smallOrder(at, cause)
      })
    put(products, new Uint8Array(bits), at)
  }

  // Enough at once to keep the crypto threads busy, few enough to keep the heap small.
  const step = 32 * 128
  for (let from = 0; from < points.length; from += step) {
    const until = Math.min(from + step, points.length)
    const work = []
    for (let at = from; at < until; at += 32) work.push(multiplyOne(at))
    await Promise.all(work)
  }
  return products
}

async function multiplyByNoble(points: Uint8Array, scalar: Uint8Array): Promise<Uint8Array> {
  const products = new Uint8Array(points.length)
  for (let at = 0; at < points.length; at += 32) {
    let product
    try {
      product = x25519.scalarMult(scalar, points.subarray(at, at + 32))
    } catch (cause) {
      throw smallOrder(at, cause)
    }
    put(products, product, at)
  }
  return products
}

function put(products: Uint8Array, product: Uint8Array, at: number): void {
  if (product.every((byte) => byte === 0)) throw smallOrder(at)
  products.set(product, at)
}

function isZero(rows: Uint8Array, at: number): boolean {
  for (let k = at; k < at + 32; k++) if (rows[k] !== 0) return false
  return true
}

function smallOrder(at: number, cause?: unknown): RangeError {
  return new RangeError(`X25519: point ${at / 32} has small order, the peer must not send it`, {
    cause,
  })
}

/** A runtime without X25519 in WebCrypto rejects the known answer: it is just not chosen. */
function absent(): undefined {
  return undefined
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  )
}

/** RFC 7748 §5.2, first test vector. */
const KNOWN = {
  scalar: 'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
  point: 'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
  product: 'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
}
