/**
 * Intersection in the clear, for parties that may see each other's identifiers: one side sends them, readable or
 * hashed, and the other compares.
 * @module
 */
import { digestId, type IdDigest } from '../../compute/crypto/id-digest.ts'
import type { Disclosure } from '../../federation/channel.ts'
import { json, parts, texts } from '../../federation/codec.ts'
import { cut, type Place } from './exchange.ts'

const TAG = 'raw_ids'
const IDS = parts<{ last: unknown; ids: readonly string[] }>({ last: json, ids: texts })
/** Identifiers in a batch. */
const BATCH = 8192

/** The messages of this method. */
export const RAW_MESSAGES: Readonly<Record<string, Disclosure>> = {
  [TAG]: {
    kind: 'plain',
    from: ['guest', 'host'],
    to: ['guest', 'host'],
    reveals:
      'All ids of the sender: readable, or as plain hashes that anyone who can list the possible ' +
      'ids can reverse.',
  },
}

/** Sends all of `ids` in their order. */
export async function sendIds(
  ids: readonly string[],
  options: { readonly place: Omit<Place, 'tags'>; readonly digest: IdDigest },
): Promise<void> {
  const { channel, peer, signal, done } = options.place
  for (const { batch, last } of cut(ids, BATCH)) {
    signal.throwIfAborted()
    const encoded = batch.map((id) => digestId(id, options.digest))
    await channel.send(peer, TAG, IDS.encode({ last, ids: encoded }))
    done(batch.length)
  }
}

/** For each of `ids` the place in the peer's list where the same identifier stands, or −1. */
export async function matchIds(
  ids: readonly string[],
  options: { readonly place: Omit<Place, 'tags'>; readonly digest: IdDigest },
): Promise<Int32Array> {
  const { channel, peer, signal, done } = options.place
  const positions = new Map<string, number>()
  for (let last = false; !last;) {
    const batch = IDS.decode(await channel.receive(peer, TAG))
    signal.throwIfAborted()
    for (const id of batch.ids) {
      if (positions.has(id)) throw new RangeError(`${peer} lists an identifier twice`)
      positions.set(id, positions.size)
    }
    last = batch.last === true
  }
  done(ids.length)
  return Int32Array.from(ids, (id) => positions.get(digestId(id, options.digest)) ?? -1)
}
