/**
 * What a runner is told by its entry.
 * @module
 */

import type { DatasetEntry } from './data/dataset.ts'

export interface RunnerSettings {
  /** Holds every table and model of its parties. */
  readonly dataDir: string
  /** Directories from which uploads may read. */
  readonly importRoots: readonly string[]
  /** The directory below which downloads are written; without it none are. */
  readonly exportDir?: string
  /** Folders of flow units that the operator adds. */
  readonly unitDirs?: readonly string[]
  /** Whether the first rows of tables and the contents of models are shown in the console and the APIs. */
  readonly previews: boolean
  /** What its parties offer for joint work; nothing without it. */
  readonly datasets?: readonly DatasetEntry[]
  /** What the graphs of flows may name as `${…}`. */
  readonly flowVariables?: Readonly<Record<string, string>>
  /** Most JavaScript memory of one task, in MiB. */
  readonly memoryMb: number
}
