/**
 * Makes the working directory of a program, with all that it is to find there.
 * @module
 */
import { rm } from 'node:fs/promises'

import type { LeasedTask, Outcome } from '../domain/work.ts'
import type { TaskRun } from './executor.ts'
import { failed } from './outcome.ts'
import { PrerequisiteTrouble } from './prerequisite-trouble.ts'
import { type PrerequisiteOptions, provide, type Provision } from './prerequisite.ts'
import { processOf, type Storage, storagesOf } from './process-spec.ts'
import { layOut } from './working-folder.ts'

/** What it has of this host; how the task failed where what it asks for is not to be had. */
export async function prepare(
  task: LeasedTask,
  run: TaskRun,
  {
    cwd,
    keep,
    options,
  }: {
    cwd: string
    /** Whether what another attempt has made stays as it is. */
    keep: boolean
    options: {
      readonly prerequisites?: PrerequisiteOptions
      readonly storages?: readonly Storage[]
    }
  },
): Promise<Provision | Outcome> {
  const { files, container } = processOf(task)
  const { storages = [], prerequisites } = options
  try {
    const provision = await provide(task, {
      options: prerequisites,
      storages,
      signal: run.signal,
      tell: (note) => run.report({ type: 'progress', fraction: 0, note }),
    })
    const { given } = provision
    // A container has them at their own paths.
    const links =
      container === undefined
        ? [...storagesOf(task, storages), ...given.map(({ path, at }) => ({ path, mountPath: at }))]
        : []
    await layOut(cwd, { files, links, keep, fill: provision.fill })
    return provision
  } catch (error) {
    if (!run.signal.aborted && !(error instanceof PrerequisiteTrouble)) throw error
    await rm(`${cwd}.draft`, { recursive: true, force: true })
    return failed(error instanceof PrerequisiteTrouble ? error.message : String(run.signal.reason))
  }
}
