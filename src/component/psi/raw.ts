/**
 * Intersection in the clear, for parties that may see each other's identifiers: one side sends them, readable or
 * hashed, and the other compares.
 * @module
 */
import { digestId, type IdDigest } from '../../compute/crypto/id-digest.ts'
import { json, parts, texts } from '../../federation/codec.ts'
import { digestIds } from './check-ids.ts'
import { cut, type IdList } from './id-list.ts'
import type { IntersectParam } from './intersect-param.ts'
import { createMatcher } from './match.ts'
import type { Meeting, MethodContext, Protocol } from './protocol.ts'

const TAG = 'raw_ids'
const IDS = parts<{ last: unknown; ids: readonly string[] }>({ last: json, ids: texts })
/** Identifiers in a batch. */
const BATCH = 8192

/** Everything of one side in the clear. */
export const raw: Protocol<'raw'> = {
  name: 'raw',
  summary: 'one side shows its ids',
  messages: {
    [TAG]: {
      kind: 'plain',
      from: ['guest', 'host'],
      to: ['guest', 'host'],
      reveals:
        'All ids of the sender: readable, or as plain hashes that anyone who can list the possible ' +
        'ids can reverse.',
    },
  },
  terms(params) {
    const { method, base64 } = digestOf(params)
    return { join_role: params.join_role, encode_method: method, base64 }
  },
  weakness(params) {
    const [sender, joiner] = hostJoins(params) ? ['guest', 'hosts'] : ['hosts', 'guest']
    const { method } = digestOf(params)
    const form = method === 'none' ? 'readable' : `as ${method}, which can be reversed by trying`
    return `intersect_method raw shows all ids of the ${sender} to the ${joiner}, ${form}`
  },
  ask: (context, ids, place) => matchIds(context, ids, place),
  answer: ({ params }, ids, place) => sendIds(ids, { place, digest: digestOf(params) }),
}

/** Whether the hosts find the common ids and not the guest. */
export function hostJoins(params: IntersectParam): boolean {
  return params.intersect_method === 'raw' && params.join_role === 'host'
}

/** How ids are written that are sent. */
export function digestOf({ with_encode, encode_params }: IntersectParam): IdDigest {
  if (!with_encode) return { method: 'none', salt: '', base64: false }
  const { encode_method: method, salt, base64 } = encode_params
  return { method, salt, base64 }
}

/** Sends all of `ids` in their order. */
export async function sendIds(
  ids: IdList,
  options: { readonly place: Meeting; readonly digest: IdDigest },
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
  context: MethodContext,
  ids: IdList,
  place: Meeting,
): Promise<Int32Array> {
  const { channel, peer, signal, scratch, done } = place
  const digest = digestOf(context.params)
  const matcher = createMatcher({ peer, scratch })
  const salt = context.random(16)
  for (let last = false; !last;) {
    const batch = IDS.decode(await channel.receive(peer, TAG))
    signal.throwIfAborted()
    await matcher.addTheirs(await digestIds(batch.ids, salt, context))
    last = batch.last === true
  }
  for (const { batch } of cut(ids, BATCH)) {
    const encoded = batch.map((id) => digestId(id, digest))
    await matcher.addOwn(await digestIds(encoded, salt, context))
    done(batch.length)
  }
  return matcher.finish()
}
