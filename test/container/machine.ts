/**
 * A program that runs containers, for the tests, with its store in a folder of its own.
 * @module
 */
import { execFileSync } from 'node:child_process'

import type { ContainerHost } from '../../src/engine/container-program.ts'

/** What the tests want of a program that runs containers. */
export interface Machine {
  readonly folder: string
  /** For its own commands, and for runners. */
  readonly env: Record<string, string>
  readonly host: ContainerHost
  /** What one of its commands prints. */
  command(...args: string[]): string
  close(): Promise<void>
}

/** Runs one of the program's commands and answers what it prints. */
export function commandOf(
  program: string,
  env: Record<string, string>,
): (...args: string[]) => string {
  return (...args) =>
    execFileSync(program, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}
