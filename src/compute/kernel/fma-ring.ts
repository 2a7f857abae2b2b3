/**
 * Bulk modular arithmetic in WebAssembly, on fused multiply-adds of floats (`assembly/lane.ts` says why that is exact).
 * @module
 */
import { modInverse } from '../crypto/modular.ts'
import { FMA_WASM } from './fma-wasm.ts'
import { createMachineRing } from './machine-ring.ts'
import type { MachineKind } from './machine.ts'
import type { Ring } from './ring.ts'
import { compileBase64, instantiate } from './wasm-machine.ts'

/** Compiles the kernel. Throws where the runtime has no relaxed SIMD or does not allow compiling. */
export function compileFma(): WebAssembly.Module {
  return compileBase64(FMA_WASM)
}

/** Arithmetic modulo an odd `modulus` of 128 to 16,384 bits, in a WebAssembly instance and memory of its own. */
export function createFmaRing(module: WebAssembly.Module, modulus: bigint): Ring {
  return createMachineRing(fmaKind(module), modulus)
}

function fmaKind(module: WebAssembly.Module): MachineKind {
  return {
    kernel: 'wasm-fma',
    lanes: 2,
    limbBits: 51,
    limbBytes: 8,
    // 51 · limbs ≥ bits + 57: the bound that `assembly/montgomery.ts` asks for.
    headroom: 57,
    // N + 1, where N = k·n ≡ −1 mod 2^51.
    constant: (modulus) => (LIMB - modInverse(modulus, LIMB)) * modulus + 1n,
    create: () => instantiate(module),
  }
}

const LIMB = 1n << 51n
