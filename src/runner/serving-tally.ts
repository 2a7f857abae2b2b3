/**
 * Counts what a service sends for the disclosure ledger, and tells the server of it now and then.
 * @module
 */
import type { DisclosureKind } from '../federation/channel.ts'
import type { ReportBody } from './executor.ts'

/** How often the counts are told, in milliseconds. */
const TELL_MS = 500

/** One message that was sent. */
export interface Sent {
  readonly receiver: string
  readonly tag: string
  readonly kind: DisclosureKind
  readonly reveals: string
  readonly bytes: number
}

export interface Tally {
  add(sent: Sent): void
  /** Tells what is left. */
  close(): void
}

/** A tally that tells `report`. */
export function createTally(report: (body: ReportBody) => void): Tally {
  const lines = new Map<string, { sent: Sent; messages: number; bytes: number }>()
  let timer: ReturnType<typeof setTimeout> | undefined

  function tell(): void {
    clearTimeout(timer)
    timer = undefined
    for (const { sent, messages, bytes } of lines.values()) {
      const { receiver, tag, kind, reveals } = sent
      report({ type: 'ledger', receiver, tag, kind, reveals, messages, bytes })
    }
    lines.clear()
  }

  return {
    add(sent) {
      const key = `${sent.receiver} ${sent.tag}`
      const known = lines.get(key)
      if (known) {
        known.messages++
        known.bytes += sent.bytes
      } else lines.set(key, { sent, messages: 1, bytes: sent.bytes })
      timer ??= setTimeout(tell, TELL_MS)
    },
    close: tell,
  }
}
