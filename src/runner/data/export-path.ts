/**
 * Finds the place for a download below the export directory, and nowhere else.
 * @module
 */
import { lstat, mkdir, realpath } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'

import { isBelow } from './below.ts'

/**
 * The path to write for `path`, which is relative to `root` or absolute and below it; makes the folders on its way.
 * Links may not lead out. Throws a sentence.
 */
export async function exportPath(path: string, root: string | undefined): Promise<string> {
  if (root === undefined) {
    throw new Error('This runner writes no files for clients: set WEFT_EXPORT_DIR')
  }
  if (path === '' || path.includes('\0')) throw new Error('The download names no file')
  const named = resolve(root)
  const wanted = resolve(named, path)
  if (!isBelow(named, wanted)) throw outside(path)
  await mkdir(named, { recursive: true })
  const base = await realpath(named)
  const inner = relative(named, wanted)
  const folder = dirname(join(base, inner))
  // Step by step: a link must not have folders made elsewhere.
  let at = base
  for (const part of relative(base, folder)
    .split(sep)
    .filter((name) => name !== '')) {
    at = join(at, part)
    await mkdir(at).catch(ignoreExisting)
    at = await realpath(at)
    if (!isBelow(base, at)) throw outside(path)
  }
  const target = join(at, inner.split(sep).at(-1) ?? '')
  const known = await lstat(target).catch(() => undefined)
  if (known === undefined || known.isFile()) return target
  throw new Error(
    known.isDirectory()
      ? `"${path}" is a folder: name a file in it`
      : `"${path}" is there already and is no regular file: name another`,
  )
}

function outside(path: string): Error {
  return new Error(
    `"${path}" lies outside the export directory of this runner: name a path below it, as "out.csv"`,
  )
}

function ignoreExisting(error: unknown): void {
  if ((error as { code?: string }).code !== 'EEXIST') throw error
}
