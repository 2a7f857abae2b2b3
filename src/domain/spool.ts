/**
 * Which runners can read an uploaded file that waits on the app's disk: those in the app's own data directory, and
 * those that fetch it from the app over HTTP.
 * @module
 */
import type { TaskSpec } from './work.ts'

/** Under this fact a runner says that it fetches uploads over HTTP. */
export const SPOOL_FACT = 'spool'

/** The sentence for an upload that none of the runners can read. */
export const NO_SPOOL_READER =
  'No live runner of its party can read the uploaded file, which lies on the disk of the server: start one with WEFT_APP_URL, the address of the server, or name a file that lies with the runner'

/** Where a file waits: the data directory that holds it, null where that is not known. */
export interface SpoolPlace {
  readonly site: string | null
}

/** Where the file of an upload waits; undefined for a task that needs no such file. */
export function spoolOf(spec: string): SpoolPlace | undefined {
  const { type, source } = JSON.parse(spec) as Partial<Extract<TaskSpec, { type: 'upload' }>>
  if (type !== 'upload' || source?.type !== 'spool') return undefined
  return { site: source.site ?? null }
}

/** Whether a runner can read what waits at `place`. */
export function readsSpool(
  runner: { readonly site: string; readonly facts: Record<string, unknown> },
  place: SpoolPlace | undefined,
): boolean {
  if (place === undefined || place.site === null || place.site === runner.site) return true
  return runner.facts[SPOOL_FACT] === true
}
