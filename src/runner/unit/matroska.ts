/**
 * Packets of a video in Matroska as ffmpeg streams it (RFC 9559): taken apart, and put together again.
 * @module
 */

export interface Packet {
  readonly data: Uint8Array
  /** Milliseconds. */
  readonly time: number
  readonly key: boolean
}

/** What a video's header says. */
export interface Track {
  /** What a stream of these packets has to begin with. */
  readonly header: Uint8Array
  readonly codec: string
  readonly width: number
  readonly height: number
  /** Time of a frame in nanoseconds; 0 where it is not said. */
  readonly frameNs: number
}

const ID = {
  ebml: 0x1a45dfa3,
  segment: 0x18538067,
  info: 0x1549a966,
  tracks: 0x1654ae6b,
  cluster: 0x1f43b675,
  time: 0xe7,
  simpleBlock: 0xa3,
  group: 0xa0,
  block: 0xa1,
  reference: 0xfb,
  entry: 0xae,
  video: 0xe0,
  width: 0xb0,
  height: 0xba,
  frameNs: 0x23e383,
  codec: 0x86,
}
/** Elements whose insides are read as if they were outside. */
const OPEN = new Set([ID.segment, ID.cluster])
const UNKNOWN_SIZE = Uint8Array.of(0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
/** Largest element that is read: an uncompressed picture of 8K fits. */
const MOST = 2 ** 28

interface Element {
  readonly id: number
  readonly begin: number
  /** Where its content begins and how long it is; Infinity where it does not say. */
  readonly body: number
  readonly size: number
}

/** Takes pieces of a stream; answers the packets that are whole. Throws RangeError for what is no Matroska. */
export function packetReader(): {
  readonly track: Track | undefined
  read(piece: Uint8Array): Packet[]
} {
  let held: Uint8Array = new Uint8Array(0)
  let pieces: Uint8Array[] = []
  let waiting = 0
  let needed = 0
  let cluster = 0
  let track: Track | undefined
  const header: Uint8Array[] = []

  function take(packets: Packet[]): void {
    let at = 0
    for (;;) {
      const element = elementAt(held, at)
      if (!element) break
      const { id, begin, body, size } = element
      if (OPEN.has(id)) {
        if (id === ID.segment) header.push(idBytes(id), UNKNOWN_SIZE)
        at = body
        continue
      }
      if (size > MOST) throw new RangeError(`An element of ${size} bytes is no part of a video`)
      if (body + size > held.length) {
        needed = body + size - at
        break
      }
      const content = held.subarray(body, body + size)
      if (id === ID.ebml || id === ID.info) header.push(held.slice(begin, body + size))
      else if (id === ID.tracks) {
        header.push(held.slice(begin, body + size))
        track = trackOf(content, Buffer.concat(header))
      } else if (id === ID.time) cluster = unsigned(content)
      else if (id === ID.simpleBlock) packets.push(packetOf(content, { cluster }))
      else if (id === ID.group) packets.push(...groupPackets(content, cluster))
      at = body + size
    }
    held = held.subarray(at)
  }

  return {
    get track() {
      return track
    },
    read(piece) {
      const packets: Packet[] = []
      pieces.push(piece)
      waiting += piece.length
      if (held.length + waiting < needed) return packets
      held = Buffer.concat([held, ...pieces])
      pieces = []
      waiting = 0
      needed = 0
      take(packets)
      return packets
    },
  }
}

/** The bytes of one packet in a stream that began with the track's header. */
export function packetBytes({ data, time, key }: Packet): Uint8Array {
  const block = Buffer.alloc(4)
  block[0] = 0x81
  block[3] = key ? 0x80 : 0
  const moment = Buffer.alloc(8)
  moment.writeBigUInt64BE(BigInt(Math.max(0, Math.round(time))))
  const inside = [...element(ID.time, [moment]), ...element(ID.simpleBlock, [block, data])]
  return Buffer.concat(element(ID.cluster, inside))
}

function element(id: number, content: readonly Uint8Array[]): Uint8Array[] {
  const size = Buffer.alloc(8)
  size.writeBigUInt64BE(BigInt(content.reduce((sum, { length }) => sum + length, 0)))
  size[0] = 0x01
  return [idBytes(id), size, ...content]
}

function idBytes(id: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(id)
  return bytes.subarray(bytes.findIndex((byte) => byte !== 0))
}

/** The element that begins at `at`; undefined where its head is not there in full. */
function elementAt(bytes: Uint8Array, at: number): Element | undefined {
  const idLength = Math.clz32(bytes[at] ?? 0) - 23
  if (at >= bytes.length) return undefined
  if (idLength > 4) throw new RangeError('The stream is no Matroska')
  const sizeAt = at + idLength
  if (sizeAt >= bytes.length) return undefined
  const sizeLength = Math.clz32(bytes[sizeAt]) - 23
  if (sizeLength > 8) throw new RangeError('The stream is no Matroska')
  const body = sizeAt + sizeLength
  if (body > bytes.length) return undefined
  const id = unsigned(bytes.subarray(at, sizeAt))
  // Without the bit that says how long it is: with it, eight bytes have no exact number.
  const rest = unsigned(bytes.subarray(sizeAt + 1, body))
  const size = (bytes[sizeAt] & (0xff >> sizeLength)) * 256 ** (sizeLength - 1) + rest
  const isUnknown = size >= 2 ** (7 * sizeLength) - 1
  return { id, begin: at, body, size: isUnknown ? Infinity : size }
}

function* children(bytes: Uint8Array): Generator<{ id: number; content: Uint8Array }> {
  for (let at = 0; ;) {
    const found = elementAt(bytes, at)
    if (!found) return
    at = found.body + found.size
    if (at > bytes.length) throw new RangeError('The stream is no Matroska')
    yield { id: found.id, content: bytes.subarray(found.body, at) }
  }
}

function groupPackets(bytes: Uint8Array, cluster: number): Packet[] {
  const inside = [...children(bytes)]
  const key = !inside.some(({ id }) => id === ID.reference)
  return inside.flatMap(({ id, content }) =>
    id === ID.block ? [packetOf(content, { cluster, key })] : [],
  )
}

function packetOf(bytes: Uint8Array, { cluster, key }: { cluster: number; key?: boolean }): Packet {
  const at = Math.clz32(bytes[0]) - 23
  const offset = ((bytes[at] << 24) | (bytes[at + 1] << 16)) >> 16
  return {
    data: bytes.slice(at + 3),
    time: cluster + offset,
    key: key ?? (bytes[at + 2] & 0x80) !== 0,
  }
}

function trackOf(tracks: Uint8Array, header: Uint8Array): Track {
  let [codec, width, height, frameNs] = ['', 0, 0, 0]
  for (const { id: entry, content } of children(tracks)) {
    if (entry !== ID.entry) continue
    for (const { id, content: value } of children(content)) {
      if (id === ID.codec) codec = new TextDecoder().decode(value)
      else if (id === ID.frameNs) frameNs = unsigned(value)
      else if (id === ID.video)
        for (const { id: side, content: size } of children(value)) {
          if (side === ID.width) width = unsigned(size)
          else if (side === ID.height) height = unsigned(size)
        }
    }
  }
  return { header, codec, width, height, frameNs }
}

function unsigned(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0)
}
