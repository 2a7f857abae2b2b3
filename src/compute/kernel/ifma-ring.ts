/**
 * Bulk modular arithmetic on the AVX-512 IFMA addon of `native/`: 52-bit limbs, eight numbers at once. Loading the addon
 * is up to the runtime (`src/runner/accelerator.ts`); this makes a kernel of it.
 * @module
 */
import { modInverse } from '../crypto/modular.ts'
import type { Candidate } from './load.ts'
import { createMachineRing } from './machine-ring.ts'
import type { Machine, MachineKind } from './machine.ts'

/** What `native/addon.c` exports: an operation by its number, on rows at offsets into `memory`. */
export interface IfmaAddon {
  call(operation: number, memory: ArrayBuffer, ...numbers: number[]): void
}

/** The addon as a kernel; `load` throws where it is not there or the processor lacks IFMA. */
export function ifmaCandidate(load: () => IfmaAddon): Candidate {
  return {
    name: 'ifma',
    prepare() {
      const kind = ifmaKind(load())
      return (modulus) => createMachineRing(kind, modulus)
    },
  }
}

function ifmaKind(addon: IfmaAddon): MachineKind {
  return {
    kernel: 'ifma',
    lanes: 8,
    limbBits: 52,
    limbBytes: 8,
    headroom: 2,
    constant: (modulus) => LIMB - modInverse(modulus, LIMB),
    create: () => createMachine(addon),
  }
}

function createMachine(addon: IfmaAddon): Machine {
  let memory = new ArrayBuffer(1 << 20)
  return {
    buffer: () => memory,
    grow(bytes) {
      const larger = new ArrayBuffer(Math.max(memory.byteLength + bytes, 2 * memory.byteLength))
      new Uint8Array(larger).set(new Uint8Array(memory))
      memory = larger
    },
    heap: () => HEADER,
    begin: (limbs) => addon.call(OPERATION.setUp, memory, limbs, 0, 0),
    setUp(limbs, base, constant, modulus) {
      addon.call(OPERATION.setUp, memory, limbs, constant, modulus)
      return base
    },
    fromBytes: (...at) => addon.call(OPERATION.fromBytes, memory, ...at),
    toBytes: (...at) => addon.call(OPERATION.toBytes, memory, ...at),
    multiplyRows: (...at) => addon.call(OPERATION.multiplyRows, memory, ...at),
    reduceRows: (...at) => addon.call(OPERATION.reduceRows, memory, ...at),
    powerRows: (out, rows, windows, windowCount, _table, digits, count) =>
      addon.call(OPERATION.powerRows, memory, out, rows, windows, windowCount, digits, count),
    fillTable: (...at) => addon.call(OPERATION.fillTable, memory, ...at),
    raiseBase: (...at) => addon.call(OPERATION.raiseBase, memory, ...at),
    fillBuckets: (...at) => addon.call(OPERATION.fillBuckets, memory, ...at),
    weighBuckets: (total, buckets, count, squarings, one) =>
      addon.call(OPERATION.weighBuckets, memory, total, buckets, count, squarings, one),
  }
}

/** In the order of the enum in `addon.c`. */
const OPERATION = {
  setUp: 0,
  fromBytes: 1,
  toBytes: 2,
  multiplyRows: 3,
  reduceRows: 4,
  powerRows: 5,
  fillTable: 6,
  raiseBase: 7,
  fillBuckets: 8,
  weighBuckets: 9,
} as const
const LIMB = 1n << 52n
/** Bytes at the start of the memory that the addon keeps for itself. */
const HEADER = 64
