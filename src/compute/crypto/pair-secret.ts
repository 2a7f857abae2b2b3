/**
 * What two contributors to a sum share (`secure-sum.ts`): keys that both derive from their own secret key and the other's
 * public one, parcels that only the other can open, and a mask that cancels in the sum.
 * @module
 */
import { x25519 } from '@noble/curves/ed25519.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'

import { expandMask } from './ring-mask.ts'

/** The mask of `length` entries that two contributors share; `theirs` is the other's public key for masks. */
export function pairMask(
  secret: Uint8Array,
  theirs: Uint8Array,
  { self, other, length }: { self: number; other: number; length: number },
): Promise<BigUint64Array> {
  const [from, to] = self < other ? [self, other] : [other, self]
  return expandMask(agree(secret, theirs, { use: 'mask', from, to }), length)
}

/** A key of 32 bytes that two contributors have in common, for one use. */
export function agree(
  secret: Uint8Array,
  theirs: Uint8Array,
  { use, from, to }: { use: string; from: number; to: number },
): Uint8Array {
  const info = new TextEncoder().encode(`weft secure sum ${use} ${from} ${to}`)
  return hkdf(sha256, x25519.getSharedSecret(secret, theirs), undefined, info, 32)
}

/** Each key encrypts one parcel only, so that the nonce may be constant. */
const NONCE = new Uint8Array(12)

/** A parcel that only who has the key can open. */
export async function sealParcel(key: Uint8Array, plain: Uint8Array): Promise<Uint8Array> {
  const imported = await crypto.subtle.importKey('raw', key.slice(), 'AES-GCM', false, ['encrypt'])
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv: NONCE },
    imported,
    plain.slice(),
  )
  return new Uint8Array(sealed)
}

/** The 64 bytes of a parcel of contributor `from`; throws RangeError for anything else. */
export async function openParcel(
  key: Uint8Array,
  sealed: Uint8Array,
  from: number,
): Promise<Uint8Array> {
  const imported = await crypto.subtle.importKey('raw', key.slice(), 'AES-GCM', false, ['decrypt'])
  const options = { name: 'AES-GCM', iv: NONCE }
  const plain = await crypto.subtle
    .decrypt(options, imported, sealed.slice())
    .catch((cause: unknown) => {
      throw new RangeError(`secure sum: the parcel of contributor ${from} cannot be opened`, {
        cause,
      })
    })
  if (plain.byteLength === 64) return new Uint8Array(plain)
  throw new RangeError(`secure sum: the parcel of contributor ${from} is malformed`)
}
