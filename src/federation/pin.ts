/**
 * Trust at first sight: the first identity key that a runner meets under a party's name is the only one it
 * accepts from then on, whatever the server says later.
 * @module
 */
import { fingerprint, isPublicKey } from './identity.ts'

/** Where a runner remembers the keys of other parties. */
export interface PinStore {
  find(party: string): Promise<string | undefined>
  /** Remembers a key unless the party has one; answers the one that is remembered. */
  add(pin: { party: string; identity: string }): Promise<string>
  /** Where a person finds the pin of `party`, for the sentence that asks to remove it. */
  place(party: string): string
}

/** A party shows another key than the pinned one, or none: it may be somebody else. */
export class UntrustedIdentity extends Error {
  override readonly name = 'UntrustedIdentity'
}

/** Accepts the pinned key of a party, pins the first one seen, and refuses any other. */
export async function checkPin(
  pins: PinStore,
  shown: { party: string; identity: string },
): Promise<void> {
  const { party, identity } = shown
  if (!isPublicKey(identity)) {
    throw new UntrustedIdentity(
      `Party ${party} shows no identity key: its runner has to register with one, so update and restart it`,
    )
  }
  const pinned = (await pins.find(party)) ?? (await pins.add({ party, identity }))
  if (pinned === identity) return
  throw new UntrustedIdentity(
    `Party ${party} shows the identity key ${await fingerprint(identity)}, but ${await fingerprint(pinned)} is ` +
      `pinned, so it may be somebody else: ask party ${party} for its fingerprint, and only if it is the new one ` +
      `remove ${pins.place(party)} and start the job again`,
  )
}

/** Pins that last as long as the process. */
export function memoryPins(): PinStore {
  const pins = new Map<string, string>()
  return {
    find: (party) => Promise.resolve(pins.get(party)),
    add({ party, identity }) {
      const kept = pins.get(party) ?? identity
      pins.set(party, kept)
      return Promise.resolve(kept)
    },
    place: (party) => `the pin of party ${party}`,
  }
}
