/**
 * Sets up the keys and masks of shared products: every party has a key of its own, drawn for the training, and no party
 * can decrypt what is under another's.
 * @module
 */
import { type AdditiveScheme, openPublic, openSecret } from '../../compute/crypto/additive.ts'
import {
  cipherKeyFromBytes,
  cipherKeyToBytes,
  drawCipherKey,
} from '../../compute/crypto/cipher-vector.ts'
import type { Address } from '../../federation/channel.ts'
import { blob } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import { guestOf, hostsOf } from '../linear/row-alignment.ts'
import { shareSeeds } from './pair-masks.ts'
import type { GramWork } from './shared-gram.ts'

/** Bits of every party's key, drawn for each training anew. */
const KEY_BITS = 2048

/** A key of every party's own, known to all, and masks between every two. */
export async function openWork(context: TaskContext): Promise<GramWork> {
  const { channel, parallel, signal, random } = context
  const parties = [guestOf(context), ...hostsOf(context)]
  const peers = parties.filter((one) => one !== channel.self)
  const secret = drawCipherKey('okamoto-uchiyama', { bits: KEY_BITS, random })
  const bytes = blob.encode(cipherKeyToBytes(secret.publicKey))
  for (const to of peers) await channel.send(to, 'share_key', bytes)
  const others = new Map<Address, AdditiveScheme>()
  for (const from of peers) {
    const key = cipherKeyFromBytes(blob.decode(await channel.receive(from, 'share_key')))
    if (key.bits < KEY_BITS) throw new Error(`${from} sent a key of only ${key.bits} bits`)
    others.set(from, openPublic(key, { parallel, signal }))
  }
  const masks = await shareSeeds(context, parties)
  return { context, parties, own: openSecret(secret, { parallel, signal }), others, masks }
}
