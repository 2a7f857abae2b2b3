/**
 * Follows jobs of a cluster until they are over: what they do is told, savepoints are asked for, and a cluster that is
 * away for a while has lost nothing.
 * @module
 */
import type { Clock } from '../../clock.ts'
import { isTransient } from '../../retry.ts'
import type { WorkRun } from '../engine.ts'
import { FlinkError, rootCause } from './http.ts'
import { isOver, type JobDetail, type JobManager, type SavepointOrder } from './rest.ts'

const FIRST_LOOK_MS = 150
const LONGEST_LOOK_MS = 2000
/** A job that the cluster does not know is looked for this often before it counts as lost. */
const LOOKS_FOR_LOST = 5

/** How a job ended. */
export interface JobEnd {
  readonly id: string
  readonly state: 'FINISHED' | 'FAILED' | 'CANCELED' | 'SUSPENDED' | 'LOST'
  /** Why, where it did not finish. */
  readonly reason: string | null
  /** Records that its sources read and its sinks were given; null where nobody counted. */
  readonly records: { readonly read: number; readonly written: number } | null
}

export interface FollowOptions {
  readonly cluster: JobManager
  readonly clock: Clock
  /** How long a cluster may be away. */
  readonly patienceMs: number
}

/** Follows the jobs; rejects with the reason of the signal when it aborts, and when the cluster stays away. */
export async function followJobs(
  ids: readonly string[],
  run: WorkRun,
  options: FollowOptions,
): Promise<JobEnd[]> {
  const { cluster, clock } = options
  const open = new Map(ids.map((id) => [id, { missing: 0 }]))
  const ends = new Map<string, JobEnd>()
  const savepoints = createSavepoints(run, cluster)
  const told = tellingOf(run, cluster.url)
  const restarts = createRestarts(run, { cluster, told })
  let awayFor = 0
  let wait = FIRST_LOOK_MS
  while (open.size > 0) {
    run.signal.throwIfAborted()
    try {
      await savepoints.take([...open.keys()])
      for (const [id, look] of open) {
        const job = await cluster.job(id)
        if (job === undefined) {
          look.missing += 1
          if (look.missing >= LOOKS_FOR_LOST) ends.set(id, lost(id, cluster.url))
        } else {
          look.missing = 0
          const isStream = run.spec.mode === 'STREAMING'
          const checkpoints = isStream ? { checkpoints: await cluster.checkpoints(id) } : {}
          told(id, { metrics: metricsOf(job), ...checkpoints })
          tellProgress(job, run)
          if (isOver(job.state)) ends.set(id, await ending(job, { cluster, told }))
          else if (isStream) await restarts.look(id)
        }
        if (ends.has(id)) open.delete(id)
      }
      if (awayFor > 0) run.log('info', 'The Flink cluster answers again')
      awayFor = 0
    } catch (error) {
      if (!isTransient(error)) throw error
      if (awayFor === 0)
        run.log('warning', `The Flink cluster at ${cluster.url} does not answer: ${String(error)}`)
      run.progress(0, 'The Flink cluster does not answer')
      awayFor += wait
      if (awayFor >= options.patienceMs)
        throw new Error(
          `The Flink cluster at ${cluster.url} has not answered for ${Math.round(options.patienceMs / 1000)} s`,
          { cause: error },
        )
    }
    await clock.sleep(wait, run.signal)
    wait = Math.min(LONGEST_LOOK_MS, wait * 1.5)
  }
  await savepoints.settle()
  return ids.flatMap((id) => ends.get(id) ?? [])
}

function lost(id: string, url: string): JobEnd {
  const reason = `The Flink cluster at ${url} does not know job ${id} any more: it was restarted, or has forgotten it`
  return { id, state: 'LOST', reason, records: null }
}

type Tell = (id: string, part: Record<string, unknown>) => void

/** Tells of every job under a key of its own, so that jobs beside each other do not take each other's place. */
function tellingOf(run: WorkRun, url: string): Tell {
  const jobs = new Map<string, Record<string, unknown>>()
  return (id, part) => {
    const whole = { url: `${url}/#/job/running/${id}`, ...jobs.get(id), ...part }
    jobs.set(id, whole)
    run.fact(`job.${id}`, whole)
  }
}

function metricsOf(job: JobDetail): Record<string, unknown> {
  const records = recordsOf(job)
  return {
    state: job.state,
    duration_ms: job.duration,
    ...(records ? { records_read: records.read, records_written: records.written } : {}),
    vertices: job.vertices.map(({ name, status, parallelism, metrics }) => ({
      name: name.slice(0, 200),
      status,
      parallelism,
      ...metrics,
    })),
  }
}

function tellProgress({ vertices, state }: JobDetail, run: WorkRun): void {
  const done = vertices.filter(({ status }) => status === 'FINISHED').length
  run.progress(vertices.length === 0 ? 0 : done / vertices.length, `Flink: ${state}`)
}

/** What its sources have handed on, and its sinks received: Flink counts only what passes between its vertices. */
function recordsOf({ vertices }: JobDetail): { read: number; written: number } | null {
  if (vertices.length === 0) return null
  const sum = (key: 'read-records' | 'write-records') =>
    vertices.reduce((total, { metrics }) => total + (metrics[key] ?? 0), 0)
  return { read: sum('write-records'), written: sum('read-records') }
}

interface Telling {
  readonly cluster: JobManager
  readonly told: Tell
}

async function ending(job: JobDetail, { cluster, told }: Telling): Promise<JobEnd> {
  const state = job.state as JobEnd['state']
  const exceptions = state === 'FINISHED' ? [] : await cluster.exceptions(job.jid)
  if (exceptions.length > 0) told(job.jid, { exceptions })
  const [first] = exceptions
  const why = first && (rootCause(first.trace) ?? first.name)
  const reason =
    state === 'FINISHED'
      ? null
      : state === 'CANCELED'
        ? 'The job was canceled at the cluster'
        : (why ?? `The job is ${state} and the cluster does not say why`)
  return { id: job.jid, state, reason, records: recordsOf(job) }
}

/** A stream that checkpoints are written of goes on after a failure: nobody would learn of it at an end. */
function createRestarts(run: WorkRun, { cluster, told }: Telling) {
  const newestOf = new Map<string, string>()
  return {
    async look(id: string): Promise<void> {
      const exceptions = await cluster.exceptions(id)
      const [newest] = exceptions
      if (!newest || newestOf.get(id) === newest.at) return
      newestOf.set(id, newest.at)
      told(id, { exceptions })
      run.log('warning', `Job ${id} failed in part: ${rootCause(newest.trace) ?? newest.name}`)
    },
  }
}

interface Asked {
  readonly job: string
  readonly trigger: string
  readonly order: SavepointOrder
}

/** Savepoints that were asked for while the jobs run. */
function createSavepoints(run: WorkRun, cluster: JobManager) {
  const told: Record<string, unknown>[] = []
  let asked: Asked[] = []

  function tellOne(entry: Record<string, unknown>): void {
    told.push({ at: new Date().toISOString(), ...entry })
    run.fact('savepoints', told)
  }

  async function look(): Promise<void> {
    const open: Asked[] = []
    for (const one of asked) {
      try {
        const stands = await cluster.savepointStatus(one.job, one.trigger)
        if (stands.status === 'running') open.push(one)
        else if (stands.status === 'done') {
          tellOne({ job_id: one.job, path: stands.path, stopped: one.order.stop })
          run.log('info', `Savepoint of job ${one.job}: ${stands.path}`)
        } else {
          const error = rootCause(stands.error) ?? stands.error
          tellOne({ job_id: one.job, error })
          run.log('error', `The savepoint of job ${one.job} failed: ${error}`)
        }
      } catch (error) {
        if (!(error instanceof FlinkError)) throw error
        tellOne({ job_id: one.job, error: error.message })
      }
    }
    asked = open
  }

  return {
    /** Asks for what somebody wants, and looks after what was asked for. */
    async take(jobs: readonly string[]): Promise<void> {
      for (const { type, body } of await run.orders()) {
        if (type !== 'savepoint') continue
        const order = {
          target: typeof body['target'] === 'string' ? body['target'] : null,
          stop: body['stop'] === true,
          drain: body['drain'] === true,
        }
        for (const job of jobs) {
          try {
            asked.push({ job, trigger: await cluster.savepoint(job, order), order })
          } catch (error) {
            if (!(error instanceof FlinkError)) throw error
            tellOne({ job_id: job, error: error.message })
            run.log('error', `No savepoint of job ${job}: ${error.message}`)
          }
        }
      }
      await look()
    },
    /** The last word on those whose job ended with them. */
    async settle(): Promise<void> {
      for (let looks = 0; looks < 20 && asked.length > 0; looks++) await look()
    },
  }
}
