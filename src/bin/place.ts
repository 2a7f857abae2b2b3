/**
 * Where the program lies on disk, and the folders it may read.
 * @module
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Config } from '../config.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Static files and the example tables. */
export const PUBLIC_DIR: string = join(ROOT, 'public')

export const VERSION: string = (
  JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
).version

/** The folders from which a client may name files: configured, or the data directory's own and the examples. */
export function importRoots(config: Config): string[] {
  return (config.importRoots ?? [join(config.dataDir, 'import'), PUBLIC_DIR]).map((root) =>
    resolve(root),
  )
}
