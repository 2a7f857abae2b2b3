/**
 * The fetch task: writes what a component left at a party, rows as lines of CSV, which then go to the app. The task's thread
 * writes a file of its own in the data directory; the main thread, which has the way to the app, sends and removes it.
 * @module
 */
import { openAsBlob } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

import type { FetchSpec } from '../domain/work.ts'
import { readIfThere } from './absent.ts'
import { decodeFrames } from './data/arrow.ts'
import { csvLines } from './data/csv-lines.ts'
import { writeAtomically } from './data/file.ts'
import { outputLocation } from './data/path.ts'
import type { Job } from './job.ts'

const STALE_MS = 24 * 60 * 60 * 1000

/** Writes the rows or the model that the app has asked for. Rejects with a sentence for the user. */
export async function runFetch({ task, settings, line }: Job, spec: FetchSpec): Promise<void> {
  const { role, party, node, jobId, limit, spool, what } = spec
  const whose = `${role} ${party}`
  // The task was placed by its own party, and may not speak for another.
  if (task.party !== party) throw new Error(`The rows of ${whose} are not those of ${task.party}`)
  const kept = what === 'model' ? 'models' : 'rows'
  if (!settings.previews) throw new Error(`${whose} keeps its ${kept} to itself`)
  const location = outputLocation(spec, what ?? 'table', spec.output)
  const bytes = await readIfThere(join(settings.dataDir, location))
  if (!bytes) {
    throw new Error(
      `What ${node} of job ${jobId} left is not in the data directory of ${whose} any more`,
    )
  }
  await sweepRows(settings.dataDir)
  if (what === 'model') {
    await writeAtomically(rowsPath(settings.dataDir, spool), (file) => file.writeFile(bytes), 0o600)
    return
  }
  let size = 0
  await writeAtomically(
    rowsPath(settings.dataDir, spool),
    async (file) => {
      const options = { delimiter: ',', ...(limit === null ? {} : { limit }) }
      for (const chunk of csvLines(decodeFrames(bytes), options)) {
        line.signal.throwIfAborted()
        await file.writeFile(chunk)
        size += chunk.length
        const fraction = Math.min(0.5, size / (4 * bytes.length))
        line.report({ type: 'progress', fraction, note: `Wrote ${(size / 1e6).toFixed(1)} MB` })
        // The server sets the pace.
        await line.ask({ ask: 'room' })
      }
    },
    0o600,
  )
  line.report({ type: 'progress', fraction: 0.5, note: `Sends ${(size / 1e6).toFixed(1)} MB` })
}

/** Sends the rows that a fetch task has written. */
export async function sendRows(
  dataDir: string,
  spool: string,
  fill: ((id: string, rows: Blob) => Promise<void>) | undefined,
): Promise<void> {
  if (!fill) {
    throw new Error('This runner does not know where the server is: start it with WEFT_APP_URL')
  }
  await fill(spool, await openAsBlob(rowsPath(dataDir, spool)))
}

/** Removes what a fetch task has written. */
export async function dropRows(dataDir: string, spool: string): Promise<void> {
  await rm(rowsPath(dataDir, spool), { force: true })
}

/** Removes what runners that were killed have written long ago. */
async function sweepRows(dataDir: string): Promise<void> {
  const folder = join(dataDir, 'fetch')
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }))
    if (mtimeMs < Date.now() - STALE_MS) await rm(path, { force: true })
  }
}

function rowsPath(dataDir: string, spool: string): string {
  // The id comes from the server, and must name one file.
  if (!/^[0-9a-f]{32}$/.test(spool)) throw new Error(`"${spool}" is no place of the server`)
  return join(dataDir, 'fetch', spool)
}
