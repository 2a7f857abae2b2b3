/**
 * Arithmetic modulo a large number with `bigint`: the reference that every faster kernel is compared with.
 *
 * `bigint` is not constant time: how long an operation takes depends on the numbers, secret ones too. It is for
 * servers whose users cannot time single operations, not for shared hosts with an attacker on the same core.
 * @module
 */

/** `value mod modulus`, in `0 … modulus − 1` for negative values too; the modulus is positive. */
export function modulo(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus
  return rest < 0n ? rest + modulus : rest
}

/** How many bits `value ≥ 0` has: 0 for 0, 1 for 1, 8 for 255. */
export function bitLength(value: bigint): number {
  if (value < 0n) throw new RangeError(`bitLength: expected a value >= 0, got ${value}`)
  if (value === 0n) return 0
  const hex = value.toString(16)
  return hex.length * 4 - (Math.clz32(Number.parseInt(hex[0], 16)) - 28)
}

/** The greatest common divisor of `|a|` and `|b|`; 0 only when both are 0. */
export function gcd(a: bigint, b: bigint): bigint {
  let x = a < 0n ? -a : a
  let y = b < 0n ? -b : b
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

/**
 * The `x` in `0 … modulus − 1` with `value · x ≡ 1`, by the extended Euclidean algorithm.
 * Throws RangeError when there is none.
 */
export function modInverse(value: bigint, modulus: bigint): bigint {
  if (modulus < 2n) throw new RangeError(`modInverse: expected a modulus >= 2, got ${modulus}`)
  let [r0, r1] = [modulus, modulo(value, modulus)]
  let [s0, s1] = [0n, 1n]
  while (r1 !== 0n) {
    const quotient = r0 / r1
    ;[r0, r1] = [r1, r0 - quotient * r1]
    ;[s0, s1] = [s1, s0 - quotient * s1]
  }
  if (r0 !== 1n) {
    throw new RangeError('modInverse: the value and the modulus have a common factor')
  }
  return modulo(s0, modulus)
}

/**
 * `base ^ exponent mod modulus` for `exponent ≥ 0`, `modulus ≥ 1`; sliding windows of 5 bits
 * (Menezes, van Oorschot, Vanstone, Handbook of Applied Cryptography, algorithm 14.85).
 */
export function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  if (modulus < 1n) throw new RangeError(`modPow: expected a modulus >= 1, got ${modulus}`)
  if (exponent < 0n) throw new RangeError(`modPow: expected an exponent >= 0, got ${exponent}`)
  if (modulus === 1n) return 0n
  const x = modulo(base, modulus)
  if (exponent === 0n) return 1n
  const windows = slidingWindows(exponent)
  const squared = (x * x) % modulus
  const odd = [x]
  const highest = windows.reduce((most, window) => Math.max(most, window.digit), 1)
  for (let digit = 3; digit <= highest; digit += 2) {
    odd.push((odd[odd.length - 1] * squared) % modulus)
  }
  let result = odd[windows[0].digit >> 1]
  for (let i = 0; i < windows.length; i++) {
    const { squarings, digit } = windows[i]
    if (i > 0) {
      for (let k = 0; k < squarings; k++) result = (result * result) % modulus
      if (digit > 0) result = (result * odd[digit >> 1]) % modulus
    }
  }
  return result
}

/** One step of an exponentiation: so many squarings, then a multiplication by `base ^ digit` (0: none). */
export interface Window {
  readonly squarings: number
  readonly digit: number
}

/**
 * Cuts `exponent ≥ 1` into windows of at most `width` bits with odd digits, from the top; only the last may have
 * the digit 0. The first window's squarings act on 1 and may be left out.
 */
export function slidingWindows(exponent: bigint, width = 5): Window[] {
  const bits = exponent.toString(2)
  const windows: Window[] = []
  let squarings = 0
  for (let i = 0; i < bits.length;) {
    if (bits[i] === '0') {
      squarings++
      i++
      continue
    }
    let end = Math.min(i + width, bits.length)
    while (bits[end - 1] === '0') end--
    windows.push({
      squarings: squarings + end - i,
      digit: Number.parseInt(bits.slice(i, end), 2),
    })
    squarings = 0
    i = end
  }
  if (squarings > 0) windows.push({ squarings, digit: 0 })
  return windows
}
