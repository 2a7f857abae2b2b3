/**
 * Processes on this host: each in a process group and, where possible, a control group of its own, watched for
 * memory and time, ended with everything it started.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'

import { type ControlGroup, createControlGroup } from './cgroup.ts'
import {
  type Ending,
  type Engine,
  type ProcessHandle,
  type ProcessSpec,
  type ProcessState,
  checkSpec,
} from './engine.ts'
import { buildEnvironment } from './environment.ts'
import type { Journal } from './journal.ts'
import { createLineWriter } from './output.ts'
import { MARK, memoryOf, residentOf } from './process-table.ts'
import { pump } from './pump.ts'
import { ARGUMENTS_FD, environmentArguments, sandboxed, sandboxTrouble } from './sandbox.ts'
import { createTree } from './tree.ts'

/** How the local engine is set up. */
export interface LocalOptions {
  /** The environment that allow-lists take from; this process's own when it is not given. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** How often memory is looked at; 200 ms. */
  readonly watchMs?: number
  /** False: trees are tracked in `/proc` even where control groups could be made. */
  readonly controlGroups?: boolean
  /** Where scripts are put while they run; the system's temporary folder. */
  readonly tempDir?: string
  /** Where processes are noted, so that those of a runner that was killed are found and ended. */
  readonly journal?: Journal
}

const GRACE_MS = 5000
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * Joins the control group before anything runs, lets the kernel end the task rather than the runner when the host
 * is short of memory, leaves no core files; then becomes the command.
 */
const LAUNCHER =
  'if [ -n "$1" ]; then echo $$ > "$1/cgroup.procs" || exit 126; fi; shift; ' +
  '{ echo 500 > /proc/self/oom_score_adj; } 2>/dev/null; ulimit -c 0; exec "$@"'

/** The engine for this host. */
export function createLocalEngine(options: LocalOptions = {}): Engine {
  return {
    name: 'local',
    arrays: false,
    async start(spec) {
      checkSpec(spec)
      await refuse(spec)
      return startProcess(spec, options)
    },
    async probe() {
      const trouble = await sandboxTrouble()
      return { available: true, detail: trouble ?? 'processes of this host, bubblewrap at hand' }
    },
  }
}

async function refuse(spec: ProcessSpec): Promise<void> {
  if ((spec.arraySize ?? 1) > 1)
    throw new RangeError('The local engine runs no arrays: start one process for every member.')
  if (typeof spec.resources?.gpus === 'number' && spec.resources.gpus > 0)
    throw new RangeError('The local engine does not choose GPUs: name the devices.')
  const trouble = spec.sandbox === undefined ? undefined : await sandboxTrouble()
  if (trouble !== undefined) throw new Error(`"${spec.name}" asks for a sandbox, but ${trouble}.`)
}

async function startProcess(spec: ProcessSpec, options: LocalOptions): Promise<ProcessHandle> {
  const id = randomUUID()
  const madeCwd = await mkdir(spec.cwd, { recursive: true })
  const script = await writeScript(spec, options.tempDir ?? tmpdir())
  const groups = options.controlGroups ?? true
  const control = groups ? createControlGroup(`weft-${id}`, spec.resources ?? {}) : undefined
  const cleanUp = async (): Promise<void> => {
    options.journal?.remove(id)
    if (script !== undefined) await rm(script.folder, { recursive: true, force: true })
  }
  try {
    const argv = script?.argv ?? ('argv' in spec.command ? spec.command.argv : [])
    const { sandbox } = spec
    const inner =
      sandbox === undefined
        ? argv
        : sandboxed(argv, { ...spec, sandbox }, script === undefined ? [] : [script.folder])
    const own = options.env ?? process.env
    const env = { ...buildEnvironment(spec, own), [MARK]: id }
    // Before it starts: one that nobody has noted would be left behind.
    options.journal?.add({ id, control: control?.path ?? null, folder: script?.folder ?? null })
    const child = spawn('/bin/sh', ['-c', LAUNCHER, 'sh', control?.path ?? '', ...inner], {
      cwd: spec.cwd,
      // Outside the room only our own environment counts: a PATH or LD_PRELOAD of the task would lead out of it.
      env: sandbox === undefined ? env : { PATH: own['PATH'] ?? '/usr/bin:/bin', [MARK]: id },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', ...(sandbox === undefined ? [] : (['pipe'] as const))],
    })
    await once(child, 'spawn')
    if (sandbox !== undefined) pass(child, environmentArguments(env))
    return follow({ id, spec, child, control, watchMs: options.watchMs ?? 200, cleanUp })
  } catch (error) {
    control?.remove()
    await cleanUp()
    if (madeCwd !== undefined) await rm(madeCwd, { recursive: true, force: true })
    throw error
  }
}

interface Running {
  readonly id: string
  readonly spec: ProcessSpec
  readonly child: ChildProcess
  readonly control: ControlGroup | undefined
  readonly watchMs: number
  cleanUp(): Promise<void>
}

type Cause = 'cancelled' | 'time-limit' | 'memory-limit'

function follow(running: Running): ProcessHandle {
  const { id, spec, child, control, watchMs } = running
  const { memoryMb, timeMs = Infinity } = spec.resources ?? {}
  const startedAt = performance.now()
  let peak = 0
  const tree = createTree(child.pid ?? -1, `${MARK}=${id}`, control)
  let cause: Cause | undefined
  let state: ProcessState = 'running'
  let sinkError: { readonly error: unknown } | undefined
  let hardEnd: NodeJS.Timeout | undefined

  const stop = (why: Cause | undefined, graceMs: number): void => {
    if (state === 'ended') return
    cause ??= why
    if (graceMs > 0 && hardEnd === undefined) tree.terminate(spec.sandbox !== undefined)
    clearTimeout(hardEnd)
    hardEnd = setTimeout(() => tree.kill(), graceMs)
  }
  const watch = setInterval(() => {
    const rows = tree.members()
    peak = Math.max(peak, residentOf(rows))
    // A timer of its own could not wait for more than 24 days.
    if (cause === undefined && performance.now() - startedAt > timeMs) stop('time-limit', GRACE_MS)
    if (memoryMb === undefined || cause === 'memory-limit') return
    const limit = memoryMb * 1024 * 1024
    if (memoryOf(rows, limit) > limit) stop('memory-limit', 0)
  }, watchMs)
  const timer =
    timeMs > LONGEST_TIMER_MS ? undefined : setTimeout(() => stop('time-limit', GRACE_MS), timeMs)

  const pumps = (['stdout', 'stderr'] as const).map((name) =>
    pump(child[name], createLineWriter(spec.output?.[name], spec.output), (error) => {
      sinkError ??= { error }
      stop('cancelled', 0)
    }),
  )

  const ended = (async (): Promise<Ending> => {
    const [exitCode, signalName] = (await once(child, 'exit')) as [number | null, string | null]
    clearTimeout(timer)
    // What the process left behind ends with it, or its memory and its files would be nobody's.
    await tree.clear()
    clearInterval(watch)
    clearTimeout(hardEnd)
    await Promise.all(pumps.map((each) => each.finish()))
    if (cause === undefined && control?.ranOutOfMemory()) cause = 'memory-limit'
    peak = Math.max(peak, control?.peakMemory() ?? 0)
    control?.remove()
    await running.cleanUp()
    state = 'ended'
    if (sinkError !== undefined) throw sinkError.error
    const ending = describe({ spec, exitCode, signal: signalName, cause })
    return peak === 0 ? ending : { ...ending, peakMemoryMb: Math.ceil(peak / 2 ** 20) }
  })()
  // Whoever waits is told; without anybody waiting a failed sink must not end the runner.
  ended.catch(() => undefined)

  return {
    id: `local:${id}`,
    wait: () => ended,
    async cancel(graceMs = GRACE_MS) {
      stop('cancelled', graceMs)
      await ended
    },
    state: () => state,
    detail: () => (state === 'running' ? `process ${child.pid}` : ''),
  }
}

function describe(end: {
  spec: ProcessSpec
  exitCode: number | null
  signal: string | null
  cause: Cause | undefined
}): Ending {
  const { spec, exitCode, signal: signalName, cause } = end
  const { memoryMb, timeMs } = spec.resources ?? {}
  const base = { exitCode, signal: signalName }
  if (cause === 'cancelled') return { ...base, reason: cause, message: 'It was cancelled.' }
  if (cause === 'time-limit')
    return { ...base, reason: cause, message: `It ran longer than its limit of ${timeMs} ms.` }
  if (cause === 'memory-limit')
    return { ...base, reason: cause, message: `It used more memory than its ${memoryMb} MiB.` }
  if (signalName !== null)
    return { ...base, reason: 'signaled', message: `It was ended by ${signalName}.` }
  return { ...base, reason: 'exited', message: `It ended with exit code ${exitCode}.` }
}

/** Hands bubblewrap its arguments, which others must not read in the list of processes. */
function pass(child: ChildProcess, text: string): void {
  const pipe = child.stdio[ARGUMENTS_FD] as Writable
  // A room that could not be made says why on its standard error.
  pipe.on('error', () => undefined)
  pipe.end(text)
}

async function writeScript(
  spec: ProcessSpec,
  tempDir: string,
): Promise<{ folder: string; argv: string[] } | undefined> {
  if (!('script' in spec.command)) return undefined
  const { script } = spec.command
  const folder = await mkdtemp(join(tempDir, 'weft-script-'))
  const path = join(folder, 'script')
  await writeFile(path, script, { mode: 0o700 })
  return { folder, argv: script.startsWith('#!') ? [path] : ['/bin/sh', path] }
}
