/**
 * Where this server is reached, for links in answers.
 * @module
 */
import type { Context } from 'hono'

import type { AppSettings } from './deps.ts'

/** The public base URL without a slash at its end: the configured one, or the one of the request. */
export function baseUrl(settings: AppSettings, requestUrl: string): string {
  if (settings.publicUrl !== null) return settings.publicUrl.replace(/\/+$/, '')
  const path = requestUrl.indexOf('/', requestUrl.indexOf('://') + 3)
  return path < 0 ? requestUrl : requestUrl.slice(0, path)
}

/** Whether the browser that asks came over TLS: to this server, or to the proxy in front of it that has the public address. */
export function isSecure(c: Context, { publicUrl }: Pick<AppSettings, 'publicUrl'>): boolean {
  const { protocol, host } = new URL(c.req.url)
  if (protocol === 'https:') return true
  if (publicUrl === null || !URL.canParse(publicUrl)) return false
  const known = new URL(publicUrl)
  return known.protocol === 'https:' && known.host === (c.req.header('host') ?? host)
}
