/**
 * Drops: a job with one task, in which the runner that holds rows deletes them.
 * @module
 */
import type { Db } from '../db/type.ts'
import { unavailable } from './error.ts'
import { type Job, submitJob } from './job.ts'
import { liveRunners, serves } from './runner.ts'
import type { DropSpec } from './work.ts'

/** The party under which what belongs to nobody is listed. */
const NOBODY = '0'

export interface NewDrop extends Omit<DropSpec, 'type'> {
  readonly surface: string
  /** Whose rows they are; null for nobody's in particular. */
  readonly party: string | null
  /** The data directory that holds them. */
  readonly site: string
  /** What is deleted, for the job's name. */
  readonly what: string
}

/** Queues the deletion. Refused where no live runner has the data directory. */
export async function submitDrop(db: Db, drop: NewDrop): Promise<Job> {
  const { surface, party, site, what, tables, outputs } = drop
  await requireDropper(db, drop)
  const place = { role: 'local', party: party ?? NOBODY }
  return submitJob(db, {
    surface,
    kind: 'download',
    name: `Deletion of ${what}`,
    members: { local: [place.party] },
    initiator: place,
    graph: [{ name: 'drop_0', module: 'Drop', needs: [] }],
    tasks: [
      {
        name: 'drop_0',
        kind: 'download',
        role: 'local',
        party,
        site,
        position: 0,
        maxAttempts: 3,
        spec: { type: 'drop', tables, outputs },
      },
    ],
    request: {},
  })
}

/** Refuses rows whose runner is not there to delete them. */
export async function requireDropper(
  db: Db,
  { party, site, what }: Pick<NewDrop, 'party' | 'site' | 'what'>,
): Promise<void> {
  const live = await liveRunners(db)
  if (live.some((runner) => runner.site === site && serves(runner, party))) return
  throw unavailable(
    `The runner that holds ${what} is not running: start it again with its data directory`,
  )
}
