/**
 * The kernels that have a form for a GPU: all calls of one `map` at once, as one call has as many rows as suit a core, with
 * the same results. No secret key goes there, as exponents choose what memory is read, which a neighbour on the device may
 * observe; the random exponents of ciphertexts do (`../SECURITY.md`).
 * @module
 */
import { cipherBits, publicCore } from '../crypto/additive-core.ts'
import { concatBytes } from '../crypto/bytes.ts'
import { fillFullest } from '../crypto/gradient-cipher.ts'
import { planColumns } from '../crypto/gradient-columns.ts'
import { randomBytes } from '../crypto/random.ts'
import { encodeRows } from '../crypto/vector-kernel.ts'
import type { KernelArguments, KernelName, KernelResult } from '../kernels.ts'
import { createGpuRing, type GpuFixedBase, type GpuRing, type ProductLists } from './gpu-ring.ts'

/** What a GPU does for these kernels. */
export type GpuOperation = 'multiply' | 'fixedBase' | 'products'

/** What calls would ask of a GPU. */
export interface GpuWork {
  readonly operation: GpuOperation
  /** Bits of the modulus. */
  readonly bits: number
  /** Rows, or entries of lists. */
  readonly rows: number
}

/** The rings of the keys used last on one device. */
export interface GpuRings {
  of(key: Uint8Array): Promise<GpuKey>
  close(): void
}

/** A public key on a device. */
interface GpuKey {
  readonly ring: GpuRing
  /** `rows[i] · base^random`. */
  randomise(rows: Uint8Array): Promise<Uint8Array>
  close(): void
}

type Calls<K extends KernelName> = readonly KernelArguments<K>[]

interface GpuKernel<K extends KernelName> {
  readonly operation: GpuOperation
  /** Rows of all calls; null where one asks for what has no form here. */
  rows(calls: Calls<K>): number | null
  run(rings: GpuRings, calls: Calls<K>): Promise<KernelResult<K>[]>
}

/** What `calls` would ask of a GPU; null for kernels without a form for it, and for calls under several keys. */
export function gpuWork<K extends KernelName>(kernel: K, calls: Calls<K>): GpuWork | null {
  const form = formOf(kernel)
  const [first] = calls as readonly { key?: Uint8Array }[]
  const key = first?.key
  if (form === undefined || key === undefined) return null
  const alike = (other: Uint8Array | undefined) =>
    other === key || (other?.length === key.length && other.every((byte, i) => byte === key[i]))
  if (!(calls as readonly { key?: Uint8Array }[]).every((call) => alike(call.key))) return null
  const rows = form.rows(calls)
  return rows === null ? null : { operation: form.operation, bits: cipherBits(key), rows }
}

/** Runs calls that `gpuWork` has a form for. Throws what the GPU throws; the cores can do them again. */
export function runOnGpu<K extends KernelName>(
  kernel: K,
  calls: Calls<K>,
  rings: GpuRings,
): Promise<KernelResult<K>[]> {
  const form = formOf(kernel)
  if (form === undefined) throw new TypeError(`runOnGpu: "${kernel}" has no form for a GPU`)
  return form.run(rings, calls)
}

/** The rings of public keys on `device`, made at their first use; keeps two. */
export function openGpuRings(device: GPUDevice): GpuRings {
  const open = new Map<string, Promise<GpuKey>>()
  return {
    of(bytes) {
      const name = bytes.join()
      const key = open.get(name) ?? openKey(device, bytes)
      open.delete(name)
      open.set(name, key)
      for (const [oldest, old] of open) {
        if (open.size <= 2) break
        open.delete(oldest)
        void old.then(({ close }) => close())
      }
      return key
    },
    close() {
      for (const key of open.values()) void key.then(({ close }) => close())
      open.clear()
    },
  }
}

async function openKey(device: GPUDevice, bytes: Uint8Array): Promise<GpuKey> {
  const { ring: own, randomness } = publicCore(bytes)
  const ring = await createGpuRing(device, own.modulus)
  let base: GpuFixedBase | undefined
  return {
    ring,
    randomise(rows) {
      base ??= ring.fixedBase(randomness.base, randomness.bytes)
      return base.power(randomBytes((rows.length / ring.width) * randomness.bytes), rows)
    },
    close() {
      base?.close()
      ring.close()
    },
  }
}

const FORMS: { readonly [K in KernelName]?: GpuKernel<K> } = {
  'additive.add': {
    operation: 'multiply',
    rows: (calls) => (calls.some(({ minus }) => minus) ? null : rowsOf(calls, ({ a }) => a)),
    run: multiply,
  },
  'vector.add': {
    operation: 'multiply',
    rows: (calls) =>
      calls.some(({ doublingsA, doublingsB }) => doublingsA + doublingsB > 0)
        ? null
        : rowsOf(calls, ({ a }) => a),
    run: multiply,
  },
  'additive.rerandomise': {
    operation: 'fixedBase',
    rows: (calls) => rowsOf(calls, ({ rows }) => rows),
    run: (rings, calls) => joined(rings, calls, ({ rows }) => rows, randomise),
  },
  'additive.encrypt': {
    operation: 'fixedBase',
    rows: (calls) =>
      calls.some(({ secret }) => secret !== null)
        ? null
        : calls.reduce((sum, { messages }) => sum + messages.length, 0),
    run: (rings, calls) =>
      joined(rings, calls, ({ key, messages }) => publicCore(key).embed(messages), randomise),
  },
  'vector.encrypt': {
    operation: 'fixedBase',
    rows: (calls) => calls.reduce((sum, { values }) => sum + values.length, 0),
    run: (rings, calls) =>
      joined(rings, calls, (call) => encodeRows(publicCore(call.key), call), randomise),
  },
  'additive.sum': {
    operation: 'products',
    rows: (calls) => calls.reduce((sum, { order }) => sum + order.length, 0),
    run: (rings, calls) => products(rings, calls, (call) => call),
  },
  'gradient.histogram': {
    operation: 'products',
    rows: (calls) => calls.reduce((sum, { bins }) => sum + bins.length, 0),
    async run(rings, calls) {
      const [{ key }] = calls
      const { ring } = publicCore(key)
      const plans = calls.map((call) => planColumns(call, ring.width))
      const sums = await products(rings, calls, (_, i) => plans[i])
      return sums.map((own, i) => fillFullest(ring, own, plans[i]))
    },
  },
}

function formOf<K extends KernelName>(kernel: K): GpuKernel<K> | undefined {
  return FORMS[kernel] as GpuKernel<K> | undefined
}

/** `a[i] · b[i]` for every call. */
function multiply(
  rings: GpuRings,
  calls: readonly { readonly key: Uint8Array; readonly a: Uint8Array; readonly b: Uint8Array }[],
): Promise<Uint8Array[]> {
  return joined(
    rings,
    calls,
    ({ a }) => a,
    ({ ring }, rows) => ring.multiply(rows, concatBytes(calls.map(({ b }) => b))),
  )
}

function randomise(key: GpuKey, rows: Uint8Array): Promise<Uint8Array> {
  return key.randomise(rows)
}

/** How many ciphertexts the calls have. */
function rowsOf<C extends { readonly key: Uint8Array }>(
  calls: readonly C[],
  pick: (call: C) => Uint8Array,
): number {
  const bytes = calls.reduce((sum, call) => sum + pick(call).length, 0)
  return calls.length === 0 ? 0 : (8 * bytes) / cipherBits(calls[0].key)
}

/** `work` on the rows of all calls at once, cut again into the rows of each. */
async function joined<C extends { readonly key: Uint8Array }>(
  rings: GpuRings,
  calls: readonly C[],
  pick: (call: C) => Uint8Array,
  work: (key: GpuKey, rows: Uint8Array) => Promise<Uint8Array>,
): Promise<Uint8Array[]> {
  const parts = calls.map(pick)
  const done = await work(await rings.of(calls[0].key), concatBytes(parts))
  let at = 0
  return parts.map(({ length }) => done.slice(at, (at += length)))
}

/** The products that each call lists. Rows that several calls share go to the device once. */
async function products<C extends { readonly key: Uint8Array; readonly rows: Uint8Array }>(
  rings: GpuRings,
  calls: readonly C[],
  listsOf: (call: C, index: number) => ProductLists,
): Promise<Uint8Array[]> {
  const { ring } = await rings.of(calls[0].key)
  const shared: Uint8Array[] = []
  const orders: Uint32Array[] = []
  const start = [0]
  const counts: number[] = []
  const firsts: number[] = []
  let [entries, rows] = [0, 0]
  calls.forEach((call, index) => {
    let at = shared.findIndex((one) => sameBytes(one, call.rows))
    if (at < 0) {
      at = shared.push(call.rows) - 1
      firsts.push(rows)
      rows += call.rows.length / ring.width
    }
    const lists = listsOf(call, index)
    orders.push(lists.order.map((row) => row + firsts[at]))
    for (const end of lists.start.subarray(1)) start.push(entries + end)
    counts.push(lists.start.length - 1)
    entries += lists.order.length
  })
  const order = new Uint32Array(entries)
  let at = 0
  for (const part of orders) {
    order.set(part, at)
    at += part.length
  }
  const done = await ring.products(concatBytes(shared), { order, start: Uint32Array.from(start) })
  let from = 0
  return counts.map((count) => done.slice(from, (from += count * ring.width)))
}

/** Whether two views show the same memory: calls that shared a buffer still do after crossing to another thread. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length
}
