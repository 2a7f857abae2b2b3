/**
 * The download task: writes a table of its party into a file below the export directory.
 * @module
 */
import { join } from 'node:path'

import { readIfThere } from './absent.ts'
import { runAnswer } from './answer.ts'
import { decodeFrames } from './data/arrow.ts'
import { csvLines } from './data/csv-lines.ts'
import { exportPath } from './data/export-path.ts'
import { writeAtomically } from './data/file.ts'
import { tableLocation } from './data/path.ts'
import { runDrop } from './drop.ts'
import { runFetch } from './fetch.ts'
import type { Job } from './job.ts'

/** Writes the file of a download, all of it or nothing. Rejects with a sentence for the user. */
export async function runDownload(job: Job): Promise<void> {
  const { task, settings, line } = job
  const { spec, party } = task
  if (spec.type === 'fetch') return runFetch(job, spec)
  if (spec.type === 'drop') return runDrop(job, spec)
  if (spec.type === 'answer') return runAnswer(job, spec)
  if (spec.type !== 'download') throw new Error('The task names no download')
  const path = await exportPath(spec.path, settings.exportDir)
  const bytes = await readTable(job, spec)
  let rows = 0
  function* counted() {
    for (const frame of decodeFrames(bytes)) {
      rows += frame.ids.length
      yield frame
    }
  }
  await writeAtomically(path, async (file) => {
    for (const chunk of csvLines(counted(), spec)) {
      line.signal.throwIfAborted()
      await file.writeFile(chunk)
    }
  })
  line.report({
    type: 'metric',
    namespace: 'download',
    name: 'data_access',
    points: [['count', rows]],
    meta: { name: 'download', metric_type: 'DOWNLOAD' },
  })
  const whose = party === null ? '' : ` of party ${party}`
  const text = `Wrote ${rows} rows of ${spec.namespace}.${spec.name}${whose} to ${spec.path}`
  line.report({ type: 'log', level: 'info', text })
}

async function readTable(
  { task, settings }: Job,
  table: { readonly namespace: string; readonly name: string },
): Promise<Uint8Array> {
  for (const party of new Set([task.party, null])) {
    const location = tableLocation({ ...table, party })
    const bytes = await readIfThere(join(settings.dataDir, location))
    if (bytes) return bytes
  }
  throw new Error(
    `Table ${table.namespace}.${table.name} is not in the data directory of this runner: upload it again`,
  )
}
