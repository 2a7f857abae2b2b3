/**
 * Intersection by Diffie–Hellman in the 2048-bit group of RFC 3526: both ends of the method. Each party raises every
 * element to its own secret exponent; equal identifiers meet in the same element. Slower than on a curve, for those who
 * have to use a finite field.
 * @module
 */
import { concatBytes } from '../../compute/crypto/bytes.ts'
import { EXPONENT_BYTES, hashElements, MODP_BYTES } from '../../compute/crypto/modp.ts'
import type { TaskContext } from '../define.ts'
import { answerPeer, askPeer, checkAsked, type Tags } from './exchange.ts'
import type { IdList } from './id-list.ts'
import type { Meeting, Protocol } from './protocol.ts'
import { spread } from './spread.ts'

const TAGS: Tags = { request: 'dh_request', answer: 'dh_answer', set: 'dh_set' }
/** Identifiers in a batch: 256 KiB a message. */
const BATCH = 1024

/** The method. */
export const dh: Protocol<'dh'> = {
  name: 'dh',
  summary: 'Diffie–Hellman in the 2048-bit group of RFC 3526',
  messages: {
    [TAGS.request]: {
      kind: 'blinded',
      from: ['guest'],
      to: ['host'],
      reveals: 'How many ids the guest has; each is hidden by the guest’s secret exponent.',
    },
    [TAGS.answer]: {
      kind: 'blinded',
      from: ['host'],
      to: ['guest'],
      reveals: 'The guest’s own elements under both exponents, to be compared with the host’s.',
    },
    [TAGS.set]: {
      kind: 'blinded',
      from: ['host'],
      to: ['guest'],
      reveals:
        'How many ids the host has, and which of them the guest has too; the others stay hidden ' +
        'behind the host’s secret exponent.',
    },
  },
  ask: askByDh,
  async answer(context, ids, place) {
    checkAsked(place, await answerByDh(context, ids, place))
  },
}

/** The guest's side of `askPeer`. */
function askByDh(context: TaskContext, ids: IdList, place: Meeting): Promise<Int32Array> {
  // An exponent for each host, so that two hosts cannot compare what they got.
  const side = sideOf(context)
  const asker = {
    width: MODP_BYTES,
    setWidth: MODP_BYTES,
    batch: BATCH,
    ask: async (batch: readonly string[]) => ({ request: await side.hash(batch), kept: null }),
    finish: async (answer: Uint8Array) => hashElements(answer),
    compare: async (set: Uint8Array) => hashElements(await side.power(set)),
  }
  return askPeer(ids, asker, { ...place, tags: TAGS })
}

/** The host's side of `answerPeer`. */
function answerByDh(context: TaskContext, ids: IdList, place: Meeting): Promise<number> {
  const side = sideOf(context)
  const answerer = {
    width: MODP_BYTES,
    setWidth: MODP_BYTES,
    batch: BATCH,
    answer: side.power,
    list: side.hash,
  }
  return answerPeer(ids, answerer, { ...place, tags: TAGS })
}

/** What a fresh secret exponent does to identifiers and to elements. */
function sideOf(context: TaskContext) {
  const { parallel, signal } = context
  const exponent = context.random(EXPONENT_BYTES)
  return {
    async hash(ids: readonly string[]): Promise<Uint8Array> {
      const results = await spread(parallel, 'modp.hashPower', {
        count: ids.length,
        signal,
        call: (from, until) => ({ ids: ids.slice(from, until), exponent }),
      })
      return concatBytes(results)
    },
    async power(elements: Uint8Array): Promise<Uint8Array> {
      const results = await spread(parallel, 'modp.power', {
        count: elements.length / MODP_BYTES,
        signal,
        call: (from, until) => ({
          elements: elements.slice(from * MODP_BYTES, until * MODP_BYTES),
          exponent,
        }),
      })
      return concatBytes(results)
    },
  }
}
