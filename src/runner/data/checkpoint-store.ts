/**
 * Checkpoints of a task as files of its party's data directory: the latest two, encoded as models are, for the owner
 * of the directory only.
 * @module
 */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import type { Checkpoint, Checkpoints } from '../../component/define.ts'
import { absent, readIfThere } from '../absent.ts'
import { writeAtomically } from './file.ts'
import { decodeValue, encodeValue } from './model-store.ts'
import { checkpointFolder, type OutputKey } from './path.ts'

/** A member that was stopped is at most one step behind the others. */
const KEPT = 2
const OWNER_ONLY = 0o600

/** The checkpoints of one node at one role of one party. */
export function diskCheckpoints(dataDir: string, key: OutputKey): Checkpoints {
  const folder = join(dataDir, checkpointFolder(key))
  return {
    async load() {
      const found: Checkpoint[] = []
      for (const step of (await savedSteps(folder)).slice(0, KEPT)) {
        const bytes = await readIfThere(fileOf(folder, step))
        if (bytes) found.push({ step, state: decodeValue(new TextDecoder().decode(bytes)) })
      }
      return found
    },
    async save(step, state) {
      const text = encodeValue(state, 'checkpoint')
      await writeAtomically(fileOf(folder, step), (file) => file.writeFile(text), OWNER_ONLY)
      const steps = await savedSteps(folder)
      const before = steps.filter((other) => other < step)
      const kept = new Set([step, ...before.slice(0, KEPT - 1)])
      for (const other of steps) {
        if (!kept.has(other)) await rm(fileOf(folder, other), { force: true })
      }
    },
  }
}

/** Removes all checkpoints of a node at one role of one party. */
export async function dropCheckpoints(dataDir: string, key: OutputKey): Promise<void> {
  await rm(join(dataDir, checkpointFolder(key)), { recursive: true, force: true })
}

/** Steps of which there is a file, latest first. */
async function savedSteps(folder: string): Promise<number[]> {
  const steps = ((await readdir(folder).catch(absent)) ?? []).flatMap((name) => {
    const digits = /^([1-9]\d{0,14})\.json$/.exec(name)?.[1]
    return digits === undefined ? [] : [Number(digits)]
  })
  return steps.toSorted((a, b) => b - a)
}

function fileOf(folder: string, step: number): string {
  return join(folder, `${step}.json`)
}
