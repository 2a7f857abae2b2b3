/**
 * Reads small tar.gz archives that clients send: regular files only, all of it or nothing.
 * @module
 */
import { DomainError, invalid } from '../domain/error.ts'

export interface UntarLimits {
  /** Most bytes once it is unpacked: a small archive may hold endless zeros. */
  readonly bytes: number
  readonly files: number
  /** What the path of a file must look like. */
  readonly path: RegExp
}

const BLOCK = 512

/** The files of an archive by path. Throws a sentence for anything that is no such archive, or beyond the limits. */
export async function untarGzip(
  body: ReadableStream<Uint8Array>,
  limits: UntarLimits,
): Promise<Map<string, Uint8Array>> {
  return untar(await gunzip(body, limits.bytes), limits)
}

async function gunzip(body: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array> {
  const stream = body.pipeThrough(
    new DecompressionStream('gzip') as unknown as ReadableWritablePair<Uint8Array, Uint8Array>,
  )
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      size += value.length
      if (size > most) {
        throw new DomainError('limit', `The archive holds more than ${most} bytes once unpacked`)
      }
      chunks.push(value)
    }
  } catch (cause) {
    await reader.cancel().catch(() => {})
    if (cause instanceof DomainError) throw cause
    throw new DomainError(
      'invalid',
      'The file is no whole tar.gz archive: send what was exported',
      {
        cause,
      },
    )
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

function untar(archive: Uint8Array, limits: UntarLimits): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>()
  const decoder = new TextDecoder()
  const text = (from: number, length: number) =>
    decoder.decode(archive.subarray(from, from + length)).split('\u0000')[0]
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0;) {
    if (text(at + 257, 5) !== 'ustar' || checksum(archive, at) !== octal(text(at + 148, 8))) {
      throw invalid('The archive is damaged, or no tar archive: send what was exported')
    }
    const path = [text(at + 345, 155), text(at, 100)].filter((part) => part !== '').join('/')
    const type = text(at + 156, 1)
    const size = octal(text(at + 124, 12))
    const end = at + BLOCK + size
    if (type !== '0' && type !== '') throw invalid(`"${path}" in the archive is no regular file`)
    if (!limits.path.test(path))
      throw invalid(`The archive has a file "${path}" that does not belong there`)
    if (!Number.isSafeInteger(size) || end > archive.length)
      throw invalid('The archive is cut short')
    if (files.has(path)) throw invalid(`The archive has "${path}" twice`)
    if (files.size >= limits.files) throw invalid(`The archive has more than ${limits.files} files`)
    files.set(path, archive.subarray(at + BLOCK, end))
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return files
}

function checksum(archive: Uint8Array, at: number): number {
  let sum = 0
  for (let byte = 0; byte < BLOCK; byte++) {
    sum += byte >= 148 && byte < 156 ? 32 : archive[at + byte]
  }
  return sum
}

function octal(text: string): number {
  return /^ *[0-7]+ *$/.test(text) ? Number.parseInt(text.trim(), 8) : Number.NaN
}
