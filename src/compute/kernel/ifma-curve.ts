/**
 * X25519 in bulk on the AVX-512 IFMA addon of `native/`: eight points at once.
 * @module
 */
import type { CurveKernel } from './curve25519.ts'
import type { IfmaAddon } from './ifma-ring.ts'

/** `multiply` of a curve kernel on the addon: clamps the scalar as RFC 7748 §5 does. */
export function ifmaMultiply(addon: IfmaAddon): CurveKernel['multiply'] {
  const memory = new ArrayBuffer(HEADER + 32 + 2 * 32 * CHUNK)
  const bytes = new Uint8Array(memory)
  return (points, scalar) => {
    if (scalar.length !== 32) {
      throw new RangeError(`Curve25519: expected a scalar of 32 bytes, got ${scalar.length}`)
    }
    if (points.length % 32 !== 0) {
      throw new RangeError(`Curve25519: expected rows of 32 bytes, got ${points.length} bytes`)
    }
    const products = new Uint8Array(points.length)
    bytes.set(scalar, KEY)
    bytes[KEY] &= 248
    bytes[KEY + 31] = (bytes[KEY + 31] & 127) | 64
    for (let at = 0; at < points.length; at += 32 * CHUNK) {
      const part = points.subarray(at, at + 32 * CHUNK)
      bytes.set(part, FROM)
      addon.call(X25519, memory, TO, FROM, KEY, part.length / 32)
      products.set(bytes.subarray(TO, TO + part.length), at)
    }
    // Memory stays for the next call: a secret must not.
    bytes.fill(0, KEY, KEY + 32)
    return products
  }
}

/** In the enum of `addon.c`. */
const X25519 = 10
/** Points in one call. */
const CHUNK = 4096
/** Bytes at the start of the memory that the addon keeps for itself. */
const HEADER = 64
const KEY = HEADER
const FROM = KEY + 32
const TO = FROM + 32 * CHUNK
