/**
 * The engines that run works, from the configuration of a runner.
 * @module
 */
import { join, resolve } from 'node:path'

import type { Config } from '../config.ts'
import type { WorkEngine } from '../runner/work/engine.ts'
import { flinkEngine } from '../runner/work/flink/engine.ts'

/** Engines by name, and the folder below which works have their own. */
export function openWorkEngines(config: Config): {
  readonly engines: ReadonlyMap<string, WorkEngine>
  readonly root: string
} {
  const { flink, folder } = config.runner.works
  const engines = flink === null ? [] : [flinkEngine(flink)]
  return {
    engines: new Map(engines.map((engine) => [engine.name, engine])),
    root: resolve(folder ?? join(config.dataDir, 'works')),
  }
}
