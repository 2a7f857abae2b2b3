/**
 * What jobs have left behind in a data directory: states for going on, working directories of programs. Found by job.
 * @module
 */
import { readdir, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { absent } from '../absent.ts'

/** The folders with checkpoints below a data directory, by the id of their job. */
export async function keptCheckpoints(dataDir: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  const jobs = join(dataDir, 'jobs')
  for (const job of await foldersIn(jobs)) {
    const jobId = nameOf(job)
    if (jobId === undefined) continue
    const kept: string[] = []
    for (const seat of await foldersIn(join(jobs, job))) {
      for (const node of await foldersIn(join(jobs, job, seat))) {
        const inside = await foldersIn(join(jobs, job, seat, node))
        if (inside.includes('checkpoint')) kept.push(join(jobs, job, seat, node, 'checkpoint'))
      }
    }
    if (kept.length > 0) found.set(jobId, kept)
  }
  return found
}

/** The working directories of programs below a folder, by the id of their job: one for each task. */
export async function workFolders(folder: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  const jobs = join(folder, 'jobs')
  for (const job of await foldersIn(jobs)) {
    const jobId = nameOf(job)
    if (jobId === undefined) continue
    // What a component has made is in a folder of role and party, with a `_` that no encoded name has.
    const tasks = (await foldersIn(join(jobs, job))).filter((name) => !name.includes('_'))
    if (tasks.length > 0) {
      found.set(
        jobId,
        tasks.map((task) => join(jobs, job, task)),
      )
    }
  }
  return found
}

/** The attempts whose logs a data directory has. */
export async function keptLogs(dataDir: string): Promise<{ jobId: string; attemptId: string }[]> {
  const jobs = join(dataDir, 'jobs')
  const found: { jobId: string; attemptId: string }[] = []
  for (const job of await foldersIn(jobs)) {
    const jobId = nameOf(job)
    if (jobId === undefined) continue
    for (const attempt of await foldersIn(join(jobs, job, '.log'))) {
      const attemptId = nameOf(attempt)
      if (attemptId !== undefined) found.push({ jobId, attemptId })
    }
  }
  return found
}

/** Removes folders with all that is in them, and the folder around them where it is empty then. */
export async function removeWork(folders: readonly string[]): Promise<void> {
  await removeKept(folders)
  for (const around of new Set(folders.map((folder) => dirname(folder)))) {
    try {
      await rmdir(around)
    } catch (error) {
      // Outputs of the job, or whoever shares the folder and was faster.
      if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes((error as { code?: string }).code ?? ''))
        throw error
    }
  }
}

/** Removes folders with all that is in them. */
export async function removeKept(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true }).catch(absent)) ?? []
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
}

/** The name behind a path segment; undefined for one that was too long and ends in its hash. */
function nameOf(segment: string): string | undefined {
  if (segment.includes('~')) return undefined
  try {
    return decodeURIComponent(segment)
  } catch {
    // Not a folder of ours.
    return undefined
  }
}
