/**
 * Batches of ciphertexts as bytes: version 1, kind 6, the fingerprint (16 bytes), the length (4), the bytes of the bound (2),
 * the bound, the rows.
 * @module
 */
import { fromHex, hex, otherKey, PRINT } from './additive-check.ts'
import type { CipherBatch } from './additive-scheme.ts'
import { bigintToBytes, bytesToBigint } from './bytes.ts'
import { bitLength } from './modular.ts'

/** A batch, which its scheme has checked. */
export function batchToBytes(batch: CipherBatch): Uint8Array {
  const size = Math.ceil(bitLength(batch.bound) / 8)
  const bytes = new Uint8Array(HEADER + size + batch.data.length)
  const view = new DataView(bytes.buffer)
  bytes.set([1, BATCH])
  bytes.set(fromHex(batch.fingerprint), 2)
  view.setUint32(2 + PRINT, batch.length)
  view.setUint16(6 + PRINT, size)
  bytes.set(bigintToBytes(batch.bound, size), HEADER)
  bytes.set(batch.data, HEADER + size)
  return bytes
}

/** The batch in `bytes`, of the key that is named and of ciphertexts so wide. Throws RangeError naming what is wrong. */
export function batchFromBytes(
  bytes: Uint8Array,
  { fingerprint, width }: { fingerprint: string; width: number },
): CipherBatch {
  if (bytes.length < HEADER || bytes[0] !== 1 || bytes[1] !== BATCH) {
    throw new RangeError('fromBytes: these bytes do not start as a batch of version 1 does')
  }
  const print = hex(bytes.subarray(2, 2 + PRINT))
  if (print !== fingerprint) throw otherKey('fromBytes', print, fingerprint)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = view.getUint32(2 + PRINT)
  const size = view.getUint16(6 + PRINT)
  if (bytes.length !== HEADER + size + length * width) {
    throw new RangeError(
      `fromBytes: expected ${HEADER + size + length * width} bytes for ${length} ciphertexts, got ${bytes.length}`,
    )
  }
  const bound = bytesToBigint(bytes.subarray(HEADER, HEADER + size))
  return { fingerprint, length, bound, data: bytes.slice(HEADER + size) }
}

const BATCH = 6
const HEADER = 8 + PRINT
