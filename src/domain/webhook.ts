/**
 * What webhooks have in common: how they are called, when they are tried again, what is kept out of what is said of them.
 * @module
 */
import type { MessageSeal } from './webhook-signature.ts'

/** Sends a body as JSON, signed where there is a secret. Rejects with a sentence where it may not be sent, or was not taken. */
export type SendWebhook = (url: string, body: object, seal: MessageSeal) => Promise<void>

/** How often one is tried. */
export const WEBHOOK_TRIES = 10

const BACKOFF_MS = 10_000
const LONGEST_BACKOFF_MS = 3_600_000

/** How long to wait after so many failed tries, in milliseconds: twice as long each time. */
export function webhookWait(tries: number): number {
  return Math.min(BACKOFF_MS * 2 ** tries, LONGEST_BACKOFF_MS)
}

/** Why a call failed, without what is secret of the address. */
export function webhookFault(error: unknown, url: string): string {
  const why = error instanceof Error ? error.message : String(error)
  return why.replaceAll(url, maskUrl(url))
}

const SECRET =
  /(['"]?[\w.-]*(?:password|passwd|secret|token|credential|access[-_.]?key|api[-_.]?key)[\w.-]*['"]?\s*[=:]\s*)('(?:[^']|'')*'|"[^"]*"|[^\s,;)&]+)/gi

/** A text without what it says after `password =` and its like, or in an address. */
export function maskSecrets(text: string): string {
  return text.replaceAll(SECRET, '$1***').replaceAll(/(\w:\/\/)[^/\s@:]*:[^/\s@]*@/g, '$1***@')
}

/** Where an address leads, without what is secret of it: paths and queries of webhooks are passwords. */
export function maskUrl(url: string): string {
  const { origin, pathname, search, username } = new URL(url)
  return pathname === '/' && search === '' && username === '' ? url : `${origin}/***`
}
