/**
 * Reading what may not be there.
 * @module
 */
import { readFile } from 'node:fs/promises'

/** The bytes of a file, or undefined when there is none. */
export function readIfThere(path: string): Promise<Uint8Array | undefined> {
  return readFile(path).catch(absent)
}

/** What is read where no file is: nothing. Throws any other error again. */
export function absent(error: unknown): undefined {
  if ((error as { code?: string }).code === 'ENOENT') return undefined
  throw error
}
