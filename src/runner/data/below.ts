/**
 * Whether a path lies below a folder, by its parts alone: links are for the caller to resolve first.
 * @module
 */
import { isAbsolute, relative, sep } from 'node:path'

/** Whether `path` is below `base`, and not `base` itself. Both are absolute. */
export function isBelow(base: string, path: string): boolean {
  const way = relative(base, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** Whether `path` is `base` or below it. Both are absolute. */
export function isWithin(base: string, path: string): boolean {
  return relative(base, path) === '' || isBelow(base, path)
}
