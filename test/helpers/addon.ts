/**
 * The native accelerator, built for a test.
 * @module
 */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { arch } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const BUILD = fileURLToPath(new URL('../../src/compute/kernel/native/build.sh', import.meta.url))

/** Builds the addon into `folder`. */
export async function buildAddon(folder: string): Promise<void> {
  const path = [join(process.execPath, '..'), process.env.PATH].join(delimiter)
  await promisify(execFile)('sh', [BUILD, folder], { env: { ...process.env, PATH: path } })
}

/** What keeps the addon from being built and run here, by name. */
export function missingForAddon(): string | false {
  if ('Deno' in globalThis) return 'needs Node, whose headers the addon is built with'
  if (arch() !== 'x64') return 'needs an x86-64 processor'
  if (!existsSync('/proc/cpuinfo')) return 'needs Linux, which says what the processor has'
  if (!/\bavx512ifma\b/.test(readFileSync('/proc/cpuinfo', 'utf8'))) {
    return 'needs a processor with avx512ifma'
  }
  const places = (process.env.PATH ?? '').split(delimiter)
  const found = ['gcc', 'clang', 'cc'].some((name) =>
    places.some((place) => existsSync(join(place, name))),
  )
  return !found && 'needs gcc or clang'
}
