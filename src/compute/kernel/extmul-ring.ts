/**
 * Bulk modular arithmetic in WebAssembly on SIMD without fused multiply-adds, for runtimes and processors that lack them:
 * 28-bit limbs, four numbers at once (`assembly-extmul/montgomery.ts`).
 * @module
 */
import { bitLength, modInverse } from '../crypto/modular.ts'
import { EXTMUL_WASM } from './extmul-wasm.ts'
import { createMachineRing } from './machine-ring.ts'
import type { Machine, MachineKind } from './machine.ts'
import type { Ring } from './ring.ts'
import { compileBase64, instantiate } from './wasm-machine.ts'

/** Compiles the kernel. Throws where the runtime has no SIMD or does not allow compiling. */
export function compileExtmul(): WebAssembly.Module {
  return compileBase64(EXTMUL_WASM)
}

/** Arithmetic modulo an odd `modulus` of 128 to 16,384 bits, in a WebAssembly instance and memory of its own. */
export function createExtmulRing(module: WebAssembly.Module, modulus: bigint): Ring {
  return createMachineRing(extmulKind(module, extmulLimbBits(bitLength(modulus))), modulus)
}

/** Bits of a limb for a modulus of `bits` bits: as many as columns can hold (the bounds of the assembly say why). */
export function extmulLimbBits(bits: number): number {
  if (bits + 2 <= 28 * 120) return 28
  return bits + 2 <= 27 * 480 ? 27 : 26
}

function extmulKind(module: WebAssembly.Module, limbBits: number): MachineKind {
  const limb = 1n << BigInt(limbBits)
  return {
    kernel: 'wasm-extmul',
    lanes: 4,
    limbBits,
    limbBytes: 4,
    headroom: 2,
    constant: (modulus) => limb - modInverse(modulus, limb),
    create() {
      const machine = instantiate(module) as Machine & { setLimbBits(bits: number): void }
      return { ...machine, begin: () => machine.setLimbBits(limbBits) }
    },
  }
}
