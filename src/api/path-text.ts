/**
 * Text as paths and addresses carry it.
 * @module
 */

/** What a part of a path stands for; undefined where its percent signs are no text. */
export function pathText(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
