/**
 * Copies the browser's scripts out of their packages into `public/vendor` and records their hashes, so that the
 * console serves them itself and a test notices when a package and its copy part.
 * @module
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

/** Vendored files by name, each with its place in its package. */
export const VENDORED: Readonly<Record<string, string>> = {
  'htmx.min.js': 'node_modules/htmx.org/dist/htmx.min.js',
  'hx-sse.min.js': 'node_modules/htmx.org/dist/ext/hx-sse.min.js',
}

const DIRECTORY = 'public/vendor'
const HASHES = 'public/vendor/sha256.json'

/** The command: copies, or with `--check` only says what has parted from its package or its recorded hash. */
export async function vendor(args: readonly string[], root = process.cwd()): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { check: { type: 'boolean' } } })
  if (!values.check) {
    for (const [name, hash] of Object.entries(await copyVendored(root))) {
      console.log(`${hash}  ${DIRECTORY}/${name}`)
    }
    return
  }
  const stale = await staleVendored(root)
  if (stale.length > 0) {
    throw new Error(`${stale.join(', ')} differ from their packages: run "npm run cli -- vendor"`)
  }
}

/** Copies every file below `root` and answers the hashes it recorded. */
export async function copyVendored(root: string): Promise<Record<string, string>> {
  await mkdir(join(root, DIRECTORY), { recursive: true })
  const hashes: Record<string, string> = {}
  for (const [name, source] of Object.entries(VENDORED)) {
    const bytes = await readFile(join(root, source))
    await writeFile(join(root, DIRECTORY, name), bytes)
    hashes[name] = sha256(bytes)
  }
  await writeFile(join(root, HASHES), `${JSON.stringify(hashes, null, 2)}\n`)
  return hashes
}

/** The names of the files that are not what their package holds, or not what was recorded. */
export async function staleVendored(root: string): Promise<string[]> {
  const recorded = JSON.parse(await readFile(join(root, HASHES), 'utf8')) as Record<string, string>
  const stale: string[] = []
  for (const [name, source] of Object.entries(VENDORED)) {
    const copy = sha256(await readFile(join(root, DIRECTORY, name)))
    const original = sha256(await readFile(join(root, source)))
    if (copy !== original || copy !== recorded[name]) stale.push(name)
  }
  return stale
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
