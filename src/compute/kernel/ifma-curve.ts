/**
 * Curve25519 in bulk on the AVX-512 IFMA addon of `native/`: eight points at once, hashing to the curve included.
 * @module
 */
import type { CurveKernel } from './curve25519.ts'
import type { IfmaAddon } from './ifma-ring.ts'

/** A curve kernel on the addon, with the bits of the one in WebAssembly. */
export function ifmaCurve(addon: IfmaAddon): CurveKernel {
  let memory = new ArrayBuffer(0)

  /** Memory with areas of these sizes behind its header, and where they begin. */
  function areas(...sizes: number[]): { readonly bytes: Uint8Array; readonly at: number[] } {
    let free = HEADER
    const at = sizes.map((size) => {
      const start = free
      free = Math.ceil((start + size) / 64) * 64
      return start
    })
    if (free > memory.byteLength) memory = new ArrayBuffer(Math.max(free, 2 * memory.byteLength))
    return { bytes: new Uint8Array(memory), at }
  }

  return {
    multiply(points, scalar) {
      if (scalar.length !== 32) {
        throw new RangeError(`Curve25519: expected a scalar of 32 bytes, got ${scalar.length}`)
      }
      const count = wholeRows(points, 32)
      const products = new Uint8Array(points.length)
      for (let done = 0; done < count; done += CHUNK) {
        const part = points.subarray(32 * done, 32 * Math.min(count, done + CHUNK))
        const { bytes, at } = areas(32, part.length, part.length)
        const [key, from, to] = at
        bytes.set(scalar, key)
        // As RFC 7748 §5 decodes it.
        bytes[key] &= 248
        bytes[key + 31] = (bytes[key + 31] & 127) | 64
        bytes.set(part, from)
        addon.call(OPERATION.multiply, memory, to, from, key, part.length / 32)
        // Memory stays for the next call: a secret must not.
        bytes.fill(0, key, key + 32)
        products.set(bytes.subarray(to, to + part.length), 32 * done)
      }
      return products
    },
    hash(messages, dst) {
      if (dst.length === 0 || dst.length > 255) {
        throw new RangeError(`Curve25519: expected a tag of 1 to 255 bytes, got ${dst.length}`)
      }
      const points = new Uint8Array(32 * messages.length)
      for (let done = 0; done < messages.length; done += CHUNK) {
        const part = messages.slice(done, done + CHUNK)
        const total = part.reduce((sum, { length }) => sum + length, 0)
        const { bytes, at } = areas(total, 4 * part.length, 256, 32 * part.length)
        const [text, ends, tail, to] = at
        const places = new Uint32Array(memory, ends, part.length)
        let end = 0
        for (const [i, message] of part.entries()) {
          bytes.set(message, text + end)
          end += message.length
          places[i] = end
        }
        bytes.set(dst, tail)
        bytes[tail + dst.length] = dst.length
        addon.call(OPERATION.hash, memory, to, text, ends, tail, dst.length + 1, part.length)
        points.set(bytes.subarray(to, to + 32 * part.length), 32 * done)
      }
      return points
    },
    map(uniform) {
      const count = wholeRows(uniform, 96)
      const { bytes, at } = areas(uniform.length, 32 * count)
      const [from, to] = at
      bytes.set(uniform, from)
      addon.call(OPERATION.map, memory, to, from, count)
      return bytes.slice(to, to + 32 * count)
    },
  }
}

/** In the enum of `addon.c`. */
const OPERATION = { multiply: 10, hash: 11, map: 12 } as const
/** Points or messages in one call: bounds the memory. */
const CHUNK = 4096
/** Bytes at the start of the memory that the addon keeps for itself. */
const HEADER = 64

function wholeRows(bytes: Uint8Array, width: number): number {
  if (bytes.length % width === 0) return bytes.length / width
  throw new RangeError(`Curve25519: expected rows of ${width} bytes, got ${bytes.length} bytes`)
}
