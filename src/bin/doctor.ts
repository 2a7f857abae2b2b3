/**
 * `weft-runner doctor`: what this machine has for a runner, and what is wrong with it.
 * @module
 */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { access, constants, rm, stat, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os'
import { dirname, join, resolve } from 'node:path'

import { sql } from 'kysely'

import { CANDIDATES, chooseKernel, kernelChoice } from '../compute/kernel/load.ts'
import type { Config } from '../config.ts'
import { DomainError } from '../domain/error.ts'
import { findAccelerator } from '../runner/accelerator.ts'
import { gpuWords, prepareGpu } from '../runner/gpu-thread.ts'
import { findHardware } from '../runner/hardware.ts'
import { findNative, NATIVES } from '../runner/natives.ts'
import { gatewayStore } from '../runner/store-gateway.ts'
import { probeContainers } from './containers.ts'
import { duckDbWords, flinkWords } from './doctor-works.ts'
import { probeEngines } from './engines.ts'
import { nativeFolders, worksFolder } from './place.ts'

/** One line of the report. `wrong` keeps a runner from working; `note` is worth knowing. */
export interface Finding {
  readonly name: string
  readonly state: 'ok' | 'note' | 'wrong'
  readonly text: string
}

/** Looks at everything at once; never throws. */
export function examine(config: Config): Promise<Finding[]> {
  const dataDir = resolve(config.dataDir)
  const checks: Record<string, () => Verdict | Promise<Verdict>> = {
    cores: () => cores(config),
    memory: () => memory(config),
    kernel: () => kernel(config),
    'gpu kernel': () => gpuKernel(config),
    gpu: () => gpu(config),
    'for tasks': () => forTasks(config),
    libsql,
    'data directory': () => dataDirectory(dataDir),
    'temporary directory': () => writable(tmpdir(), '--temp-dir DIR or TMPDIR'),
    ...(config.runner.server === null
      ? { database: () => database(config) }
      : { server: () => server(config.runner.server, config.runner.parties) }),
    'native packages': () => natives(nativeFolders(config)),
    bubblewrap,
    slurm,
    containers: () => containers(config),
    processes: () => processes(config),
    flink: () => flinkWords(config),
    'sql without flink': () => duckDbWords(config),
    'works folder': () => directoryAt(worksFolder(config), 'WEFT_WORKS_DIR'),
  }
  return Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      try {
        const [state, text] = await check()
        return { name, state, text }
      } catch (error) {
        return { name, state: 'wrong' as const, text: sentence(error) }
      }
    }),
  )
}

/** The findings as lines of text. */
export function report(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length))
  return findings
    .map(({ name, state, text }) => `${state.padEnd(5)}  ${name.padEnd(width)}  ${text}`)
    .join('\n')
}

type Verdict = readonly [state: Finding['state'], text: string]

function cores(config: Config): Verdict {
  const set = config.runner.hardware.cores
  if (set !== undefined) return ['ok', `${set}, as WEFT_CORES says`]
  const [free, all] = [availableParallelism(), cpus().length]
  if (free >= all) return ['ok', String(all)]
  return ['ok', `${free} of ${all}: a control group or an affinity holds the rest back`]
}

function memory(config: Config): Verdict {
  const set = config.runner.hardware.memoryMb
  if (set !== undefined) return ['ok', `${gib(set * 2 ** 20)}, as WEFT_MEMORY_MB says`]
  const all = totalmem()
  const limit = process.constrainedMemory()
  // Without a limit the system answers 0, or a number beyond all memory.
  if (limit === 0 || limit >= all) return ['ok', gib(all)]
  return ['ok', `${gib(limit)} of ${gib(all)}: a control group limits it`]
}

function kernel(config: Config): Verdict {
  const native = findAccelerator(nativeFolders(config))
  // Only looked at: this process goes on with what it has.
  const { name, reason } =
    native === undefined ? kernelChoice() : chooseKernel([native, ...CANDIDATES])
  return reason === null ? ['ok', name] : ['note', `${name}, which is slower: ${reason}`]
}

/** What a runner would compute on a GPU; the measurement takes seconds where there is one. */
async function gpuKernel(config: Config): Promise<Verdict> {
  const { webgpu: mode } = config.runner
  if (mode === 'off') return ['ok', 'not used, as WEFT_WEBGPU says']
  const settings = { mode, cores: availableParallelism() }
  const { report: found, gpu: device } = await prepareGpu(nativeFolders(config), settings)
  device?.close()
  return ['missing' in found && mode === 'on' ? 'note' : 'ok', gpuWords(found)]
}

async function gpu(config: Config): Promise<Verdict> {
  const { capacity, warnings } = await findHardware(config.runner.hardware)
  const named = (capacity.gpus ?? []).map(({ id, name, memoryMb, driver, kind }) => {
    const facts = [memoryMb === null ? null : gib(memoryMb * 2 ** 20), driver && `driver ${driver}`]
    const more = facts.filter((fact) => fact !== null).join(', ')
    return `${id}: ${name}${more && ` (${more})`}${kind === 'webgpu' ? ', for WebGPU only' : ''}`
  })
  const found = named.length === 0 ? 'none' : named.join('; ')
  return [
    named.length === 0 || warnings.length > 0 ? 'note' : 'ok',
    [found, ...warnings].join('; '),
  ]
}

function forTasks(config: Config): Verdict {
  const { labels, ports } = config.runner.hardware
  const named = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  const [first, last] = ports
  const text = named.length === 0 ? 'no labels (WEFT_LABELS)' : `labels ${named.join(', ')}`
  return ['ok', `${text}, ports ${first}-${last}`]
}

async function libsql(): Promise<Verdict> {
  const { openDatabase } = await databases()
  const db = openDatabase({ url: ':memory:' })
  try {
    const { rows } = await sql<{ version: string }>`select sqlite_version() as version`.execute(db)
    return ['ok', `loads, SQLite ${rows[0].version}`]
  } finally {
    await db.destroy()
  }
}

function natives(folders: readonly string[]): Verdict {
  const found = NATIVES.flatMap((name) => findNative(name, folders) ?? [])
  const missing = NATIVES.filter((name) => !found.some((one) => one.name === name))
  const here = found.map(({ name, version, path }) => `${name} ${version} in ${path}`)
  if (missing.length === 0) return ['ok', here.join('; ')]
  const without = `without ${missing.join(', ')}, which only tasks that need them miss: put them into ${folders[0]}, or name a folder with --natives DIR`
  return [found.length > 0 ? 'ok' : 'note', [...here, without].join('; ')]
}

function dataDirectory(directory: string): Promise<Verdict> {
  return directoryAt(directory, '--data-dir DIR or WEFT_DATA_DIR')
}

async function directoryAt(directory: string, how: string): Promise<Verdict> {
  try {
    const there = await nearest(directory)
    if (there === directory) return await writable(directory, how)
    // Looking leaves no trace.
    await access(there, constants.W_OK)
    return ['ok', `${directory}, made at the first start`]
  } catch (error) {
    return unwritable(directory, how, error)
  }
}

async function writable(directory: string, how: string): Promise<Verdict> {
  const probe = join(directory, `.weft-${randomUUID()}`)
  try {
    await writeFile(probe, '', { flag: 'wx' })
    await rm(probe)
    return ['ok', directory]
  } catch (error) {
    return unwritable(directory, how, error)
  }
}

function unwritable(directory: string, how: string, error: unknown): Verdict {
  const code = (error as NodeJS.ErrnoException).code
  const why = (code !== undefined && REASONS[code]) || sentence(error)
  return ['wrong', `${directory} cannot be written to (${why}): name another with ${how}`]
}

/** What the system's errors mean to whoever chooses a directory. */
const REASONS: Record<string, string> = {
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EROFS: 'it is mounted read-only',
  ENOTDIR: 'a part of its path is no directory',
}

/** The directory itself, or the closest one above it that exists. */
async function nearest(directory: string): Promise<string> {
  try {
    await stat(directory)
    return directory
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(directory) === directory) {
      throw error
    }
    return nearest(dirname(directory))
  }
}

async function database(config: Config): Promise<Verdict> {
  const { url } = config.database
  const file = url.startsWith('file:') ? url.slice('file:'.length) : undefined
  if (file !== undefined && (await nearest(resolve(file))) !== resolve(file)) {
    return ['note', `${url} is made at the first start: a runner on its own has no server yet`]
  }
  const { openDatabase } = await databases()
  const db = openDatabase(config.database)
  try {
    await sql`select 1`.execute(db)
    return ['ok', url]
  } finally {
    await db.destroy()
  }
}

async function server(
  place: Config['runner']['server'],
  parties: readonly string[] | null,
): Promise<Verdict> {
  if (place === null) return ['wrong', 'none']
  const { url, token } = place
  let version: unknown
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(10_000) })
    version = ((await response.json()) as { version?: unknown }).version
  } catch (error) {
    return ['wrong', `${url} cannot be reached as a Weft server (${sentence(error)})`]
  }
  if (typeof version !== 'string') return ['wrong', `${url} answers, but is no Weft server`]
  try {
    await gatewayStore({ url, token: token ?? undefined }).peers('doctor', 'doctor')
  } catch (error) {
    // There is no such job; that it was looked for shows that the token counts.
    const known = error instanceof DomainError && ['forbidden', 'not_found'].includes(error.kind)
    if (!known) return ['wrong', `${url}: ${sentence(error)}`]
  }
  return ['ok', `${url}, version ${version}, for party ${parties?.join(', ') ?? '(every)'}`]
}

async function bubblewrap(): Promise<Verdict> {
  const asked = await ask('bwrap', ['--version'])
  if (asked === undefined)
    return ['note', 'not installed: there is no sandbox for programs of tasks']
  const tried = await ask('bwrap', ['--ro-bind', '/', '/', '--unshare-all', 'true'])
  return tried?.ok
    ? ['ok', asked.text]
    : ['note', `${asked.text} cannot make a sandbox here: ${tried?.text ?? 'it is gone'}`]
}

async function slurm(): Promise<Verdict> {
  const asked = await ask('sinfo', ['--version'])
  if (asked === undefined) return ['note', 'not installed']
  if (!asked.ok) return ['note', `installed, but not usable: ${asked.text}`]
  const nodes = await ask('sinfo', ['--noheader', '--format=%P %a %D nodes %T'])
  return nodes?.ok
    ? ['ok', `${asked.text}: ${nodes.text.split('\n').join('; ')}`]
    : ['note', `${asked.text}, but no controller answers: ${nodes?.text ?? 'it is gone'}`]
}

/** Which engines tasks of this runner can name, and of the others why not. */
async function processes(config: Config): Promise<Verdict> {
  const probes = await probeEngines(config)
  if (probes.length === 0) return ['note', 'none are run: WEFT_PROCESSES is off']
  const text = probes.map(({ name, detail }) => `${name}: ${detail}`).join('; ')
  return [probes.every(({ available }) => available) ? 'ok' : 'note', text]
}

/** Whether images can be run here, and with what. */
async function containers(config: Config): Promise<Verdict> {
  const found = await probeContainers(config)
  return 'trouble' in found ? ['note', `no images: ${found.trouble}`] : ['ok', found.detail]
}

/** Loads the addon, which may fail and is a finding then. */
function databases(): Promise<typeof import('../db/open-file.ts')> {
  loading ??= import('../db/open-file.ts')
  return loading
}

let loading: Promise<typeof import('../db/open-file.ts')> | undefined

/** What a program prints; undefined when there is no such program. */
function ask(
  program: string,
  args: readonly string[],
): Promise<{ ok: boolean; text: string } | undefined> {
  return new Promise((done) => {
    execFile(program, args, { timeout: 10_000 }, (error, stdout, stderr) => {
      if (error === null) return done({ ok: true, text: stdout.trim() })
      if (error.code === 'ENOENT') return done(undefined)
      const said = stderr.trim() || stdout.trim()
      const text = error.killed ? 'no answer in 10 s' : said || error.message
      done({ ok: false, text: text.split('\n')[0] })
    })
  })
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message
}
