/**
 * Writes files so that a reader sees the old one or the new one, never a part, even after a power cut.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Replaces the file at `path` by what `write` puts into the handle; leaves it as it was when `write` throws. `mode` is
 * what the file may be used for, by default what the process's own mask leaves.
 */
export async function writeAtomically<T>(
  path: string,
  write: (file: FileHandle) => Promise<T>,
  mode?: number,
): Promise<T> {
  const folder = dirname(path)
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await mkdir(folder, { recursive: true })
    const file = await open(draft, 'wx', mode)
    let result: T
    try {
      result = await write(file)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
    await syncFolder(folder)
    return result
  } catch (error) {
    await rm(draft, { force: true })
    throw withRemedy(error, folder)
  }
}

/** A full disk is the operator's to mend, who is told which one it is. */
function withRemedy(error: unknown, folder: string): unknown {
  const code = (error as { code?: unknown }).code
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  return new Error(
    `The disk that holds ${folder} is full: make room in the data directory of this runner, then submit the job again`,
    { cause: error },
  )
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
