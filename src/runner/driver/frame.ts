/**
 * Calls and replies as frames of bytes, for other processes: a JSON head, and the bytes of its buffers behind it.
 * @module
 */
import type { BufferData, Meta, NumberArray } from '../../flow/stream/buffer.ts'
import type { RemoteCall, RemoteReply, SentBuffer } from './remote.ts'
import type { SourceMessage } from './sources.ts'

/** Where the data of a buffer is: in the body, or as a value of JSON. */
interface WireBuffer {
  readonly at?: number
  readonly size?: number
  readonly kind?: string
  readonly value?: BufferData
  readonly meta: Meta
  readonly error?: SentBuffer['error']
}

type WireTable = Readonly<Record<string, readonly WireBuffer[]>>

/** What comes from the other side. */
export type FromPeer =
  | { readonly id: number; readonly reply: RemoteReply }
  | { readonly log: 'debug' | 'info' | 'warning' | 'error'; readonly text: string }
  | { readonly busy: boolean }
  | SourceMessage

/** What is on the wire, before its buffers have their bytes. */
type Wired =
  | { readonly id: number; readonly reply: RemoteReply & { readonly outputs?: WireTable } }
  | (Omit<SourceMessage, 'external'> & { readonly external: readonly WireBuffer[] })
  | Exclude<FromPeer, { readonly id: number } | SourceMessage>

const HEAD_BYTES = 12
/** Largest frame that is read, in bytes. */
const MOST = 2 ** 31

const KINDS: readonly (readonly [string, new (buffer: ArrayBuffer) => NumberArray])[] = [
  ['uint8', Uint8Array],
  ['float', Float32Array],
  ['double', Float64Array],
  ['int', Int32Array],
  ['uint', Uint32Array],
  ['long', BigInt64Array],
  ['ulong', BigUint64Array],
  ['int8', Int8Array],
  ['int16', Int16Array],
  ['uint16', Uint16Array],
]

/** The pieces of the frame of a call. */
export function encodeCall(id: number, call: RemoteCall): Uint8Array[] {
  const body: Uint8Array[] = []
  let at = 0
  const wire = ({ data, meta, error }: SentBuffer): WireBuffer => {
    const rest = { meta, ...(error ? { error } : {}) }
    const raw = rawOf(data)
    if (!raw) return { value: data, ...rest }
    const [kind, bytes] = raw
    body.push(bytes)
    at += bytes.length
    return { at: at - bytes.length, size: bytes.length, kind, ...rest }
  }
  const inputs = Object.fromEntries(
    Object.entries(call.inputs ?? {}).map(([port, buffers]) => [port, buffers.map(wire)]),
  )
  const given = { ...call, inputs, external: (call.external ?? []).map(wire) }
  return [...headOf({ id, call: given }, at), ...body]
}

/** The frame that tells that a session of the other side takes more. */
export function encodeRoom(source: number): Uint8Array {
  return Buffer.concat(headOf({ room: source }, 0))
}

function headOf(value: object, bodyBytes: number): [Uint8Array, Uint8Array] {
  const head = Buffer.from(JSON.stringify(value, plain))
  const sizes = Buffer.alloc(HEAD_BYTES)
  sizes.writeUInt32LE(head.length, 0)
  sizes.writeBigUInt64LE(BigInt(bodyBytes), 4)
  return [sizes, head]
}

/** Takes pieces of a stream and answers the frames that are whole. Throws RangeError for what is no frame. */
export function frameReader(): (piece: Uint8Array) => FromPeer[] {
  let pieces: Uint8Array[] = []
  let held = 0
  let needed = HEAD_BYTES

  return (piece) => {
    pieces.push(piece)
    held += piece.length
    const frames: FromPeer[] = []
    while (held >= needed) {
      const all = pieces.length === 1 ? Buffer.from(pieces[0]) : Buffer.concat(pieces)
      const headBytes = all.readUInt32LE(0)
      const bodyBytes = Number(all.readBigUInt64LE(4))
      needed = HEAD_BYTES + headBytes + bodyBytes
      if (needed > MOST) throw new RangeError(`A frame of ${needed} bytes is too large`)
      pieces = [all]
      if (held < needed) break
      const head: unknown = JSON.parse(all.toString('utf8', HEAD_BYTES, HEAD_BYTES + headBytes))
      frames.push(fromPeer(head, all.subarray(HEAD_BYTES + headBytes, needed)))
      pieces = [all.subarray(needed)]
      held -= needed
      needed = HEAD_BYTES
    }
    return frames
  }
}

function fromPeer(head: unknown, body: Uint8Array): FromPeer {
  const message = head as Wired
  if ('log' in message || 'busy' in message) return message
  if ('source' in message)
    return { ...message, external: message.external.map((wire) => unwired(wire, body)) }
  const { id, reply } = message
  const tables = (reply.outputs ?? {}) as WireTable
  const outputs = Object.fromEntries(
    Object.entries(tables).map(([port, buffers]) => [
      port,
      buffers.map((wire) => unwired(wire, body)),
    ]),
  )
  return { id, reply: { ...reply, outputs } }
}

function unwired(
  { at, size = 0, kind, value = null, meta, error }: WireBuffer,
  body: Uint8Array,
): SentBuffer {
  const rest = { meta, ...(error ? { error } : {}) }
  if (at === undefined) return { data: value, ...rest }
  const bytes = body.slice(at, at + size)
  if (kind === 'text') return { data: new TextDecoder().decode(bytes), ...rest }
  const found = KINDS.find(([name]) => name === kind)
  if (!found) throw new RangeError(`A buffer holds numbers of the unknown kind "${kind}"`)
  // The copy has memory of its own, from its beginning.
  return {
    data: kind === 'uint8' ? new Uint8Array(bytes) : new found[1](new Uint8Array(bytes).buffer),
    ...rest,
  }
}

function rawOf(data: BufferData): readonly [string, Uint8Array] | undefined {
  if (typeof data === 'string') return ['text', Buffer.from(data)]
  if (!ArrayBuffer.isView(data)) return undefined
  const kind = KINDS.find(([, Kind]) => data instanceof Kind)?.[0] ?? 'uint8'
  return [kind, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]
}

/** JSON has no large integers. */
function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value
}
