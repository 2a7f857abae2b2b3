/**
 * The upload task: reads a CSV file into a table of its party.
 * @module
 */
import type { Frame } from '../compute/ml/frame.ts'
import type { UploadSpec } from '../domain/work.ts'
import { type CsvTable, openCsv } from './data/csv.ts'
import { saveFrames } from './data/frame-store.ts'
import { openImport } from './data/import-path.ts'
import { tableLocation } from './data/path.ts'
import { PREVIEW_ROWS, previewOf } from './data/preview.ts'
import type { Job } from './job.ts'

/** Reads the file of an upload, stores its table, and reports it. Rejects with a sentence for the user. */
export async function runUpload(job: Job): Promise<void> {
  const { task, settings, line } = job
  const { spec, party } = task
  if (spec.type !== 'upload') throw new Error('The task names no upload')
  const source = await openSource(job, spec)
  try {
    const table = await openCsv(counted(source, job), spec)
    const location = tableLocation({ ...spec, party })
    const { rows, preview } = await store(job, { table, location })
    line.report({
      type: 'table',
      location,
      columns: table.columns,
      idColumn: table.idName,
      rows,
      partitions: spec.partitions,
      preview: settings.previews ? preview : null,
    })
    line.report({
      type: 'metric',
      namespace: 'upload',
      name: 'data_access',
      points: [['count', rows]],
      meta: { name: 'upload', metric_type: 'UPLOAD' },
    })
    line.report({
      type: 'log',
      level: 'info',
      text: `Read ${rows} rows into ${spec.namespace}.${spec.name}`,
    })
  } finally {
    await source.close()
  }
}

interface Source {
  readonly bytes: AsyncIterable<Uint8Array>
  /** Its size, where that is known. */
  readonly size: number | undefined
  close(): Promise<void>
}

async function openSource(job: Job, spec: UploadSpec): Promise<Source> {
  if (spec.source.type === 'path') {
    const { file, bytes } = await openImport(spec.source.path, job.settings.importRoots)
    const stream = file.createReadStream({ autoClose: false, highWaterMark: 1 << 20 })
    return { bytes: stream, size: bytes, close: () => file.close() }
  }
  const { spool } = job
  if (!spool) throw new Error('The uploaded file is gone: send it again')
  // A stream that was read to its end, or that failed, has nothing left to cancel.
  return { bytes: spool, size: undefined, close: () => Promise.resolve() }
}

/** The bytes of a source, with a report for every twentieth of them; stops when the task has to. */
async function* counted({ bytes, size }: Source, { line }: Job): AsyncGenerator<Uint8Array> {
  let read = 0
  let next = 0
  for await (const chunk of bytes) {
    line.signal.throwIfAborted()
    yield chunk
    read += chunk.length
    if (read < next) continue
    next = read + Math.max(1 << 22, (size ?? 0) / 20)
    const fraction = size === undefined || size === 0 ? 0 : Math.min(1, read / size)
    line.report({ type: 'progress', fraction, note: `Read ${(read / 1e6).toFixed(1)} MB` })
  }
}

async function store(
  { settings, line }: Job,
  { table, location }: { table: CsvTable; location: string },
): Promise<{ rows: number; preview: unknown[][] }> {
  const { idName, columns } = table
  let rows = 0
  let preview: unknown[][] = []
  async function* parts(): AsyncGenerator<Frame> {
    for await (const part of table.parts) {
      if (preview.length < PREVIEW_ROWS)
        preview = [...preview, ...previewOf(part)].slice(0, PREVIEW_ROWS)
      rows += part.ids.length
      yield part
      // The server sets the pace.
      await line.ask({ ask: 'room' })
    }
  }
  const head: Frame = {
    kind: 'raw',
    idName,
    ids: [],
    columns: columns.map((name) => ({ name, type: 'text', values: [] })),
  }
  await saveFrames(settings.dataDir, location, { head, parts: parts() })
  return { rows, preview }
}
