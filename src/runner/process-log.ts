/**
 * The logs of programs on the runner's disk, and which of them a server elsewhere is sent.
 * @module
 */
import type { LeasedTask } from '../domain/work.ts'
import { attemptLogFolder, createAttemptLog } from './attempt-log.ts'
import type { Clock } from './clock.ts'
import type { LogSender } from './log-sender.ts'
import type { OutputOptions } from './process-output.ts'

/** How long the end of a task waits for its log to be sent. */
const SEND_MS = 5000

export interface LogKeeping {
  readonly dataDir: string
  /** Of each row of an attempt. */
  readonly maxBytes: number
  /** Needed where the server does not see that disk. */
  readonly sender?: LogSender
}

export interface ProcessLogs {
  /** A new log for an attempt; `signal` ends the task. */
  open(
    task: LeasedTask,
    signal: AbortSignal,
  ): Promise<Pick<OutputOptions, 'disk' | 'onCut' | 'onClose'>>
  /** The attempt is over; `settled` is false where the server did not take what was told of it. */
  finish(task: LeasedTask, settled: boolean): Promise<void>
}

/** Logs in a data directory. */
export function createProcessLogs(options: LogKeeping, clock: Clock): ProcessLogs {
  const { dataDir, maxBytes, sender } = options
  /** Attempts whose logs are sent as files. */
  const long = new Set<string>()

  /** Waits for the server, though not for ever: the state of a task does not hang on its log. */
  async function send(of: { jobId: string; attemptId: string }, signal: AbortSignal) {
    const enough = new AbortController()
    const patience = clock.sleep(SEND_MS, AbortSignal.any([signal, enough.signal]))
    await Promise.race([sender?.finish(of), patience])
    enough.abort()
  }

  return {
    async open({ jobId, attemptId }, signal) {
      const folder = attemptLogFolder(dataDir, jobId, attemptId)
      if (sender === undefined) return { disk: await createAttemptLog(folder, maxBytes) }
      const of = { jobId, attemptId }
      const grew = (): void => {
        if (long.has(attemptId)) sender.grew(of)
      }
      return {
        disk: await createAttemptLog(folder, maxBytes, grew),
        onCut() {
          long.add(attemptId)
          grew()
        },
        async onClose() {
          if (long.has(attemptId)) await send(of, signal)
        },
      }
    },
    async finish({ jobId, attemptId }, settled) {
      if (long.delete(attemptId) || sender === undefined) return
      const of = { jobId, attemptId }
      if (settled) await sender.skip(of)
      // What was told under a lost lease counts for nothing: the server may lack its last lines.
      else void sender.finish(of)
    },
  }
}
