/**
 * Fetches: a job with one task, in which the runner that holds a component's table sends its rows to the app.
 * @module
 */
import type { Db } from '../db/type.ts'
import { unavailable } from './error.ts'
import { randomId } from './id.ts'
import { type Job, submitJob } from './job.ts'
import { liveRunners, serves } from './runner.ts'
import { SPOOL_FACT } from './spool.ts'
import type { FetchSpec } from './work.ts'

export interface NewFetch extends Omit<FetchSpec, 'type' | 'spool'> {
  readonly surface: string
  /** The data directory that holds the table. */
  readonly site: string
}

/** Queues a fetch and names the place in the app's spool where its rows will be. Refused where no runner could send them. */
export async function submitFetch(
  db: Db,
  { surface, site, ...wanted }: NewFetch,
): Promise<{ job: Job; spool: string }> {
  const { role, party, node, jobId } = wanted
  const able = (await liveRunners(db)).filter((runner) => {
    return runner.site === site && serves(runner, party)
  })
  if (able.length === 0) {
    throw unavailable(
      `What ${node} left is in the data directory of the runner of ${role} ${party}, which is not running: start it again`,
    )
  }
  if (!able.some(({ facts }) => facts[SPOOL_FACT] === true)) {
    throw unavailable(
      `The runner of ${role} ${party} does not know where this server is, to send it what ${node} left: start it with ` +
        'WEFT_APP_URL, the address of the server',
    )
  }
  const spool = randomId()
  const job = await submitJob(db, {
    surface,
    kind: 'download',
    name: `${wanted.what === 'model' ? 'Model' : 'Rows'} of ${node} of job ${jobId}`,
    members: { local: [party] },
    initiator: { role: 'local', party },
    graph: [{ name: 'fetch_0', module: 'Download', needs: [] }],
    tasks: [
      {
        name: 'fetch_0',
        kind: 'download',
        role: 'local',
        party,
        site,
        position: 0,
        maxAttempts: 2,
        spec: { type: 'fetch', ...wanted, spool },
      },
    ],
    request: {},
  })
  return { job, spool }
}
