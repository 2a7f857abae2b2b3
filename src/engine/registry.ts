/**
 * Every engine, by name: one line for each.
 * @module
 */
import { createLocalEngine } from './local.ts'
import { createSlurmEngine } from './slurm.ts'

/** Makes an engine from its own options. */
export const engines = {
  local: createLocalEngine,
  slurm: createSlurmEngine,
} as const

/** The name of an engine. */
export type EngineName = keyof typeof engines
