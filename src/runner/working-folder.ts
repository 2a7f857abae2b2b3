/**
 * The working directory of a program: its files, links to the storages that it names, and what it asks to find there.
 * @module
 */
import { mkdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { absent } from './absent.ts'

/** Makes the working directory with the files of the task; one that must stay as it is only when it is not there. */
export async function layOut(
  cwd: string,
  {
    files,
    links,
    keep,
    fill,
  }: {
    files: Readonly<Record<string, string>>
    links: readonly { readonly path: string; readonly mountPath: string }[]
    keep: boolean
    /** Adds to it before it is there. */
    fill?: (draft: string) => Promise<void>
  },
): Promise<void> {
  if (keep && (await exists(cwd))) return
  const draft = `${cwd}.draft`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true, mode: 0o700 })
  await fill?.(draft)
  for (const [name, text] of Object.entries(files)) {
    if (!isInside(name)) throw new RangeError(`"${name}" is no path below the working directory`)
    const path = join(draft, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
  for (const { path, mountPath } of links) {
    const name = mountPath.replace(/^\/+|\/+$/g, '')
    if (!isInside(name)) throw new RangeError(`"${mountPath}" is no path of a storage`)
    await mkdir(dirname(join(draft, name)), { recursive: true })
    await symlink(path, join(draft, name))
  }
  await rm(cwd, { recursive: true, force: true })
  await rename(draft, cwd)
}

/** Checked here as well: the server may be somebody else's. */
function isInside(path: string): boolean {
  const parts = path.split('/')
  return !path.includes('\0') && parts.every((part) => part !== '' && part !== '.' && part !== '..')
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(absent)) !== undefined
}
