/**
 * What the Slurm engine needs of a cluster, whether through slurmrestd or the command line; and Slurm's words for
 * how a job stands.
 * @module
 */
import type { Ending, Places, ProcessState } from './engine.ts'

/** One job to submit; `key` is its whole name and unique, so that it is found when an answer was lost. */
export interface SlurmJob {
  readonly key: string
  readonly script: string
  readonly folder: string
  readonly cpus?: number
  readonly memoryMb?: number
  readonly gpus?: number
  readonly minutes?: number
  /** Members of an array; 1 is a plain job. */
  readonly size: number
}

/** How one member of a job stands, in Slurm's words. */
export interface SlurmRow {
  readonly jobId: string
  /** The members it stands for: several while an array still waits; empty for a plain job. */
  readonly members: readonly number[]
  readonly state: string
  readonly reason: string
  readonly exitCode: number
  readonly signal: number
}

/** A node as the controller has it, whatever is in use. */
export interface SlurmNode {
  readonly name: string
  readonly cores: number
  readonly memoryMb: number
  readonly gpus: number
}

/** The nodes of a partition, and whether several jobs may have the same cores (`OverSubscribe`). */
export interface SlurmPartition {
  readonly name: string
  readonly nodes: readonly SlurmNode[]
  /** Undefined where the controller does not say. */
  readonly shared?: boolean
}

/** A way to speak with the controller. */
export interface SlurmPort {
  readonly name: string
  /** Answers the job's number; throws `SlurmRefusal` when the cluster does not want it. */
  submit(job: SlurmJob): Promise<string>
  /** The number of the job called `key`, if there is one; of several the one that was submitted first. */
  find(key: string): Promise<string | undefined>
  /** Its rows; empty when the controller no longer knows it. */
  query(jobId: string): Promise<readonly SlurmRow[]>
  /** Ends it: Slurm's own TERM, then KILL after its KillWait; with `kill` at once. */
  cancel(jobId: string, kill: boolean): Promise<void>
  /** The partition that jobs go to; undefined where there is none. */
  partition(): Promise<SlurmPartition | undefined>
  /** A sentence about the cluster; throws when it cannot be reached. */
  ping(): Promise<string>
}

/** The number that was given first, as controllers count upwards. */
export function firstOf(jobIds: readonly string[]): string | undefined {
  return jobIds.toSorted((a, b) => Number(a) - Number(b))[0]
}

/** The cluster understood and said no: trying again would not help. */
export class SlurmRefusal extends Error {
  override name = 'SlurmRefusal'
}

/** Nobody answered, or nobody who could know: worth trying again. */
export class SlurmUnreachable extends Error {
  override name = 'SlurmUnreachable'
}

/** How a controller says that it does not know a job. */
export const UNKNOWN_JOB = /invalid job id|unable to find jobid/i

/** How its own client says that the controller does not answer, or not with its nodes. */
export const NO_CONTROLLER =
  /required node not available|unable to contact|connect failure|connection refused|timed out|zero bytes were transmitted|standby|communication/i

/** Slurm's states that are no end. */
const OPEN: Readonly<Record<string, ProcessState>> = {
  PENDING: 'waiting',
  CONFIGURING: 'waiting',
  REQUEUED: 'waiting',
  REQUEUE_FED: 'waiting',
  REQUEUE_HOLD: 'waiting',
  SPECIAL_EXIT: 'waiting',
  RESV_DEL_HOLD: 'waiting',
  RUNNING: 'running',
  COMPLETING: 'running',
  SUSPENDED: 'running',
  STOPPED: 'running',
  SIGNALING: 'running',
  RESIZING: 'running',
  STAGE_OUT: 'running',
}

/** Where a row stands. */
export function stateOf(row: SlurmRow): ProcessState {
  return OPEN[row.state] ?? 'ended'
}

/** How a row that stands at its end has ended. */
export function endingOf(row: SlurmRow): Ending {
  const ended = { exitCode: row.signal > 0 ? null : row.exitCode, signal: signalName(row.signal) }
  const told = row.reason === '' || row.reason === 'None' ? '' : ` (${row.reason})`
  switch (row.state) {
    case 'COMPLETED':
    case 'FAILED':
      return exited(row.exitCode, row.signal)
    case 'CANCELLED':
    case 'PREEMPTED':
      return { ...ended, reason: 'cancelled', message: `Slurm: ${row.state}${told}.` }
    case 'TIMEOUT':
    case 'DEADLINE':
      return { ...ended, reason: 'time-limit', message: `Slurm ended it at its time limit${told}.` }
    case 'OUT_OF_MEMORY':
      return {
        ...ended,
        reason: 'memory-limit',
        message: `It used more memory than asked for${told}.`,
      }
    default:
      return { ...ended, reason: 'lost', message: `Slurm: ${row.state}${told}.` }
  }
}

/** The ending of a process that ran to its own end. */
export function exited(exitCode: number, signal: number): Ending {
  const name = signalName(signal)
  return name === null
    ? { exitCode, signal: null, reason: 'exited', message: `It ended with exit code ${exitCode}.` }
    : { exitCode: null, signal: name, reason: 'signaled', message: `It was ended by ${name}.` }
}

/** The nodes of a partition, those that are alike together; undefined where jobs may share their cores. */
export function placesOf({ name, nodes, shared }: SlurmPartition): Places | undefined {
  if (shared === true || nodes.length === 0) return undefined
  const alike = Map.groupBy(nodes, ({ cores, memoryMb, gpus }) => `${cores} ${memoryMb} ${gpus}`)
  const first = nodes.map((node) => node.name).toSorted()[0]
  return {
    name: `${name} of ${first}`,
    nodes: [...alike.values()].map((some) => {
      const [{ cores, memoryMb, gpus }] = some
      return { count: some.length, cores, memoryMb, gpus }
    }),
  }
}

/** The devices in a list of generic resources as `gpu:a100:4(S:0-1),shard:8`. */
export function gpusIn(gres: string): number {
  const found = gres
    .replaceAll(/\([^)]*\)/g, '')
    .matchAll(/(?:^|,)gpu(?::[^:,]+)*?(?::(\d+))?(?=,|$)/g)
  return [...found].reduce((sum, [, count]) => sum + Number(count ?? 1), 0)
}

/** Slurm's way to write the members of a waiting array, as `0-4,7%2`. */
export function parseMembers(text: string): number[] {
  return text
    .replace(/%\d+$/, '')
    .split(',')
    .flatMap((part) => {
      const match = /^(\d+)(?:-(\d+)(?::(\d+))?)?$/.exec(part)
      if (match === null) return []
      const [from, to, step] = [
        Number(match[1]),
        Number(match[2] ?? match[1]),
        Number(match[3] ?? 1),
      ]
      return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step)
    })
}

const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  10: 'SIGUSR1',
  11: 'SIGSEGV',
  12: 'SIGUSR2',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
}

function signalName(number: number): string | null {
  return number === 0 ? null : (SIGNALS[number] ?? `signal ${number}`)
}
