/**
 * Slurm through slurmrestd, with a JSON web token.
 * @module
 */
import {
  firstOf,
  gpusIn,
  NO_CONTROLLER,
  parseMembers,
  type SlurmJob,
  type SlurmPort,
  SlurmRefusal,
  type SlurmRow,
  SlurmUnreachable,
  UNKNOWN_JOB,
} from './slurm-port.ts'

/** The versions of the API that this file speaks, the best first. */
const VERSIONS: readonly string[] = ['v0.0.38']
const NO_VALUE = 0xff_ff_ff_fe

/** Where slurmrestd is, and how to be let in. */
export interface SlurmRestOptions {
  readonly url: string
  readonly user: string
  /** Asked before every call, as tokens run out. */
  readonly token: () => string | Promise<string>
  readonly timeoutMs?: number
  readonly partition?: string
  readonly account?: string
}

interface Failure {
  readonly error?: string
  readonly description?: string
}

interface Job {
  readonly job_id: number
  readonly name: string
  readonly array_job_id: number
  readonly array_task_id: number | null
  readonly array_task_string: string | null
  readonly job_state: string
  readonly state_reason: string
  /** As `wait` gives it: the code in the second byte, the signal in the first. */
  readonly exit_code: number
}

interface Partition {
  readonly name: string
  readonly flags?: readonly string[]
}

interface Node {
  readonly name: string
  readonly cpus: number
  readonly real_memory: number
  readonly gres?: string | null
  readonly partitions: readonly string[]
}

/** Speaks with slurmrestd; the version is found out at the first call. */
export function createSlurmRest(options: SlurmRestOptions): SlurmPort {
  let version: Promise<string> | undefined
  const detect = async (): Promise<string> => {
    const { paths } = await call<{ paths?: object }>(options, 'GET', '/openapi/v3')
    const known = VERSIONS.find((name) => Object.hasOwn(paths ?? {}, `/slurm/${name}/job/submit`))
    if (known === undefined)
      throw new SlurmRefusal(
        `slurmrestd at ${options.url} does not offer ${VERSIONS.join(' or ')}: start it with -s openapi/${VERSIONS[0]}.`,
      )
    return known
  }
  const api = async <T>(method: string, path: string, body?: object): Promise<T> => {
    version ??= detect()
    const found = await version.catch((error: unknown) => {
      version = undefined
      throw error
    })
    return call<T>(options, method, `/slurm/${found}${path}`, body)
  }
  return {
    name: 'slurmrestd',
    async submit(job) {
      const answer = await api<{ job_id?: number }>('POST', '/job/submit', {
        script: job.script,
        job: properties(job, options),
      })
      if (answer.job_id === undefined || answer.job_id === 0)
        throw new SlurmRefusal('slurmrestd took the job but gave it no number.')
      return String(answer.job_id)
    },
    async find(key) {
      const { jobs } = await api<{ jobs: readonly Job[] }>('GET', '/jobs')
      const own = jobs.filter((row) => row.name === key)
      return firstOf(own.map((job) => String(job.array_job_id || job.job_id)))
    },
    async query(jobId) {
      try {
        const { jobs } = await api<{ jobs: readonly Job[] }>('GET', `/job/${numeric(jobId)}`)
        return jobs.map(toRow)
      } catch (error) {
        if (error instanceof SlurmRefusal && UNKNOWN_JOB.test(error.message)) return []
        throw error
      }
    },
    async cancel(jobId, kill) {
      try {
        await api('DELETE', `/job/${numeric(jobId)}${kill ? '?signal=SIGKILL' : ''}`)
      } catch (error) {
        if (!(error instanceof SlurmRefusal && /invalid job id|already/i.test(error.message)))
          throw error
      }
    },
    async partition() {
      const { partitions } = await api<{ partitions: readonly Partition[] }>('GET', '/partitions')
      const chosen = partitions.find(({ name, flags }) =>
        options.partition === undefined
          ? flags?.includes('default') === true
          : name === options.partition,
      )
      if (chosen === undefined) return undefined
      const { nodes } = await api<{ nodes: readonly Node[] }>('GET', '/nodes')
      const own = nodes.filter((node) => node.partitions.includes(chosen.name))
      return {
        name: chosen.name,
        nodes: own.map(({ name, cpus, real_memory, gres }) => ({
          name,
          cores: cpus,
          memoryMb: real_memory,
          gpus: gpusIn(gres ?? ''),
        })),
      }
    },
    async ping() {
      const answer = await api<{
        pings: readonly { hostname: string; ping: string }[]
        meta: { Slurm: { release: string } }
      }>('GET', '/ping')
      const up = answer.pings.find((each) => each.ping === 'UP')
      if (up === undefined) throw new SlurmUnreachable('slurmrestd reaches no controller.')
      return `Slurm ${answer.meta.Slurm.release} on ${up.hostname} through slurmrestd`
    },
  }
}

function properties(job: SlurmJob, { partition, account }: SlurmRestOptions): object {
  const output = job.size > 1 ? '%a' : '0'
  return {
    name: job.key,
    current_working_directory: job.folder,
    standard_output: `${job.folder}/${output}.out`,
    standard_error: `${job.folder}/${output}.err`,
    environment: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    requeue: false,
    // Members of an array would wait for each other.
    ...(job.size > 1 ? {} : { dependency: 'singleton' }),
    ...(partition === undefined ? {} : { partition }),
    ...(account === undefined ? {} : { account }),
    ...(job.size > 1 ? { array: `0-${job.size - 1}` } : {}),
    ...(job.cpus === undefined ? {} : { cpus_per_task: job.cpus }),
    ...(job.memoryMb === undefined ? {} : { memory_per_node: job.memoryMb }),
    ...(job.minutes === undefined ? {} : { time_limit: job.minutes }),
    ...(job.gpus === undefined || job.gpus === 0 ? {} : { gres: `gpu:${job.gpus}` }),
  }
}

function toRow(job: Job): SlurmRow {
  const waiting = job.array_task_string ?? ''
  const index = job.array_task_id
  const single = index === null || index >= NO_VALUE || job.array_job_id === 0 ? [] : [index]
  return {
    jobId: String(job.job_id),
    members: waiting === '' ? single : parseMembers(waiting),
    state: job.job_state,
    reason: job.state_reason,
    exitCode: (job.exit_code >> 8) & 0xff,
    signal: job.exit_code & 0x7f,
  }
}

async function call<T>(
  { url, user, token, timeoutMs = 10_000 }: SlurmRestOptions,
  method: string,
  path: string,
  body?: object,
): Promise<T> {
  let status: number
  let text: string
  try {
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        'x-slurm-user-name': user,
        'x-slurm-user-token': await token(),
        'content-type': 'application/json',
      },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    })
    status = response.status
    text = await response.text()
  } catch (error) {
    throw new SlurmUnreachable(`slurmrestd at ${url} does not answer.`, { cause: error })
  }
  if (status === 401 || status === 403)
    throw new SlurmRefusal(`slurmrestd does not let ${user} in: renew its token.`)
  const answer = parse(text)
  const failure = answer?.errors?.find((each) => (each.error ?? each.description) !== undefined)
  const words = [failure?.description, failure?.error].filter(Boolean).join(': ')
  if (answer === undefined || NO_CONTROLLER.test(words))
    throw new SlurmUnreachable(words || `slurmrestd answered ${status} without JSON.`)
  if (failure !== undefined) throw new SlurmRefusal(`Slurm: ${words}.`)
  if (status >= 400) throw new SlurmUnreachable(`slurmrestd answered ${status}.`)
  return answer as T
}

function parse(text: string): { errors?: readonly Failure[] } | undefined {
  try {
    return JSON.parse(text) as { errors?: readonly Failure[] }
  } catch {
    return undefined // Told by status: whoever answered was not slurmrestd, or not ready.
  }
}

function numeric(jobId: string): string {
  if (!/^\d+$/.test(jobId)) throw new RangeError(`"${jobId}" is no number of a Slurm job.`)
  return jobId
}
