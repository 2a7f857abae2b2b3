/**
 * Submitting a Slurm job exactly once, however often and by however many runners it is tried.
 * @module
 */
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import type { ProcessSpec } from './engine.ts'
import { buildEnvironment } from './environment.ts'
import {
  prepareFolder,
  readJobId,
  readRecord,
  type SlurmRecord,
  writeRecord,
} from './slurm-folder.ts'
import { type Link, pauseAfter, type SlurmOptions } from './slurm-link.ts'
import { SlurmUnreachable } from './slurm-port.ts'

/** Submits a job, or finds the one that was submitted under the same key. */
export async function submit(
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
    // What has begun is the one that counts, whoever thought to have submitted it.
    const jobId = (await readJobId(folder)) ?? earlier.jobId
    if (jobId !== undefined) return { record: earlier, folder, jobId }
  }
  const { resources = {} } = spec
  const { cpus, memoryMb, timeMs } = resources
  const { meeting } = spec
  const record: SlurmRecord = {
    name: spec.name,
    key,
    size: spec.arraySize ?? 1,
    timeMs,
    ...(meeting === undefined
      ? {}
      : { meeting: { folder: meeting.folder, names: meeting.members.map(({ name }) => name) } }),
  }
  const env = buildEnvironment(spec, options.env ?? process.env)
  // What one before it has published there is where that one ran. After a start that was cut short it may be its own.
  if (meeting !== undefined && earlier === undefined)
    await rm(join(meeting.folder, meeting.name), { force: true })
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
      const first = spec.key === undefined ? jobId : await settleFirst({ key, jobId }, link)
      if (first !== jobId) {
        await writeRecord(folder, { ...record, jobId: first })
        return { record, folder, jobId: first }
      }
      await writeRecord(folder, { ...record, jobId })
      return { record, folder, jobId }
    } catch (error) {
      if (!(error instanceof SlurmUnreachable) || performance.now() > until) throw error
    }
    await sleep(pauseAfter(attempt, options))
  }
}

/**
 * Of two submissions under one name, as of a runner that was frozen while another took its task over, the first stays:
 * the later submitter, which sees both, takes its own back. It has not begun, as it waits for the other (singleton), and
 * would do nothing (the script).
 */
async function settleFirst(own: { key: string; jobId: string }, link: Link): Promise<string> {
  try {
    return await link.once(async (port) => {
      const first = (await port.find(own.key)) ?? own.jobId
      if (Number(first) >= Number(own.jobId)) return own.jobId
      await port.cancel(own.jobId, false)
      return first
    })
  } catch (error) {
    // The script itself sees to it that only one of them works.
    if (error instanceof SlurmUnreachable) return own.jobId
    throw error
  }
}

/** The name of the job that was started with `key`. */
export function nameOf(key: string): string {
  return `weft.${key}`
}

/** The folder of the job of that name. */
export function folderOf(options: SlurmOptions, name: string): string {
  return join(options.folder, name.replace(/^[.-]+/, '_'))
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
