/**
 * The drop task: deletes tables of its party from this data directory. What is gone already counts as deleted.
 * @module
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import type { DropSpec } from '../domain/work.ts'
import { outputLocation, tableLocation } from './data/path.ts'
import type { Job } from './job.ts'

/** Deletes what the task names, of its own party only. */
export async function runDrop({ task, settings, line }: Job, spec: DropSpec): Promise<void> {
  const { party } = task
  const paths = spec.tables.map((table) => tableLocation({ ...table, party }))
  for (const { jobId, role, node, output } of spec.outputs) {
    // Every output has an owner.
    if (party === null) throw new Error(`Whose output of ${node} is it? The task names no party`)
    paths.push(outputLocation({ jobId, role, party, node }, 'table', output))
  }
  for (const path of paths) {
    line.signal.throwIfAborted()
    await rm(join(settings.dataDir, path), { force: true })
  }
  const text = `Deleted ${paths.length} ${paths.length === 1 ? 'table' : 'tables'}`
  line.report({ type: 'log', level: 'info', text })
}
