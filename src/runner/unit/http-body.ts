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
const held = new WeakMap<Held, { bytes: number }>()

// Classes, not functions in functions: those are made, and given their names, anew for every request.

/** What one request holds at its route, until it is answered. */
export class Hold {
  readonly #limit: number
  readonly #all: { bytes: number }
  #own = 0

  constructor(route: Held, outgoing: ServerResponse) {
    this.#limit = route.heldLimit
    let all = held.get(route)
    if (!all) held.set(route, (all = { bytes: 0 }))
    this.#all = all
    outgoing.once('close', () => this.drop())
  }

  /** False where that would be too much together with the others. */
  add(bytes: number): boolean {
    if (this.#all.bytes + bytes > this.#limit) return false
    this.#own += bytes
    this.#all.bytes += bytes
    return true
  }

  drop(): void {
    this.#all.bytes -= this.#own
    this.#own = 0
  }
}

/** Reads a body: what is told is its bytes, or the status that refuses it. */
export function readBody(
  incoming: IncomingMessage,
  options: { readonly limit: number; readonly hold: Hold },
  done: (body: Uint8Array | number) => void,
): void {
  if (Number(incoming.headers['content-length'] ?? 0) > options.limit) {
    done(413)
    return
  }
  const body = new Body(options, done)
  incoming.on('data', (chunk: Uint8Array) => body.take(chunk))
  incoming.on('end', () => body.end())
  incoming.on('error', () => body.finish(400))
}

class Body {
  readonly #limit: number
  readonly #hold: Hold
  readonly #done: (body: Uint8Array | number) => void
  #chunks: Uint8Array[] = []
  #size = 0
  #over = false

  constructor(
    { limit, hold }: { readonly limit: number; readonly hold: Hold },
    done: (body: Uint8Array | number) => void,
  ) {
    this.#limit = limit
    this.#hold = hold
    this.#done = done
  }

  take(chunk: Uint8Array): void {
    this.#size += chunk.length
    if (this.#size > this.#limit) this.finish(413)
    else if (!this.#over && !this.#hold.add(chunk.length)) this.finish(429)
    else if (!this.#over) this.#chunks.push(chunk)
  }

  end(): void {
    const [first] = this.#chunks
    this.finish(plain(this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks)))
  }

  finish(body: Uint8Array | number): void {
    if (this.#over) return
    this.#over = true
    this.#chunks = []
    // Who is refused makes room at once.
    if (typeof body === 'number') this.#hold.drop()
    this.#done(body)
  }
}

/** A view that is no Buffer, as units know only bytes. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
