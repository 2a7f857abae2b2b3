/**
 * Puts other people's programs into a cache folder of their own, so that they are no dependency of this project.
 * @module
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { ROOT } from '../../helpers/place.ts'

const run = promisify(execFile)
/** Where they are kept from run to run: `WEFT_PEERS` or a folder beside the packages. */
const CACHE = process.env['WEFT_PEERS'] ?? join(ROOT, 'node_modules/.cache/weft-peers')

/** Installs npm packages of exact versions and answers the folder whose `node_modules` has them. */
export async function npmPeers(name: string, packages: readonly string[]): Promise<string> {
  const folder = join(CACHE, name)
  const done = join(folder, 'installed.json')
  if (existsSync(done)) return folder
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{"private":true}')
  await run('npm', ['install', '--no-audit', '--no-fund', ...packages], { cwd: folder })
  await writeFile(done, JSON.stringify(packages))
  return folder
}

/** Makes a virtual environment with Python packages of exact versions and answers its interpreter. */
export async function pythonPeers(name: string, packages: readonly string[]): Promise<string> {
  const folder = join(CACHE, name)
  const python = join(folder, 'bin/python')
  const done = join(folder, 'installed.json')
  if (existsSync(done)) return python
  await run('python3', ['-m', 'venv', folder])
  await run(python, ['-m', 'pip', 'install', '--quiet', ...packages])
  await writeFile(done, JSON.stringify(packages))
  return python
}

/** Why an installation failed, in one line. */
export function whyAbsent(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string }
  const lines = (stderr ?? message ?? String(error)).trim().split('\n')
  return (lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? '').slice(0, 200)
}
