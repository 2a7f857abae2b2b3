/**
 * Keys of encrypted vectors, of either additive scheme, behind one set of names.
 * @module
 */
import { fingerprintOf } from './additive-check.ts'
import { publicCore } from './additive-core.ts'
import {
  generateOuKey,
  OU_PUBLIC,
  ouLimit,
  type OuPublicKey,
  ouPublicKeyFromBytes,
  ouPublicKeyToBytes,
  type OuSecretKey,
  ouSecretKeyToBytes,
} from './okamoto-uchiyama-key.ts'
import {
  generateKey,
  type PublicKey,
  publicKeyFromBytes,
  publicKeyToBytes,
  type SecretKey,
  secretKeyToBytes,
} from './paillier-key.ts'
import type { RandomBytes } from './random.ts'

/** Additive schemes by name. */
export type CipherScheme = 'paillier' | 'okamoto-uchiyama'

/** A public key of either scheme. */
export type CipherKey = PublicKey | OuPublicKey

/** A secret key of either scheme. */
export type CipherSecret = SecretKey | OuSecretKey

/**
 * A fresh key; fewer than 2048 bits are for trials only. Okamoto–Uchiyama's has the full exponent of decryption: it rests
 * on the assumptions of the scheme's first paper alone, as others encrypt with it.
 */
export function drawCipherKey(
  scheme: CipherScheme,
  { bits, random }: { bits: number; random?: RandomBytes },
): CipherSecret {
  const options = { bits, allowSmall: bits < 2048, random }
  return scheme === 'paillier' ? generateKey(options) : generateOuKey(options)
}

/** A public key as bytes; the second byte names the scheme. */
export function cipherKeyToBytes(key: CipherKey): Uint8Array {
  return key.scheme === 'paillier' ? publicKeyToBytes(key) : ouPublicKeyToBytes(key)
}

/** The public key in `bytes`, checked as far as the public numbers allow. Throws RangeError naming what is wrong. */
export function cipherKeyFromBytes(bytes: Uint8Array): CipherKey {
  return bytes[1] === OU_PUBLIC ? ouPublicKeyFromBytes(bytes) : publicKeyFromBytes(bytes)
}

/** The name of a public key, the same wherever it is read: what tells its ciphertexts from those of others. */
export function cipherKeyPrint(key: CipherKey): string {
  const print = prints.get(key) ?? fingerprintOf(cipherKeyToBytes(key))
  prints.set(key, print)
  return print
}

/** Names that were worked out before: every operation on a vector asks for one. */
const prints = new WeakMap<CipherKey, string>()

/** A secret key as bytes, for a kernel. */
export function cipherSecretToBytes(secret: CipherSecret): Uint8Array {
  return 'order' in secret ? ouSecretKeyToBytes(secret) : secretKeyToBytes(secret)
}

/** Bytes of a ciphertext. */
export function cipherWidth(key: CipherKey): number {
  return key.scheme === 'paillier' ? key.bits / 4 : key.bits / 8
}

/** The modulus of ciphertexts. */
export function cipherModulus(key: CipherKey): bigint {
  return key.scheme === 'paillier' ? key.n * key.n : key.n
}

/** Messages are below this in magnitude, and so must every sum be. */
export function messageLimit(key: CipherKey): bigint {
  return key.scheme === 'paillier' ? (key.n + 2n) / 3n : ouLimit(key.bits)
}

/** Ciphertexts of `messages` that hide nothing: to be multiplied into something that is random. */
export function embedMessages(key: CipherKey, messages: readonly bigint[]): Uint8Array {
  return publicCore(cipherKeyToBytes(key)).embed(messages)
}
