/**
 * The bulk work of `../crypto/kkrt.ts` in WebAssembly, with plain SIMD: ChaCha20, SHA-256 and bit transposition.
 * @module
 */
import type { PackedTexts } from '../crypto/texts.ts'
import { KKRT_WASM } from './kkrt-wasm.ts'

/** Bins in a block. */
export const BLOCK_BINS = 4096
/** Columns of the matrix, and bits of a code word. */
export const COLUMNS = 512
/** Bytes of a row, of an input and of a key. */
export const ROW = COLUMNS / 8
export const INPUT = 16
export const KEY = 32

/** What one thread does the bulk work with. */
export interface KkrtKernel {
  /** SHA-256 of `prefix` (16 bytes) and each text: rows of 32 bytes. */
  digest(texts: PackedTexts, prefix: Uint8Array): Uint8Array
  /** The receiver's side of a block, for at most `BLOCK_BINS` inputs. */
  ask(call: AskBlock): { readonly request: Uint8Array; readonly masks: Uint8Array }
  /** The sender's side of a block, for any number of inputs. */
  answer(call: AnswerBlock): Uint8Array
}

/** A block at the receiver. */
export interface AskBlock {
  /** Both keys of each column, 512 rows of 32 bytes. */
  readonly seeds: readonly [Uint8Array, Uint8Array]
  readonly block: number
  /** The key of the code. */
  readonly key: Uint8Array
  /** What stands in the bins of the block: rows of 16 bytes. */
  readonly inputs: Uint8Array
  /** Bytes of a mask, at most 16. */
  readonly width: number
}

/** A block at the sender. */
export interface AnswerBlock {
  /** The key of each column that the choice bits took, 512 rows of 32 bytes. */
  readonly seeds: Uint8Array
  /** 512 choice bits, lowest first. */
  readonly choice: Uint8Array
  readonly block: number
  readonly key: Uint8Array
  /** What the receiver sent: rows of 64 bytes. */
  readonly request: Uint8Array
  /** For each input its bin within the block. */
  readonly bins: Uint32Array
  readonly inputs: Uint8Array
  readonly width: number
}

/** The exports of `assembly/kkrt/index.ts`; numbers are addresses, lengths and counts. */
interface Exports {
  readonly memory: WebAssembly.Memory
  heap(): number
  ask(
    rows: number,
    request: number,
    masks: number,
    width: number,
    work: number,
    seeds0: number,
    seeds1: number,
    block: number,
    key: number,
    inputs: number,
    count: number,
  ): void
  answer(
    rows: number,
    request: number,
    masks: number,
    width: number,
    work: number,
    seeds: number,
    choice: number,
    block: number,
    key: number,
    bins: number,
    inputs: number,
    count: number,
  ): void
  digest(
    out: number,
    messages: number,
    ends: number,
    count: number,
    prefix: number,
    scratch: number,
    longest: number,
  ): void
}

/** The kernel of this thread. Throws where the runtime has no WebAssembly SIMD. */
export function kkrtKernel(): KkrtKernel {
  kernel ??= createKkrt()
  return kernel
}

/** The same, or undefined there. */
export function kkrtOrNone(): KkrtKernel | undefined {
  if (missing) return undefined
  try {
    return kkrtKernel()
  } catch {
    missing = true
    return undefined
  }
}

let kernel: KkrtKernel | undefined
let missing = false

/** A kernel in a WebAssembly instance and memory of its own. */
function createKkrt(): KkrtKernel {
  const module = new WebAssembly.Module(Uint8Array.from(atob(KKRT_WASM), (c) => c.charCodeAt(0)))
  const wasm = new WebAssembly.Instance(module, {
    env: {
      abort: () => {
        throw new Error('the set intersection kernel stopped itself')
      },
    },
  }).exports as unknown as Exports
  const heap = wasm.heap()
  const MATRIX = BLOCK_BINS * ROW
  const SEEDS = COLUMNS * KEY
  // Groups of four reach behind the last item.
  const SLACK = 64

  function areas<T extends number[]>(...sizes: T): { [K in keyof T]: number } {
    let free = heap
    const starts = sizes.map((size) => {
      const start = free
      free = Math.ceil((start + size + SLACK) / 64) * 64
      return start
    })
    const missing = free - wasm.memory.buffer.byteLength
    if (missing > 0) wasm.memory.grow(Math.ceil(missing / 65536))
    return starts as { [K in keyof T]: number }
  }
  function put(at: number, bytes: Uint8Array): void {
    new Uint8Array(wasm.memory.buffer).set(bytes, at)
  }
  function take(at: number, length: number): Uint8Array {
    return new Uint8Array(wasm.memory.buffer).slice(at, at + length)
  }
  function clear(at: number, length: number): void {
    new Uint8Array(wasm.memory.buffer).fill(0, at, at + length)
  }

  return {
    digest({ bytes, ends }, prefix) {
      expect('prefix', prefix, 16)
      const count = ends.length
      let longest = 0
      for (let i = 0; i < count; i++) longest = Math.max(longest, ends[i] - (ends[i - 1] ?? 0))
      const [text, places, salt, scratch, out] = areas(
        bytes.length,
        4 * count,
        16,
        4 * (longest + 160),
        32 * count,
      )
      put(salt, prefix)
      put(text, bytes)
      const view = new DataView(wasm.memory.buffer, places)
      for (let i = 0; i < count; i++) view.setUint32(4 * i, ends[i], true)
      wasm.digest(out, text, places, count, salt, scratch, longest)
      return take(out, 32 * count)
    },
    ask({ seeds, block, key, inputs, width }) {
      const count = rowsIn(inputs, INPUT)
      if (count > BLOCK_BINS) throw new RangeError(`kkrt: a block has ${BLOCK_BINS} bins at most`)
      checkWidth(width)
      for (const side of seeds) expect('seeds', side, SEEDS)
      expect('key', key, KEY)
      const [rows, request, work, masks, seeds0, seeds1, code, items] = areas(
        MATRIX,
        MATRIX,
        MATRIX,
        width * BLOCK_BINS,
        SEEDS,
        SEEDS,
        KEY,
        inputs.length,
      )
      put(seeds0, seeds[0])
      put(seeds1, seeds[1])
      put(code, key)
      put(items, inputs)
      wasm.ask(rows, request, masks, width, work, seeds0, seeds1, block, code, items, count)
      clear(seeds0, SEEDS)
      clear(seeds1, SEEDS)
      return { request: take(request, count * ROW), masks: take(masks, count * width) }
    },
    answer({ seeds, choice, block, key, request, bins, inputs, width }) {
      const count = rowsIn(inputs, INPUT)
      const have = rowsIn(request, ROW)
      checkWidth(width)
      expect('seeds', seeds, SEEDS)
      expect('choice', choice, ROW)
      expect('key', key, KEY)
      if (have > BLOCK_BINS || bins.length !== count || bins.some((bin) => bin >= have)) {
        throw new RangeError('kkrt: an input without a bin in its block')
      }
      const [rows, asked, work, masks, keys, bits, code, places, items] = areas(
        MATRIX,
        MATRIX,
        MATRIX,
        width * count,
        SEEDS,
        ROW,
        KEY,
        4 * count,
        inputs.length,
      )
      put(keys, seeds)
      put(bits, choice)
      put(code, key)
      put(asked, request)
      put(items, inputs)
      const indices = new DataView(wasm.memory.buffer, places)
      for (let i = 0; i < count; i++) indices.setUint32(4 * i, bins[i], true)
      // The last group may be short: its other lanes take the first bin.
      clear(places + 4 * count, 16)
      wasm.answer(rows, asked, masks, width, work, keys, bits, block, code, places, items, count)
      clear(keys, SEEDS)
      clear(bits, ROW)
      return take(masks, count * width)
    },
  }
}

function expect(what: string, bytes: Uint8Array, length: number): void {
  if (bytes.length === length) return
  throw new RangeError(`kkrt: expected ${what} of ${length} bytes, got ${bytes.length}`)
}

function rowsIn(bytes: Uint8Array, width: number): number {
  if (bytes.length % width === 0) return bytes.length / width
  throw new RangeError(`kkrt: expected rows of ${width} bytes, got ${bytes.length} bytes`)
}

function checkWidth(width: number): void {
  if (Number.isInteger(width) && width >= 1 && width <= 16) return
  throw new RangeError(`kkrt: expected masks of 1 to 16 bytes, got ${width}`)
}
