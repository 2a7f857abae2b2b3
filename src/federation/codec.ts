/**
 * How components put their messages into bytes. One value has one encoding; whatever is not an encoding is
 * refused with a RangeError before anything of its claimed size is allocated.
 *
 * Each encoding opens with one letter for its kind; numbers are little-endian; counts and lengths are LEB128.
 * @module
 */

/** Turns values of one type into bytes and back. */
export interface Codec<T> {
  /** Throws a RangeError for a value that cannot be encoded. */
  encode(value: T): Uint8Array
  /** Throws a RangeError for bytes of another form. What it returns may share memory with `bytes`. */
  decode(bytes: Uint8Array): T
}

/** What `codec` encodes. */
export type Encoded<C> = C extends Codec<infer T> ? T : never

/** Byte strings of one size, end to end: row `i` is `data.subarray(i * width, (i + 1) * width)`. */
export interface ByteRows {
  /** Bytes in a row, at least 1. */
  readonly width: number
  readonly data: Uint8Array
}

/** Anything JSON can say, with sorted keys; the receiver must check its shape. */
export const json: Codec<unknown> = {
  encode(value) {
    const text = JSON.stringify(value, canonical)
    if (text === undefined) throw new RangeError(`JSON has no form for ${typeof value}`)
    return join(KIND.json, [ENCODER.encode(text)])
  },
  decode(bytes) {
    const text = decodeText(body(bytes, KIND.json))
    try {
      return JSON.parse(text, finite)
    } catch (cause) {
      if (cause instanceof RangeError) throw cause
      throw new RangeError('The message is not JSON', { cause })
    }
  },
}

/** Double-precision numbers, bit for bit. */
export const floats: Codec<Float64Array> = {
  encode: (values) => join(KIND.floats, [littleEndian(values)]),
  decode: (bytes) => new Float64Array(elements(bytes, { kind: KIND.floats, width: 8 })),
}

/** Signed 32-bit integers. */
export const int32s: Codec<Int32Array> = {
  encode: (values) => join(KIND.int32s, [littleEndian(values)]),
  decode: (bytes) => new Int32Array(elements(bytes, { kind: KIND.int32s, width: 4 })),
}

/** Unsigned 32-bit integers. */
export const uint32s: Codec<Uint32Array> = {
  encode: (values) => join(KIND.uint32s, [littleEndian(values)]),
  decode: (bytes) => new Uint32Array(elements(bytes, { kind: KIND.uint32s, width: 4 })),
}

/** One byte string. */
export const blob: Codec<Uint8Array> = {
  encode: (value) => join(KIND.blob, [value]),
  decode: (bytes) => body(bytes, KIND.blob),
}

/** Byte strings of one size. */
export const rows: Codec<ByteRows> = {
  encode({ width, data }) {
    checkRows(width, data)
    return join(KIND.rows, [varint(width), data])
  },
  decode(bytes) {
    const rest = reader(body(bytes, KIND.rows))
    const width = rest.number()
    const data = rest.all()
    checkRows(width, data)
    return { width, data }
  },
}

/** Texts in their order; a text with half a surrogate pair has no encoding. */
export const texts: Codec<readonly string[]> = {
  encode(values) {
    const pieces = values.flatMap((text) => {
      if (LONE_SURROGATE.test(text)) throw new RangeError('A text holds half a surrogate pair')
      return sized(ENCODER.encode(text))
    })
    return join(KIND.texts, [varint(values.length), ...pieces])
  },
  decode(bytes) {
    const rest = reader(body(bytes, KIND.texts))
    // A text takes at least the byte of its length, so a greater count is refused before the loop.
    const count = rest.count(1)
    const values = Array.from({ length: count }, () => decodeText(rest.take(rest.number())))
    rest.end()
    return values
  },
}

/**
 * A record with exactly the parts of `shape`, each under its own codec:
 * `parts({ gradient: floats, header: json })`.
 */
export function parts<T extends object>(shape: {
  readonly [K in keyof T]: Codec<T[K]>
}): Codec<T> {
  // Sorted, so that the bytes do not depend on the order in which a component names its parts.
  const names = Object.keys(shape).toSorted()
  const codecs = shape as unknown as Readonly<Record<string, Codec<unknown>>>
  return {
    encode(record) {
      const values = record as Readonly<Record<string, unknown>>
      const encoded = names.flatMap((name) => {
        const value = codecs[name].encode(values[name])
        return [...sized(ENCODER.encode(name)), ...sized(value)]
      })
      return join(KIND.parts, [varint(names.length), ...encoded])
    },
    decode(bytes) {
      const rest = reader(body(bytes, KIND.parts))
      const count = rest.number()
      if (count !== names.length) {
        throw new RangeError(`The message has ${count} parts, expected ${names.join(', ')}`)
      }
      const values = names.map((name) => {
        const found = decodeText(rest.take(rest.number()))
        if (found !== name) {
          throw new RangeError(`The message has no part "${name}", expected ${names.join(', ')}`)
        }
        return [name, codecs[name].decode(rest.take(rest.number()))] as const
      })
      rest.end()
      return Object.fromEntries(values) as T
    },
  }
}

const KIND = {
  json: 0x4a,
  floats: 0x46,
  int32s: 0x49,
  uint32s: 0x55,
  blob: 0x42,
  rows: 0x52,
  texts: 0x54,
  parts: 0x50,
} as const

const ENCODER = new TextEncoder()
/** `ignoreBOM` keeps a byte-order mark where it is. */
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const LONE_SURROGATE = /\p{Surrogate}/u

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** What follows the letter of a message, which must be `kind`. */
function body(bytes: Uint8Array, kind: number): Uint8Array {
  if (bytes[0] === kind) return bytes.subarray(1)
  const names = new Map<number, string>(
    Object.entries(KIND).map(([name, letter]) => [letter, name]),
  )
  const found = bytes.length === 0 ? 'nothing' : (names.get(bytes[0]) ?? 'something unknown')
  throw new RangeError(`The message holds ${found}, expected ${names.get(kind)}`)
}

/** A buffer of its own with the elements of a typed array. */
function elements(bytes: Uint8Array, options: { kind: number; width: number }): ArrayBuffer {
  const data = body(bytes, options.kind)
  if (data.length % options.width !== 0) {
    throw new RangeError(`The message has ${data.length} bytes, not whole ${options.width}s`)
  }
  const copy = new Uint8Array(data)
  if (!LITTLE_ENDIAN) swap(copy, options.width)
  return copy.buffer
}

function littleEndian(values: Float64Array | Int32Array | Uint32Array): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  if (LITTLE_ENDIAN) return bytes
  const copy = bytes.slice()
  swap(copy, values.BYTES_PER_ELEMENT)
  return copy
}

function swap(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse()
}

function checkRows(width: number, data: Uint8Array): void {
  if (!Number.isSafeInteger(width) || width < 1) {
    throw new RangeError(`Rows must be at least 1 byte wide, got ${width}`)
  }
  if (data.length % width !== 0) {
    throw new RangeError(`${data.length} bytes are not whole rows of ${width}`)
  }
}

function decodeText(bytes: Uint8Array): string {
  try {
    return DECODER.decode(bytes)
  } catch (cause) {
    throw new RangeError('The message holds a text that is not UTF-8', { cause })
  }
}

/** A literal such as 1e999 reads as infinity, which no sender can have encoded. */
function finite(_key: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value
  throw new RangeError('The message holds a number that is too large')
}

/** Sorts the keys of objects and refuses numbers that JSON would turn into null. */
function canonical(key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new RangeError(`JSON has no form for ${value} (at "${key}")`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const sorted = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted)
}

function sized(bytes: Uint8Array): [Uint8Array, Uint8Array] {
  return [varint(bytes.length), bytes]
}

function join(kind: number, pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 1))
  joined[0] = kind
  let at = 1
  for (const piece of pieces) {
    joined.set(piece, at)
    at += piece.length
  }
  return joined
}

/** LEB128 of a whole number below 2^53. */
function varint(value: number): Uint8Array {
  const bytes = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  return Uint8Array.of(...bytes, rest)
}

interface Reader {
  /** A whole number in its shortest LEB128 form. */
  number(): number
  /** A count of things of which each takes at least `least` bytes of what is left. */
  count(least: number): number
  take(length: number): Uint8Array
  all(): Uint8Array
  end(): void
}

function reader(bytes: Uint8Array): Reader {
  let at = 0
  const self: Reader = {
    number() {
      let value = 0
      for (let scale = 1; ; scale *= 0x80) {
        if (at >= bytes.length) throw new RangeError('The message ends within a number')
        const byte = bytes[at++]
        value += (byte & 0x7f) * scale
        if (!Number.isSafeInteger(value))
          throw new RangeError('The message has a number above 2^53')
        if (byte >= 0x80) continue
        if (byte === 0 && scale > 1) throw new RangeError('The message has a padded number')
        return value
      }
    },
    count(least) {
      const count = self.number()
      const left = bytes.length - at
      if (count * least <= left) return count
      throw new RangeError(`The message claims ${count} items, ${left} bytes are left`)
    },
    take(length) {
      const left = bytes.length - at
      if (length > left) {
        throw new RangeError(`The message claims ${length} more bytes, ${left} are left`)
      }
      at += length
      return bytes.subarray(at - length, at)
    },
    all: () => self.take(bytes.length - at),
    end() {
      const left = bytes.length - at
      if (left > 0) throw new RangeError(`The message has ${left} bytes too many`)
    },
  }
  return self
}
