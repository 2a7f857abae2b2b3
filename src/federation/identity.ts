/**
 * Who a party is to the others: an Ed25519 key pair (RFC 8032) that its runner keeps in its data directory.
 * @module
 */
import { fromBase64url, plainView, toBase64url } from './bytes.ts'

/** A party's key pair, ready to sign. The private key cannot be read back out of it. */
export interface Identity {
  readonly party: string
  /** Ed25519 public key, base64url. */
  readonly publicKey: string
  sign(message: Uint8Array): Promise<Uint8Array>
}

/** A party's key pair as JSON, to be kept where nobody else reads it. */
export interface StoredIdentity {
  readonly party: string
  /** Raw Ed25519 public key, base64url. */
  readonly publicKey: string
  /** PKCS #8 Ed25519 private key, base64url. */
  readonly privateKey: string
}

/** Where a runner keeps the key pairs of its parties. */
export interface KeyStore {
  load(party: string): Promise<StoredIdentity | undefined>
  /** Keeps a new key pair unless the party has one; answers the one that is kept. */
  add(identity: StoredIdentity): Promise<StoredIdentity>
}

/** Bytes in an Ed25519 public key. */
export const PUBLIC_KEY_BYTES = 32
/** Bytes in an Ed25519 signature. */
export const SIGNATURE_BYTES = 64

/** The identity of `party`, made at its first use. */
export async function openIdentity(store: KeyStore, party: string): Promise<Identity> {
  const stored = (await store.load(party)) ?? (await store.add(await generateIdentity(party)))
  return importIdentity(stored)
}

/** Makes a new key pair. */
export async function generateIdentity(party: string): Promise<StoredIdentity> {
  const pair = await crypto.subtle.generateKey(ED25519, true, ['sign', 'verify'])
  if (!('publicKey' in pair)) throw new TypeError('Ed25519 gave no key pair')
  const [publicKey, privateKey] = await Promise.all([
    crypto.subtle.exportKey('raw', pair.publicKey),
    crypto.subtle.exportKey('pkcs8', pair.privateKey),
  ])
  return {
    party,
    publicKey: toBase64url(new Uint8Array(publicKey)),
    privateKey: toBase64url(new Uint8Array(privateKey)),
  }
}

/** Reads a stored key pair. Throws when the two keys do not belong together. */
export async function importIdentity(stored: StoredIdentity): Promise<Identity> {
  const { party, publicKey } = stored
  const key = await crypto.subtle
    .importKey('pkcs8', fromBase64url(stored.privateKey), ED25519, false, ['sign'])
    .catch((cause: unknown) => {
      throw new TypeError(`The private key of party ${party} is damaged: restore its file`, {
        cause,
      })
    })
  const identity: Identity = {
    party,
    publicKey,
    async sign(message) {
      return new Uint8Array(await crypto.subtle.sign(ED25519, key, plainView(message)))
    },
  }
  const probe = crypto.getRandomValues(new Uint8Array(32))
  if (!(await verify(publicKey, { message: probe, signature: await identity.sign(probe) }))) {
    throw new TypeError(`The two keys of party ${party} do not belong together: restore its file`)
  }
  return identity
}

/** Whether `signature` is over `message` by the holder of `publicKey` (base64url). False for a malformed key. */
export async function verify(
  publicKey: string,
  signed: { message: Uint8Array; signature: Uint8Array },
): Promise<boolean> {
  if (!isPublicKey(publicKey) || signed.signature.length !== SIGNATURE_BYTES) return false
  const raw = fromBase64url(publicKey)
  const key = await crypto.subtle
    .importKey('raw', raw, ED25519, false, ['verify'])
    // Not every 32 bytes are a point of the curve.
    .catch(() => undefined)
  if (key === undefined) return false
  return crypto.subtle.verify(ED25519, key, plainView(signed.signature), plainView(signed.message))
}

/** Whether `text` has the form of a public key: 32 bytes in base64url. */
export function isPublicKey(text: string): boolean {
  return /^[\w-]{43}$/.test(text) && isCanonical(text)
}

/**
 * What two people compare, over a channel that they trust, to know that they see the same key: 160 bits of its
 * SHA-256 in groups of four hexadecimal digits.
 */
export async function fingerprint(publicKey: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', fromBase64url(publicKey))
  const hex = Array.from(new Uint8Array(digest, 0, 20), (byte) =>
    byte.toString(16).padStart(2, '0'),
  )
  return hex.join('').replaceAll(/.{4}(?=.)/g, '$& ')
}

const ED25519 = { name: 'Ed25519' }

function isCanonical(text: string): boolean {
  try {
    return fromBase64url(text).length === PUBLIC_KEY_BYTES
  } catch {
    return false
  }
}
