/**
 * Rows and models that lie with a runner on another host: it is asked for them, and they wait on this server's disk until
 * they are read.
 * @module
 */
import { DomainError } from '../../domain/error.ts'
import { submitFetch } from '../../domain/fetch.ts'
import { isJobOver } from '../../domain/job-state.ts'
import { findJob, stopJob } from '../../domain/job.ts'
import { pause } from '../../domain/pause.ts'
import type { AppDeps, OutputPlace } from '../deps.ts'
import { SURFACE } from './place.ts'

/** So long a client waits; the runner may be busy with longer work. */
const PATIENCE_MS = 600_000
const LOOK_MS = 200

/** Rows that were fetched; they can be read any number of times until they are dropped. */
export interface RemoteRows {
  lines(): AsyncIterable<Uint8Array>
  readonly drop: () => Promise<void>
}

/**
 * Has the rows, or the model, sent here. Answers why not where no runner can, where it did not within ten minutes, or where `signal`
 * aborts: then nobody sends anything any more.
 */
export async function fetchFile(
  deps: AppDeps,
  { site, ...output }: OutputPlace,
  options: { readonly what?: 'model'; readonly limit?: number; readonly signal?: AbortSignal },
): Promise<RemoteRows | { refusal: string }> {
  const { db, files } = deps
  if (!files?.fillSpool) {
    return { refusal: `This server has no disk for the rows of ${output.role} ${output.party}` }
  }
  const limit = options.limit ?? null
  let fetched: Awaited<ReturnType<typeof submitFetch>>
  try {
    fetched = await submitFetch(db, {
      surface: SURFACE,
      site,
      ...output,
      limit,
      ...(options.what ? { what: options.what } : {}),
    })
  } catch (error) {
    if (error instanceof DomainError) return { refusal: error.message }
    throw error
  }
  const { job, spool } = fetched
  const end = performance.now() + PATIENCE_MS
  for (;;) {
    const now = await findJob(db, job.id)
    if (!now || isJobOver(now.state)) {
      if (now?.state === 'succeeded') break
      return { refusal: now?.reason ?? `Job ${job.id}, which had to fetch the rows, is gone` }
    }
    const late = performance.now() > end
    if (late || options.signal?.aborted) {
      const reason = late
        ? `The runner of ${output.role} ${output.party} is busy: ask again later`
        : 'Nobody waits for the rows any more'
      await stopJob(db, { id: job.id, reason })
      return { refusal: reason }
    }
    await pause(LOOK_MS, options.signal)
  }
  return {
    async *lines() {
      yield* await files.openSpool(spool)
    },
    drop: () => files.dropSpool(spool),
  }
}
