/**
 * The files of works on this host's disk, each work's in its own folder below the works folder.
 * @module
 */
import { constants } from 'node:fs'
import { lstat, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import type { WorkFile, WorkFiles } from '../api/deps.ts'
import { DomainError, invalid } from '../domain/error.ts'
import { randomId } from '../domain/id.ts'
import { confined } from '../runner/work/folder.ts'
import { writeNew } from './new-file.ts'

/** Files that one folder holds at most. */
const MOST_FILES = 1000

/** Files below `root`. */
export function workFiles(root: string): WorkFiles {
  return {
    async list(directory) {
      const folder = await folderOf(root, directory)
      const names = await visible(folder)
      const files = await Promise.all(names.map((name) => factsOf(folder, name)))
      return files.filter((file) => file !== undefined)
    },
    async put({ directory, name }, body, limit) {
      const folder = await folderOf(root, directory)
      checkName(name)
      const names = await visible(folder)
      if (!names.includes(name) && names.length >= MOST_FILES) {
        throw new DomainError(
          'limit',
          `The folder of the work has ${MOST_FILES} files already: delete some first`,
        )
      }
      // Renamed once it is whole: a run never reads half of it, and a link of that name is replaced, not followed.
      const draft = join(folder, `.${randomId()}`)
      try {
        await writeNew(draft, body, {
          limit,
          mode: 0o640,
          refusal: `The file is larger than ${limit} bytes (WEFT_UPLOAD_LIMIT_MB)`,
        })
        await rename(draft, join(folder, name))
      } catch (error) {
        await rm(draft, { force: true })
        throw error
      }
      return (await factsOf(folder, name)) ?? missing(name)
    },
    async open({ directory, name }) {
      const folder = await folderOf(root, directory)
      checkName(name)
      const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
      const file = await open(join(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(
        () => undefined,
      )
      if (file === undefined) return missing(name)
      const facts = await file.stat()
      if (!facts.isFile()) {
        await file.close()
        return missing(name)
      }
      const body = file.readableWebStream({ autoClose: true }) as ReadableStream<Uint8Array>
      return { bytes: facts.size, body }
    },
    async drop({ directory, name }) {
      const folder = await folderOf(root, directory)
      checkName(name)
      if ((await factsOf(folder, name)) === undefined) missing(name)
      await rm(join(folder, name), { force: true })
    },
  }
}

async function folderOf(root: string, directory: string): Promise<string> {
  try {
    return await confined(root, directory)
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('work_directory'))
      throw invalid(error.message)
    throw error
  }
}

/** Names that begin with a dot are ours, for what is not whole yet. */
async function visible(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => !name.startsWith('.')).toSorted()
}

async function factsOf(folder: string, name: string): Promise<WorkFile | undefined> {
  const facts = await lstat(join(folder, name)).catch(() => undefined)
  if (!facts?.isFile()) return undefined
  return { name, bytes: facts.size, updatedAt: Math.floor(facts.mtimeMs) }
}

function checkName(name: string): void {
  const isPlain = /^[^./\\\p{Cc}][^/\\\p{Cc}]*$/u.test(name)
  if (isPlain && new TextEncoder().encode(name).length <= 255) return
  throw invalid(
    `name: "${name}" cannot be a file of a work: up to 255 bytes, no "/" and no "." at its beginning`,
  )
}

function missing(name: string): never {
  throw new DomainError('not_found', `The folder of the work has no file "${name}"`, {
    subject: 'file',
  })
}
