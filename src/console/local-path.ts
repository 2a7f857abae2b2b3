/**
 * Where a form may lead.
 * @module
 */

/** A path on this server, or undefined: a form must not lead to another site. */
export function localPath(value: unknown): string | undefined {
  return typeof value === 'string' && /^\/(?![/\\])/.test(value) ? value : undefined
}
