/**
 * From how many rows on a GPU is faster than the cores: measured, on the device and the cores there are.
 * @module
 */
import { bigintToBytes } from '../crypto/bytes.ts'
import { randomBytes } from '../crypto/random.ts'
import { ringOf } from '../kernel/load.ts'
import type { GpuOperation, GpuWork } from './gpu-kernels.ts'
import { createGpuRing, type GpuRing } from './gpu-ring.ts'

/** From how many rows on one operation goes to the GPU, for moduli of up to so many bits; null for never. */
export interface GpuThreshold {
  readonly operation: GpuOperation
  readonly bits: number
  readonly rows: number | null
}

/** Whether work of this size is the GPU's. What is wider than anything that was measured is not. */
export function paysOnGpu(plan: readonly GpuThreshold[], work: GpuWork): boolean {
  const fitting = plan.filter((one) => one.operation === work.operation && one.bits >= work.bits)
  const [next] = fitting.toSorted((a, b) => a.bits - b.bits)
  return next !== undefined && next.rows !== null && work.rows >= next.rows
}

/** What is measured: milliseconds of some rows on the GPU, and on one core. */
export interface Timed {
  gpu(rows: number): Promise<number>
  core(rows: number): number
}

/**
 * The least number of rows of which the GPU takes less time than all cores; null where there is none. A core's time grows
 * with the rows, so that few are timed; a GPU's begins with a wait that is the same for one row and for thousands.
 */
export async function leastRows({ gpu, core }: Timed, cores: number): Promise<number | null> {
  const each = core(SAMPLE) / SAMPLE / cores
  for (const rows of STEPS) {
    const time = await gpu(rows)
    if (time < rows * each) return rows
    if (time > PATIENCE_MS) return null
  }
  return null
}

/**
 * Measures `device` against `cores` cores, of which each is as fast as this thread, with moduli of `widths` bits. Throws
 * where the device gives other bytes than the cores.
 */
export async function planGpu(
  device: GPUDevice,
  options: { cores: number; now: () => number; widths?: readonly number[] },
): Promise<GpuThreshold[]> {
  const { cores, now, widths = WIDTHS } = options
  const plan: GpuThreshold[] = []
  for (const bits of widths) {
    const modulus = (1n << BigInt(bits)) - 1n
    const ring = await createGpuRing(device, modulus)
    try {
      for (const [operation, prepare] of Object.entries(OPERATIONS)) {
        const given = { operation: operation as GpuOperation, bits }
        // What does not pay on half as long numbers, of which a device does more at once, is not tried on these.
        const hopeless = plan.some((one) => one.operation === operation && one.rows === null)
        if (hopeless) {
          plan.push({ ...given, rows: null })
          continue
        }
        const { onGpu, onCore, close } = prepare(ring)
        await compare(given, onGpu, onCore)
        const timed: Timed = {
          async gpu(rows) {
            const input = inputOf(rows, ring.width)
            const start = now()
            await onGpu(input)
            return now() - start
          },
          core(rows) {
            const input = inputOf(rows, ring.width)
            onCore(input)
            const start = now()
            onCore(input)
            return now() - start
          },
        }
        plan.push({ ...given, rows: await leastRows(timed, cores) })
        close()
      }
    } finally {
      ring.close()
    }
  }
  return plan
}

/** The plan in words: what the GPU takes, and from how many rows on. */
export function planWords(plan: readonly GpuThreshold[]): string {
  const taken = plan.flatMap(({ operation, bits, rows }) =>
    rows === null ? [] : [`${WORDS[operation]} of ${bits} bits from ${rows} rows`],
  )
  return taken.length === 0 ? 'the cores are faster at everything' : taken.join(', ')
}

const WORDS: Readonly<Record<GpuOperation, string>> = {
  multiply: 'products',
  fixedBase: 'powers of one base',
  products: 'sums by list',
}

interface Input {
  readonly rows: Uint8Array
  readonly exponents: Uint8Array
  readonly order: Uint32Array
  readonly start: Uint32Array
}

interface Prepared {
  onGpu(input: Input): Promise<Uint8Array>
  onCore(input: Input): Uint8Array
  close(): void
}

const OPERATIONS: Readonly<Record<GpuOperation, (ring: GpuRing) => Prepared>> = {
  multiply: (ring) => ({
    onGpu: ({ rows }) => ring.multiply(rows, rows),
    onCore: ({ rows }) => ringOf(ring.modulus).multiply(rows, rows),
    close() {},
  }),
  fixedBase(ring) {
    const own = ring.fixedBase(3n, EXPONENT_BYTES)
    const theirs = ringOf(ring.modulus).fixedBase(3n, EXPONENT_BYTES)
    return {
      onGpu: ({ exponents, rows }) => own.power(exponents, rows),
      onCore: ({ exponents, rows }) => theirs.power(exponents, rows),
      close: () => own.close(),
    }
  },
  products: (ring) => ({
    onGpu: ({ rows, order, start }) => ring.products(rows, { order, start }),
    onCore: ({ rows, order, start }) => ringOf(ring.modulus).products(rows, order, start),
    close() {},
  }),
}

/** Random numbers of `width` bytes below any modulus of that width whose first byte is not 0; lists of each ten times. */
function inputOf(count: number, width: number): Input {
  const rows = new Uint8Array(count * width)
  for (let at = 0; at < count; at++) {
    rows.set(randomBytes(width - 1), at * width + 1)
  }
  // As many entries as rows are asked for, over a tenth of the rows.
  const some = Math.ceil(count / 10)
  const order = Uint32Array.from({ length: count }, (_, k) => (7 * k) % some)
  const lists = Math.max(1, Math.floor(count / 50))
  const start = Uint32Array.from({ length: lists + 1 }, (_, list) =>
    Math.floor((list * count) / lists),
  )
  return { rows, exponents: randomBytes(count * EXPONENT_BYTES), order, start }
}

/** The first use, which compiles a program for the device, is for comparing bytes. */
async function compare(
  { operation, bits }: { operation: GpuOperation; bits: number },
  onGpu: Prepared['onGpu'],
  onCore: Prepared['onCore'],
): Promise<void> {
  const width = Math.ceil(bits / 8)
  const input = inputOf(4, width)
  input.rows.set(bigintToBytes((1n << BigInt(bits)) - 2n, width))
  const [own, expected] = [await onGpu(input), onCore(input)]
  if (own.length === expected.length && own.every((byte, i) => byte === expected[i])) return
  throw new Error(`it calculates ${WORDS[operation]} of ${bits} bits wrong`)
}

/** Bits of the moduli that are measured: ciphertexts of keys of 2048 bits. */
const WIDTHS = [2048, 4096] as const
const STEPS = [64, 512, 4096, 32_768] as const
/** Rows that a core is timed with. */
const SAMPLE = 256
/** Exponents of real work have 40 or 64 bytes: then both take longer by the same factor. */
const EXPONENT_BYTES = 8
/** A device that takes as long for a step will not be faster with the next. */
const PATIENCE_MS = 300
