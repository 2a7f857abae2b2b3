/**
 * Native accelerators that lie beside the program: loaded where they are there, named with the reason where they are not.
 * @module
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

import { offerCurve } from '../compute/kernel/curve25519-load.ts'
import { ifmaCurve } from '../compute/kernel/ifma-curve.ts'
import { type IfmaAddon, ifmaCandidate } from '../compute/kernel/ifma-ring.ts'
import { type Candidate, type KernelChoice, offerKernel } from '../compute/kernel/load.ts'

/** The file name of the AVX-512 IFMA addon; `npm run build:native` makes it. */
export const IFMA_FILE = 'weft-ifma.node'

/**
 * Has this thread compute with the accelerator in one of `folders` if it is there and passes the self-test; undefined where
 * there is none. Call it before the first computation.
 */
export function useAccelerator(folders: readonly string[]): KernelChoice | undefined {
  const path = pathIn(folders)
  if (path === undefined) return undefined
  offerCurve(() => ifmaCurve(loadAddon(path)))
  return offerKernel(ifmaCandidate(() => loadAddon(path)))
}

/** The accelerator in the first of `folders` that has it, not loaded yet; undefined where there is none. */
export function findAccelerator(folders: readonly string[]): Candidate | undefined {
  const path = pathIn(folders)
  if (path === undefined) return undefined
  return ifmaCandidate(() => loadAddon(path))
}

function pathIn(folders: readonly string[]): string | undefined {
  // A path for dlopen has to be absolute: a bare name would be looked for in the system's libraries.
  return folders.map((folder) => resolve(folder, IFMA_FILE)).find((file) => existsSync(file))
}

/** The addon at `path`. Throws where it cannot be loaded, or the processor lacks what it needs. */
export function loadAddon(path: string): IfmaAddon {
  const module: { exports: Partial<IfmaAddon> } = { exports: {} }
  process.dlopen(module, path)
  const { call } = module.exports
  if (call === undefined) throw new Error(`${path} is no accelerator of this version`)
  return { call }
}
