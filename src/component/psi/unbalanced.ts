/**
 * Intersection for a guest with few ids and a host with many: both ends of the method. The host lists the values of a
 * pseudorandom function of its ids, 16 bytes each; the guest has the host evaluate it at its own ids without showing them.
 * The guest's work grows with its own ids alone, but for a comparison of bytes.
 *
 *     guest ── request ──► host     r·H(id), in random order
 *     guest ◄── answer ─── host     k·r·H(id), from which the guest takes r off
 *     guest ◄─── set ───── host     F(k, id) of the host's ids, cut to 16 bytes
 *
 * Source: Á. Kiss, J. Liu, T. Schneider, N. Asokan, B. Pinkas, "Private set intersection for unequal set sizes with mobile
 * applications", PoPETs 2017(4), with the function of `../../compute/crypto/oprf25519.ts`. The host's list is made anew for
 * each meeting, as its key is.
 * @module
 */
import { concatBytes } from '../../compute/crypto/bytes.ts'
import { drawBlind } from '../../compute/crypto/oprf25519.ts'
import type { Disclosure } from '../../federation/channel.ts'
import { answerPeer, askPeer, checkAsked, type Tags } from './exchange.ts'
import type { MethodContext, Protocol } from './protocol.ts'
import { spread } from './spread.ts'

const TAGS: Tags = {
  request: 'unbalanced_request',
  answer: 'unbalanced_answer',
  set: 'unbalanced_set',
}
/** Bytes of a point, of a value and of what is sent of it. */
const POINT = 32
const VALUE = 32
const SHORT = 16
/** Identifiers in a batch: 256 KiB a message of points. */
const BATCH = 8192

/** The method. */
export const unbalanced: Protocol<'unbalanced'> = {
  name: 'unbalanced',
  summary: 'an oblivious function on Curve25519, for a guest with far fewer ids than the hosts',
  messages: unbalancedMessages(TAGS),
  ask(context, ids, place) {
    // A scalar for each host, so that two hosts cannot compare what they got.
    const { scalar, inverse } = drawBlind((bytes) => context.random(bytes))
    const asker = {
      width: POINT,
      setWidth: SHORT,
      batch: BATCH,
      ask: async (batch: readonly string[]) => ({
        request: await onIds(context, 'curve25519.hashMultiply', { batch, scalar }),
        kept: null,
      }),
      finish: (answer: Uint8Array) =>
        onPoints(context, 'oprf25519.unblind', { points: answer, scalar: inverse }),
      compare: async (set: Uint8Array) => resize(set, { from: SHORT, to: VALUE }),
    }
    return askPeer(ids, asker, { ...place, tags: TAGS })
  },
  async answer(context, ids, place) {
    const scalar = context.random(32)
    const answerer = {
      width: POINT,
      setWidth: SHORT,
      batch: BATCH,
      answer: (points: Uint8Array) => onPoints(context, 'curve25519.multiply', { points, scalar }),
      list: async (batch: readonly string[]) => {
        const values = await onIds(context, 'oprf25519.evaluate', { batch, scalar })
        return resize(values, { from: VALUE, to: SHORT })
      },
    }
    checkAsked(place, await answerPeer(ids, answerer, { ...place, tags: TAGS }))
  },
}

/** A kernel over ids, on all cores. */
export async function onIds(
  { parallel, signal }: Pick<MethodContext, 'parallel' | 'signal'>,
  kernel: 'curve25519.hashMultiply' | 'oprf25519.evaluate',
  { batch, scalar }: { readonly batch: readonly string[]; readonly scalar: Uint8Array },
): Promise<Uint8Array> {
  const results = await spread(parallel, kernel, {
    count: batch.length,
    signal,
    call: (from, until) => ({ ids: batch.slice(from, until), scalar }),
  })
  return concatBytes(results)
}

/** A kernel over points, on all cores. */
export async function onPoints(
  { parallel, signal }: Pick<MethodContext, 'parallel' | 'signal'>,
  kernel: 'curve25519.multiply' | 'oprf25519.unblind',
  { points, scalar }: { readonly points: Uint8Array; readonly scalar: Uint8Array },
): Promise<Uint8Array> {
  const results = await spread(parallel, kernel, {
    count: points.length / POINT,
    signal,
    call: (from, until) => ({ points: points.slice(from * POINT, until * POINT), scalar }),
  })
  return concatBytes(results)
}

/** Rows of another width: cut off, or with zeros behind. */
export function resize(
  rows: Uint8Array,
  { from, to }: { readonly from: number; readonly to: number },
): Uint8Array {
  const count = rows.length / from
  const resized = new Uint8Array(count * to)
  const kept = Math.min(from, to)
  for (let i = 0; i < count; i++) resized.set(rows.subarray(i * from, i * from + kept), i * to)
  return resized
}

/** What such a meeting sends under its tags, and what that reveals. */
export function unbalancedMessages(tags: Tags): Readonly<Record<string, Disclosure>> {
  return {
    [tags.request]: {
      kind: 'blinded',
      from: ['guest'],
      to: ['host'],
      reveals: 'How many ids the guest has; each is hidden by the guest’s secret scalar.',
    },
    [tags.answer]: {
      kind: 'blinded',
      from: ['host'],
      to: ['guest'],
      reveals:
        'The value of the host’s secret function at the guest’s own ids, which only the guest can ' +
        'unblind.',
    },
    [tags.set]: {
      kind: 'blinded',
      from: ['host'],
      to: ['guest'],
      reveals:
        'How many ids the host has, and which of them the guest has too; the values of the others ' +
        'are as good as random to whoever lacks the host’s key.',
    },
  }
}
