/**
 * Puts a native addon that a program carries into the temporary directory, as the system loads addons from files only.
 * @module
 */
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

export interface UnpackOptions {
  /** The end of the file's name; its start is the hash of `bytes`, so that versions lie side by side. */
  readonly name: string
  readonly tempDir: string
}

/**
 * The path of a file that holds `bytes` and that no other user can have written; written once for each user and
 * reused. Throws a sentence that names the temporary directory and how to choose another.
 */
export function unpack(bytes: Uint8Array, options: UnpackOptions): string {
  const { name, tempDir } = options
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
  try {
    const path = join(privateFolder(tempDir), `${hash}-${name}`)
    if (!existsSync(path) || !readFileSync(path).equals(bytes)) replace(path, bytes)
    return path
  } catch (cause) {
    throw new Error(
      `The temporary directory ${tempDir} is not usable (${describe(cause)}): ` +
        'name one that can be written to with --temp-dir DIR, or with TMPDIR',
      { cause },
    )
  }
}

/** A folder of this user alone: another user who could write there could have us run any code. */
function privateFolder(tempDir: string): string {
  const uid = process.getuid?.() ?? 0
  const folder = join(tempDir, `weft-runner-${uid}`)
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
  const found = lstatSync(folder)
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o022) !== 0) {
    throw new Error(`somebody else may write to ${folder}`)
  }
  return folder
}

function replace(path: string, bytes: Uint8Array): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    writeFileSync(draft, bytes, { flag: 'wx' })
    chmodSync(draft, 0o500)
    // Another runner that starts at the same time puts the same bytes there.
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

function describe(error: unknown): string {
  return codeOf(error) ?? (error instanceof Error ? error.message : String(error))
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}
