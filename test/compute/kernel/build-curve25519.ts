/**
 * Compiles `src/compute/kernel/assembly/curve25519` to WebAssembly. Run as a program it rewrites
 * `src/compute/kernel/curve25519-wasm.ts`:
 *
 *     node --import tsx test/compute/kernel/build-curve25519.ts
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { compileSources, hashSources } from './build-wasm.ts'

const KERNEL = new URL('../../../src/compute/kernel/', import.meta.url)
const ASSEMBLY = new URL('assembly/curve25519/', KERNEL)

/** The sources by file name, in order. */
export function readCurveSources(): Map<string, string> {
  const names = readdirSync(fileURLToPath(ASSEMBLY))
    .filter((name) => name.endsWith('.ts'))
    .toSorted()
  return new Map(names.map((name) => [name, readFileSync(new URL(name, ASSEMBLY), 'utf8')]))
}

/** The text of `curve25519-wasm.ts` for a compiled kernel. */
function moduleText(binary: Uint8Array, sourceHash: string): string {
  const base64 = Buffer.from(binary).toString('base64')
  return `/**
 * The compiled kernel, generated from \`assembly/curve25519/\` by \`test/compute/kernel/build-curve25519.ts\`; not to be
 * edited.
 * @module
 */

/** SHA-256 of the sources that the kernel was compiled from. */
export const CURVE_SOURCE_SHA256 =
  '${sourceHash}'

/** The WebAssembly module in base64. */
export const CURVE_WASM =
  '${base64}'
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sources = readCurveSources()
  const text = moduleText(await compileSources(sources), hashSources(sources))
  await writeFile(new URL('curve25519-wasm.ts', KERNEL), text)
  console.log(`wrote curve25519-wasm.ts, ${text.length} characters`)
}
