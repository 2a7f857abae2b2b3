/**
 * Models as JSON files under a data directory.
 *
 * What JSON cannot say is written as an object with the key `$weft`: `{"$weft":"Float64Array","base64":"…"}` for
 * typed arrays (little-endian bytes), `{"$weft":"bigint","text":"…"}`, `{"$weft":"number","text":"NaN"}` for NaN, the
 * infinities and -0, `{"$weft":"map","entries":[…]}`, `{"$weft":"set","values":[…]}`, `{"$weft":"undefined"}`. An object that
 * has a key `$weft` of its own becomes `{"$weft":"object","entries":[…]}`.
 * @module
 */
import { join } from 'node:path'

import type { Model } from '../../component/define.ts'
import { readIfThere } from '../absent.ts'
import { writeAtomically } from './file.ts'

const MARK = '$weft'

const ARRAYS = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
}

/** Stores a model. */
export async function saveModel(dataDir: string, location: string, model: Model): Promise<void> {
  const text = encodeModel(model)
  await writeAtomically(join(dataDir, location), (file) => file.writeFile(text))
}

/** Reads a model; undefined when there is none. */
export async function loadModel(dataDir: string, location: string): Promise<Model | undefined> {
  const bytes = await readIfThere(join(dataDir, location))
  return bytes && decodeModel(new TextDecoder().decode(bytes))
}

/** A model as the text of its file. Throws a TypeError for functions, symbols and class instances. */
export function encodeModel(model: Model): string {
  return encodeValue(model, 'model')
}

/** Any plain value as the text of a file; `name` is what a fault calls it. */
export function encodeValue(value: unknown, name: string): string {
  return JSON.stringify(encode(value, name))
}

/** The value in the text of a file. */
export function decodeValue(text: string): unknown {
  return decode(JSON.parse(text))
}

/** The model in the text of a file. */
export function decodeModel(text: string): Model {
  return decodeValue(text) as Model
}

/** `value` as plain JSON for people and callers: typed arrays as lists, big integers as texts. */
export function toPlain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, entry: unknown) => {
      if (typeof entry === 'bigint') return entry.toString()
      if (ArrayBuffer.isView(entry)) return Array.from(entry as Float64Array)
      if (entry instanceof Map) return Object.fromEntries(entry)
      if (entry instanceof Set) return [...entry]
      return entry
    }) ?? 'null',
  )
}

function encode(value: unknown, path: string): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      if (Number.isFinite(value) && !Object.is(value, -0)) return value
      return { [MARK]: 'number', text: Object.is(value, -0) ? '-0' : String(value) }
    case 'bigint':
      return { [MARK]: 'bigint', text: value.toString() }
    case 'undefined':
      return { [MARK]: 'undefined' }
    case 'object':
      return value === null ? null : encodeObject(value, path)
    default:
      throw new TypeError(`A model cannot hold the ${typeof value} at ${path}`)
  }
}

function encodeObject(value: object, path: string): unknown {
  if (Array.isArray(value)) return value.map((entry, index) => encode(entry, `${path}[${index}]`))
  if (value instanceof Map) {
    const entries = [...value].map(([key, entry]) => [
      encode(key, path),
      encode(entry, `${path}.${String(key)}`),
    ])
    return { [MARK]: 'map', entries }
  }
  if (value instanceof Set) {
    return { [MARK]: 'set', values: [...value].map((entry) => encode(entry, path)) }
  }
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    const name = value.constructor === Buffer ? 'Uint8Array' : value.constructor.name
    if (!Object.hasOwn(ARRAYS, name)) {
      throw new TypeError(`A model cannot hold the ${name} at ${path}`)
    }
    return { [MARK]: name, base64: bytes.toString('base64') }
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`A model cannot hold the ${value.constructor.name} at ${path}`)
  }
  const entries = Object.entries(value).map(([key, entry]) => [
    key,
    encode(entry, `${path}.${key}`),
  ])
  return Object.hasOwn(value, MARK) ? { [MARK]: 'object', entries } : Object.fromEntries(entries)
}

function decode(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(decode)
  const record = value as Record<string, unknown>
  const mark = record[MARK]
  if (mark === undefined) {
    return Object.fromEntries(Object.entries(record).map(([key, entry]) => [key, decode(entry)]))
  }
  const { text, entries, values, base64 } = record as {
    text: string
    entries: [unknown, unknown][]
    values: unknown[]
    base64: string
  }
  switch (mark) {
    case 'number':
      return Number(text)
    case 'bigint':
      return BigInt(text)
    case 'undefined':
      return undefined
    case 'map':
      return new Map(entries.map(([key, entry]) => [decode(key), decode(entry)]))
    case 'set':
      return new Set(values.map(decode))
    case 'object':
      return Object.fromEntries(entries.map(([key, entry]) => [key, decode(entry)]))
    default: {
      if (typeof mark !== 'string' || !Object.hasOwn(ARRAYS, mark)) {
        throw new RangeError(`The model file holds an unknown value ${JSON.stringify(mark)}`)
      }
      // A copy of its own, so that wide elements are aligned.
      const { buffer } = Uint8Array.from(Buffer.from(base64, 'base64'))
      return new ARRAYS[mark as keyof typeof ARRAYS](buffer)
    }
  }
}
