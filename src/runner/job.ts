/**
 * What the code of a task kind is given in its thread.
 * @module
 */
import type { Component } from '../component/define.ts'
import type { LeasedTask } from '../domain/work.ts'
import type { Line } from './line.ts'
import type { RunnerSettings } from './settings.ts'

export interface Job {
  readonly task: LeasedTask
  readonly settings: RunnerSettings
  /** Threads of the compute pool. */
  readonly cores: number
  readonly line: Line
  readonly components: ReadonlyMap<string, Component>
  /** The bytes of a spooled upload. */
  readonly spool: ReadableStream<Uint8Array> | null
}
