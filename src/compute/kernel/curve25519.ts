/**
 * Curve25519 in WebAssembly, many points at a time: multiplication by one scalar and hashing to the curve. It runs on
 * fused multiply-adds of floats; `assembly/curve25519/field.ts` says why no bit is lost.
 *
 * The course of the ladder does not depend on scalar or points: no branch, no address.
 * @module
 */
import { CURVE_WASM } from './curve25519-wasm.ts'

/** What one thread computes on the curve with. */
export interface CurveKernel {
  /**
   * `scalar · point` for rows of 32 bytes, as X25519 has it (RFC 7748 §5): the scalar gets clamped, the top bit of a
   * point is dropped and u-coordinates count mod p. Where the product is the identity its row is 0, and no other row
   * suffers from it.
   */
  multiply(points: Uint8Array, scalar: Uint8Array): Uint8Array
  /**
   * The u-coordinates of the points that `messages` hash to (RFC 9380, `curve25519_XMD:SHA-512_ELL2_RO_`), rows of 32
   * bytes; a row of zeros means that the kernel leaves this message to the caller, which happens once in 2^253.
   */
  hash(messages: readonly Uint8Array[], dst: Uint8Array): Uint8Array
  /** `hash` from the 96 uniform bytes of each message on. */
  map(uniform: Uint8Array): Uint8Array
}

/** The exports of `assembly/curve25519/index.ts`; numbers are addresses, lengths and counts. */
interface Exports {
  readonly memory: WebAssembly.Memory
  setUp(): number
  multiplyPoints(out: number, points: number, scalar: number, count: number): void
  expandMessages(
    out: number,
    messages: number,
    ends: number,
    count: number,
    tail: number,
    tailLength: number,
    scratch: number,
  ): void
  mapToCurve(out: number, uniform: number, count: number): void
}

/** Compiles the kernel. Throws where the runtime has no relaxed SIMD or does not allow compiling. */
export function compileCurve(): WebAssembly.Module {
  return new WebAssembly.Module(Uint8Array.from(atob(CURVE_WASM), (c) => c.charCodeAt(0)))
}

/** A kernel in a WebAssembly instance and memory of its own. */
export function createCurve(module: WebAssembly.Module): CurveKernel {
  const wasm = new WebAssembly.Instance(module, {
    env: {
      abort: () => {
        throw new Error('the Curve25519 kernel stopped itself')
      },
    },
  }).exports as unknown as Exports
  const heap = wasm.setUp()

  /** Addresses of areas of these sizes, one after another. */
  function areas(...sizes: number[]): number[] {
    let free = heap
    const starts = sizes.map((size) => {
      const start = free
      free = Math.ceil((start + size) / 64) * 64
      return start
    })
    const missing = free - wasm.memory.buffer.byteLength
    if (missing > 0) wasm.memory.grow(Math.ceil(missing / 65536))
    return starts
  }
  function memory(): Uint8Array {
    return new Uint8Array(wasm.memory.buffer)
  }
  function take(at: number, length: number): Uint8Array {
    return memory().slice(at, at + length)
  }

  return {
    multiply(points, scalar) {
      const rows = wholeRows(points, 32)
      const products = new Uint8Array(points.length)
      for (let done = 0; done < rows; done += CHUNK) {
        const part = points.subarray(32 * done, 32 * Math.min(rows, done + CHUNK))
        const [key, from, to] = areas(32, part.length, part.length)
        memory().set(clamp(scalar), key)
        memory().set(part, from)
        wasm.multiplyPoints(to, from, key, part.length / 32)
        // Memory stays for the next call: a secret must not.
        memory().fill(0, key, key + 32)
        products.set(memory().subarray(to, to + part.length), 32 * done)
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
        const longest = part.reduce((most, { length }) => Math.max(most, length), 0)
        const [text, ends, tail, scratch, uniform, to] = areas(
          total,
          4 * part.length,
          256,
          longest + 1024,
          96 * part.length,
          32 * part.length,
        )
        const places = new DataView(wasm.memory.buffer, ends)
        let end = 0
        for (const [i, message] of part.entries()) {
          memory().set(message, text + end)
          end += message.length
          places.setUint32(4 * i, end, true)
        }
        memory().set(dst, tail)
        memory()[tail + dst.length] = dst.length
        wasm.expandMessages(uniform, text, ends, part.length, tail, dst.length + 1, scratch)
        wasm.mapToCurve(to, uniform, part.length)
        points.set(memory().subarray(to, to + 32 * part.length), 32 * done)
      }
      return points
    },
    map(uniform) {
      const rows = wholeRows(uniform, 96)
      const [from, to] = areas(uniform.length, 32 * rows)
      memory().set(uniform, from)
      wasm.mapToCurve(to, from, rows)
      return take(to, 32 * rows)
    },
  }
}

/** Rows in one call of the WebAssembly module: bounds its memory. */
const CHUNK = 4096

/** A scalar as RFC 7748 §5 decodes it. */
function clamp(scalar: Uint8Array): Uint8Array {
  if (scalar.length !== 32) {
    throw new RangeError(`Curve25519: expected a scalar of 32 bytes, got ${scalar.length}`)
  }
  const clamped = scalar.slice()
  clamped[0] &= 248
  clamped[31] = (clamped[31] & 127) | 64
  return clamped
}

function wholeRows(bytes: Uint8Array, width: number): number {
  if (bytes.length % width === 0) return bytes.length / width
  throw new RangeError(`Curve25519: expected rows of ${width} bytes, got ${bytes.length} bytes`)
}
