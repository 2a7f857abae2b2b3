/**
 * Uploads: a job with one task, in which a runner of the owner reads a CSV file into a table.
 * @module
 */
import type { Db } from '../db/type.ts'
import { conflict, unavailable } from './error.ts'
import { type Job, submitJob } from './job.ts'
import { liveRunners, requireRunners, serves } from './runner.ts'
import { NO_SPOOL_READER, readsSpool } from './spool.ts'
import { findTable } from './table.ts'
import type { UploadSpec } from './work.ts'

/** The party under which an upload without an owner is listed. */
const NOBODY = '0'

export interface NewUpload extends Omit<UploadSpec, 'type'> {
  readonly surface: string
  /** Whose data it is; null on a single machine where every party may use it. */
  readonly party: string | null
  /** The data directory whose runner has to read it, where only that one sees the file. */
  readonly site?: string
  readonly request: Record<string, unknown>
  /** The account whose job it is; null or absent for the operator's. */
  readonly owner?: string | null
}

/** Queues an upload. A table of that name is replaced when it belongs to the same party. */
export async function submitUpload(db: Db, upload: NewUpload): Promise<Job> {
  const { surface, party, site = null, request, owner, ...spec } = upload
  const known = await findTable(db, upload)
  if (known && known.party !== party && known.party !== null) {
    throw conflict(
      `Table ${upload.namespace}.${upload.name} belongs to party ${known.party}: choose another name`,
    )
  }
  await requireRunners(db, [{ role: null, party }])
  await requireReader(db, upload)
  return submitJob(db, {
    surface,
    kind: 'upload',
    owner,
    name: `Upload of ${upload.namespace}.${upload.name}`,
    // Nobody's data goes under party 0, so that an upload is found like any other job.
    members: { local: [party ?? NOBODY] },
    initiator: { role: 'local', party: party ?? NOBODY },
    graph: [{ name: 'upload_0', module: 'Upload', needs: [] }],
    tasks: [
      {
        name: 'upload_0',
        kind: 'upload',
        role: 'local',
        party,
        site,
        position: 0,
        maxAttempts: 3,
        spec: { type: 'upload', ...spec },
      },
    ],
    request,
  })
}

/**
 * Whether the files of the server at `site` are those of the party's runners too. Where none of them works there, only
 * they can say which files they have.
 */
export async function sharesFiles(
  db: Db,
  { party, site }: { readonly party: string | null; readonly site: string },
): Promise<boolean> {
  const able = (await liveRunners(db)).filter((runner) => serves(runner, party))
  return able.length === 0 || able.some((runner) => runner.site === site)
}

async function requireReader(db: Db, { party, source }: NewUpload): Promise<void> {
  if (source.type !== 'spool' || source.site === undefined) return
  const place = { site: source.site }
  const able = (await liveRunners(db)).filter((runner) => serves(runner, party))
  if (!able.some((runner) => readsSpool(runner, place))) throw unavailable(NO_SPOOL_READER)
}
