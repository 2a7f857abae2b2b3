/**
 * The engines that run works, from the configuration of a runner.
 * @module
 */
import { availableParallelism } from 'node:os'

import type { Config } from '../config.ts'
import { duckDbEngine } from '../runner/work/duckdb/engine.ts'
import type { WorkEngine } from '../runner/work/engine.ts'
import { flinkEngine } from '../runner/work/flink/engine.ts'
import { exportDir, importRoots, worksFolder } from './place.ts'

/** Engines by name, and the folder below which works have their own. */
export function openWorkEngines(config: Config): {
  readonly engines: ReadonlyMap<string, WorkEngine>
  readonly root: string
} {
  const { flink } = config.runner.works
  const { taskMemoryMb, hardware } = config.runner
  const local = duckDbEngine({
    memoryMb: taskMemoryMb,
    threads: Math.max(1, Math.floor(hardware.cores ?? availableParallelism())),
    importRoots: importRoots(config),
    exportDir: exportDir(config),
  })
  const engines = flink === null ? [local] : [flinkEngine(flink), local]
  return {
    engines: new Map(engines.map((engine) => [engine.name, engine])),
    root: worksFolder(config),
  }
}
