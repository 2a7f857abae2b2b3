/**
 * Which buffers of a message can move to another thread instead of being copied.
 * @module
 */
import { isMarkedAsUntransferable } from 'node:worker_threads'

/** The array buffers in plain data, each once; for data that the sender does not use again. */
export function buffersOf(value: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>()
  collect(value, found)
  return [...found]
}

/**
 * The same calls, each with buffers of its own that can move. A view is copied, its own bytes only, when another call
 * looks at the same buffer, when its buffer is larger than itself, or when the caller keeps it (`moving` is false).
 */
export function withOwnBuffers<T>(calls: readonly T[], moving: boolean): T[] {
  const owners = new Map<ArrayBuffer, number>()
  for (const call of calls) {
    for (const buffer of buffersOf(call)) owners.set(buffer, (owners.get(buffer) ?? 0) + 1)
  }
  const keeps = (view: ArrayBufferView): boolean =>
    moving &&
    view.byteLength === view.buffer.byteLength &&
    owners.get(view.buffer as ArrayBuffer) === 1
  return calls.map((call) => detach(call, keeps) as T)
}

function detach(value: unknown, keeps: (view: ArrayBufferView) => boolean): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (ArrayBuffer.isView(value)) {
    // Shared memory is there to be shared.
    if (!(value.buffer instanceof ArrayBuffer) || value instanceof DataView || keeps(value))
      return value
    return (value as Uint8Array).slice()
  }
  if (Array.isArray(value)) return value.map((entry) => detach(entry, keeps))
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, detach(entry, keeps)]),
  )
}

function collect(value: unknown, found: Set<ArrayBuffer>): void {
  if (typeof value !== 'object' || value === null) return
  if (ArrayBuffer.isView(value)) collect(value.buffer, found)
  else if (value instanceof ArrayBuffer) {
    if (value.byteLength > 0 && !isMarkedAsUntransferable(value)) found.add(value)
  } else if (Array.isArray(value)) {
    for (const entry of value) collect(entry, found)
  } else {
    for (const entry of Object.values(value)) collect(entry, found)
  }
}
