/**
 * Scratch files of a task in its party's data directory, for the owner of the directory only.
 * @module
 */
import { appendFile, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import type { Scratch } from '../../component/define.ts'
import { readIfThere } from '../absent.ts'
import { type OutputKey, scratchFolder, segment } from './path.ts'

const OWNER_ONLY = 0o600

/** Scratch files of one node at one role of one party; what an earlier attempt left there goes on first use. */
export function diskScratch(dataDir: string, key: OutputKey): Scratch {
  const folder = join(dataDir, scratchFolder(key))
  const fileOf = (name: string) => join(folder, segment(name))
  let ready: Promise<void> | undefined

  async function prepare(): Promise<void> {
    await dropScratch(dataDir, key)
    await mkdir(folder, { recursive: true })
  }

  return {
    async append(name, bytes) {
      await (ready ??= prepare())
      await appendFile(fileOf(name), bytes, { mode: OWNER_ONLY })
    },
    async read(name) {
      await (ready ??= prepare())
      return (await readIfThere(fileOf(name))) ?? new Uint8Array(0)
    },
    drop: (name) => rm(fileOf(name), { force: true }),
  }
}

/** Removes all scratch files of a node at one role of one party. */
export async function dropScratch(dataDir: string, key: OutputKey): Promise<void> {
  await rm(join(dataDir, scratchFolder(key)), { recursive: true, force: true })
}
