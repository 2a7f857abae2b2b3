/**
 * The output of a process on its way to whoever reads it.
 * @module
 */
import type { Readable } from 'node:stream'

import type { LineWriter } from './output.ts'

/** Carries one stream to its writer; `finish` resolves when everything is delivered. */
export function pump(
  stream: Readable | null,
  writer: LineWriter,
  failed: (error: unknown) => void,
): { finish(): Promise<void> } {
  let reading = false
  let reads = 0
  let over = false
  const done = (async () => {
    if (stream === null) return
    try {
      const chunks = stream[Symbol.asyncIterator]()
      for (;;) {
        reading = true
        const next = await chunks.next()
        reading = false
        reads += 1
        if (next.done === true) break
        await writer.write(next.value as Buffer)
      }
      await writer.end()
    } catch (error) {
      failed(error)
      stream.resume()
    }
  })().finally(() => {
    over = true
  })
  return {
    async finish() {
      // A process that hid from the tree may hold the pipe open for ever.
      let lastReads = -1
      const idle = setInterval(() => {
        if (reading && reads === lastReads && !over) stream?.push(null)
        lastReads = reads
      }, 1000)
      await done
      clearInterval(idle)
    },
  }
}
