/**
 * Plain hashes of identifiers, as the `raw` intersection offers them. They hide nothing from who can list the
 * possible identifiers.
 * @module
 */
import { md5, sha1 } from '@noble/hashes/legacy.js'
import { sha224, sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/** Names of the hashes; `none` leaves the text as it is. */
export const ID_DIGESTS = ['none', 'md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const

/** How identifiers are written before they are compared. */
export interface IdDigest {
  readonly method: (typeof ID_DIGESTS)[number]
  /** Appended to every identifier before hashing. */
  readonly salt: string
  /** Base64 in place of hexadecimal digits. */
  readonly base64: boolean
}

/** The digest of `id + salt`; with method `none` the id itself, or its UTF-8 bytes in base64. */
export function digestId(id: string, { method, salt, base64 }: IdDigest): string {
  if (method === 'none') return base64 ? toBase64(utf8ToBytes(id)) : id
  const digest = HASHES[method](utf8ToBytes(id + salt))
  return base64 ? toBase64(digest) : bytesToHex(digest)
}

const HASHES = { md5, sha1, sha224, sha256, sha384, sha512 } as const

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}
