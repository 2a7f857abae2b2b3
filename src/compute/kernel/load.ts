/**
 * Chooses the big-number kernel of this thread: the fastest that is there and calculates right, `bigint` at the end.
 * @module
 */
import { bytesToBigint, toRows } from '../crypto/bytes.ts'
import { randomBelow, type RandomBytes, randomBytes } from '../crypto/random.ts'
import { createBigintRing } from './bigint-ring.ts'
import { checkedRing } from './checked-ring.ts'
import { compileExtmul, createExtmulRing } from './extmul-ring.ts'
import { compileFma, createFmaRing } from './fma-ring.ts'
import type { Ring } from './ring.ts'

/** What was chosen, and why nothing faster was. */
export interface KernelChoice {
  readonly name: Ring['kernel']
  readonly reason: string | null
  createRing(modulus: bigint): Ring
}

/** A kernel that may be chosen. */
export interface Candidate {
  readonly name: Ring['kernel']
  /** Makes rings of odd moduli of 128 bits and more. Throws where this runtime or processor lacks what it needs. */
  prepare(): (modulus: bigint) => Ring
}

/** The kernels that are there on every runtime, fastest first. */
export const CANDIDATES: readonly Candidate[] = [
  {
    name: 'wasm-fma',
    prepare() {
      const module = compileFma()
      return (modulus) => createFmaRing(module, modulus)
    },
  },
  {
    name: 'wasm-extmul',
    prepare() {
      const module = compileExtmul()
      return (modulus) => createExtmulRing(module, modulus)
    },
  },
]

/** The name of the kernel that this thread computes with. */
export function kernelName(): Ring['kernel'] {
  return kernelChoice().name
}

/** The kernel that this thread computes with; chosen, and tested, on the first call. */
export function kernelChoice(): KernelChoice {
  choice ??= chooseKernel(CANDIDATES)
  return choice
}

/**
 * Lets this thread compute with an accelerator that its runtime has loaded, when that passes the self-test. For the start
 * of a thread: rings that exist stay as they are. Returns the choice that holds from now on.
 */
export function offerKernel(accelerator: Candidate): KernelChoice {
  choice = chooseKernel([accelerator, ...CANDIDATES])
  rings.clear()
  return choice
}

/** Takes an offer back: the next computation chooses anew among the kernels that every runtime has. */
export function withdrawKernel(): void {
  choice = undefined
  rings.clear()
}

/** The first of the candidates that is there and calculates right, else `bigint`. */
export function chooseKernel(candidates: readonly Candidate[]): KernelChoice {
  const reasons: string[] = []
  const reason = () => (reasons.length === 0 ? null : reasons.join('; '))
  for (const { name, prepare } of candidates) {
    try {
      const create = prepare()
      const createRing = (modulus: bigint) =>
        // Small numbers are not worth an instance, and a kernel's bounds need some limbs.
        modulus < SMALLEST ? createBigintRing(modulus) : create(modulus)
      const wrong = selfTest(createRing)
      if (wrong === null) return { name, reason: reason(), createRing }
      reasons.push(`${name} gave a wrong ${wrong} (fused multiply-add may be missing)`)
    } catch (error) {
      // A runtime that lacks an instruction, or forbids compiling, is a reason and not a failure.
      reasons.push(`${name} is missing: ${String(error)}`)
    }
  }
  return { name: 'bigint', reason: reason(), createRing: createBigintRing }
}

/** Arithmetic modulo an odd `modulus ≥ 3` on the fastest kernel that works here; it checks its arguments. */
export function createRing(modulus: bigint): Ring {
  return checkedRing(kernelChoice().createRing(modulus))
}

/** `createRing` that keeps the rings of the eight moduli used last in this thread, secret ones too. */
export function ringOf(modulus: bigint): Ring {
  const ring = rings.get(modulus) ?? createRing(modulus)
  rings.delete(modulus)
  rings.set(modulus, ring)
  for (const oldest of rings.keys()) {
    if (rings.size <= 8) break
    rings.delete(oldest)
  }
  return ring
}

/**
 * The first operation in which rings of `create` differ from `bigint`, or null when there is none: on random numbers
 * and on those whose limbs are all zeros, all ones or halfway, for moduli of two lengths. Takes 15 to 40 ms.
 */
export function selfTest(
  create: (modulus: bigint) => Ring,
  random: RandomBytes = randomBytes,
): string | null {
  for (const bits of [255, 1024]) {
    const top = 1n << BigInt(bits)
    for (const modulus of [randomBelow(top, random) | (top >> 1n) | 1n, top - 1n]) {
      const [ring, oracle] = [create(modulus), createBigintRing(modulus)]
      const values = edges(modulus)
      while (values.length < 19) values.push(randomBelow(modulus, random))
      const a = toRows(values, ring.width)
      const b = toRows(values.toReversed(), ring.width)
      const exponent = bytesToBigint(random(5))
      const order = Uint32Array.from(values, (_, i) => (7 * i) % values.length)
      const exponents = random(values.length)
      const scalars = Float64Array.from(values, (_, i) => (exponents[i] - 128) * 2 ** (i % 9))
      const checks: [string, (ring: Ring) => Uint8Array][] = [
        ['product', (r) => r.multiply(a, b)],
        ['square', (r) => r.power(a, 2n)],
        ['power', (r) => r.power(b, exponent)],
        ['chain of squarings', (r) => r.chain(a.subarray(0, 18 * r.width), 6, 9)],
        ['product of all', (r) => r.product(a)],
        ['product of lists', (r) => r.products(a, order, Uint32Array.of(0, 0, 1, 7, 19))],
        ['power of a fixed base', (r) => r.fixedBase(values[18], 1).power(exponents, a)],
        ['product of powers', (r) => r.powerProducts(a, scalars, 1)],
      ]
      for (const [name, run] of checks) if (!equal(run(ring), run(oracle))) return name
    }
  }
  return null
}

/** Numbers below `modulus` whose limbs of 51 bits are extreme. */
function edges(modulus: bigint): bigint[] {
  const limbs = (limb: bigint) => {
    let value = 0n
    while (value <= modulus) value = (value << 51n) | limb
    return value % (modulus >> 1n)
  }
  const full = (1n << 51n) - 1n
  return [0n, 1n, 2n, modulus - 1n, modulus - 2n, modulus >> 1n, (modulus >> 1n) + 1n].concat(
    [full, full - 1n, 1n << 50n, (1n << 50n) - 1n, (1n << 50n) + 1n].map(limbs),
  )
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

const rings = new Map<bigint, Ring>()
const SMALLEST = 1n << 128n
let choice: KernelChoice | undefined
