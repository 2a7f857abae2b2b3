/**
 * Bytes of a process into lines: cut when too long, dropped when too many, and held back while the sink is busy.
 * @module
 */
import { StringDecoder } from 'node:string_decoder'

import type { LineSink, OutputSinks } from './engine.ts'

const MAX_LINE = 64 * 1024
const MAX_BYTES = 64 * 1024 * 1024
const EMPTY = Buffer.alloc(0)
const CUT = ' … [line cut]'

/** Takes the bytes of one stream in order. */
export interface LineWriter {
  /** Resolves when the sink has taken all complete lines of the chunk. */
  write(chunk: Buffer): Promise<void>
  /** Delivers a last line without an end. */
  end(): Promise<void>
}

/** Splits one stream into lines for `sink`; without a sink the bytes are dropped. */
export function createLineWriter(
  sink: LineSink | undefined,
  limits: Pick<OutputSinks, 'maxLineBytes' | 'maxBytes'> = {},
  index = 0,
): LineWriter {
  const { maxLineBytes = MAX_LINE, maxBytes = MAX_BYTES } = limits
  let pending: Buffer[] = []
  let held = 0
  let cut = false
  let total = 0
  let closed = false

  // Answers nothing where nothing is to be awaited: an await for every line would cost more than the line.
  const deliver = (last: Buffer): void | Promise<void> => {
    const whole = held === 0 && !cut && last.length <= maxLineBytes
    if (!whole) keep(last)
    const bytes = whole ? last : Buffer.concat(pending)
    // A decoder leaves out a character that the cut has halved; a plain toString would show a replacement.
    const text = cut ? new StringDecoder('utf8').write(bytes) + CUT : bytes.toString('utf8')
    pending = []
    held = 0
    cut = false
    return sink?.(text.endsWith('\r') ? text.slice(0, -1) : text, index)
  }
  const keep = (part: Buffer): void => {
    const room = maxLineBytes - held
    if (part.length > room) cut = true
    const kept = part.subarray(0, Math.max(0, room))
    if (kept.length > 0) pending.push(Buffer.from(kept))
    held += kept.length
  }

  return {
    async write(chunk) {
      if (sink === undefined || closed) return
      let rest = chunk
      if (total + chunk.length > maxBytes) rest = chunk.subarray(0, Math.max(0, maxBytes - total))
      total += chunk.length
      let from = 0
      for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10, from)) {
        const busy = deliver(rest.subarray(from, at))
        from = at + 1
        if (busy !== undefined) await busy
      }
      keep(rest.subarray(from))
      if (total > maxBytes) {
        closed = true
        if (held > 0) await deliver(EMPTY)
        const busy = sink(`[output beyond ${maxBytes} bytes is dropped]`, index)
        if (busy !== undefined) await busy
      }
    },
    async end() {
      if (sink !== undefined && !closed && (held > 0 || cut)) await deliver(EMPTY)
      closed = true
    },
  }
}
