/**
 * A seat of a party while it is taken, and the work that ends with it.
 * @module
 */
import type { Peer } from '../domain/work.ts'
import type { Address } from './channel.ts'
import type { Link } from './link.ts'

/** A seat that is taken: its lines to the other members, and what is under way on them. */
export interface Room {
  readonly links: Map<Address, Link>
  readonly routes: Map<Address, (envelope: Uint8Array) => Promise<void>>
  /** Where peers are, or were when they were last seen. */
  readonly located: Map<Address, Peer>
  peers(): Promise<readonly Peer[]>
  /** Answers and last words that are on their way. */
  readonly answering: Set<Promise<void>>
  readonly stop: AbortController
}

/** Fails every line and stops all that runs for the room. */
export function end(room: Room, reason: string, cause?: unknown): void {
  for (const link of room.links.values()) link.fail(reason, cause)
  room.stop.abort(cause ?? new Error(reason))
}

/** Runs an answer, which is waited for at the end. */
export async function answering(room: Room, work: Promise<void> | undefined): Promise<void> {
  if (!work) return
  room.answering.add(work)
  await work.finally(() => room.answering.delete(work))
}

/** Resolves when no answer is on its way any more. */
export async function answered(room: Room): Promise<void> {
  while (room.answering.size > 0) await Promise.allSettled(room.answering)
}

/** Runs what nobody waits for; its failure ends the room. */
export function background(room: Room, work: () => Promise<void>): void {
  work().catch((error: unknown) => {
    if (!room.stop.signal.aborted) end(room, sentence(error), error)
  })
}

/** Ends the room when the signal aborts, with its reason. */
export function follow(signal: AbortSignal | undefined, room: Room): void {
  if (!signal) return
  const stop = () => end(room, sentence(signal.reason), signal.reason)
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true, signal: room.stop.signal })
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The key of a seat: its session, and who sits there. */
export function seatKey(session: string, self: Address): string {
  return JSON.stringify([session, self])
}

/** The party in an address; roles hold no colon, parties may. */
export function partyOf(address: Address): string {
  return address.slice(address.indexOf(':') + 1)
}
