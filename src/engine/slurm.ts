/**
 * Processes as jobs of a Slurm cluster: submitted once, followed through an unreachable controller and a restart of
 * the runner, until every member has an ending.
 * @module
 */
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
  type ProcessState,
} from './engine.ts'
import {
  begunAgo,
  endedForMemory,
  followOutput,
  readEnding,
  readJobId,
  readRecord,
  type SlurmRecord,
} from './slurm-folder.ts'
import { createLink, type Link, pauseAfter, type SlurmOptions } from './slurm-link.ts'
import { absentFrom, checkMeeting } from './slurm-meeting.ts'
import { endingOf, placesOf, type SlurmRow, SlurmUnreachable, stateOf } from './slurm-port.ts'
import { folderOf, nameOf, submit } from './slurm-submit.ts'

/** How often a job must be unknown to the controller in a row before its own record decides. */
const FORGOTTEN_AFTER = 3

/** Of those that are waited for. */
const MOST_NAMED = 5

/** The engine for a Slurm cluster. */
export function createSlurmEngine(options: SlurmOptions): Engine {
  if (!isAbsolute(options.folder) || /[%\\\n]/.test(options.folder))
    throw new RangeError(`"${options.folder}" must be an absolute path without %, \\ and newlines.`)
  const link = createLink(options)
  return {
    name: 'slurm',
    arrays: true,
    meets: true,
    async start(spec) {
      checkSpec(spec)
      if (spec.meeting !== undefined) checkMeeting(spec.meeting)
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
    async places() {
      const partition = await link.once((port) => port.partition())
      return partition && placesOf(partition)
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
  let met = false
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
    // Once all have been there, one that comes again is no longer waited for.
    const { meeting } = record
    const absent = running && meeting !== undefined && !met ? await absentFrom(meeting) : []
    met ||= running && absent.length === 0
    detail = absent.length > 0 ? describeAbsent(jobId, absent) : describeOpen(jobId, open)
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
    open.map((row) => {
      const { state, reason } = row
      const told = reason && reason !== 'None' ? `${state}: ${reason}` : state
      return stateOf(row) === 'waiting' ? `waits for room in the cluster (${told})` : told
    }),
  )
  return words.size === 0 ? '' : `Slurm job ${jobId}: ${[...words].join(', ')}`
}

function describeAbsent(jobId: string, absent: readonly string[]): string {
  const named = absent.slice(0, MOST_NAMED).join(', ')
  const more = absent.length > MOST_NAMED ? ` and ${absent.length - MOST_NAMED} more` : ''
  return `Slurm job ${jobId} has its node and waits for ${named}${more}, for which the cluster has had no room yet`
}

function outOfMemory(ending: Ending): Ending {
  return { ...ending, reason: 'memory-limit', message: 'It used more memory than it asked for.' }
}

function lost(jobId: string): Ending {
  const message = `Slurm no longer knows job ${jobId}, and it left no exit code.`
  return { exitCode: null, signal: null, reason: 'lost', message }
}
