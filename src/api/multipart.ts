/**
 * Reads multipart/form-data (RFC 7578) as a stream: an upload goes to its store without ever being whole in memory,
 * which `Request.formData()` cannot do.
 * @module
 */
import { invalid } from '../domain/error.ts'

/** One part. Its body has to be read, or is skipped, before the next part comes. */
export interface Part {
  readonly name: string
  readonly filename: string | undefined
  readonly body: ReadableStream<Uint8Array>
}

const MOST_HEADER_BYTES = 16 * 1024
const encoder = new TextEncoder()
const decoder = new TextDecoder()
const LINE_BREAK = encoder.encode('\r\n')
/** What follows the last boundary. */
const CLOSE = encoder.encode('--')

/**
 * The parts of a body in their order.
 * @throws DomainError of kind `invalid` for a body that is no multipart/form-data.
 */
export async function* readMultipart(
  body: ReadableStream<Uint8Array>,
  contentType: string,
): AsyncGenerator<Part, void, undefined> {
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType)
  if (!boundary) throw invalid('The multipart body has no boundary in its Content-Type')
  const delimiter = encoder.encode(`\r\n--${boundary[1] ?? boundary[2]}`)
  const source = new Source(body)
  try {
    // The first boundary stands without the line break that precedes the others.
    source.unread(encoder.encode('\r\n'))
    await drain(source.until(delimiter))
    for (;;) {
      if (await source.startsWith(CLOSE)) return
      await source.line()
      const headers = await readHeaders(source)
      const disposition = headers.get('content-disposition') ?? ''
      const name = field(disposition, 'name')
      if (name === undefined) throw invalid('A part of the multipart body has no name')
      const content = source.until(delimiter)
      yield { name, filename: field(disposition, 'filename'), body: toStream(content) }
      await drain(content)
    }
  } finally {
    await source.cancel()
  }
}

/** The text of a part. */
export async function readText(part: Part, limit: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of part.body) {
    size += chunk.length
    if (size > limit) {
      throw invalid(`Part "${part.name}" is longer than ${limit} bytes: only the file may be`)
    }
    chunks.push(chunk)
  }
  return decoder.decode(concat(chunks))
}

async function readHeaders(source: Source): Promise<Map<string, string>> {
  const headers = new Map<string, string>()
  let size = 0
  for (;;) {
    const line = await source.line()
    if (line === '') return headers
    size += line.length
    if (size > MOST_HEADER_BYTES) throw invalid('A part of the multipart body has long headers')
    const colon = line.indexOf(':')
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
}

/** A parameter of a Content-Disposition; browsers write a quote in it as %22. */
function field(disposition: string, key: string): string | undefined {
  const match = new RegExp(`;\\s*${key}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, 'i').exec(
    disposition,
  )
  if (!match) return undefined
  return (match[1] ?? match[2]).replaceAll('%22', '"').replaceAll(/\\(["\\])/g, '$1')
}

async function drain(content: AsyncGenerator<Uint8Array>): Promise<void> {
  for await (const _chunk of content);
}

function toStream(content: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await content.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
    },
    { highWaterMark: 0 },
  )
}

/** Bytes that arrive in chunks, read up to marks. */
class Source {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  #buffer: Uint8Array = new Uint8Array()

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader()
  }

  unread(bytes: Uint8Array): void {
    this.#buffer = concat([bytes, this.#buffer])
  }

  /** What stands before `mark`, in chunks; the mark itself is taken too. */
  async *until(mark: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const at = find(this.#buffer, mark)
      if (at >= 0) {
        const head = this.#buffer.subarray(0, at)
        this.#buffer = this.#buffer.subarray(at + mark.length)
        if (head.length > 0) yield head
        return
      }
      // The last bytes may be the start of a mark.
      const sure = this.#buffer.length - mark.length + 1
      if (sure > 0) {
        const head = this.#buffer.subarray(0, sure)
        this.#buffer = this.#buffer.subarray(sure)
        yield head
      }
      await this.#fill()
    }
  }

  /** Whether these bytes come next; they stay where they are. */
  async startsWith(bytes: Uint8Array): Promise<boolean> {
    while (this.#buffer.length < bytes.length) await this.#fill()
    return bytes.every((byte, index) => this.#buffer[index] === byte)
  }

  /** The rest of a line; its break is taken too. */
  async line(): Promise<string> {
    for (;;) {
      const end = find(this.#buffer, LINE_BREAK)
      if (end >= 0) {
        const text = decoder.decode(this.#buffer.subarray(0, end))
        this.#buffer = this.#buffer.subarray(end + LINE_BREAK.length)
        return text
      }
      if (this.#buffer.length > MOST_HEADER_BYTES) {
        throw invalid('A part of the multipart body has long headers')
      }
      await this.#fill()
    }
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel()
  }

  async #fill(): Promise<void> {
    const { done, value } = await this.#reader.read()
    if (done) throw invalid('The multipart body ends before its closing boundary')
    this.#buffer = this.#buffer.length === 0 ? value : concat([this.#buffer, value])
  }
}

function find(bytes: Uint8Array, mark: Uint8Array): number {
  const last = bytes.length - mark.length
  let at = bytes.indexOf(mark[0])
  while (at >= 0 && at <= last) {
    let same = 1
    while (same < mark.length && bytes[at + same] === mark[same]) same++
    if (same === mark.length) return at
    at = bytes.indexOf(mark[0], at + 1)
  }
  return -1
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
