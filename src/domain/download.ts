/**
 * Downloads: a job with one task, in which a runner that holds a table writes it into a file.
 * @module
 */
import type { Db } from '../db/type.ts'
import { forbidden, notFound, unavailable } from './error.ts'
import { type Job, submitJob } from './job.ts'
import { liveRunners, requireRunners, serves } from './runner.ts'
import { findTable } from './table.ts'
import type { DownloadSpec } from './work.ts'

/** The party under which the download of a table without an owner is listed. */
const NOBODY = '0'

export interface NewDownload extends Omit<DownloadSpec, 'type'> {
  readonly surface: string
  /** Who asks for it; null for its owner, whoever that is. */
  readonly party: string | null
  readonly request: Record<string, unknown>
  /** The account whose job it is; null or absent for the operator's. */
  readonly owner?: string | null
}

/** Queues a download. Refused for a table that is not there, is another party's, or that no live runner holds. */
export async function submitDownload(db: Db, download: NewDownload): Promise<Job> {
  const { surface, request, owner, ...spec } = download
  const id = `${spec.namespace}.${spec.name}`
  const table = await findTable(db, spec)
  if (!table) throw notFound(`Table ${id} does not exist: see the table list for those there are`)
  if (spec.party !== null && table.party !== null && spec.party !== table.party) {
    throw forbidden(
      `Table ${id} belongs to party ${table.party}: party ${spec.party} cannot have it`,
    )
  }
  const { party, site } = table
  await requireRunners(db, [{ role: null, party }])
  const live = await liveRunners(db)
  if (site !== null && !live.some((runner) => runner.site === site && serves(runner, party))) {
    throw unavailable(
      `The runner that holds table ${id} is not running: start it again with its data directory`,
    )
  }
  const { namespace, name, path, delimiter } = spec
  const place = { role: 'local', party: party ?? NOBODY }
  return submitJob(db, {
    surface,
    kind: 'download',
    owner,
    name: `Download of ${id}`,
    members: { local: [place.party] },
    initiator: place,
    graph: [{ name: 'download_0', module: 'Download', needs: [] }],
    tasks: [
      {
        name: 'download_0',
        kind: 'download',
        role: 'local',
        party,
        position: 0,
        site,
        maxAttempts: 3,
        spec: { type: 'download', namespace, name, path, delimiter },
      },
    ],
    request,
  })
}
