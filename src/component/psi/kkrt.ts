/**
 * Intersection by a batched oblivious pseudorandom function, for large sets: a dozen symmetric operations an id in place
 * of two multiplications on a curve, for more traffic. Both ends of the method.
 *
 *     guest ◄── offer ──── host     choices of the base transfers
 *     guest ─── setup ───► host     their answer, the salt of the digests and the key of the code
 *     guest ── request ──► host     64 bytes for each bin of the guest's cuckoo table, a block of bins a message
 *     guest ◄─── set ───── host     three values for each of the host's ids, in the order of its list
 *
 * Source: Kolesnikov, Kumaresan, Rosulek, Trieu, CCS 2016 (`../../compute/crypto/kkrt.ts`), §5.1 without a stash. An id
 * stands in one of three bins of the guest's; of the host's three values of the same id the one of that bin is equal.
 * @module
 */
import { answerOffer, offerChoices, openAnswer } from '../../compute/crypto/base-ot.ts'
import { binsFor, placeItems } from '../../compute/crypto/cuckoo.ts'
import { CHOICE_BYTES, COLUMNS, maskBytes } from '../../compute/crypto/kkrt.ts'
import { digestIds } from './check-ids.ts'
import { cut, type IdList } from './id-list.ts'
import { answer, request, sortByBlock } from './kkrt-request.ts'
import { compare, sendSet } from './kkrt-set.ts'
import { OFFER, SETUP, TAGS } from './kkrt-wire.ts'
import type { MethodContext, Protocol } from './protocol.ts'

/** Bytes of two points. */
const TWO_POINTS = 64

/** The method. */
export const kkrt: Protocol<'kkrt'> = {
  name: 'kkrt',
  summary: 'oblivious transfer, the fastest for large sets',
  messages: {
    [TAGS.offer]: {
      kind: 'blinded',
      from: ['host'],
      to: ['guest'],
      reveals:
        'About how many ids the host has. The host’s secret choices are hidden: either of two points ' +
        'could be the one whose factor it knows.',
    },
    [TAGS.setup]: {
      kind: 'plain',
      from: ['guest'],
      to: ['host'],
      reveals: 'A public point, a salt and a key, all drawn for this run; no data.',
    },
    [TAGS.request]: {
      kind: 'masked',
      from: ['guest'],
      to: ['host'],
      reveals:
        'How many ids the guest has, from the number of rows; each row is hidden by a key stream ' +
        'of which the host has half.',
    },
    [TAGS.set]: {
      kind: 'blinded',
      from: ['host'],
      to: ['guest'],
      reveals:
        'How many ids the host has, and which of them the guest has too; the values of the others ' +
        'are as good as random to the guest.',
    },
  },
  async ask(context, ids, place) {
    const { channel, peer } = place
    const { width, points } = OFFER.decode(await channel.receive(peer, TAGS.offer))
    if (points.width !== TWO_POINTS || points.data.length !== TWO_POINTS * COLUMNS) {
      throw new RangeError(`${peer} offers other transfers than ${COLUMNS}`)
    }
    if (typeof width !== 'number' || !Number.isInteger(width) || width < 5 || width > 16) {
      throw new RangeError(`${peer} wants values of a width that there is not`)
    }
    const { point, keys } = await answerOffer(points.data, (bytes) => context.random(bytes))
    const [key, salt] = [context.random(32), context.random(16)]
    // First of all: the host sorts its ids while the guest fills its table.
    await channel.send(peer, TAGS.setup, SETUP.encode({ point, salt, key }))
    const digests = await digest(context, ids, salt)
    const table = placeItems(digests, binsFor(ids.length))
    if (!table) {
      throw new Error(
        `${context.name} found no place for ${ids.length} ids, which happens once in 2^40 runs: ` +
          'run it again',
      )
    }
    const masks = await request(context, { place, digests, table, keys, key, width })
    place.done(ids.length)
    return compare(place, { masks, table, width, count: ids.length })
  },
  async answer(context, ids, place) {
    const { channel, peer } = place
    const width = maskBytes(place.rows, ids.length)
    const random = (bytes: number) => context.random(bytes)
    const choice = random(CHOICE_BYTES)
    const offer = await offerChoices(choice, { count: COLUMNS, random })
    const points = { width: TWO_POINTS, data: offer.points }
    await channel.send(peer, TAGS.offer, OFFER.encode({ width, points }))
    const { point, salt, key } = SETUP.decode(await channel.receive(peer, TAGS.setup))
    if (point.length !== 32 || salt.length !== 16 || key.length !== 32) {
      throw new RangeError(`${peer} sent a setup of an unknown form`)
    }
    const sorted = sortByBlock(await digest(context, ids, salt), binsFor(place.rows))
    const seeds = await openAnswer(offer, { choice, point })
    const masks = await answer(context, { place, sorted, seeds, choice, key, width })
    place.done(place.rows)
    await sendSet(place, { masks, width })
  },
}

/** Salted digests of all ids, 32 bytes each. */
async function digest(context: MethodContext, ids: IdList, salt: Uint8Array): Promise<Uint8Array> {
  const digests = new Uint8Array(32 * ids.length)
  let at = 0
  for (const { batch } of cut(ids, 65_536)) {
    const rows = await digestIds(batch, salt, context)
    digests.set(rows, at)
    at += rows.length
  }
  return digests
}
