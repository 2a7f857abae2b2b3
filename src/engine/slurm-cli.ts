/**
 * Slurm through its own commands, for clusters without slurmrestd. Programs get their arguments as a list and the
 * script on standard input: no shell reads any of it.
 * @module
 */
import { execFile } from 'node:child_process'

import {
  firstOf,
  gpusIn,
  NO_CONTROLLER,
  parseMembers,
  type SlurmPort,
  SlurmRefusal,
  type SlurmRow,
  SlurmUnreachable,
  UNKNOWN_JOB,
} from './slurm-port.ts'

/** How Slurm's commands are run. */
export interface SlurmCliOptions {
  /** The whole environment of the commands: `PATH`, and `SLURM_CONF` where it is not the usual one. */
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs?: number
  readonly partition?: string
  readonly account?: string
}

/** Speaks with the controller through `sbatch`, `squeue`, `scontrol` and `scancel`. */
export function createSlurmCli(options: SlurmCliOptions): SlurmPort {
  const { partition, account } = options
  return {
    name: 'slurm commands',
    async submit(job) {
      const output = `${job.folder}/${job.size > 1 ? '%a' : '0'}`
      const answer = await command(
        options,
        'sbatch',
        [
          '--parsable',
          '--no-requeue',
          // Members of an array would wait for each other.
          ...(job.size > 1 ? [] : ['--dependency=singleton']),
          `--job-name=${job.key}`,
          `--chdir=${job.folder}`,
          `--output=${output}.out`,
          `--error=${output}.err`,
          ...(partition === undefined ? [] : [`--partition=${partition}`]),
          ...(account === undefined ? [] : [`--account=${account}`]),
          ...(job.size > 1 ? [`--array=0-${job.size - 1}`] : []),
          ...(job.cpus === undefined ? [] : [`--cpus-per-task=${job.cpus}`]),
          ...(job.memoryMb === undefined ? [] : [`--mem=${job.memoryMb}M`]),
          ...(job.minutes === undefined ? [] : [`--time=${job.minutes}`]),
          ...(job.gpus === undefined || job.gpus === 0 ? [] : [`--gres=gpu:${job.gpus}`]),
        ],
        job.script,
      )
      const jobId = /^(\d+)(?:;.*)?$/m.exec(answer)?.[1]
      if (jobId === undefined) throw new SlurmRefusal(`sbatch answered "${answer.trim()}".`)
      return jobId
    },
    async find(key) {
      const args = ['-h', '-a', '-t', 'all', `--name=${key}`, '-o', '%F']
      return firstOf((await command(options, 'squeue', args)).match(/^\d+$/gm) ?? [])
    },
    async query(jobId) {
      try {
        const text = await command(options, 'scontrol', ['show', 'job', '-o', jobId])
        return text.split('\n').flatMap((line) => toRow(line) ?? [])
      } catch (error) {
        if (error instanceof SlurmRefusal && UNKNOWN_JOB.test(error.message)) return []
        throw error
      }
    },
    async cancel(jobId, kill) {
      try {
        await command(options, 'scancel', [...(kill ? ['--full', '--signal=KILL'] : []), jobId])
      } catch (error) {
        if (!(error instanceof SlurmRefusal && /invalid job id|already/i.test(error.message)))
          throw error
      }
    },
    async partition() {
      const text = await command(options, 'sinfo', ['-h', '-a', '-N', '-o', '%P|%h|%N|%c|%m|%G'])
      const rows = text.split('\n').flatMap((line) => {
        const [name, share, node, cores, memoryMb, gres] = line.trim().split('|')
        if (gres === undefined) return []
        const own =
          partition === undefined ? name.endsWith('*') : name.replace(/\*$/, '') === partition
        return own ? [{ name: name.replace(/\*$/, ''), share, node, cores, memoryMb, gres }] : []
      })
      if (rows.length === 0) return undefined
      return {
        name: rows[0].name,
        shared: rows.some(({ share }) => /^(YES|FORCE)/.test(share)),
        nodes: rows.map(({ node, cores, memoryMb, gres }) => ({
          name: node,
          cores: Number(cores),
          memoryMb: Number(memoryMb),
          gpus: gpusIn(gres),
        })),
      }
    },
    async ping() {
      const version = await command(options, 'sinfo', ['--version'])
      const text = await command(options, 'scontrol', ['ping'])
      if (!/\bis UP\b/.test(text)) throw new SlurmUnreachable(text.trim())
      return `${version.trim()} through its commands`
    },
  }
}

function toRow(line: string): SlurmRow | undefined {
  // The fields that people can write into come later than the name, which has no spaces by our own making.
  const field = (name: string): string =>
    new RegExp(`(?:^|\\s)${name}=(\\S*)`).exec(line)?.[1] ?? ''
  const jobId = field('JobId')
  if (jobId === '') return undefined
  const [exitCode, signal] = field('ExitCode').split(':').map(Number)
  const members = field('ArrayTaskId')
  return {
    jobId,
    members: parseMembers(members),
    state: field('JobState'),
    reason: field('Reason'),
    exitCode,
    signal: signal & 0x7f,
  }
}

function command(
  { env, timeoutMs = 30_000 }: SlurmCliOptions,
  program: string,
  args: readonly string[],
  input = '',
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 }
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const words = stderr.trim() || error?.message || ''
      if (error === null) resolve(stdout)
      else if (error.code === 'ENOENT')
        reject(
          new SlurmRefusal(`${program} is not installed here: install Slurm's client commands.`),
        )
      else if (error.killed === true || NO_CONTROLLER.test(words))
        reject(new SlurmUnreachable(`${program}: ${words}`))
      else reject(new SlurmRefusal(`${program}: ${words}`))
    })
    // A command that ends before it has read everything says why on its standard error.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}
