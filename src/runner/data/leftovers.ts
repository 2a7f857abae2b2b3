/**
 * What jobs have kept in a data directory for going on with: found by job, removed when the job is over.
 * @module
 */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

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

/** Removes folders with all that is in them. */
export async function removeKept(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return []
    throw error
  }
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
