/**
 * Conversion between `bigint` and big-endian bytes of a fixed width, in time linear in their length.
 * @module
 */

/** The number whose big-endian bytes these are; 0 for no bytes. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n
  return BigInt(`0x${HAS_HEX ? (bytes as HexBytes).toHex() : toDigits(bytes)}`)
}

/** `value ≥ 0` as exactly `length` big-endian bytes. Throws RangeError when it does not fit. */
export function bigintToBytes(value: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  writeBigint(value, bytes)
  return bytes
}

/** Writes `value ≥ 0` big-endian over all of `target`. Throws RangeError when it does not fit. */
export function writeBigint(value: bigint, target: Uint8Array): void {
  if (value < 0n) throw new RangeError(`bigintToBytes: expected a value >= 0, got ${value}`)
  const hex = value.toString(16)
  if (hex.length > 2 * target.length && value !== 0n) {
    throw new RangeError(
      `bigintToBytes: a number of ${Math.ceil(hex.length / 2)} bytes does not fit into ${target.length}`,
    )
  }
  const used = Math.min(target.length, Math.ceil(hex.length / 2))
  target.fill(0, 0, target.length - used)
  const digits = hex.length % 2 === 0 ? hex : `0${hex}`
  if (HAS_HEX && used > 0) (target.subarray(target.length - used) as HexBytes).setFromHex(digits)
  else fromDigits(digits, target.subarray(target.length - used))
}

/** Bytes as hexadecimal digits, for runtimes that do not have it built in. */
export function toDigits(bytes: Uint8Array): string {
  const text = new Uint8Array(2 * bytes.length)
  for (let i = 0, j = 0; i < bytes.length; i++, j += 2) {
    text[j] = DIGIT[bytes[i] >> 4]
    text[j + 1] = DIGIT[bytes[i] & 15]
  }
  return decoder.decode(text)
}

/** Writes twice as many hexadecimal digits over all of `target`, for runtimes that do not have it built in. */
export function fromDigits(digits: string, target: Uint8Array): void {
  for (let i = 0, j = 0; i < target.length; i++, j += 2) {
    target[i] = (VALUE[digits.charCodeAt(j)] << 4) | VALUE[digits.charCodeAt(j + 1)]
  }
}

/** Row `index` of rows that are `width` bytes each, as a number. */
export function readRow(rows: Uint8Array, width: number, index: number): bigint {
  return bytesToBigint(rows.subarray(index * width, (index + 1) * width))
}

/** Numbers below `256 ^ width` as rows of `width` big-endian bytes each, one after another. */
export function toRows(values: readonly bigint[], width: number): Uint8Array {
  const rows = new Uint8Array(values.length * width)
  values.forEach((value, i) => {
    writeBigint(value, rows.subarray(i * width, (i + 1) * width))
  })
  return rows
}

/** The numbers that rows of `width` big-endian bytes hold. */
export function fromRows(rows: Uint8Array, width: number): bigint[] {
  return Array.from({ length: rows.length / width }, (_, i) => readRow(rows, width, i))
}

/** What newer runtimes have built in, a few times as fast. */
interface HexBytes extends Uint8Array {
  toHex(): string
  setFromHex(text: string): { read: number; written: number }
}
const HAS_HEX = 'toHex' in Uint8Array.prototype && 'setFromHex' in Uint8Array.prototype

/** The bytes of all parts, one after another. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const decoder = new TextDecoder()
const DIGIT = new TextEncoder().encode('0123456789abcdef')
const VALUE = new Uint8Array(128)
DIGIT.forEach((code, value) => {
  VALUE[code] = value
})

/** Whether a row is below another, both big-endian and of the same width. */
export function isBelow(row: Uint8Array, limit: Uint8Array): boolean {
  for (let i = 0; i < limit.length; i++) if (row[i] !== limit[i]) return row[i] < limit[i]
  return false
}
