/**
 * Where fetched servers are kept, and how one gets there whole or not at all.
 * @module
 */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** Whether the folder `name` of the cache is there. */
export function isKept(name: string): boolean {
  return existsSync(homeOf(name))
}

/** The folder `name` of the cache; `fill` makes it where it is not there. */
export async function kept(name: string, fill: (draft: string) => Promise<void>): Promise<string> {
  const home = homeOf(name)
  if (existsSync(home)) return home
  await mkdir(dirname(home), { recursive: true })
  const draft = await mkdtemp(`${home}.`)
  try {
    await fill(draft)
    await rename(draft, home)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return home
}

function homeOf(name: string): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'weft', name)
}
