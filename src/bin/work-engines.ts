/**
 * The engines that run works, from the configuration of a runner.
 * @module
 */
import { availableParallelism } from 'node:os'

import type { Config } from '../config.ts'
import { duckDbEngine } from '../runner/work/duckdb/engine.ts'
import { loadDuckDb } from '../runner/work/duckdb/library.ts'
import type { WorkEngine } from '../runner/work/engine.ts'
import { flinkEngine } from '../runner/work/flink/engine.ts'
import { exportDir, importRoots, nativeFolders, worksFolder } from './place.ts'

/** Engines that work here, by name, the folder below which works have their own, and what is missing. */
export async function openWorkEngines(config: Config): Promise<{
  readonly engines: ReadonlyMap<string, WorkEngine>
  readonly root: string
  readonly missing: readonly string[]
}> {
  const { flink } = config.runner.works
  const { taskMemoryMb, hardware } = config.runner
  const local = duckDbEngine({
    memoryMb: taskMemoryMb,
    threads: Math.max(1, Math.floor(hardware.cores ?? availableParallelism())),
    importRoots: importRoots(config),
    exportDir: exportDir(config),
    natives: nativeFolders(config),
  })
  const missing: string[] = []
  const engines = flink === null ? [] : [flinkEngine(flink)]
  // Works are of no party: a runner of parties is not asked for them.
  if (config.runner.parties !== null)
    return { missing, engines: byName(engines), root: worksFolder(config) }
  try {
    await loadDuckDb(nativeFolders(config))
    engines.push(local)
  } catch (error) {
    missing.push(error instanceof Error ? error.message : String(error))
  }
  return {
    missing,
    engines: byName(engines),
    root: worksFolder(config),
  }
}

function byName(engines: readonly WorkEngine[]): ReadonlyMap<string, WorkEngine> {
  return new Map(engines.map((engine) => [engine.name, engine]))
}
