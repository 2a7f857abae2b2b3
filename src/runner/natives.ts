/**
 * Optional native packages: too large, or too particular to a machine, to be carried. They are looked for in folders
 * that the operator fills, and a task that needs a missing one says so.
 * @module
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** The packages that tasks may ask for. */
export const NATIVES = ['onnxruntime-node', 'sharp', 'webgpu', '@duckdb/node-api'] as const
export type NativeName = (typeof NATIVES)[number]

/** A package that was found. */
export interface Native {
  readonly name: NativeName
  readonly version: string
  /** Its own folder. */
  readonly path: string
}

/** Looks for a package in folders, in their order: as npm installs it there, or as a folder of its name. */
export function findNative(name: NativeName, folders: readonly string[]): Native | undefined {
  for (const folder of folders) {
    for (const path of [join(folder, 'node_modules', name), join(folder, name)]) {
      const version = versionIn(path, name)
      if (version !== undefined) return { name, version, path }
    }
  }
  return undefined
}

/** Loads a package. Throws a sentence that names it and what to do when it is missing or broken. */
export function loadNative(name: NativeName, folders: readonly string[]): unknown {
  const found = findNative(name, folders)
  const [first = '.'] = folders
  if (!found) {
    throw new Error(
      `This needs the package "${name}", which this runner does not have: ` +
        `run "npm install --prefix ${first} ${name}" on its machine, or name a folder that has it with --natives DIR or WEFT_NATIVES`,
    )
  }
  try {
    const require = createRequire(join(found.path, 'package.json'))
    // By its own name where it may be asked so, which honours what the package exports.
    return require(found.path.endsWith(join('node_modules', name)) ? name : found.path)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new Error(
      `The package "${name}" ${found.version} in ${found.path} cannot be loaded (${reason}): install it again for this machine`,
      { cause },
    )
  }
}

/** The version of the package of that name in `path`; undefined where there is none. */
function versionIn(path: string, name: string): string | undefined {
  let text: string
  try {
    text = readFileSync(join(path, 'package.json'), 'utf8')
  } catch {
    return undefined
  }
  try {
    const found = JSON.parse(text) as { name?: unknown; version?: unknown }
    return found.name === name ? String(found.version) : undefined
  } catch {
    return undefined
  }
}
