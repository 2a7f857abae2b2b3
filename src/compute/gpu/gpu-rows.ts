/**
 * Numbers on their way to the GPU and back: big-endian rows here, words and limbs there.
 * @module
 */
import { modInverse, modulo } from '../crypto/modular.ts'
import { type Layout, LIMB_BITS } from './montgomery-shader.ts'

/** What the shader knows of the modulus: n, R² mod n and R mod n as limbs, then −1/n mod a limb. */
export function fieldOf(modulus: bigint, { limbs }: Layout): Uint32Array {
  const base = 1n << BigInt(LIMB_BITS)
  const r = 1n << BigInt(LIMB_BITS * limbs)
  const field = new Uint32Array(3 * limbs + 1)
  for (const [at, value] of [modulus, (r * r) % modulus, r % modulus].entries()) {
    let rest = value
    for (let j = 0; j < limbs; j++) {
      field[at * limbs + j] = Number(rest & (base - 1n))
      rest >>= BigInt(LIMB_BITS)
    }
  }
  field[3 * limbs] = Number(base - modInverse(modulo(modulus, base), base))
  return field
}

/** `base^(d · 256^step) · R` for every digit d and step. */
export function powerTable(of: {
  base: bigint
  bytes: number
  modulus: bigint
  words: number
  r: bigint
}): Uint32Array {
  const { bytes, modulus, words, r } = of
  const table = new Uint32Array(bytes * 256 * words)
  let step = modulo(of.base, modulus)
  for (let digit = 0; digit < bytes; digit++) {
    let power = r % modulus
    for (let d = 0; d < 256; d++) {
      writeWords(power, table.subarray((digit * 256 + d) * words, (digit * 256 + d + 1) * words))
      power = (power * step) % modulus
    }
    for (let k = 0; k < 8; k++) step = (step * step) % modulus
  }
  return table
}

function writeWords(value: bigint, target: Uint32Array): void {
  let rest = value
  for (let i = 0; i < target.length; i++) {
    target[i] = Number(rest & 0xffffffffn)
    rest >>= 32n
  }
}

/** Big-endian rows as little-endian words; WebGPU is little-endian, and so is every host that has it. */
export function toWords(rows: Uint8Array, size: { width: number; words: number }): Uint32Array {
  const { width, words } = size
  const count = rows.length / width
  const out = new Uint32Array(count * words)
  const bytes = new Uint8Array(out.buffer)
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < width; k++) bytes[4 * i * words + k] = rows[(i + 1) * width - 1 - k]
  }
  return out
}

/** Little-endian words as `count` big-endian rows. */
export function toBytes(
  source: Uint32Array,
  size: { width: number; words: number; count: number },
): Uint8Array {
  const { width, words, count } = size
  const bytes = new Uint8Array(source.buffer, source.byteOffset)
  const rows = new Uint8Array(count * width)
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < width; k++) rows[(i + 1) * width - 1 - k] = bytes[4 * i * words + k]
  }
  return rows
}

/** Every row of `width` bytes turned round, as words. */
export function littleEndian(rows: Uint8Array, width: number): Uint32Array {
  const out = new Uint32Array(Math.ceil(rows.length / 4))
  const bytes = new Uint8Array(out.buffer)
  for (let i = 0; i < rows.length; i += width) {
    for (let k = 0; k < width; k++) bytes[i + k] = rows[i + width - 1 - k]
  }
  return out
}
