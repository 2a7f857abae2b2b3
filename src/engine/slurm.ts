/**
 * Processes as jobs of a Slurm cluster: submitted once, followed through an unreachable controller and a restart of
 * the runner, until every member has an ending.
 * @module
 */
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join, isAbsolute } from 'node:path'

import {
  checkKey,
  checkSpec,
  combineEndings,
  type Ending,
  type Engine,
  type OutputSinks,
  type ProcessHandle,
  type ProcessSpec,
  type ProcessState,
} from './engine.ts'
import { buildEnvironment } from './environment.ts'
import {
  begunAgo,
  endedForMemory,
  followOutput,
  prepareFolder,
  readEnding,
  readJobId,
  readRecord,
  type SlurmRecord,
  writeRecord,
} from './slurm-folder.ts'
import { endingOf, type SlurmPort, type SlurmRow, SlurmUnreachable, stateOf } from './slurm-port.ts'

/** How the Slurm engine is set up. */
export interface SlurmOptions {
  /** Ways to the controller, the preferred first; the next is tried when one does not answer. */
  readonly ports: readonly SlurmPort[]
  /** A folder that runner and nodes share at the same path; each job gets a folder in it. */
  readonly folder: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** How often a job is asked for; 1000 ms. */
  readonly pollMs?: number
  /** The longest pause while the controller is away; 30 s. */
  readonly maxPauseMs?: number
  /** How long `start` goes on trying to submit; 5 minutes. */
  readonly submitMs?: number
  /** Told when the controller is lost and when it is back. */
  readonly onReachable?: (reachable: boolean, message: string) => void
}

/** How often a job must be unknown to the controller in a row before its own record decides. */
const FORGOTTEN_AFTER = 3

/** The engine for a Slurm cluster. */
export function createSlurmEngine(options: SlurmOptions): Engine {
  if (!isAbsolute(options.folder) || /[%\\\n]/.test(options.folder))
    throw new RangeError(`"${options.folder}" must be an absolute path without %, \\ and newlines.`)
  const link = createLink(options)
  return {
    name: 'slurm',
    arrays: true,
    async start(spec) {
      checkSpec(spec)
      if (spec.sandbox !== undefined)
        throw new RangeError('The Slurm engine has no sandbox: the cluster sets what a job may do.')
      const { gpus } = spec.resources ?? {}
      if (typeof gpus === 'object')
        throw new RangeError('In a cluster Slurm chooses the GPUs: give their number.')
      const { record, folder, jobId } = await submit(spec, options, link)
      return follow({ record, folder, jobId, output: spec.output, options, link })
    },
    async reattach(id, output) {
      const match = /^slurm:(\d+)@([\w.-]+)$/.exec(id)
      if (match === null) throw new RangeError(`"${id}" names no job of the Slurm engine.`)
      const folder = join(options.folder, match[2])
      const record = await readRecord(folder)
      return follow({ record, folder, jobId: match[1], output, options, link })
    },
    async discard(key) {
      checkKey(key)
      const folder = folderOf(options, nameOf(key))
      const record = await readRecord(folder).catch(() => undefined)
      const jobId =
        record?.jobId ??
        (await readJobId(folder)) ??
        (await link.once((port) => port.find(nameOf(key))))
      if (jobId !== undefined) {
        const rows = await link.once((port) => port.query(jobId))
        if (rows.some((row) => stateOf(row) !== 'ended')) {
          await link.once((port) => port.cancel(jobId, false))
          return false
        }
      }
      await rm(folder, { recursive: true, force: true })
      return true
    },
    async probe() {
      try {
        return { available: true, detail: await link.once((port) => port.ping()) }
      } catch (error) {
        return { available: false, detail: (error as Error).message }
      }
    },
  }
}

/** The ways to the controller as one, with memory of whether it answers. */
interface Link {
  /** Asks through the first way that answers; throws when none does. */
  once<T>(ask: (port: SlurmPort) => Promise<T>): Promise<T>
}

function createLink({ ports, onReachable }: SlurmOptions): Link {
  let reachable = true
  const tell = (now: boolean, message: string): void => {
    if (now !== reachable) onReachable?.(now, message)
    reachable = now
  }
  return {
    async once(ask) {
      const troubles: string[] = []
      for (const port of ports) {
        try {
          const answer = await ask(port)
          tell(true, `Slurm answers through ${port.name}.`)
          return answer
        } catch (error) {
          if (!(error instanceof SlurmUnreachable)) throw error
          troubles.push(error.message)
        }
      }
      const message = troubles.join(' ') || 'No way to a Slurm controller is set up.'
      tell(false, message)
      throw new SlurmUnreachable(message)
    },
  }
}

async function submit(
  spec: ProcessSpec,
  options: SlurmOptions,
  link: Link,
): Promise<{ record: SlurmRecord; folder: string; jobId: string }> {
  const key =
    spec.key === undefined
      ? `${spec.name.replaceAll(/[^\w.-]+/g, '_').slice(0, 40)}.${randomUUID()}`
      : nameOf(spec.key)
  const folder = folderOf(options, key)
  const earlier =
    spec.key === undefined ? undefined : await readRecord(folder).catch(() => undefined)
  if (earlier !== undefined) {
    const jobId = earlier.jobId ?? (await readJobId(folder))
    if (jobId !== undefined) return { record: earlier, folder, jobId }
  }
  const { resources = {} } = spec
  const { cpus, memoryMb, timeMs } = resources
  const record: SlurmRecord = { name: spec.name, key, size: spec.arraySize ?? 1, timeMs }
  const env = buildEnvironment(spec, options.env ?? process.env)
  // Of a start that was cut short nothing has begun: at most it waits in the cluster.
  const script = await prepareFolder(folder, spec, env)
  await writeRecord(folder, record)
  const job = {
    key,
    script,
    folder,
    size: record.size,
    cpus: cpus === undefined ? undefined : Math.max(1, Math.ceil(cpus)),
    memoryMb: memoryMb === undefined ? undefined : Math.ceil(memoryMb),
    gpus: typeof resources.gpus === 'number' ? resources.gpus : undefined,
    // Slurm counts whole minutes; the follower keeps the exact limit, Slurm's stands when nobody follows.
    minutes: timeMs === undefined ? undefined : Math.ceil(timeMs / 60_000) + 1,
  }
  const until = performance.now() + (options.submitMs ?? 300_000)
  let doubtful = earlier !== undefined
  for (let attempt = 0; ; attempt += 1) {
    spec.signal?.throwIfAborted()
    try {
      const jobId = await link.once(async (port) => {
        // The answer to an earlier try may be all that was lost.
        const earlier = doubtful ? await port.find(key) : undefined
        doubtful = true
        return earlier ?? port.submit(job)
      })
      await writeRecord(folder, { ...record, jobId })
      return { record, folder, jobId }
    } catch (error) {
      if (!(error instanceof SlurmUnreachable) || performance.now() > until) throw error
    }
    await sleep(pauseAfter(attempt, options))
  }
}

/** The name of the job that was started with `key`. */
function nameOf(key: string): string {
  return `weft.${key}`
}

function folderOf(options: SlurmOptions, name: string): string {
  return join(options.folder, name.replace(/^[.-]+/, '_'))
}

interface Followed {
  readonly record: SlurmRecord
  readonly folder: string
  readonly jobId: string
  readonly output: OutputSinks | undefined
  readonly options: SlurmOptions
  readonly link: Link
}

function follow(job: Followed): ProcessHandle {
  const { record, folder, jobId, options, link } = job
  const name = folder.slice(folder.lastIndexOf('/') + 1)
  const follower = followOutput(folder, record.size, job.output)
  const endings = new Map<number, Ending>()
  let state: ProcessState = 'waiting'
  let detail = ''
  let stopped: 'cancelled' | 'time-limit' | undefined
  let runningSince: number | undefined
  let killAt: number | undefined
  let asked: 'no' | 'asked' | 'killed' = 'no'
  let detached = false
  let wake = (): void => undefined

  const end = async (): Promise<void> => {
    // Asked again with every look until the job is over: a lost call must not leave it running.
    if (stopped === undefined || asked === 'killed') return
    const kill = killAt !== undefined && performance.now() >= killAt
    if (asked === 'asked' && !kill) return
    await link.once((port) => port.cancel(jobId, kill))
    asked = kill ? 'killed' : 'asked'
  }
  const look = async (unknown: number): Promise<number> => {
    await end()
    const rows = await link.once((port) => port.query(jobId))
    const count = await take(rows, unknown)
    const open = rows.filter((row) => stateOf(row) !== 'ended')
    const running = open.some((row) => stateOf(row) === 'running')
    // Who takes a job up again has not seen it begin.
    if (running) runningSince ??= performance.now() - (await begunAgo(folder))
    state = running ? 'running' : 'waiting'
    detail = describeOpen(jobId, open)
    const { timeMs } = record
    if (timeMs !== undefined && runningSince !== undefined && stopped === undefined)
      if (performance.now() - runningSince > timeMs) stop('time-limit', 5000)
    return count
  }
  /** Keeps the endings in `rows`; counts how often the controller has known nothing. */
  const take = async (rows: readonly SlurmRow[], unknown: number): Promise<number> => {
    for (const row of rows) {
      if (stateOf(row) !== 'ended') continue
      const members = row.members.length > 0 ? row.members : [0]
      for (const member of members) endings.set(member, endingOf(row))
    }
    const listed = new Set(rows.flatMap((row) => (row.members.length > 0 ? row.members : [0])))
    let missing = false
    for (let member = 0; member < record.size; member += 1) {
      if (endings.has(member) || listed.has(member)) continue
      const written = await readEnding(folder, member)
      if (written !== undefined) endings.set(member, written)
      else if (unknown + 1 >= FORGOTTEN_AFTER) endings.set(member, lost(jobId))
      else missing = true
    }
    return missing ? unknown + 1 : 0
  }
  const stop = (why: 'cancelled' | 'time-limit', graceMs: number): void => {
    stopped ??= why
    killAt = Math.min(killAt ?? Infinity, performance.now() + graceMs)
    wake()
  }
  const pause = (ms: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const early = killAt === undefined || asked === 'killed' ? ms : killAt - performance.now()
    const timer = setTimeout(resolve, Math.max(10, Math.min(ms, early)))
    wake = resolve
    return promise.finally(() => clearTimeout(timer))
  }

  const ended = (async (): Promise<Ending> => {
    let unknown = 0
    let failures = 0
    while (endings.size < record.size) {
      if (detached) throw new Error(`Slurm job ${jobId} is no longer followed; it goes on.`)
      try {
        unknown = await look(unknown)
        failures = 0
      } catch (error) {
        if (!(error instanceof SlurmUnreachable)) throw error
        failures += 1
        state = 'unreachable'
        detail = error.message
      }
      await follower.poll()
      if (endings.size < record.size)
        await pause(failures > 0 ? pauseAfter(failures - 1, options) : (options.pollMs ?? 1000))
    }
    await follower.end()
    const members = await Promise.all(
      Array.from({ length: record.size }, async (_, member) => {
        const ending = explain(endings.get(member) ?? lost(jobId), stopped, record)
        const doubtful = stopped === undefined && ending.reason !== 'exited'
        return doubtful && (await endedForMemory(folder, member)) ? outOfMemory(ending) : ending
      }),
    )
    return record.size > 1 ? combineEndings(members) : members[0]
  })()
  const over = ended.finally(() => {
    state = 'ended'
    detail = ''
  })
  // Whoever waits is told; without anybody waiting a refusal must not end the runner.
  over.catch(() => undefined)

  return {
    id: `slurm:${jobId}@${name}`,
    wait: () => over,
    async cancel(graceMs = 10_000) {
      if (state !== 'ended') stop('cancelled', graceMs)
      await over
    },
    detach() {
      detached = true
      wake()
    },
    state: () => state,
    detail: () => detail,
  }
}

function explain(
  ending: Ending,
  stopped: 'cancelled' | 'time-limit' | undefined,
  { timeMs }: SlurmRecord,
): Ending {
  if (stopped === undefined || ending.reason === 'exited') return ending
  return stopped === 'cancelled'
    ? { ...ending, reason: 'cancelled', message: 'It was cancelled.' }
    : { ...ending, reason: stopped, message: `It ran longer than its limit of ${timeMs} ms.` }
}

function describeOpen(jobId: string, open: readonly SlurmRow[]): string {
  const words = new Set(
    open.map(({ state, reason }) => (reason && reason !== 'None' ? `${state}: ${reason}` : state)),
  )
  return words.size === 0 ? '' : `Slurm job ${jobId}: ${[...words].join(', ')}`
}

function outOfMemory(ending: Ending): Ending {
  return { ...ending, reason: 'memory-limit', message: 'It used more memory than it asked for.' }
}

function lost(jobId: string): Ending {
  const message = `Slurm no longer knows job ${jobId}, and it left no exit code.`
  return { exitCode: null, signal: null, reason: 'lost', message }
}

function pauseAfter(
  failures: number,
  { maxPauseMs = 30_000, pollMs = 1000 }: SlurmOptions,
): number {
  const pause = Math.min(maxPauseMs, pollMs * 2 ** Math.min(failures, 20))
  return pause * (0.75 + Math.random() / 2)
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
