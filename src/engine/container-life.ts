/**
 * The beginning and the end of a container: its files, whose it is, how it is ended, what its end means.
 * @module
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { environmentFile } from './container-arguments.ts'
import { type Answer, lastLine } from './container-program.ts'
import type { Ending, ProcessSpec } from './engine.ts'
import { readProcess } from './process-table.ts'

/** Asks the program that runs containers. */
export type Client = (
  args: readonly string[],
  more?: { signal?: AbortSignal; timeoutMs?: number },
) => Promise<Answer>

/** Why a container was ended from outside. */
export type Cause = 'cancelled' | 'time-limit'

/** Where the files of a container lie. */
export interface ContainerFiles {
  /** Readable for its owner only. */
  readonly folder: string
  readonly env: string
  readonly script: string | null
}

/** Writes what a container is given as files. */
export async function writeFiles(spec: ProcessSpec, dataDir: string): Promise<ContainerFiles> {
  const env = environmentFile(spec)
  await mkdir(dataDir, { recursive: true })
  // Below the data directory, as the program may not see the temporary folder of this process.
  const folder = await mkdtemp(join(dataDir, 'weft-script-'))
  const files = { folder, env: join(folder, 'env') }
  await writeFile(files.env, env, { mode: 0o600 })
  if (!('script' in spec.command)) return { ...files, script: null }
  const script = join(folder, 'script')
  await writeFile(script, spec.command.script, { mode: 0o755 })
  return { ...files, script }
}

/** This process, told apart from all others of this host and of earlier starts of it. */
export function self(): string {
  return ownerOf(process.pid)
}

/** Whether the process of that name still lives; one of another host or an earlier start does not. */
export function lives(owner: string): boolean {
  const pid = Number(owner.split('.')[1])
  return Number.isInteger(pid) && pid > 0 && ownerOf(pid) === owner
}

function ownerOf(pid: number): string {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  const space = readlinkSync('/proc/self/ns/pid')
  const host = createHash('sha256').update(`${boot} ${space}`).digest('hex').slice(0, 16)
  return `${host}.${pid}.${readProcess(pid)?.start ?? 'gone'}`
}

/** Asks everything in a container to end; a first process without a handler takes no notice, so all others are told. */
export async function terminate(client: Client, name: string): Promise<void> {
  await client(['exec', name, '/bin/sh', '-c', 'kill -TERM -1'], { timeoutMs: 10_000 })
  await client(['kill', '--signal=TERM', name], { timeoutMs: 10_000 })
}

/** Ends a container at once, also one that is about to start. */
export async function destroy(client: Client, name: string): Promise<void> {
  // Removing one that runs would wait for it.
  await client(['kill', '--signal=KILL', name], { timeoutMs: 10_000 })
  await remove(client, name)
}

/** Removes a container, if there is one. */
export async function remove(client: Client, name: string): Promise<void> {
  await client(['rm', '--force', '--volumes', name], { timeoutMs: 60_000 })
}

/** Calls back after so long, which may be longer than timers can wait; answers how to call it off. */
export function after(ms: number, call: () => void): () => void {
  const longest = 2 ** 31 - 1
  let timer: NodeJS.Timeout | undefined
  const wait = (left: number): void => {
    if (left === Infinity) return
    timer = setTimeout(
      () => (left > longest ? wait(left - longest) : call()),
      Math.min(left, longest),
    )
  }
  wait(ms)
  return () => clearTimeout(timer)
}

/** How a container ended whose program has come back. */
export async function endingOf(end: {
  readonly client: Client
  readonly name: string
  readonly spec: ProcessSpec
  readonly cause: Cause | undefined
  /** Of the program that was attached to it. */
  readonly code: number | null
  readonly lastWords: string
  /** In which that program ran. */
  readonly folder: string
}): Promise<Ending> {
  const { client, name, spec, cause, code, lastWords } = end
  if (cause !== undefined) return stopped(cause, spec)
  const asked = await client(['inspect', '--format', '{{json .State}}', name])
  if (asked.code !== 0)
    return {
      ...NOTHING,
      reason: 'lost',
      message: `Its container is gone: ${lastLine(asked.stderr)}`,
    }
  const state = JSON.parse(asked.stdout) as State
  const ranOut = state.OOMKilled || existsSync(join(end.folder, 'oom'))
  return read({ ...state, OOMKilled: ranOut }, { spec, code, lastWords })
}

/** What podman and docker tell of a container. */
interface State {
  readonly Running: boolean
  readonly OOMKilled: boolean
  readonly ExitCode: number
  readonly StartedAt: string
  readonly Error?: string
}

/** The ending that a container's state means. */
export function read(
  state: State,
  end: { readonly spec: ProcessSpec; readonly code: number | null; readonly lastWords: string },
): Ending {
  if (state.Running)
    return { ...NOTHING, reason: 'lost', message: 'The program that follows it was ended.' }
  if (state.StartedAt.startsWith('0001-')) {
    const why = state.Error || end.lastWords || `its program ended with ${end.code}`
    const absent = /not found|no such file/i.test(why)
    const message = `It could not be started in its image: ${why}`
    return absent ? { ...NOTHING, exitCode: 127, reason: 'exited', message } : noStart(message)
  }
  const exitCode = state.ExitCode
  const limit = end.spec.resources?.memoryMb
  if (state.OOMKilled && exitCode !== 0) {
    const message = `It used more memory than ${limit === undefined ? 'there is' : `its ${limit} MiB`}.`
    return { ...NOTHING, exitCode, reason: 'memory-limit', message }
  }
  // Not every control group tells why it killed.
  const maybe =
    exitCode === 137 && limit !== undefined
      ? `: it was killed, perhaps as it used more memory than its ${limit} MiB`
      : ''
  const message = `It ended with exit code ${exitCode}${maybe}.`
  return { ...NOTHING, exitCode, reason: 'exited', message }
}

/** The ending of what never began. */
export function noStart(message: string): Ending {
  return { ...NOTHING, reason: 'failed-to-start', message }
}

/** The ending of what was ended. */
export function stopped(cause: Cause, spec: ProcessSpec): Ending {
  const limit = spec.resources?.timeMs
  const message =
    cause === 'cancelled' ? 'It was cancelled.' : `It ran longer than its limit of ${limit} ms.`
  return { ...NOTHING, reason: cause, message }
}

const NOTHING = { exitCode: null, signal: null } as const
