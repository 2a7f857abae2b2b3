/**
 * Hellos that came before their receiver had taken its seat, kept until it does.
 * @module
 */
import type { Address } from './channel.ts'
import type { Envelope } from './envelope.ts'

export interface EarlyHellos {
  /** Keeps one; of a sender only the last, and of all of them the newest. */
  add(envelope: Envelope, bytes: Uint8Array): void
  /** Those for the seat, in the order in which they came; they are kept no longer. */
  take(session: string, receiver: Address): Uint8Array[]
}

/** None so far; at most `most` are kept, for `ms` milliseconds. */
export function earlyHellos(most: number, ms: number, now: () => number = Date.now): EarlyHellos {
  const kept = new Map<string, { readonly bytes: Uint8Array; readonly until: number }>()

  return {
    add({ session, receiver, sender }, bytes) {
      const key = JSON.stringify([session, receiver, sender])
      kept.delete(key)
      kept.set(key, { bytes: bytes.slice(), until: now() + ms })
      for (const [oldest, { until }] of kept) {
        if (kept.size <= most && until > now()) break
        kept.delete(oldest)
      }
    },
    take(session, receiver) {
      return [...kept].flatMap(([key, { bytes }]) => {
        const [at, to] = JSON.parse(key) as string[]
        if (at !== session || to !== receiver) return []
        kept.delete(key)
        return [bytes]
      })
    },
  }
}
