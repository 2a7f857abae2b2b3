/**
 * All rows of a component at one party as files: `output_data.csv` and `output_data_meta.json`.
 * @module
 */
import { type Artifact, listArtifacts } from '../../domain/artifact.ts'
import { outputName } from '../../domain/catalog.ts'
import type { Job } from '../../domain/job.ts'
import type { Task } from '../../domain/task.ts'
import type { AppDeps, OutputPlace, Rows } from '../deps.ts'
import type { TarEntry } from '../tar.ts'
import { fetchFile, type RemoteRows } from './remote-rows.ts'

interface Place {
  readonly job: Job
  readonly role: string
  readonly party: string
  readonly task: Task | undefined
}

const encoder = new TextEncoder()

interface Wanted {
  readonly limit?: number
  readonly heading: boolean
  readonly signal?: AbortSignal
}

/**
 * The files, or why there are none; `limit` is the most rows of a table, `heading` a line with the names before them. Of
 * several tables there are `<name>.csv` and `<name>.meta` each, as in the releases that have such components.
 */
export async function outputEntries(
  deps: AppDeps,
  place: Place,
  options: Wanted,
): Promise<{ entries: AsyncIterable<TarEntry> } | { refusal: string }> {
  const { job, task } = place
  if (options.limit === 0) return { refusal: 'limit is 0' }
  const artifacts = task ? await listArtifacts(deps.db, { jobId: job.id, taskId: task.id }) : []
  const tables = artifacts.filter(({ kind }) => kind === 'table')
  if (tables.length === 0) return { refusal: 'no data' }
  const entries: TarEntry[] = []
  const drops: (() => Promise<void>)[] = []
  for (const table of tables) {
    const found = await tableEntries(deps, { place, table, alone: tables.length === 1 }, options)
    if ('refusal' in found) {
      for (const drop of drops) await drop()
      return found
    }
    entries.push(...found.entries)
    if (found.drop) drops.push(found.drop)
  }
  return { entries: droppingAfter(entries, drops) }
}

async function tableEntries(
  deps: AppDeps,
  wanted: { place: Place; table: Artifact; alone: boolean },
  options: Wanted,
): Promise<{ entries: readonly TarEntry[]; drop?: () => Promise<void> } | { refusal: string }> {
  const { place, table, alone } = wanted
  const { job, role, party } = place
  const { limit, heading } = options
  // The policy that hides first rows hides all of them.
  if (!Array.isArray(table.preview)) {
    return { refusal: `${role} ${party} keeps its rows to itself: they are on its own runner` }
  }
  const output = placeOf(deps, wanted)
  const near =
    (output && (await deps.files?.openRows?.(output, { limit }))) ?? previewRows(table, limit)
  const rows = near ?? (await farRows(deps, output, options))
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
  const name = table.name.replaceAll(/[^\w.-]/g, '_')
  return {
    ...(drop ? { drop } : {}),
    entries: [
      {
        path: alone ? 'output_data.csv' : `${name}.csv`,
        size,
        modifiedAt,
        content: chain(first, rows.lines()),
      },
      {
        path: alone ? 'output_data_meta.json' : `${name}.meta`,
        size: meta.length,
        modifiedAt,
        content: [meta],
      },
    ],
  }
}

/** Where the rows lie, worked out here: where a runner says that a file lies is its own word. */
function placeOf(
  deps: AppDeps,
  { place, table }: { place: Place; table: Artifact },
): OutputPlace | undefined {
  const { job, role, party, task } = place
  if (table.site === null || task?.spec.type !== 'component') return undefined
  const { module } = task.spec
  const more = outputName(deps.catalog, { module, name: table.name })
  return { site: table.site, jobId: job.id, role, party, node: task.name, ...more }
}

/** What lies with a runner on another host, sent here. */
async function farRows(
  deps: AppDeps,
  output: OutputPlace | undefined,
  { limit, signal }: Wanted,
): Promise<RemoteRows | { refusal: string }> {
  if (!output) return { refusal: 'nobody knows in which data directory they are' }
  return fetchFile(deps, output, { limit, signal })
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

/** The entries; what was fetched for them goes afterwards, also where nobody reads them to their end. */
async function* droppingAfter(
  entries: readonly TarEntry[],
  drops: readonly (() => Promise<void>)[],
): AsyncGenerator<TarEntry> {
  try {
    yield* entries
  } finally {
    for (const drop of drops) await drop()
  }
}
