/**
 * Intersection by Diffie–Hellman on Curve25519: both ends of the method. Each party multiplies every point by its own
 * secret; equal identifiers meet in the same point. For the size of the intersection alone the host returns the guest's
 * points in a random order (E. De Cristofaro, P. Gasti, G. Tsudik, "Fast and private computation of cardinality of set
 * intersection and union", CANS 2012).
 * @module
 */
import { answerPeer, askPeer, checkAsked, type Tags } from './exchange.ts'
import type { IdList } from './id-list.ts'
import { drawSide, POINT } from './points.ts'
import type { Meeting, MethodContext, Protocol } from './protocol.ts'
import { countInRing, RING_MESSAGES } from './ring.ts'

const TAGS: Tags = { request: 'ecdh_request', answer: 'ecdh_answer', set: 'ecdh_set' }
/** Identifiers in a batch: 256 KiB a message. */
const BATCH = 8192

/** The method. */
export const ecdh: Protocol<'ecdh'> = {
  name: 'ecdh',
  summary: 'Diffie–Hellman on Curve25519',
  messages: {
    [TAGS.request]: {
      kind: 'blinded',
      from: ['guest'],
      to: ['host'],
      reveals: 'How many ids the guest has; each is hidden by the guest’s secret scalar.',
    },
    [TAGS.answer]: {
      kind: 'blinded',
      from: ['host'],
      to: ['guest'],
      reveals:
        'The guest’s own points under both scalars, to be compared with the host’s; with ' +
        'cardinality_only in an order that the guest does not know.',
    },
    [TAGS.set]: {
      kind: 'blinded',
      from: ['host'],
      to: ['guest'],
      reveals:
        'How many ids the host has, and which of them the guest has too (with cardinality_only how ' +
        'many); the others stay hidden behind the host’s secret scalar.',
    },
    ...RING_MESSAGES,
  },
  terms: ({ cardinality_only }) => ({ cardinality_only }),
  ask: askByEcdh,
  async answer(context, ids, place) {
    checkAsked(place, await answerByEcdh(context, ids, place))
  },
  count: countInRing,
}

/** The guest's side of `askPeer`. */
function askByEcdh(context: MethodContext, ids: IdList, place: Meeting): Promise<Int32Array> {
  // A scalar for each host, so that two hosts cannot compare what they got.
  const side = drawSide(context)
  const asker = {
    width: POINT,
    batch: BATCH,
    ask: async (batch: readonly string[]) => ({ request: await side.hash(batch), kept: null }),
    finish: async (answer: Uint8Array) => answer,
    compare: side.multiply,
  }
  const shuffled = context.params.cardinality_only
  return askPeer(ids, asker, { ...place, tags: TAGS, shuffled })
}

/** The host's side of `answerPeer`. */
function answerByEcdh(context: MethodContext, ids: IdList, place: Meeting): Promise<number> {
  const side = drawSide(context)
  const answerer = { width: POINT, batch: BATCH, answer: side.multiply, list: side.hash }
  const shuffled = context.params.cardinality_only
  return answerPeer(ids, answerer, { ...place, tags: TAGS, shuffled })
}
