/**
 * Counts of a host's bins by encrypted labels: sums at the host, what the guest makes of them.
 * @module
 */
import {
  affine,
  type CipherVector,
  cipherVectorFromBytes,
  encryptVector,
  type PublicKey,
  sumVector,
} from '../../compute/crypto/cipher-vector.ts'
import type { BinCounts } from '../../compute/ml/binning.ts'
import type { Address } from '../../federation/channel.ts'
import { json } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import type { FineColumn } from './binning-splits.ts'

/** [Σ y] of every bin of every column, one after another, freshly randomised. */
export async function sumByBin(
  { parallel, signal }: TaskContext,
  work: {
    key: PublicKey
    labels: CipherVector
    order: Uint32Array
    columns: readonly FineColumn[]
  },
): Promise<CipherVector> {
  const { key, labels, order, columns } = work
  const width = key.bits / 4
  const zero = await encryptVector(key, Float64Array.of(0), { parallel, signal, fraction: 0 })
  const parts: Uint8Array[] = []
  for (const { splits, bins } of columns) {
    signal.throwIfAborted()
    const rows = Array.from(splits, (): number[] => [])
    order.forEach((row, at) => rows[bins[row]].push(at))
    for (const members of rows) {
      const data = new Uint8Array(members.length * width)
      members.forEach((at, to) =>
        data.set(labels.data.subarray(at * width, (at + 1) * width), to * width),
      )
      const own = { ...labels, length: members.length, fraction: 0, data }
      const sum = members.length === 0 ? zero : await sumVector(key, own)
      parts.push(sum.data)
    }
  }
  const data = new Uint8Array(parts.length * width)
  parts.forEach((part, at) => data.set(part, at * width))
  const sums = { ...labels, length: parts.length, fraction: 0, data }
  return affine(key, sums, { parallel, signal, scale: 1, scaleFraction: 0 })
}

/** What a host says of its bins; `take` reads a column's counts out of all decrypted sums. */
export async function receiveCounts(
  { channel }: TaskContext,
  place: { from: Address; key: PublicKey; rows: number },
): Promise<{
  events: CipherVector
  columns: {
    index: number
    fixed: boolean
    take: (sums: Float64Array) => BinCounts
  }[]
}> {
  const { from, key, rows } = place
  const shape = json.decode(await channel.receive(from, 'bin_rows'))
  const events = cipherVectorFromBytes(await channel.receive(from, 'bin_events'), key)
  if (!isShape(shape, rows)) throw new Error(`${from} sent malformed bin_rows`)
  let next = 0
  const columns = shape.map((column) => {
    const at = next
    next += column.rows.length
    const take = (sums: Float64Array): BinCounts => {
      const own = [...sums.subarray(at, at + column.rows.length)]
      const wrong = own.some((count, bin) => !(count >= 0 && count <= column.rows[bin]))
      if (wrong) throw new Error(`${from} sent bin_events that are no counts of its bin_rows`)
      return { events: own, nonEvents: own.map((count, bin) => column.rows[bin] - count) }
    }
    return { index: column.index, fixed: column.fixed, take }
  })
  if (events.length !== next) throw new Error(`${from} sent malformed bin_events`)
  return { events, columns }
}

function isShape(
  value: unknown,
  rows: number,
): value is { index: number; rows: number[]; fixed: boolean }[] {
  if (!Array.isArray(value)) return false
  return value.every((column: unknown) => {
    if (typeof column !== 'object' || column === null) return false
    const { index, rows: counts, fixed } = column as Record<string, unknown>
    if (!Number.isSafeInteger(index) || typeof fixed !== 'boolean') return false
    if (!Array.isArray(counts) || counts.length === 0) return false
    const whole = counts.every(
      (count: unknown) => Number.isSafeInteger(count) && Number(count) >= 0,
    )
    return whole && counts.reduce((sum: number, count: unknown) => sum + Number(count), 0) === rows
  })
}

/** Whether `value` names the last bin of each of several that make up `bins` bins. */
export function isRising(value: unknown, bins: number): value is number[] {
  if (!Array.isArray(value) || value.at(-1) !== bins - 1) return false
  return value.every(
    (bin: unknown, at) =>
      Number.isSafeInteger(bin) &&
      Number(bin) >= 0 &&
      (at === 0 || Number(bin) > Number(value[at - 1])),
  )
}
