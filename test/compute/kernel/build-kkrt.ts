/**
 * Compiles `src/compute/kernel/assembly/kkrt` to WebAssembly. Run as a program it rewrites
 * `src/compute/kernel/kkrt-wasm.ts`:
 *
 *     node --import tsx test/compute/kernel/build-kkrt.ts
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { compileSources, hashSources } from './build-wasm.ts'

const KERNEL = new URL('../../../src/compute/kernel/', import.meta.url)
const ASSEMBLY = new URL('assembly/kkrt/', KERNEL)

/** The sources by file name, in order. */
export function readKkrtSources(): Map<string, string> {
  const names = readdirSync(fileURLToPath(ASSEMBLY))
    .filter((name) => name.endsWith('.ts'))
    .toSorted()
  return new Map(names.map((name) => [name, readFileSync(new URL(name, ASSEMBLY), 'utf8')]))
}

/** The text of `kkrt-wasm.ts` for a compiled kernel. */
function moduleText(binary: Uint8Array, sourceHash: string): string {
  const base64 = Buffer.from(binary).toString('base64')
  return `/**
 * The compiled kernel, generated from \`assembly/kkrt/\` by \`test/compute/kernel/build-kkrt.ts\`; not to be
 * edited.
 * @module
 */

/** SHA-256 of the sources that the kernel was compiled from. */
export const KKRT_SOURCE_SHA256 =
  '${sourceHash}'

/** The WebAssembly module in base64. */
export const KKRT_WASM =
  '${base64}'
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sources = readKkrtSources()
  const text = moduleText(await compileSources(sources), hashSources(sources))
  await writeFile(new URL('kkrt-wasm.ts', KERNEL), text)
  console.log(`wrote kkrt-wasm.ts, ${text.length} characters`)
}
