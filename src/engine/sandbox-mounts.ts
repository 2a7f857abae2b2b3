/**
 * Folders of this host at other paths of a sandbox: bubblewrap's arguments for them. Its root is read-only, so a path
 * that is not there has to be made in a copy of the folder around it, which shows what that folder has.
 * @module
 */
import { lstatSync, readdirSync, readlinkSync, realpathSync } from 'node:fs'
import { join } from 'node:path'

import type { Mount } from './engine.ts'

/** What the room has of its own: paths below are made there without a copy. */
const OWN = ['/tmp', '/var/tmp', '/run']
const CLOSED = ['/dev', '/proc', '/sys']
/** Each entry of a folder that is copied is one argument. */
const MOST_ENTRIES = 1000

/** The arguments that show the host's root, and those that put the folders into it once everything else is there. */
export function mountArguments(mounts: readonly Mount[]): { root: string[]; inside: string[] } {
  const placed = mounts
    .map((mount) => ({ ...mount, ...placeOf(mount.at) }))
    // One inside another comes after it.
    .toSorted((a, b) => (a.at < b.at ? -1 : 1))
  const around = [...new Set(placed.flatMap(({ missingIn }) => missingIn ?? []))].toSorted()
  const whole = around.includes('/')
  return {
    root: [
      ...(whole ? copied('/') : ['--ro-bind', '/', '/']),
      ...around.filter((folder) => folder !== '/').flatMap(copied),
    ],
    inside: [
      ...placed.flatMap(({ path, at, readOnly }) => [readOnly ? '--ro-bind' : '--bind', path, at]),
      ...around.flatMap((folder) => ['--remount-ro', folder]),
    ],
  }
}

/** Where a path is in the room, and the folder in which it is missing. */
function placeOf(path: string): { at: string; missingIn?: string } {
  const parts = path.split('/').slice(1)
  if (!path.startsWith('/') || parts.some((part) => part === '' || part === '.' || part === '..'))
    throw new RangeError(`"${path}" is no absolute path without "." and "..".`)
  let there = '/'
  let rest = parts
  for (; rest.length > 0; rest = rest.slice(1)) {
    const found = folderAt(join(there, rest[0]))
    if (found === undefined) break
    there = found
  }
  const at = join(there, ...rest)
  if (at === '/' || CLOSED.some((folder) => isBelow(at, folder)))
    throw new RangeError(`"${path}" is the system's own: choose a path below /mnt.`)
  const own = rest.length === 0 || OWN.some((folder) => isBelow(at, folder))
  return own ? { at } : { at, missingIn: there }
}

/** The folder itself behind a path of the host; undefined where there is none. */
function folderAt(path: string): string | undefined {
  try {
    const real = realpathSync(path)
    return lstatSync(real).isDirectory() ? real : undefined
  } catch {
    return undefined // Whatever keeps it from being seen here keeps the room from it too.
  }
}

function copied(folder: string): string[] {
  const names = readdirSync(folder)
  if (names.length > MOST_ENTRIES)
    throw new RangeError(`A path in ${folder} cannot be made in a sandbox: choose one below /mnt.`)
  return [
    '--tmpfs',
    folder,
    ...names
      .map((name) => join(folder, name))
      .filter((path) => !CLOSED.slice(0, 2).includes(path))
      .flatMap((path) =>
        lstatSync(path).isSymbolicLink()
          ? ['--symlink', readlinkSync(path), path]
          : ['--ro-bind-try', path, path],
      ),
  ]
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}
