/**
 * Other people's packages beside ours, on one thread of the same machine, one after another in the same run, all by the
 * processor's clock, which stands still while others have the core:
 *
 *     npm run bench:peers -- he [--json]
 *
 * Makes a Python environment in the cache folder and installs the packages there. One that cannot be installed is named
 * as absent, with the reason.
 * @module
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'

import { kernelName } from '../../../src/compute/kernel/load.ts'
import { inline } from '../../../src/compute/parallel.ts'
import { openFresh, timeScheme, useAccelerator } from '../he-cases.ts'

/** A package to compare with: its name here, what is installed, and which scheme of ours it stands beside. */
interface Peer {
  readonly name: string
  readonly packages: readonly string[]
}

const SUITES: Record<string, { script: string; peers: readonly Peer[] }> = {
  he: {
    script: 'he.py',
    peers: [
      { name: 'phe', packages: ['phe', 'gmpy2'] },
      { name: 'pypaillier', packages: ['pypaillier'] },
      { name: 'sf-heu', packages: ['sf-heu'] },
    ],
  },
}
/** Longest time for one package. */
const LIMIT_MS = 10 * 60_000

interface Line {
  readonly scheme: string
  readonly op: string
  readonly value: number
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' } },
})
const suite = SUITES[positionals[0] ?? '']
if (suite === undefined) {
  throw new Error(`usage: bench:peers -- ${Object.keys(SUITES).join(' | ')} [--json]`)
}
useAccelerator()
const python = await createEnvironment()
const ours = await timeOurs()
for (const line of ours) print({ ...line, who: `weft (${kernelName()})` })
for (const { name, packages } of suite.peers) {
  const theirs = await timePeer(name, packages)
  if (typeof theirs === 'string') {
    print({ who: name, absent: theirs })
    continue
  }
  for (const line of theirs) {
    const own = (op: string) => ours.find((o) => o.scheme === line.scheme && o.op === op)?.value
    const value = own(line.op)
    // Who has the secret key need not encrypt with the public one.
    const withSecret = line.op.startsWith('encrypt')
      ? own('encrypt with the secret key')
      : undefined
    print({
      ...line,
      who: name,
      ratio: value === undefined ? undefined : value / line.value,
      ratioWithSecret: withSecret === undefined ? undefined : withSecret / line.value,
    })
  }
}

/** The interpreter of the environment, which is made where it is not there yet. */
async function createEnvironment(): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
  const folder = join(cache, 'weft', 'peers')
  const interpreter = join(folder, 'bin', 'python')
  if (!existsSync(interpreter)) {
    await mkdir(folder, { recursive: true })
    await run('python3', ['-m', 'venv', folder])
  }
  return interpreter
}

async function timeOurs(): Promise<Line[]> {
  const lines: Line[] = []
  for (const scheme of ['paillier', 'okamoto-uchiyama'] as const) {
    const opened = openFresh(scheme, { bits: 2048 })(inline)
    for await (const { params, value } of timeScheme(opened, { parallel: inline, share: 0.5 })) {
      lines.push({ scheme, op: String(params.op), value })
    }
  }
  return lines
}

/** The figures of a package, or why there are none. */
async function timePeer(name: string, packages: readonly string[]): Promise<Line[] | string> {
  try {
    await run(python, ['-m', 'pip', 'install', '--quiet', ...packages])
  } catch (error) {
    return `cannot be installed: ${lastLine(error)}`
  }
  const script = fileURLToPath(new URL(suite.script, import.meta.url))
  try {
    const { stdout } = await run(python, [script, name])
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line)
  } catch (error) {
    return `does not run: ${lastLine(error)}`
  }
}

function run(file: string, args: readonly string[]): Promise<{ stdout: string }> {
  // One thread, as ours.
  const env = { ...process.env, OMP_NUM_THREADS: '1', RAYON_NUM_THREADS: '1' }
  return promisify(execFile)(file, args, { env, timeout: LIMIT_MS })
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string }
  return (stderr ?? '').trim().split('\n').at(-1) || message
}

function print(figure: {
  who: string
  scheme?: string
  op?: string
  value?: number
  ratio?: number
  ratioWithSecret?: number
  absent?: string
}): void {
  if (values.json) {
    console.log(JSON.stringify({ case: `peers ${positionals[0]}`, ...figure }))
    return
  }
  const { who, scheme, op, value, ratio, ratioWithSecret, absent } = figure
  if (absent !== undefined) {
    console.log(`${who.padEnd(20)} absent: ${absent}`)
    return
  }
  const parts = [
    who.padEnd(20),
    (scheme ?? '').padEnd(18),
    (op ?? '').padEnd(30),
    `${Number((value ?? 0).toPrecision(4))} 1/s`.padEnd(16),
    ratio === undefined ? '' : `weft ${ratio.toFixed(2)} x`,
    ratioWithSecret === undefined ? '' : `(with the secret key ${ratioWithSecret.toFixed(2)} x)`,
  ]
  console.log(parts.join(' ').trimEnd())
}
