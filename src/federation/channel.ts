/**
 * What one party of a job says to another.
 * @module
 */

/** A party in its role, `guest:9999`. One party may hold several roles of a job. */
export type Address = `${string}:${string}`

/** The address of `party` in `role`. */
export function address(role: string, party: string): Address {
  return `${role}:${party}`
}

/**
 * Ordered, reliable messages between the parties of one component of one job.
 *
 * Messages from one sender under one tag arrive in sending order; different tags are independent, so a party may
 * wait for them in any order.
 */
export interface Channel {
  readonly self: Address
  /** Hands `bytes` to the transport; resolves when it has them, which limits how far a sender runs ahead. */
  send(to: Address, tag: string, bytes: Uint8Array): Promise<void>
  /** The next message of `from` under `tag`. Rejects with `ChannelClosed` when it can no longer come. */
  receive(from: Address, tag: string): Promise<Uint8Array>
}

/** The other side is gone or the task was stopped: nothing more will arrive. */
export class ChannelClosed extends Error {
  override readonly name = 'ChannelClosed'
}

/**
 * What a receiver gets out of a message:
 * - `ciphertext`: encrypted under a key that the receiver does not hold, or holds for the result only
 * - `blinded`: hidden by the receiver's or sender's own random factor
 * - `masked`: hidden by a random mask that cancels in a sum
 * - `share`: one share of a secret, worthless alone
 * - `aggregate`: a sum over many rows
 * - `plain`: readable
 */
export type DisclosureKind = 'ciphertext' | 'blinded' | 'masked' | 'share' | 'aggregate' | 'plain'

/** A component's declaration of one message tag. A tag that is not declared cannot be sent. */
export interface Disclosure {
  readonly kind: DisclosureKind
  readonly from: readonly string[]
  readonly to: readonly string[]
  /** One sentence: what the receiver can learn from it. */
  readonly reveals: string
}

/** What was sent under one tag, as the disclosure ledger keeps it. */
export interface LedgerEntry {
  readonly component: string
  readonly sender: Address
  readonly receiver: Address
  readonly tag: string
  readonly kind: DisclosureKind
  readonly reveals: string
  readonly messages: number
  readonly bytes: number
}
