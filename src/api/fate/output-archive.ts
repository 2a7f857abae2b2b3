/**
 * All rows of a component at one party as files: `output_data.csv` without a heading, and `output_data_meta.json`.
 * @module
 */
import { type Artifact, listArtifacts } from '../../domain/artifact.ts'
import type { Job } from '../../domain/job.ts'
import type { Task } from '../../domain/task.ts'
import type { AppDeps, Rows } from '../deps.ts'
import type { TarEntry } from '../tar.ts'
import { fetchRows, type RemoteRows } from './remote-rows.ts'

interface Place {
  readonly job: Job
  readonly role: string
  readonly party: string
  readonly task: Task | undefined
}

const encoder = new TextEncoder()

/** The files, or why there are none; `limit` is the most rows, `heading` a line with the names before them. */
export async function outputEntries(
  deps: AppDeps,
  place: Place,
  options: { readonly limit?: number; readonly heading: boolean; readonly signal?: AbortSignal },
): Promise<{ entries: readonly TarEntry[] } | { refusal: string }> {
  const { job, task, role, party } = place
  const { limit, heading } = options
  if (limit === 0) return { refusal: 'limit is 0' }
  const artifacts = task ? await listArtifacts(deps.db, { jobId: job.id, taskId: task.id }) : []
  const table = artifacts.find(({ kind }) => kind === 'table')
  if (!table) return { refusal: 'no data' }
  // The policy that hides first rows hides all of them.
  if (!Array.isArray(table.preview)) {
    return { refusal: `${role} ${party} keeps its rows to itself: they are on its own runner` }
  }
  const near =
    (await openRows(deps, { place, site: table.site, limit })) ?? previewRows(table, limit)
  const rows = near ?? (await farRows(deps, { place, site: table.site, ...options }))
  if ('refusal' in rows) {
    const why = `The ${table.rows} rows of ${role} ${party} are out of reach: ${rows.refusal}`
    return { refusal: `${why}; tracking/component/output/data has the first 100` }
  }
  const header = Array.isArray(table.summary['header']) ? table.summary['header'].map(String) : []
  const meta = encoder.encode(JSON.stringify({ header }))
  const first = heading ? [encoder.encode(`${header.map(toField).join(',')}\n`)] : []
  let size = first.reduce((sum, { length }) => sum + length, 0)
  // A tar header tells the size before the content.
  for await (const chunk of rows.lines()) size += chunk.length
  const drop = near ? undefined : (rows as RemoteRows).drop
  const modifiedAt = job.updatedAt
  return {
    entries: [
      {
        path: 'output_data.csv',
        size,
        modifiedAt,
        content: endingWith(chain(first, rows.lines()), drop),
      },
      { path: 'output_data_meta.json', size: meta.length, modifiedAt, content: [meta] },
    ],
  }
}

async function openRows(
  deps: AppDeps,
  wanted: { place: Place; site: string | null; limit: number | undefined },
): Promise<Rows | undefined> {
  const { site, limit } = wanted
  const { job, role, party, task } = wanted.place
  if (site === null || !task) return undefined
  // The place is worked out here: where a runner says that a file lies is its own word.
  const output = { site, jobId: job.id, role, party, node: task.name }
  return deps.files?.openRows?.(output, { limit })
}

/** What lies with a runner on another host, sent here. */
async function farRows(
  deps: AppDeps,
  wanted: { place: Place; site: string | null; limit?: number; signal?: AbortSignal },
): Promise<RemoteRows | { refusal: string }> {
  const { place, site, limit, signal } = wanted
  const { job, role, party, task } = place
  if (site === null || !task) return { refusal: 'nobody knows in which data directory they are' }
  const output = { site, jobId: job.id, role, party, node: task.name }
  return fetchRows(deps, output, { limit, signal })
}

/** The first rows, where they are all that is wanted. */
function previewRows({ preview, rows }: Artifact, limit: number | undefined): Rows | undefined {
  const kept = preview as readonly unknown[][]
  const wanted = Math.min(limit ?? Infinity, rows ?? Infinity)
  if (wanted > kept.length) return undefined
  const text = kept
    .slice(0, wanted)
    .map((row) => `${row.map(toField).join(',')}\n`)
    .join('')
  return { lines: () => [encoder.encode(text)] }
}

function toField(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

async function* chain(
  ...parts: (AsyncIterable<Uint8Array> | Iterable<Uint8Array>)[]
): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield* part
}

/** The chunks, and then `after`, also where nobody reads them to their end. */
async function* endingWith(
  chunks: AsyncIterable<Uint8Array>,
  after: (() => Promise<void>) | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks
  } finally {
    await after?.()
  }
}
