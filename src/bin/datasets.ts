/**
 * The data sets that a runner's parties offer, as it starts: those that can be read are offered.
 * @module
 */
import { join, resolve } from 'node:path'

import type { Config } from '../config.ts'
import type { OfferedDataset } from '../domain/work.ts'
import { type DatasetEntry, describeDataset, readDatasetList } from '../runner/data/dataset.ts'
import type { RunnerLog } from '../runner/log.ts'

/** Reads the list of data sets. One that cannot be read is left out with a warning, as the others can. */
export async function openDatasets(
  config: Config,
  log: RunnerLog,
): Promise<{ entries: readonly DatasetEntry[]; offered: readonly OfferedDataset[] }> {
  const { datasets, parties } = config.runner
  const path = resolve(datasets ?? join(config.dataDir, 'datasets.json'))
  const listed = await readDatasetList(path, { parties, env: process.env })
  const entries: DatasetEntry[] = []
  const offered: OfferedDataset[] = []
  for (const entry of listed) {
    try {
      offered.push(await describeDataset(entry))
      entries.push(entry)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.warn({ dataset: entry.name }, `Data set "${entry.name}" is not offered: ${reason}`)
    }
  }
  return { entries, offered }
}
