/**
 * Several parcels as one body of bytes: each has the length of its outside (32 bits, big-endian), the outside as
 * JSON, and its contents.
 * @module
 */
import type { Parcel } from './work.ts'

/** Parcels, one after another. */
export function packParcels(parcels: readonly Parcel[]): Uint8Array<ArrayBuffer> {
  const parts = parcels.flatMap(({ body, ...outside }) => {
    const text = new TextEncoder().encode(JSON.stringify({ ...outside, bytes: body.length }))
    const length = new Uint8Array(4)
    new DataView(length.buffer).setUint32(0, text.length)
    return [length, text, body]
  })
  const packed = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    packed.set(part, at)
    at += part.length
  }
  return packed
}

/** The parcels in `bytes`. Throws a RangeError when they are cut short. */
export function unpackParcels(bytes: Uint8Array): Parcel[] {
  const parcels: Parcel[] = []
  let at = 0
  function take(length: number): Uint8Array {
    if (!(length >= 0) || at + length > bytes.length) {
      throw new RangeError('The messages from the server are cut short')
    }
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const head = take(4)
    const length = new DataView(head.buffer, head.byteOffset).getUint32(0)
    const text = new TextDecoder().decode(take(length))
    const { bytes: size, ...outside } = JSON.parse(text) as Omit<Parcel, 'body'> & { bytes: number }
    parcels.push({ ...outside, body: take(size).slice() })
  }
  return parcels
}
