/**
 * Where this server is reached, for links in answers.
 * @module
 */
import type { AppSettings } from './deps.ts'

/** The public base URL without a slash at its end: the configured one, or the one of the request. */
export function baseUrl(settings: AppSettings, requestUrl: string): string {
  if (settings.publicUrl !== null) return settings.publicUrl.replace(/\/+$/, '')
  const path = requestUrl.indexOf('/', requestUrl.indexOf('://') + 3)
  return path < 0 ? requestUrl : requestUrl.slice(0, path)
}
