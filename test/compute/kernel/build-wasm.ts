/**
 * Compiles the kernels below `src/compute/kernel` to WebAssembly. Run as a program it rewrites the modules that hold
 * them, `src/compute/kernel/*-wasm.ts`:
 *
 *     node --import tsx test/compute/kernel/build-wasm.ts
 * @module
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const KERNEL = new URL('../../../src/compute/kernel/', import.meta.url)

/** The kernels: the folder of the sources and what they become. */
export const MODULES = {
  assembly: { file: 'fma-wasm.ts', name: 'FMA', features: 'simd,relaxed-simd' },
  'assembly/curve25519': {
    file: 'curve25519-wasm.ts',
    name: 'CURVE',
    features: 'simd,relaxed-simd',
  },
  'assembly/kkrt': { file: 'kkrt-wasm.ts', name: 'KKRT', features: 'simd,relaxed-simd' },
  'assembly-extmul': { file: 'extmul-wasm.ts', name: 'EXTMUL', features: 'simd' },
} as const

/** The folder of a kernel's sources. */
export type Folder = keyof typeof MODULES

/** The sources of a kernel by file name, in order. */
export function readSources(folder: Folder = 'assembly'): Map<string, string> {
  const place = new URL(`${folder}/`, KERNEL)
  const names = readdirSync(fileURLToPath(place))
    .filter((name) => name.endsWith('.ts'))
    .toSorted()
  return new Map(names.map((name) => [name, readFileSync(new URL(name, place), 'utf8')]))
}

/** The SHA-256 over names and texts of the sources, in hexadecimal. */
export function hashSources(sources: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256')
  for (const [name, text] of sources) hash.update(`${name}\n${text.length}\n${text}`)
  return hash.digest('hex')
}

/** The compiled kernel. Throws with the compiler's messages when it does not compile. Needs Node. */
export async function compileSources(
  sources: ReadonlyMap<string, string>,
  which: Folder = 'assembly',
): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-kernel-'))
  try {
    for (const [name, text] of sources) await writeFile(join(folder, name), text)
    // In a process of its own: loading the compiler through tsx costs five times the memory and time.
    const compiler = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js')
    const files = ['index.ts', '--baseDir', folder, '--outFile', 'kernel.wasm']
    const flags = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', MODULES[which].features]
    await promisify(execFile)(process.execPath, [compiler].concat(files, flags))
    return new Uint8Array(await readFile(join(folder, 'kernel.wasm')))
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The text of the generated module of a compiled kernel. */
export function moduleText(binary: Uint8Array, sourceHash: string, folder: Folder): string {
  const base64 = Buffer.from(binary).toString('base64')
  const { name } = MODULES[folder]
  return `/**
 * The compiled kernel, generated from \`${folder}/\` by \`test/compute/kernel/build-wasm.ts\`; not to be edited.
 * @module
 */

/** SHA-256 of the sources that the kernel was compiled from. */
export const ${name}_SOURCE_SHA256 =
  '${sourceHash}'

/** The WebAssembly module in base64. */
export const ${name}_WASM =
  '${base64}'
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const folder of Object.keys(MODULES) as Folder[]) {
    const sources = readSources(folder)
    const text = moduleText(await compileSources(sources, folder), hashSources(sources), folder)
    const { file } = MODULES[folder]
    await writeFile(new URL(file, KERNEL), text)
    console.log(`wrote ${file}, ${text.length} characters`)
  }
}
