/**
 * New files of what clients send.
 * @module
 */
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { DomainError } from '../domain/error.ts'

/** Writes a new file of at most `limit` bytes, all of it or nothing; answers its size. `refusal` says that it is larger. */
export async function writeNew(
  path: string,
  body: ReadableStream<Uint8Array>,
  { limit, mode, refusal }: { limit: number; mode: number; refusal: string },
): Promise<number> {
  let bytes = 0
  const count = async function* (source: AsyncIterable<Uint8Array>) {
    for await (const chunk of source) {
      bytes += chunk.length
      if (bytes > limit) throw new DomainError('limit', refusal)
      yield chunk
    }
  }
  const target = createWriteStream(path, { flags: 'wx', mode })
  // One that is made after its removal would stay.
  await once(target, 'open')
  try {
    await pipeline(Readable.fromWeb(body as never), count, target)
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
  return bytes
}
