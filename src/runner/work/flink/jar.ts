/**
 * Runs the main class of a JAR at the cluster.
 * @module
 */
import { createHash } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'

import type { Outcome } from '../../../domain/work.ts'
import type { WorkRun } from '../engine.ts'
import { findJar } from '../folder.ts'
import { type FollowOptions, followJobs } from './follow.ts'
import { FlinkError } from './http.ts'
import { flinkJobId } from './ids.ts'
import { splitParams } from './params.ts'

/** Runs the JAR of a work. */
export async function runJar(run: WorkRun, options: FollowOptions): Promise<Outcome> {
  const { cluster } = options
  const id = flinkJobId(run.key, 0)
  const known = run.again ? await cluster.job(id) : undefined
  if (known) run.log('info', `Job ${id} is there already: an earlier attempt began it`)
  else {
    const refusal = await submit(run, { id, options })
    if (refusal !== undefined) return { state: 'failed', reason: refusal }
  }
  run.fact('job_id', id)
  run.fact('job_url', `${cluster.url}/#/job/running/${id}`)
  const [end] = await followJobs([id], run, options)
  if (end?.state === 'FINISHED') return { state: 'succeeded' }
  return { state: 'failed', reason: end?.reason ?? 'The job did not finish' }
}

async function submit(
  run: WorkRun,
  { id, options }: { id: string; options: FollowOptions },
): Promise<string | undefined> {
  const { cluster } = options
  const path = await findJar(run.folder)
  const bytes = await openAsBlob(path)
  const digest = createHash('sha256')
    .update(Buffer.from(await bytes.arrayBuffer()))
    .digest('hex')
  run.log('info', `Uploading ${basename(path)}, ${bytes.size} bytes, SHA-256 ${digest}`)
  const jar = await cluster.uploadJar(basename(path), bytes)
  const { args, configuration } = splitParams(run.spec.params)
  try {
    await cluster.runJar(jar, {
      jobId: id,
      entryClass: run.spec.mainClass,
      args,
      savepoint: run.spec.savepoint,
      configuration,
    })
    return undefined
  } catch (error) {
    if (!(error instanceof FlinkError)) throw error
    run.log('error', error.details.slice(0, 20_000))
    return `The JAR ${basename(path)} could not be run: ${error.message}`
  } finally {
    // The job has its classes by now.
    await cluster.deleteJar(jar).catch(() => undefined)
  }
}
