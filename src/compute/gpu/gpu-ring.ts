/**
 * Bulk modular arithmetic on a GPU: the operations of `kernel/ring.ts` that pay there, with the same bytes as answers.
 *
 * Not constant time: table look-ups by secret digits touch memory that a neighbour on the same device may observe.
 * @module
 */
import { createProgram } from './gpu-job.ts'
import { fieldOf, littleEndian, powerTable, toBytes, toWords } from './gpu-rows.ts'
import { layoutOf, LIMB_BITS, shaderOf } from './montgomery-shader.ts'

/** Arithmetic modulo one number. Rows are `width` big-endian bytes each, every number below the modulus. */
export interface GpuRing {
  readonly modulus: bigint
  readonly width: number
  /** `a[i] · b[i]` for every row. */
  multiply(a: Uint8Array, b: Uint8Array): Promise<Uint8Array>
  /** `rows[i] ^ exponent` for every row; `exponent ≥ 0`. */
  power(rows: Uint8Array, exponent: bigint): Promise<Uint8Array>
  /** Prepares powers of one base with exponents of `8 · bytes` bits. */
  fixedBase(base: bigint, bytes: number): GpuFixedBase
  /**
   * The product of `rows[order[k]]` over `start[p] ≤ k < start[p + 1]`, for every p; 1 for none: the sums of a histogram
   * under additive encryption.
   */
  products(rows: Uint8Array, lists: ProductLists): Promise<Uint8Array>
  close(): void
}

export interface GpuFixedBase {
  /** `base ^ exponents[i] · factors[i]` for every exponent, a big-endian number of `bytes` bytes. */
  power(exponents: Uint8Array, factors?: Uint8Array): Promise<Uint8Array>
  close(): void
}

/** Which rows are multiplied into which product. */
export interface ProductLists {
  readonly order: Uint32Array
  /** One more offset into `order` than there are products. */
  readonly start: Uint32Array
}

/** Rows that one thread multiplies before others take part: long products would leave most threads idle. */
const SEGMENT = 32

/** Arithmetic modulo an odd `modulus ≥ 2^64` on `device`. Throws RangeError for others, Error when the GPU refuses the shader. */
export async function createGpuRing(device: GPUDevice, modulus: bigint): Promise<GpuRing> {
  if (modulus < 1n << 64n || (modulus & 1n) === 0n) {
    throw new RangeError('createGpuRing: expected an odd modulus of at least 2^64')
  }
  const layout = layoutOf(modulus)
  const width = Math.ceil(modulus.toString(16).length / 2)
  const r = 1n << BigInt(LIMB_BITS * layout.limbs)
  const program = await createProgram(device, {
    code: shaderOf(layout),
    field: fieldOf(modulus, layout),
    limbs: layout.limbs,
  })
  const { limbs, words } = layout
  const binding = device.limits.maxStorageBufferBindingSize
  const groups = device.limits.maxComputeWorkgroupsPerDimension
  /** Most numbers of one call, when each needs so many 32-bit words in one buffer. */
  const most = (wordsEach: number): number =>
    Math.max(1, Math.min(groups * 64, Math.floor(binding / (4 * wordsEach))))
  const toGpu = (rows: Uint8Array): GPUBuffer => program.upload(toWords(rows, { width, words }))

  /** Calls `run` for parts of `count` numbers and joins the rows that come of it. */
  const inParts = async (
    count: number,
    size: number,
    run: (from: number, to: number) => GPUBuffer[],
  ): Promise<Uint8Array> => {
    const rows = new Uint8Array(count * width)
    for (let from = 0; from < count; from += size) {
      const to = Math.min(count, from + size)
      const [result, ...used] = run(from, to)
      const part = toBytes(await program.read(result), { width, words, count: to - from })
      rows.set(part, from * width)
      for (const buffer of [result, ...used]) buffer.destroy()
    }
    return rows
  }

  return {
    modulus,
    width,
    async multiply(a, b) {
      requireRows('multiply', a, width)
      if (a.length !== b.length) {
        throw new RangeError(`multiply: ${a.length} bytes times ${b.length} bytes`)
      }
      return inParts(a.length / width, most(words), (from, to) => {
        const x = toGpu(a.subarray(from * width, to * width))
        const y = toGpu(b.subarray(from * width, to * width))
        const count = to - from
        return [program.run({ entry: 'multiply', count, x, y, resultWords: count * words }), x, y]
      })
    },
    async power(rows, exponent) {
      requireRows('power', rows, width)
      if (exponent < 0n) throw new RangeError(`power: expected an exponent >= 0, got ${exponent}`)
      const info = Uint32Array.from(exponent.toString(16), (digit) => Number.parseInt(digit, 16))
      return inParts(rows.length / width, most(16 * limbs), (from, to) => {
        const x = toGpu(rows.subarray(from * width, to * width))
        const count = to - from
        const sizes = { resultWords: count * words, tableWords: count * 16 * limbs }
        return [program.run({ entry: 'power', count, x, info, steps: info.length, ...sizes }), x]
      })
    },
    fixedBase(base, bytes) {
      const y = program.upload(powerTable({ base, bytes, modulus, words, r }))
      return {
        async power(exponents, factors) {
          requireRows('fixedBase', exponents, bytes)
          const total = exponents.length / bytes
          if (factors !== undefined && factors.length !== total * width) {
            throw new RangeError(
              `fixedBase: ${total} exponents and ${factors.length} bytes of factors`,
            )
          }
          return inParts(total, most(Math.max(words, Math.ceil(bytes / 4))), (from, to) => {
            const count = to - from
            const x = factors && toGpu(factors.subarray(from * width, to * width))
            const info = littleEndian(exponents.subarray(from * bytes, to * bytes), bytes)
            const call = { entry: 'fixedBase', count, x, y, info, steps: bytes } as const
            const result = program.run({
              ...call,
              given: factors !== undefined,
              resultWords: count * words,
            })
            return x ? [result, x] : [result]
          })
        },
        close: () => y.destroy(),
      }
    },
    async products(rows, lists) {
      requireRows('products', rows, width)
      requireLists(lists, rows.length / width)
      if (rows.length / width > most(words)) {
        throw new RangeError(
          `products: at most ${most(words)} rows fit into one buffer of this GPU`,
        )
      }
      const plain = toGpu(rows)
      const count = rows.length / width
      let inside = program.run({ entry: 'enter', count, x: plain, resultWords: count * words })
      plain.destroy()
      let rest = lists
      do {
        const { info, parts, next } = segments(rest)
        const product = program.run({
          entry: 'products',
          count: parts,
          x: inside,
          info,
          resultWords: parts * words,
        })
        inside.destroy()
        inside = product
        rest = next
      } while (rest.order.length > rest.start.length - 1)
      const total = lists.start.length - 1
      const result = program.run({
        entry: 'leave',
        count: total,
        x: inside,
        resultWords: total * words,
      })
      const bytes = toBytes(await program.read(result), { width, words, count: total })
      inside.destroy()
      result.destroy()
      return bytes
    },
    close: () => program.close(),
  }
}

/** Cuts every list into parts of at most `SEGMENT` rows; `next` says which parts belong together. */
function segments({ order, start }: ProductLists): {
  info: Uint32Array
  parts: number
  next: ProductLists
} {
  const bounds: number[] = []
  const nextStart = new Uint32Array(start.length)
  for (let p = 0; p + 1 < start.length; p++) {
    // An empty list has one empty part, whose product is 1.
    let from = start[p]
    do {
      const to = Math.min(start[p + 1], from + SEGMENT)
      bounds.push(from, to)
      from = to
    } while (from < start[p + 1])
    nextStart[p + 1] = bounds.length / 2
  }
  const parts = bounds.length / 2
  const info = new Uint32Array(bounds.length + order.length)
  info.set(bounds)
  info.set(order, bounds.length)
  return {
    info,
    parts,
    next: { order: Uint32Array.from({ length: parts }, (_, i) => i), start: nextStart },
  }
}

function requireRows(name: string, rows: Uint8Array, width: number): void {
  if (rows.length % width !== 0) {
    throw new RangeError(`${name}: ${rows.length} bytes are no whole number of rows of ${width}`)
  }
}

function requireLists({ order, start }: ProductLists, count: number): void {
  if (order.some((row) => row >= count)) {
    throw new RangeError(`products: a list names a row beyond the ${count} that there are`)
  }
  const rising = start.every((at, p) => p === 0 || at >= start[p - 1])
  if (start.length < 1 || start[0] !== 0 || start.at(-1) !== order.length || !rising) {
    throw new RangeError('products: the offsets do not cut the order into lists')
  }
}
