/**
 * The messages of the method `kkrt`.
 * @module
 */
import { blob, json, parts, rows, type ByteRows } from '../../federation/codec.ts'

/** Their tags. */
export const TAGS = {
  offer: 'kkrt_offer',
  setup: 'kkrt_setup',
  request: 'kkrt_request',
  set: 'kkrt_set',
} as const

export const OFFER = parts<{ width: unknown; points: ByteRows }>({ width: json, points: rows })
export const SETUP = parts({ point: blob, salt: blob, key: blob })
export const BATCH = parts<{ last: unknown; rows: ByteRows }>({ last: json, rows })
