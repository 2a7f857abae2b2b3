/**
 * Keeps a component to the messages that it declared, and counts them for the disclosure ledger.
 * @module
 */
import type { Address, Channel, Disclosure, LedgerEntry } from './channel.ts'

/** Whose messages are counted, what it declared, and who keeps the count. */
export interface LedgerOptions {
  readonly component: string
  readonly messages: Readonly<Record<string, Disclosure>>
  /** Called once for each message, before it leaves: a message that may have crossed is always counted. */
  readonly record: (entry: LedgerEntry) => void
}

/**
 * `channel`, limited to the declared tags between the declared roles. Sending or awaiting anything else rejects
 * with a RangeError and nothing leaves.
 */
export function ledgered(channel: Channel, options: LedgerOptions): Channel {
  const { component, messages, record } = options

  function declared(tag: string, ends: { from: Address; to: Address }): Disclosure {
    if (!Object.hasOwn(messages, tag)) {
      throw new RangeError(`${component} declares no message "${tag}": add it to its messages`)
    }
    const disclosure = messages[tag]
    for (const end of ['from', 'to'] as const) {
      const role = roleOf(ends[end])
      if (disclosure[end].includes(role)) continue
      const allowed = disclosure[end].join(', ')
      throw new RangeError(
        `${component} message "${tag}" goes ${end} ${allowed}, not ${end} ${role} (${ends[end]})`,
      )
    }
    return disclosure
  }

  return {
    self: channel.self,
    async send(to, tag, bytes) {
      const { kind, reveals } = declared(tag, { from: channel.self, to })
      record({
        component,
        sender: channel.self,
        receiver: to,
        tag,
        kind,
        reveals,
        messages: 1,
        bytes: bytes.length,
      })
      await channel.send(to, tag, bytes)
    },
    async receive(from, tag) {
      declared(tag, { from, to: channel.self })
      return channel.receive(from, tag)
    },
  }
}

/** The role in an address; roles hold no colon, parties may. */
function roleOf(address: Address): string {
  return address.slice(0, address.indexOf(':'))
}
