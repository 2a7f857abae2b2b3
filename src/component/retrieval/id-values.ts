/**
 * Which ids both sides have, and a secret for each that only who has asked for it can know.
 *
 *     guest ── sir_request ──► host     r·H(id), in random order
 *     guest ◄── sir_answer ─── host     k·r·H(id), from which the guest takes r off
 *     guest ◄─── sir_set ───── host     the first half of F(k, id) for the host's ids, in random order
 *
 * It is the course of `../psi/unbalanced.ts`. F is as good as random (`../../compute/crypto/oprf25519.ts`), so the second
 * half of a value, which is never sent, is a secret of the host and of a guest that has asked for the id.
 * @module
 */
import { concatBytes } from '../../compute/crypto/bytes.ts'
import { drawBlind } from '../../compute/crypto/oprf25519.ts'
import { randomPermutation } from '../../compute/crypto/permutation.ts'
import { SECRET_BYTES } from '../../compute/crypto/sealed-transfer.ts'
import type { TaskContext } from '../define.ts'
import { answerPeer, askPeer, checkAsked, type Tags } from '../psi/exchange.ts'
import { inOrder } from '../psi/id-list.ts'
import type { Meeting } from '../psi/protocol.ts'
import { onIds, onPoints, resize, unbalancedMessages } from '../psi/unbalanced.ts'

const TAGS: Tags = { request: 'sir_request', answer: 'sir_answer', set: 'sir_set' }
const VALUE = 32
const BATCH = 8192

/** What is sent. */
export const ID_MESSAGES = unbalancedMessages(TAGS)

type Context = Pick<TaskContext, 'parallel' | 'signal' | 'random'>

/** A row of the guest that the host has too. */
export interface Wanted {
  readonly row: number
  /** Where it stands in the host's list. */
  readonly place: number
  /** 16 bytes. */
  readonly secret: Uint8Array
}

/** What the host knows of its list. */
export interface Listed {
  /** The row that each place stands for. */
  readonly rows: Uint32Array
  /** The secret of each place: rows of 16 bytes. */
  readonly secrets: Uint8Array
}

/** The guest's side: what both have, in random order, and how many ids the host has. */
export async function askIds(
  context: Context,
  ids: readonly string[],
  place: Meeting,
): Promise<{ readonly wanted: readonly Wanted[]; readonly length: number }> {
  const { scalar, inverse } = drawBlind((bytes) => context.random(bytes))
  const order = randomPermutation(ids.length, (bytes) => context.random(bytes))
  const values: Uint8Array[] = []
  let length = 0
  const asker = {
    width: VALUE,
    setWidth: SECRET_BYTES,
    batch: BATCH,
    ask: async (batch: readonly string[]) => ({
      request: await onIds(context, 'curve25519.hashMultiply', { batch, scalar }),
      kept: null,
    }),
    async finish(answer: Uint8Array) {
      const found = await onPoints(context, 'oprf25519.unblind', {
        points: answer,
        scalar: inverse,
      })
      values.push(secondHalves(found))
      return found
    },
    async compare(set: Uint8Array) {
      length += set.length / SECRET_BYTES
      return resize(set, { from: SECRET_BYTES, to: VALUE })
    },
  }
  const found = await askPeer(inOrder(ids, order), asker, { ...place, tags: TAGS })
  const secrets = concatBytes(values)
  const wanted = [...found].flatMap((at, i): Wanted[] =>
    at < 0 ? [] : [{ row: order[i], place: at, secret: secretAt(secrets, i) }],
  )
  return { wanted, length }
}

/** The host's side, for a guest that has announced `rows` ids. */
export async function answerIds(
  context: Context,
  ids: readonly string[],
  place: Meeting & { readonly rows: number },
): Promise<Listed> {
  const scalar = context.random(VALUE)
  const rows = randomPermutation(ids.length, (bytes) => context.random(bytes))
  const values: Uint8Array[] = []
  const answerer = {
    width: VALUE,
    setWidth: SECRET_BYTES,
    batch: BATCH,
    answer: (points: Uint8Array) => onPoints(context, 'curve25519.multiply', { points, scalar }),
    async list(batch: readonly string[]) {
      const found = await onIds(context, 'oprf25519.evaluate', { batch, scalar })
      values.push(secondHalves(found))
      return resize(found, { from: VALUE, to: SECRET_BYTES })
    },
  }
  checkAsked(place, await answerPeer(inOrder(ids, rows), answerer, { ...place, tags: TAGS }))
  return { rows, secrets: concatBytes(values) }
}

/** The secret of the `i`-th of a list. */
export function secretAt(secrets: Uint8Array, i: number): Uint8Array {
  return secrets.subarray(SECRET_BYTES * i, SECRET_BYTES * (i + 1))
}

function secondHalves(values: Uint8Array): Uint8Array {
  const count = values.length / VALUE
  const halves = new Uint8Array(SECRET_BYTES * count)
  for (let i = 0; i < count; i++) {
    halves.set(values.subarray(VALUE * i + SECRET_BYTES, VALUE * (i + 1)), SECRET_BYTES * i)
  }
  return halves
}
