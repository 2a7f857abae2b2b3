/**
 * Writes tar archives (POSIX ustar) as a stream, with web standards only: works at the edge.
 * @module
 */

/** One regular file of an archive. */
export interface TarEntry {
  /** Relative, with "/" between its parts. */
  readonly path: string
  /** Bytes that `content` will yield in all: the header comes before them. */
  readonly size: number
  /** Milliseconds since 1970. */
  readonly modifiedAt: number
  readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

const BLOCK = 512
const encoder = new TextEncoder()

/** The archive of `entries`; without any it is empty but valid. */
export function tarStream(
  entries: AsyncIterable<TarEntry> | Iterable<TarEntry>,
): ReadableStream<Uint8Array> {
  const chunks = archive(entries)
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    async cancel() {
      await chunks.return(undefined)
    },
  })
}

/** The archive of `entries`, compressed. */
export function tarGzipStream(
  entries: AsyncIterable<TarEntry> | Iterable<TarEntry>,
): ReadableStream<Uint8Array> {
  // The typings of CompressionStream name a narrower chunk than the streams do.
  return tarStream(entries).pipeThrough(
    new CompressionStream('gzip') as unknown as ReadableWritablePair<Uint8Array, Uint8Array>,
  )
}

async function* archive(
  entries: AsyncIterable<TarEntry> | Iterable<TarEntry>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const entry of entries) {
    yield header(entry)
    let written = 0
    for await (const chunk of entry.content) {
      written += chunk.length
      if (written > entry.size) break
      yield chunk
    }
    if (written !== entry.size) {
      throw new RangeError(
        `tar: "${entry.path}" was announced with ${entry.size} bytes and has ${written > entry.size ? 'more' : written}`,
      )
    }
    const rest = entry.size % BLOCK
    if (rest > 0) yield new Uint8Array(BLOCK - rest)
  }
  yield new Uint8Array(2 * BLOCK)
}

/** The header block of IEEE Std 1003.1, "ustar Interchange Format". */
function header(entry: TarEntry): Uint8Array {
  const { prefix, name } = splitPath(entry.path)
  const block = new Uint8Array(BLOCK)
  block.set(name, 0)
  putOctal(block, { at: 100, length: 8, value: 0o644 })
  putOctal(block, { at: 108, length: 8, value: 0 })
  putOctal(block, { at: 116, length: 8, value: 0 })
  putOctal(block, { at: 124, length: 12, value: entry.size })
  putOctal(block, { at: 136, length: 12, value: Math.floor(entry.modifiedAt / 1000) })
  block.set(encoder.encode('        '), 148)
  block.set(encoder.encode('0'), 156)
  block.set(encoder.encode('ustar\u000000'), 257)
  block.set(prefix, 345)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.set(encoder.encode(`${sum.toString(8).padStart(6, '0')}\u0000 `), 148)
  return block
}

function putOctal(block: Uint8Array, field: { at: number; length: number; value: number }): void {
  const text = field.value.toString(8).padStart(field.length - 1, '0')
  if (text.length >= field.length) throw new RangeError(`tar: ${field.value} is too large`)
  block.set(encoder.encode(text), field.at)
}

function splitPath(path: string): { prefix: Uint8Array; name: Uint8Array } {
  const whole = encoder.encode(path)
  if (whole.length <= 100) return { prefix: new Uint8Array(), name: whole }
  for (let cut = path.indexOf('/'); cut > 0; cut = path.indexOf('/', cut + 1)) {
    const prefix = encoder.encode(path.slice(0, cut))
    const name = encoder.encode(path.slice(cut + 1))
    if (prefix.length <= 155 && name.length <= 100 && name.length > 0) return { prefix, name }
  }
  throw new RangeError(`tar: the path "${path}" is too long`)
}
