/**
 * Runs the tasks that are programs of somebody's own, each through an engine, from the main thread.
 * @module
 */
import { join } from 'node:path'

import type { LeasedTask, Outcome } from '../domain/work.ts'
import type { Ending, Engine, Meeting, ProcessHandle } from '../engine/engine.ts'
import { type Clock, systemClock } from './clock.ts'
import { segment } from './data/path.ts'
import { type Brief, briefTask } from './ensemble.ts'
import type { Executor, TaskRun } from './executor.ts'
import { createLeftoverSweep } from './leftover.ts'
import type { RunnerLog } from './log.ts'
import { failed } from './outcome.ts'
import { prepare } from './prepare.ts'
import type { PrerequisiteOptions, Provision } from './prerequisite.ts'
import { createProcessLogs, type LogKeeping } from './process-log.ts'
import { createOutput, type ProcessOutput } from './process-output.ts'
import { processOf, processSpec, type Storage, toOutcome } from './process-spec.ts'
import { createHealth, persist } from './retry.ts'
import type { HandleStore } from './store.ts'
import { createTurns } from './turns.ts'

/** An engine, and where its processes see what the runner writes. */
export interface ProcessEngine {
  readonly engine: Engine
  /** Working directories are made below it. */
  readonly folder: string
}

export interface ProcessOptions {
  readonly engines: ReadonlyMap<string, ProcessEngine>
  /** Whether processes of this host may run outside a sandbox. */
  readonly mode: 'host' | 'sandbox'
  /** Folders that no sandbox shows: the runner's keys, tables, other tasks. */
  readonly hidden: readonly string[]
  /** Folders of this host that programs may ask for by name. */
  readonly storages?: readonly Storage[]
  /** By what their data and scripts are fetched; none are without it. */
  readonly prerequisites?: PrerequisiteOptions
  readonly runnerId: string
  /** Needed for engines whose processes outlive the runner. */
  readonly handles?: HandleStore
  /** Needed for tasks that know of each other. */
  readonly brief?: Brief
  readonly log: RunnerLog
  readonly clock?: Clock
  /** How long a process that was told to stop may tidy up. */
  readonly graceMs?: number
  /** Most bytes of output that the server gets of one attempt, but for its end. */
  readonly logBytes?: number
  /** Where all of it is kept, and how much; nowhere without it. */
  readonly logs?: LogKeeping
}

export interface ProcessExecutor extends Executor {
  close(): Promise<void>
}

/** An executor for tasks of the kind `process`. */
export function createProcesses(options: ProcessOptions): ProcessExecutor {
  const { engines, handles, runnerId, log, clock = systemClock } = options
  /** Handles of running attempts, and of starts that are still under way. */
  const followed = new Map<string, string>()
  const starting = new Set<string>()
  const logs = options.logs && createProcessLogs(options.logs, clock)
  const turns = createTurns()
  const sweep = createLeftoverSweep({
    engines: new Map([...engines].map(([name, { engine }]) => [name, engine])),
    handles,
    runnerId,
    inUse: (handle) => starting.has(handle) || [...followed.values()].includes(handle),
    log,
    clock,
  })

  async function run(given: LeasedTask, run: TaskRun): Promise<Outcome> {
    // Clusters give away what they have themselves.
    const outlives = engines.get(processOf(given).engine)?.engine.discard !== undefined
    const turn = { allocation: outlives ? null : given.allocation, signal: run.signal }
    return turns(turn, () => perform(given, run))
  }

  async function perform(given: LeasedTask, run: TaskRun): Promise<Outcome> {
    const engine = processOf(given).engine
    const place = engines.get(engine)
    const briefed = await briefTask(given, run.signal, {
      brief: options.brief,
      meetings: place?.engine.meets === true ? place.folder : undefined,
      runnerId,
      clock,
      log,
    })
    if (briefed === undefined) return failed(String(run.signal.reason))
    const { task, hidden, meeting } = briefed
    const refusal = place === undefined ? noEngine(engine, engines) : refuse(task, options)
    if (place === undefined || refusal !== undefined) return failed(refusal ?? 'no engine')
    const outlives = place.engine.discard !== undefined
    const handle = outlives ? await hold(task, run.signal) : undefined
    if (handle === null) return failed('Its lease is no longer held')
    const key = handle?.slice(handle.indexOf(':') + 1)
    const cwd = join(
      place.folder,
      'jobs',
      segment(task.jobId),
      segment(folderOf(task)),
      // What another attempt takes up again has its files already.
      key ?? String(task.attempt),
    )
    const made = await prepare(task, run, { cwd, keep: outlives, options })
    if ('state' in made) return made
    const output = createOutput(run, {
      logBytes: options.logBytes,
      hidden,
      attemptId: task.attemptId,
      ...(await logs?.open(task, run.signal)),
    })
    try {
      return await carry(place, {
        task,
        run,
        output,
        cwd,
        given: made.given,
        handle,
        key,
        outlives,
        meeting,
      })
    } finally {
      await output.close()
    }
  }

  async function carry(
    place: ProcessEngine,
    begin: {
      task: LeasedTask
      run: TaskRun
      output: ProcessOutput
      cwd: string
      given: Provision['given']
      handle: string | undefined
      key: string | undefined
      outlives: boolean
      meeting: Meeting | undefined
    },
  ): Promise<Outcome> {
    const { task, run, output, cwd, given, handle, key, outlives, meeting } = begin
    const start = place.engine.start({
      ...processSpec(task, { cwd, given, outlives, options }),
      meeting,
      output: output.sinks,
      key,
      signal: run.signal,
    })
    const process = await begun(start, { run, handle })
    if (process === undefined) return failed(String(run.signal.reason))
    const ending = await follow(process, { run, outlives })
    if (ending === undefined) return failed(String(run.signal.reason))
    return toOutcome(ending, processOf(task), { task, lastWords: output.lastWords() })
  }

  /** The handle under which the process is known, kept by the store; null when the lease is gone. */
  async function hold(task: LeasedTask, signal: AbortSignal): Promise<string | null> {
    if (handles === undefined) throw new Error('The store of this runner keeps no handles')
    const handle = task.handle ?? `${processOf(task).engine}:${task.attemptId}`
    const held =
      task.handle !== null ||
      (await persist(() => handles.hold(runnerId, task.attemptId, handle), {
        clock,
        health: createHealth(log),
        signal,
      }))
    if (!held) return null
    followed.set(task.attemptId, handle)
    return handle
  }

  /** The started process, or undefined when the task was told to stop before. */
  async function begun(
    start: Promise<ProcessHandle>,
    { run, handle }: { run: TaskRun; handle: string | undefined },
  ): Promise<ProcessHandle | undefined> {
    if (handle !== undefined) starting.add(handle)
    const settled = start.finally(() => starting.delete(handle ?? ''))
    const process = await Promise.race([settled, aborted(run.signal)]).catch((error: unknown) => {
      if (run.signal.aborted) return undefined
      throw error
    })
    if (process !== undefined || handle === undefined) return process ?? (await settled)
    // Whether it is to go on is for the server to say: the handle is kept.
    settled.then((late) => late.detach?.()).catch(() => undefined)
    return undefined
  }

  /** How the process ended, or undefined when it goes on without this runner. */
  async function follow(
    process: ProcessHandle,
    { run, outlives }: { run: TaskRun; outlives: boolean },
  ): Promise<Ending | undefined> {
    const stop = (): void => {
      // A failed cancel shows in `wait` as well.
      if (outlives) process.detach?.()
      else process.cancel(options.graceMs ?? 2000).catch(() => undefined)
    }
    if (run.signal.aborted) stop()
    else run.signal.addEventListener('abort', stop, { once: true })
    const told = new AbortController()
    if (outlives) void tell(process, run, told.signal)
    try {
      return await process.wait()
    } catch (error) {
      if (outlives && run.signal.aborted) return undefined
      throw error
    } finally {
      told.abort()
      run.signal.removeEventListener('abort', stop)
    }
  }

  /** Keeps the reason of the task as the engine has it: what it waits for in its queue. */
  async function tell(process: ProcessHandle, run: TaskRun, signal: AbortSignal): Promise<void> {
    let last = ''
    while (!signal.aborted) {
      const detail = process.detail()
      if (detail !== last) run.report({ type: 'progress', fraction: 0, note: detail })
      last = detail
      await clock.sleep(1000, signal)
    }
  }

  return {
    run,
    async finish(task, _outcome, settled) {
      if (followed.delete(task.attemptId)) sweep.nudge()
      await logs?.finish(task, settled)
    },
    close: () => sweep.close(),
  }
}

/** Members of a gang have one name between them. */
function folderOf(task: LeasedTask): string {
  const { ensemble } = processOf(task)
  return ensemble ? `attempt-${ensemble.attempt}:${ensemble.role}:${ensemble.index}` : task.name
}

/** Resolves when the signal aborts. */
function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

function noEngine(name: string, engines: ReadonlyMap<string, unknown>): string {
  const there = engines.size === 0 ? 'no engine' : `only ${[...engines.keys()].join(' and ')}`
  return `Its runner has ${there}, not "${name}": set WEFT_PROCESSES and WEFT_ENGINES there; its "doctor" says what is missing`
}

/** Why this runner may not run it, or undefined when it may. */
function refuse(task: LeasedTask, { mode }: ProcessOptions): string | undefined {
  const { engine, sandbox, needs } = processOf(task)
  if (engine !== 'local' && engine !== 'container') return undefined
  if (engine === 'local' && mode === 'sandbox' && sandbox === false)
    return 'It is to run without a sandbox, which its runner does not allow: leave "sandbox" out, or set WEFT_PROCESSES=host there'
  const { gpus = [], ports = [] } = task.allocation ?? {}
  if (gpus.length < (needs.gpus ?? 0))
    return `It asks for ${needs.gpus} GPUs and was given ${gpus.length}: its runner has no more`
  if (ports.length < (needs.ports ?? 0))
    return `It asks for ${needs.ports} ports and was given ${ports.length}: its runner has no more`
  return undefined
}
