/**
 * Signatures by which the receiver of a webhook knows who calls: Standard Webhooks 1.0.0 (standardwebhooks.com), that is
 * HMAC-SHA256 (RFC 2104, FIPS 180-4) over the id of the message, the time of the try and the body.
 * @module
 */
import { invalid } from './error.ts'

/** By which a message is told apart, the same for each try, and what it is signed with where not as all others. */
export interface MessageSeal {
  readonly id: string
  readonly secret?: string | undefined
}

const PREFIX = 'whsec_'
const LEAST_BYTES = 24
const MOST_BYTES = 64

/** Why a text is no secret to sign with; undefined for one that is. */
export function secretFault(secret: string): string | undefined {
  const bytes = decoded(secret)?.length ?? 0
  if (bytes >= LEAST_BYTES && bytes <= MOST_BYTES) return undefined
  return `${PREFIX} followed by ${LEAST_BYTES} to ${MOST_BYTES} random bytes in Base64, as "echo ${PREFIX}$(openssl rand -base64 32)" makes them`
}

/** The headers of a message; `at` in milliseconds. Without a secret it is told apart, and not signed. */
export async function sealHeaders(
  seal: MessageSeal,
  { text, at }: { text: string; at: number },
): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1000))
  const headers = { 'webhook-id': seal.id, 'webhook-timestamp': timestamp }
  if (seal.secret === undefined) return headers
  const raw = decoded(seal.secret)
  if (raw === undefined) throw invalid(`A webhook is signed with ${secretFault(seal.secret)}`)
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', raw, hmac, false, ['sign'])
  const signed = new TextEncoder().encode(`${seal.id}.${timestamp}.${text}`)
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, signed))
  return { ...headers, 'webhook-signature': `v1,${btoa(String.fromCharCode(...mac))}` }
}

function decoded(secret: string): Uint8Array<ArrayBuffer> | undefined {
  const base64 = secret.slice(PREFIX.length)
  if (!secret.startsWith(PREFIX) || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  } catch {
    return undefined
  }
}
