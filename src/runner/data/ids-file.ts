/**
 * A file with an id a line, which a client names for predictions; read under the import roots, and nowhere else.
 * @module
 */
import { isAbsolute, relative, sep } from 'node:path'

import { openImport } from './import-path.ts'

/** Bytes of such a file at most. */
const LARGEST = 256 << 20

export interface IdsFile {
  /** In the order of the file, as often as they stand there. */
  readonly ids: readonly string[]
  /** Whether its first line was the heading. */
  readonly headed: boolean
}

/**
 * Reads a file of ids: of each line what stands before the first comma, without blank lines. A first line that is
 * `heading` is none. An absolute path is looked for below the roots too, as `/batch/a.csv` of a root's folder `batch`.
 * Throws a sentence that names no folder of the host.
 */
export async function readIds(
  { path, heading }: { readonly path: string; readonly heading: string },
  roots: readonly string[],
): Promise<IdsFile> {
  const { file, bytes } = await openBelow(path, roots)
  try {
    if (bytes > LARGEST) {
      throw new Error(
        `File "${path}" has ${(bytes / 1e6).toFixed(0)} MB, and a file of ids at most ${LARGEST >> 20} MiB: split it`,
      )
    }
    const text = decode(await file.readFile(), path)
    const ids = text.split(/\r?\n/).flatMap((line) => {
      const id = line.split(',', 1)[0].trim().replaceAll(/^"|"$/g, '')
      return id === '' ? [] : [id]
    })
    const headed = ids[0] === heading
    if (headed) ids.shift()
    if (ids.length > 0) return { ids, headed }
    throw new Error(`File "${path}" has no ids: put one on each line`)
  } finally {
    await file.close()
  }
}

/** Where the answers to such a file go, relative to the export folder: `batch/a_result.txt` for `/batch/a.csv`. */
export function answerPath(path: string, roots: readonly string[]): string {
  const root = roots.find((one) => isAbsolute(path) && isUnder(one, path))
  const inner = root === undefined ? path.replace(/^\/+/, '') : relative(root, path)
  return `${inner.replace(/\.[^./]*$/, '')}_result.txt`
}

async function openBelow(path: string, roots: readonly string[]) {
  if (!isAbsolute(path) || roots.some((root) => isUnder(root, path))) return openImport(path, roots)
  return openImport(path.replace(/^\/+/, ''), roots)
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new Error(`File "${path}" is not UTF-8: save it as UTF-8`, { cause })
  }
}

function isUnder(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
