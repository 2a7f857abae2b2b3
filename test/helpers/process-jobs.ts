/**
 * Jobs of programs for tests.
 * @module
 */
import type { Db } from '../../src/db/type.ts'
import type { Job } from '../../src/domain/job.ts'
import { submitProcesses } from '../../src/domain/process-job.ts'
import type { ProcessTaskSpec } from '../../src/domain/work.ts'

/** A spec of the local engine that does nothing, but for what is given. */
export function processSpec(options: Partial<ProcessTaskSpec> = {}): ProcessTaskSpec {
  return {
    type: 'process',
    command: { argv: ['true'] },
    env: {},
    files: {},
    timeLimitMs: null,
    sandbox: null,
    network: false,
    engine: 'local',
    needs: {},
    retries: 0,
    ...options,
  }
}

/** Submits a job of one task called `work`. */
export function submitProcess(
  db: Db,
  options: Partial<ProcessTaskSpec> & { party?: string } = {},
): Promise<Job> {
  const { party = null, ...spec } = options
  const tasks = [{ name: 'work', party, spec: processSpec(spec) }]
  return submitProcesses(db, { name: 'a job', tasks, request: {} })
}
