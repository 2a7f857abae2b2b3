/**
 * Where a form may lead.
 * @module
 */

/** A path on this server, or undefined: a form must not lead to another site. */
export function localPath(value: unknown): string | undefined {
  // Browsers leave out tabs and line breaks, and read a backslash as a slash.
  return typeof value === 'string' && /^\/(?![/\\])[\u0020-\u007e]*$/.test(value)
    ? value
    : undefined
}
