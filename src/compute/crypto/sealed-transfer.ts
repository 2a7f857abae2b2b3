/**
 * Oblivious transfer of entries of one size: each under its key of a transfer (`hauck-ot.ts`) and a second secret of its own,
 * so that it opens only for who chose it and has that secret as well.
 *
 * AES-256-GCM (NIST SP 800-38D) under SHA-256 of both; a key seals one entry ever, hence the nonce is always the same.
 * @module
 */
import { sha256 } from '@noble/hashes/sha2.js'

import { senderKeys, TRANSFER_BYTES, type Transfers, type TransferSender } from './hauck-ot.ts'

/** Bytes that sealing adds to an entry: GCM's tag. */
export const SEAL_BYTES = 16
/** Bytes of an entry's second secret. */
export const SECRET_BYTES = 16

/** A sender's part of several transfers. */
export interface SealCall extends Transfers, TransferSender {
  /** The receiver's points, rows of 32 bytes. */
  readonly points: Uint8Array
  /** The entries of all transfers, `of` for each: rows of `width` bytes. */
  readonly entries: Uint8Array
  /** The second secret of each entry: rows of 16 bytes. */
  readonly secrets: Uint8Array
  readonly width: number
}

/** Every entry sealed: rows of `width + 16` bytes. Rejects with a RangeError at a row that is no point. */
export async function sealTransfers(call: SealCall): Promise<Uint8Array> {
  const { points, entries, secrets, width, of } = call
  const count = (points.length / TRANSFER_BYTES) * of
  if (entries.length !== count * width || secrets.length !== count * SECRET_BYTES) {
    throw new RangeError(`sealTransfers: ${count} entries and secrets are needed`)
  }
  const keys = senderKeys(points, call)
  const size = width + SEAL_BYTES
  const sealed = new Uint8Array(count * size)
  for (let i = 0; i < count; i++) {
    const key = await importKey(rowOf(keys, TRANSFER_BYTES, i), {
      secret: rowOf(secrets, SECRET_BYTES, i),
      usage: 'encrypt',
    })
    const entry = entries.slice(i * width, (i + 1) * width)
    sealed.set(new Uint8Array(await crypto.subtle.encrypt(GCM, key, entry)), i * size)
  }
  return sealed
}

/** The entry that `key` and `secret` seal. Rejects with a RangeError where they do not. */
export async function openSealed(
  sealed: Uint8Array,
  { key, secret }: { readonly key: Uint8Array; readonly secret: Uint8Array },
): Promise<Uint8Array> {
  const imported = await importKey(key, { secret, usage: 'decrypt' })
  try {
    return new Uint8Array(await crypto.subtle.decrypt(GCM, imported, sealed.slice()))
  } catch (cause) {
    throw new RangeError('A sealed entry does not open: it was not sealed for this place', {
      cause,
    })
  }
}

function importKey(
  key: Uint8Array,
  { secret, usage }: { readonly secret: Uint8Array; readonly usage: 'encrypt' | 'decrypt' },
): Promise<CryptoKey> {
  const both = sha256.create().update(LABEL).update(key).update(secret).digest()
  return crypto.subtle.importKey('raw', Uint8Array.from(both), 'AES-GCM', false, [usage])
}

function rowOf(rows: Uint8Array, width: number, i: number): Uint8Array {
  return rows.subarray(width * i, width * (i + 1))
}

const GCM = { name: 'AES-GCM', iv: new Uint8Array(12) }
const LABEL = new TextEncoder().encode('WEFT-V1 sealed transfer entry')
