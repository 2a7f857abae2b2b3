/**
 * Intersection by blind RSA signatures: both ends of the method. The host signs, the guest blinds.
 * @module
 */
import { concatBytes } from '../../compute/crypto/bytes.ts'
import { certifyModulus, checkModulus } from '../../compute/crypto/rsa-certificate.ts'
import { drawFactors, type Blinded } from '../../compute/crypto/rsa-fdh.ts'
import { createRsaKey } from '../../compute/crypto/rsa-key.ts'
import { blob, parts, rows } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import { answerPeer, askPeer, checkAsked, type Tags } from './exchange.ts'
import type { IdList } from './id-list.ts'
import type { Meeting, Protocol } from './protocol.ts'
import { spread } from './spread.ts'

const KEY_TAG = 'rsa_key'
const TAGS: Tags = { request: 'rsa_request', answer: 'rsa_answer', set: 'rsa_set' }
const KEY = parts({ modulus: blob, roots: rows })
/** Identifiers in a batch: 256 KiB a message at 2048 bits. */
const BATCH = 1024

/** The method. */
export const rsa: Protocol<'rsa'> = {
  name: 'rsa',
  summary: 'blind signatures',
  messages: {
    [KEY_TAG]: {
      kind: 'plain',
      from: ['host'],
      to: ['guest'],
      reveals: 'The public half of a key made for this run and a proof that it is sound; no data.',
    },
    [TAGS.request]: {
      kind: 'blinded',
      from: ['guest'],
      to: ['host'],
      reveals: 'How many ids the guest has; each is hidden by a random factor of its own.',
    },
    [TAGS.answer]: {
      kind: 'blinded',
      from: ['host'],
      to: ['guest'],
      reveals: 'The signatures of the guest’s own ids, which only the guest can unblind.',
    },
    [TAGS.set]: {
      kind: 'blinded',
      from: ['host'],
      to: ['guest'],
      reveals:
        'How many ids the host has, and which of them the guest has too; the others stay hidden ' +
        'behind the host’s signature.',
    },
  },
  terms: ({ rsa_params }) => ({ key_length: rsa_params.key_length }),
  weakness({ rsa_params: { key_length: bits } }) {
    if (bits >= 2048) return undefined
    return `RSA keys of ${bits} bits are too short for real data: use 2048`
  },
  ask: (context, ids, place) =>
    askByRsa(context, ids, { place, bits: context.params.rsa_params.key_length }),
  async answer(context, ids, place) {
    checkAsked(
      place,
      await answerByRsa(context, ids, { place, bits: context.params.rsa_params.key_length }),
    )
  },
}

/** The guest's side of `askPeer`, with keys of `bits` bits. */
async function askByRsa(
  context: TaskContext,
  ids: IdList,
  options: { readonly place: Meeting; readonly bits: number },
): Promise<Int32Array> {
  const { parallel, signal } = context
  const { place, bits } = options
  const { modulus, roots } = KEY.decode(await place.channel.receive(place.peer, KEY_TAG))
  checkModulus({ modulus, roots: roots.data, bits })
  const width = modulus.length
  const asker = {
    width,
    batch: BATCH,
    async ask(batch: readonly string[]) {
      const random = (bytes: number) => context.random(bytes)
      const factors = drawFactors(modulus, { count: batch.length, random })
      const results = await spread(parallel, 'rsaFdh.blind', {
        count: batch.length,
        signal,
        call: (from, until) => ({
          modulus,
          ids: batch.slice(from, until),
          factors: factors.slice(from * width, until * width),
        }),
      })
      const kept: Blinded = {
        blinded: concatBytes(results.map(({ blinded }) => blinded)),
        unblinders: concatBytes(results.map(({ unblinders }) => unblinders)),
      }
      return { request: kept.blinded, kept }
    },
    async finish(answer: Uint8Array, { blinded, unblinders }: Blinded) {
      const results = await spread(parallel, 'rsaFdh.unblind', {
        count: answer.length / width,
        signal,
        call: (from, until) => ({
          modulus,
          blinded: blinded.slice(from * width, until * width),
          unblinders: unblinders.slice(from * width, until * width),
          signed: answer.slice(from * width, until * width),
        }),
      })
      return concatBytes(results)
    },
    compare: async (set: Uint8Array) => set,
  }
  return askPeer(ids, asker, { ...place, tags: TAGS })
}

/** The host's side of `answerPeer`, with a fresh key of `bits` bits. */
async function answerByRsa(
  context: TaskContext,
  ids: IdList,
  options: { readonly place: Meeting; readonly bits: number },
): Promise<number> {
  const { parallel, signal } = context
  const { place, bits } = options
  const key = await createRsaKey(bits)
  const width = key.n.length
  const roots = { width, data: certifyModulus(key) }
  await place.channel.send(place.peer, KEY_TAG, KEY.encode({ modulus: key.n, roots }))
  const answerer = {
    width,
    batch: BATCH,
    async answer(request: Uint8Array) {
      const results = await spread(parallel, 'rsaFdh.signBlinded', {
        count: request.length / width,
        signal,
        call: (from, until) => ({ key, blinded: request.slice(from * width, until * width) }),
      })
      return concatBytes(results)
    },
    async list(batch: readonly string[]) {
      const results = await spread(parallel, 'rsaFdh.signIds', {
        count: batch.length,
        signal,
        call: (from, until) => ({ key, ids: batch.slice(from, until) }),
      })
      return concatBytes(results)
    },
  }
  return answerPeer(ids, answerer, { ...place, tags: TAGS })
}
