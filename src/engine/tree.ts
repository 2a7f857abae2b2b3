/**
 * A process of this host with everything it has started, in a control group or found in `/proc`.
 * @module
 */
import type { ControlGroup } from './cgroup.ts'
import {
  type ProcessRow,
  readProcess,
  signal,
  trackTree,
  type TreeTracker,
} from './process-table.ts'

/** A process and all that it has started. */
export interface Tree {
  members(): readonly ProcessRow[]
  /** Asks all to end; in a sandbox all but those that keep it. */
  terminate(sandbox: boolean): void
  kill(): void
  /** Ends all members; resolves when none is left that can be ended. */
  clear(): Promise<void>
}

/** The tree of the process `root`, told by `mark` in its environment or by its control group. */
export function createTree(root: number, mark: string, control: ControlGroup | undefined): Tree {
  const tracker: TreeTracker = trackTree(root, mark)
  const members = (fresh?: boolean): readonly ProcessRow[] =>
    control === undefined
      ? tracker.members(fresh)
      : // The root is not yet in its group when it is ended in its first moment.
        [...new Set([root, ...control.pids()])].flatMap((pid) => readProcess(pid) ?? [])
  const kill = (): void => {
    control?.kill()
    for (const row of members(true)) signal(row, 'SIGKILL')
  }
  return {
    members,
    kill,
    terminate(sandbox) {
      const rows = members(true)
      const outer = new Set(rows.filter((row) => row.pid === root).map((row) => row.pid))
      for (const row of rows) {
        // Bubblewrap's own two processes would end the room at once, without the grace.
        const keeper = sandbox && (outer.has(row.pid) || outer.has(row.parent))
        if (!keeper) signal(row, 'SIGTERM')
      }
    },
    async clear() {
      // Waiting for what may not be ended would be for ever: only what took the signal is waited for.
      for (let pause = 1; ; pause = Math.min(pause * 2, 100)) {
        control?.kill()
        if (members(true).filter((row) => signal(row, 'SIGKILL')).length === 0) return
        await new Promise((resolve) => setTimeout(resolve, pause))
      }
    },
  }
}
