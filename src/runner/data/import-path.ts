/**
 * Finds the file of an upload under the import roots, and nowhere else.
 * @module
 */
import { constants } from 'node:fs'
import { open, realpath, type FileHandle } from 'node:fs/promises'
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path'

/**
 * Opens a file for reading. A relative path is looked for under each root in turn; an absolute one must lie under a
 * root. Links may not lead out. Throws a sentence that names the roots by their last part only.
 */
export async function openImport(
  path: string,
  roots: readonly string[],
): Promise<{ file: FileHandle; bytes: number }> {
  return openFile(await findImport(path, roots), path)
}

/** The real path of a file or folder under the roots, by the same rule. */
export async function findImport(path: string, roots: readonly string[]): Promise<string> {
  if (path === '' || path.includes('\0')) throw new Error('The upload names no file')
  const real = await realRoots(roots)
  if (real.length === 0) {
    throw new Error(
      'This runner reads no files from its own disk, because it has no import directory: ' +
        'send the file with the upload, or set WEFT_IMPORT_ROOTS',
    )
  }
  let inside = false
  let escaped = false
  for (const { named, root } of real) {
    // A root may be named by a path that leads over a link.
    for (const base of new Set([root, named])) {
      const wanted = isAbsolute(path) ? path : join(base, path)
      if (!isUnder(base, wanted)) continue
      inside = true
      const found = await realpathOf(wanted)
      if (found === undefined) continue
      if (isUnder(root, found)) return found
      escaped = true
    }
  }
  const names = real.map(({ root }) => `"${basename(root)}"`).join(', ')
  throw new Error(
    escaped || !inside
      ? `File "${path}" lies outside the import directories ${names} of this runner: move it into one of them`
      : `File "${path}" was not found; looked in the import directories ${names} of this runner`,
  )
}

async function openFile(found: string, path: string): Promise<{ file: FileHandle; bytes: number }> {
  // The last part is no link any more, and a pipe must not make the runner wait.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  let file: FileHandle
  try {
    file = await open(found, flags)
  } catch (error) {
    const { code } = error as { code?: string }
    throw new Error(`File "${path}" cannot be read (${code}): check its permissions`, {
      cause: error,
    })
  }
  const stat = await file.stat()
  if (stat.isFile()) return { file, bytes: stat.size }
  await file.close()
  throw new Error(
    `"${path}" is ${stat.isDirectory() ? 'a directory' : 'no regular file'}: name a file`,
  )
}

async function realRoots(roots: readonly string[]): Promise<{ named: string; root: string }[]> {
  const found: { named: string; root: string }[] = []
  for (const named of roots) {
    const root = await realpathOf(named)
    if (root !== undefined) found.push({ named: resolve(named), root })
  }
  return found
}

async function realpathOf(path: string): Promise<string | undefined> {
  try {
    return await realpath(path)
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENAMETOOLONG') {
      return undefined
    }
    throw new Error(`A part of the path cannot be read (${code})`, { cause: error })
  }
}

function isUnder(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
