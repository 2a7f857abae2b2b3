/**
 * Bodies of requests: read up to a limit each, and held up to a limit together.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Who holds bodies. */
export interface Held {
  readonly heldLimit: number
}

/** Bytes of bodies that routes hold. */
const held = new WeakMap<Held, number>()

/** What one request holds, until it is answered. */
export interface Hold {
  /** False where that would be too much together with the others. */
  add(bytes: number): boolean
  drop(): void
}

/** Counts what a request holds at its route. */
export function holder(route: Held, outgoing: ServerResponse): Hold {
  let own = 0
  const change = (bytes: number) => {
    own += bytes
    held.set(route, (held.get(route) ?? 0) + bytes)
  }
  const drop = () => change(-own)
  outgoing.once('close', drop)
  return {
    add(bytes) {
      if ((held.get(route) ?? 0) + bytes > route.heldLimit) return false
      change(bytes)
      return true
    },
    drop,
  }
}

/** Reads a body: what is told is its bytes, or the status that refuses it. */
export function readBody(
  incoming: IncomingMessage,
  { limit, hold }: { readonly limit: number; readonly hold: Hold },
  done: (body: Uint8Array | number) => void,
): void {
  if (Number(incoming.headers['content-length'] ?? 0) > limit) {
    done(413)
    return
  }
  const chunks: Uint8Array[] = []
  let size = 0
  let over = false
  const finish = (body: Uint8Array | number) => {
    if (over) return
    over = true
    // Who is refused makes room at once.
    if (typeof body === 'number') hold.drop()
    done(body)
  }
  incoming.on('data', (chunk: Uint8Array) => {
    size += chunk.length
    if (size > limit) {
      chunks.length = 0
      finish(413)
    } else if (!over && !hold.add(chunk.length)) {
      chunks.length = 0
      finish(429)
    } else if (!over) chunks.push(chunk)
  })
  incoming.on('end', () =>
    finish(chunks.length === 1 ? plain(chunks[0]) : plain(Buffer.concat(chunks))),
  )
  incoming.on('error', () => finish(400))
}

/** A view that is no Buffer, as units know only bytes. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
