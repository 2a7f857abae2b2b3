/**
 * Every `*.test.ts(x)`: the quick suite, `node:test` reports. In two processes, each with every other file: starting one for
 * each file would take longer than most of them run. `all.ts 0` and `all.ts 1` run one half.
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { ROOT } from './helpers/place.ts'

const FOLDER = join(ROOT, 'test')
const HALVES = [0, 1]

const chosen = process.argv[2]
if (chosen === undefined) process.exitCode = await runHalves()
else await runHalf(Number(chosen))

/** Answers 0 where both halves have passed. */
async function runHalves(): Promise<number> {
  const halves = HALVES.map((half) => {
    const child = spawn(
      process.execPath,
      [...process.execArgv, fileURLToPath(import.meta.url), String(half)],
      // The first is seen as it runs, the others when it has ended: lines of two would be read as one.
      { stdio: ['ignore', half === 0 ? 'inherit' : 'pipe', 'inherit'] },
    )
    return { ended: once(child, 'close'), said: child.stdout ? text(child.stdout) : null }
  })
  let failed = 0
  for (const { ended, said } of halves) {
    const [code] = (await ended) as [number | null]
    if (said) process.stdout.write(await said)
    if (code !== 0) failed = 1
  }
  return failed
}

async function runHalf(half: number): Promise<void> {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.test\.tsx?$/.test(name))
    .toSorted()
    .filter((_, index) => index % HALVES.length === half)
  for (const file of files) await import(pathToFileURL(join(FOLDER, file)).href)
}
