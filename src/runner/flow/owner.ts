/**
 * Which buffers have one reader only, so that their memory can be moved to another thread. Only flows with such threads ask.
 * @module
 */
import { errorBuffer, type FlowBuffer } from '../../flow/stream/buffer.ts'

export interface Owners {
  /** A sender gives a buffer to so many readers; answers it, or an error where its memory was moved away before. */
  given(buffer: FlowBuffer, to: { readonly sender: object; readonly readers: number }): FlowBuffer
  /** Whether its only reader may move its memory. */
  mayMove(buffer: FlowBuffer): boolean
}

/** Remembers every block of memory for as long as it lives. */
export function createOwners(): Owners {
  /** Who sent it last; null where several read it. */
  const last = new WeakMap<ArrayBufferLike, object | null>()
  return {
    given(buffer, { sender, readers }) {
      const memory = memoryOf(buffer)
      if (!memory) return buffer
      if (memory instanceof ArrayBuffer && memory.detached)
        return errorBuffer({
          code: 'Unit.BufferGone',
          message: 'The unit has sent a buffer again that it had given away: it is to send a copy',
        })
      const before = last.get(memory)
      // A sender that gives the same twice, as from two ports, has made two readers.
      if (readers > 1 || before === null || before === sender) last.set(memory, null)
      else last.set(memory, sender)
      return buffer
    },
    mayMove(buffer) {
      const memory = memoryOf(buffer)
      return memory !== undefined && last.get(memory) !== null
    },
  }
}

function memoryOf({ data }: FlowBuffer): ArrayBufferLike | undefined {
  return ArrayBuffer.isView(data) ? data.buffer : undefined
}
