/**
 * Where the program lies on disk, and the folders it may read.
 * @module
 */
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Config } from '../config.ts'

/** Put in by the build of the single binary, which has no files of its own. */
declare const WEFT_BINARY_VERSION: string | undefined
const binaryVersion = typeof WEFT_BINARY_VERSION === 'string' ? WEFT_BINARY_VERSION : undefined

const ROOT =
  binaryVersion === undefined
    ? fileURLToPath(new URL('../..', import.meta.url))
    : dirname(process.execPath)

/** Static files and the example tables; the single binary has none. */
export const PUBLIC_DIR: string = join(ROOT, 'public')

export const VERSION: string =
  binaryVersion ??
  (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version

/** The folders from which a client may name files: configured, or the data directory's own and the examples. */
export function importRoots(config: Config): string[] {
  // A folder that happens to be called `public` beside the binary is nobody's to read.
  const examples = binaryVersion === undefined ? [PUBLIC_DIR] : []
  return (config.importRoots ?? [join(config.dataDir, 'import'), ...examples]).map((root) =>
    resolve(root),
  )
}

/** The folder below which clients may have files written: configured, or the data directory's own. */
export function exportDir(config: Config): string {
  return resolve(config.exportDir ?? join(config.dataDir, 'export'))
}

/** The folders of flow units that the operator adds: configured, or the data directory's own. */
export function unitDirs(config: Config): string[] {
  return (config.unitDirs ?? [join(config.dataDir, 'units')]).map((folder) => resolve(folder))
}

/** The folder in which models are stored as archives: configured, or the data directory's own. */
export function modelStore(config: Config): string {
  return resolve(config.modelStore ?? join(config.dataDir, 'models'))
}

/** The folder below which works have their own: configured, or the data directory's own. */
export function worksFolder(config: Config): string {
  return resolve(config.runner.works.folder ?? join(config.dataDir, 'works'))
}

/** The folders that may hold optional native packages: the one that is configured, or beside the program. */
export function nativeFolders(config: Config): string[] {
  const { natives } = config.runner
  const beside = [join(ROOT, 'natives'), binaryVersion === undefined ? join(ROOT, 'dist') : ROOT]
  return natives === null ? [...beside, ROOT] : [resolve(natives)]
}
