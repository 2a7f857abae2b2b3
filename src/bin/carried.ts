/**
 * What the single binary carries inside: native addons and the code of the runner's threads. Started from the
 * sources, there is nothing of it.
 * @module
 */
import { tmpdir } from 'node:os'

import type { RunnerThreads } from './start-runner.ts'
import { unpack } from './unpack.ts'

// Only Node has this module; the sources are read by other runtimes as well.
const sea = process.getBuiltinModule('node:sea')

/** The carried code of the runner's threads; undefined where it is in files. */
export function carriedThreads(): RunnerThreads | undefined {
  if (!sea.isSea()) return undefined
  return {
    task: { code: sea.getAsset('worker.js', 'utf8') },
    unit: { code: sea.getAsset('unit-worker.js', 'utf8') },
    compute: { code: sea.getAsset('compute-worker.js', 'utf8') },
  }
}

/** Loads a carried addon by its name; the build puts a call of this in the place of a package's own loader. */
export function loadAddon(name: string): unknown {
  const path = unpack(new Uint8Array(sea.getRawAsset(name)), { name, tempDir: tmpdir() })
  const addon = { exports: {} }
  try {
    process.dlopen(addon, path)
  } catch (cause) {
    throw new Error(
      `${path} cannot be loaded (${cause instanceof Error ? cause.message : String(cause)}): ` +
        'where the temporary directory is mounted "noexec", name another with --temp-dir DIR, or with TMPDIR',
      { cause },
    )
  }
  return addon.exports
}
