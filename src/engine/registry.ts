/**
 * Every engine, by name: one line for each.
 * @module
 */
import { createContainerEngine } from './container.ts'
import { createLocalEngine } from './local.ts'
import { createSlurmEngine } from './slurm.ts'

/** Makes an engine from its own options. */
export const engines = {
  container: createContainerEngine,
  local: createLocalEngine,
  slurm: createSlurmEngine,
} as const
