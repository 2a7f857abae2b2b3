/**
 * What a process prints, as log lines of its task: its standard output as `info`, its standard error as `error`.
 * @module
 */
import type { OutputSinks } from '../engine/engine.ts'
import type { TaskRun } from './runner.ts'

const LOG_BYTES = 8 * 2 ** 20
const LINE_BYTES = 16 * 2 ** 10
/** Asking whether the server keeps up costs more than a line. */
const LINES_BETWEEN = 64
const LAST_WORDS = 300

/** The sinks of one process. */
export interface ProcessOutput {
  readonly sinks: OutputSinks
  /** The last line that it printed to its standard error, shortened; empty when there was none. */
  lastWords(): string
}

export interface OutputOptions {
  /** Most bytes of both streams that are kept. */
  readonly logBytes?: number
  /** Texts that no line may show. */
  readonly hidden?: readonly string[]
}

/** Sinks that report to `run`, and hold the process back while the server does not keep up. */
export function createOutput(run: TaskRun, options: OutputOptions = {}): ProcessOutput {
  const { logBytes = LOG_BYTES, hidden = [] } = options
  let bytes = 0
  let lines = 0
  let cut = false
  let last = ''

  const sink =
    (level: 'info' | 'error') =>
    (printed: string): void | Promise<void> => {
      const line = hide(printed, hidden)
      if (level === 'error' && line.trim() !== '') last = line
      if (cut) return
      bytes += Buffer.byteLength(line) + 1
      lines += 1
      if (bytes > logBytes) {
        cut = true
        const message = `Its output beyond ${logBytes} bytes is not kept: let it write to a file in its working directory`
        run.report({ type: 'event', level: 'warning', message })
        return
      }
      run.report({ type: 'log', level, text: line })
      if (lines % LINES_BETWEEN === 0) return run.room()
    }

  return {
    sinks: {
      stdout: sink('info'),
      stderr: sink('error'),
      maxLineBytes: LINE_BYTES,
      // The two streams are counted together, here.
      maxBytes: Number.MAX_SAFE_INTEGER,
    },
    lastWords: () => (last.length > LAST_WORDS ? `${last.slice(0, LAST_WORDS)}…` : last),
  }
}

function hide(line: string, hidden: readonly string[]): string {
  return hidden.reduce((text, one) => text.replaceAll(one, '******'), line)
}
