/**
 * The identity of a data directory, and a note of who uses it.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

import { writeAtomically } from './file.ts'

/** A data directory in use. */
export interface Site {
  /** Names the directory: tasks return to the site that holds their inputs. */
  readonly id: string
  /** A sentence when another live process seems to use the directory too. */
  readonly warning: string | undefined
  /** Takes back the note of use. */
  release(): Promise<void>
}

/** Opens a data directory, making it and its identity when it is new. */
export async function openSite(dataDir: string): Promise<Site> {
  const path = join(dataDir, 'runner.lock')
  const mine = JSON.stringify({ host: hostname(), pid: process.pid })
  let id: string
  let other: { host: string; pid: number } | undefined
  try {
    await mkdir(dataDir, { recursive: true })
    id = await siteId(dataDir)
    other = await readJson<{ host: string; pid: number }>(path)
    await writeAtomically(path, (file) => file.writeFile(mine))
  } catch (error) {
    throw unusable(dataDir, error)
  }
  return {
    id,
    warning: inUse(other)
      ? `The data directory seems to be in use by process ${other?.pid} on ${other?.host}: ` +
        'two runners with one data directory may overwrite each other; give each its own WEFT_DATA_DIR'
      : undefined,
    async release() {
      const now = await readFile(path, 'utf8').catch(() => '')
      if (now === mine) await rm(path, { force: true })
    },
  }
}

/** An error of the system about a data directory as a sentence with the remedy; any other error as it is. */
export function unusable(dataDir: string, error: unknown): unknown {
  const own = error as { code?: unknown; cause?: { code?: unknown } } | null
  const code = own?.code ?? own?.cause?.code
  if (typeof code !== 'string' || !NO_ACCESS.has(code)) return error
  return new Error(
    `The data directory ${dataDir} cannot be used (${code}: ${NO_ACCESS.get(code)}): ` +
      'give this user access to it, or name another with --data-dir DIR or WEFT_DATA_DIR',
    { cause: error },
  )
}

const NO_ACCESS = new Map([
  ['EACCES', 'this user may not'],
  ['EPERM', 'this user may not'],
  ['EROFS', 'it is mounted read-only'],
  ['ENOTDIR', 'a part of its path is no directory'],
  ['EEXIST', 'it is no directory'],
  ['ENOENT', 'a part of its path does not exist'],
])

/** The identity of a data directory that is there; made when it has none yet. */
export async function siteId(dataDir: string): Promise<string> {
  const path = join(dataDir, 'site.json')
  const known = await readJson<{ site: string }>(path)
  if (known) return known.site
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`
  await writeFile(draft, `${JSON.stringify({ site: randomBytes(16).toString('hex') })}\n`)
  try {
    // A link is made whole or not at all, and never over a file that is there.
    await link(draft, path)
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error
  } finally {
    await rm(draft, { force: true })
  }
  const made = await readJson<{ site: string }>(path)
  if (!made) throw new Error(`${path} vanished: is the data directory writable?`)
  return made.site
}

function inUse(other: { host: string; pid: number } | undefined): boolean {
  if (!other || other.pid === process.pid) return false
  // What runs on another host cannot be seen from here.
  if (other.host !== hostname()) return true
  try {
    process.kill(other.pid, 0)
    return true
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'ENOENT') return undefined
    throw new Error(`${path} cannot be read: restore it or remove it`, { cause: error })
  }
}
