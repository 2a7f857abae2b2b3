/**
 * What flows through a graph: buffers with metas, read-only once they are sent.
 * @module
 */

/** Numbers of one kind in a row. */
export type NumberArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array

/** What a buffer holds: bytes or numbers (their shape is in the metas), a text, or anything that can be cloned. */
export type BufferData = NumberArray | string | number | boolean | null | object

export type MetaValue =
  | string
  | number
  | boolean
  | bigint
  | null
  | readonly MetaValue[]
  | { readonly [key: string]: MetaValue }

export type Meta = Readonly<Record<string, MetaValue>>

/** Why there is no data. */
export interface BufferError {
  /** Such as `Unit.ProcessError`. */
  readonly code: string
  readonly message: string
  /** The node where it arose. */
  readonly node?: string
}

/** One item of a stream. */
export interface FlowBuffer {
  readonly data: BufferData
  readonly meta: Meta
  readonly error?: BufferError
}

/** The buffers that leave through a port in one call. */
export interface BufferList {
  push(...buffers: FlowBuffer[]): void
  readonly length: number
}

const NO_META: Meta = Object.freeze({})
const TEXT = new TextEncoder()
const BYTES = new TextDecoder()

/** A buffer of `data` with these metas. */
export function flowBuffer(data: BufferData, meta: Meta = NO_META): FlowBuffer {
  return { data, meta }
}

/** A buffer in place of data that could not be made. */
export function errorBuffer(error: BufferError, meta: Meta = NO_META): FlowBuffer {
  return { data: null, meta, error }
}

/** What a buffer holds as bytes: UTF-8 of a text, the memory of numbers, JSON of anything else. */
export function bytesOf({ data }: FlowBuffer): Uint8Array {
  if (data instanceof Uint8Array) return data
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return TEXT.encode(typeof data === 'string' ? data : JSON.stringify(data))
}

/** What a buffer holds as a text: UTF-8 where it is bytes, JSON of anything else. */
export function textOf({ data }: FlowBuffer): string {
  if (typeof data === 'string') return data
  if (data instanceof Uint8Array) return BYTES.decode(data)
  return ArrayBuffer.isView(data) ? JSON.stringify([...(data as Uint8Array)]) : JSON.stringify(data)
}
