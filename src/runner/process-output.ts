/**
 * What a process prints, as log lines of its task: its standard output as `info`, its standard error as `error`. The
 * server gets its beginning and its end, the disk of the runner as much as it may keep.
 * @module
 */
import { LOG_TAIL, type LogTail } from '../domain/log-tail.ts'
import type { OutputSinks } from '../engine/engine.ts'
import type { AttemptLog } from './attempt-log.ts'
import type { TaskRun } from './executor.ts'

const LOG_BYTES = 8 * 2 ** 20
const LINE_BYTES = 16 * 2 ** 10
/** Asking whether the server keeps up costs more than a line. */
const LINES_BETWEEN = 64
const LAST_WORDS = 300
/** Of more than the server gets its end is told, when there is one. */
const TAIL_BYTES = 64 * 2 ** 10
/** Of that, what it is told meanwhile, and how often. */
const LIVE_BYTES = 16 * 2 ** 10
const LIVE_MS = 2000

/** The sinks of one process. */
export interface ProcessOutput {
  readonly sinks: OutputSinks
  /** The last line that it printed to its standard error, shortened; empty when there was none. */
  lastWords(): string
  /** To be called when it has ended: what is left goes to the server and the disk. */
  close(): Promise<void>
}

export interface OutputOptions {
  /** Most bytes of both streams that are kept. */
  readonly logBytes?: number
  /** Texts that no line may show. */
  readonly hidden?: readonly string[]
  /** Takes everything. */
  readonly disk?: AttemptLog
  /** Called once there is more than the server gets as lines. */
  onCut?(): void
  /** Called when the disk has all; what it does is done before the end is told. */
  onClose?(): Promise<void>
  /** Whose output it is. */
  readonly attemptId: string
}

/** Sinks that report to `run`, and hold the process back while the server does not keep up. */
export function createOutput(run: TaskRun, options: OutputOptions): ProcessOutput {
  const { logBytes = LOG_BYTES, hidden = [], disk, attemptId } = options
  let bytes = 0
  let lines = 0
  let cut = false
  let last = ''
  let tail: { level: 'info' | 'error'; text: string }[] = []
  let tailBytes = 0
  let left = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let told = false

  const sink =
    (level: 'info' | 'error', stream: 'stdout' | 'stderr') =>
    (printed: string): void | Promise<void> => {
      const line = hide(printed, hidden)
      if (level === 'error' && line.trim() !== '') last = line
      const busy = disk?.write(stream, line)
      const size = Buffer.byteLength(line) + 1
      if (cut) {
        keepTail({ level, text: line }, size)
        return busy
      }
      bytes += size
      lines += 1
      if (bytes > logBytes) {
        cut = true
        options.onCut?.()
        const message = `Its output beyond ${logBytes} bytes is not shown here, but for its newest lines; the log as a file has ${disk ? 'what its runner keeps (WEFT_LOG_MB)' : 'no more'}`
        run.report({ type: 'event', level: 'warning', message })
        keepTail({ level, text: line }, size)
        return busy
      }
      run.report({ type: 'log', level, text: line })
      if (lines % LINES_BETWEEN !== 0) return busy
      return busy === undefined ? run.room() : busy.then(() => run.room())
    }

  function keepTail(line: (typeof tail)[number], size: number): void {
    tail.push(line)
    tailBytes += size
    left += 1
    // Now and then, as moving all of them for each line would cost more than the lines.
    if (tailBytes > 2 * TAIL_BYTES) shorten()
    // At once for the first, so that nobody looks at a log that stands still.
    if (!told) tellNewest()
    else timer ??= setTimeout(tellNewest, LIVE_MS)
  }

  function shorten(): void {
    let from = 0
    for (; tailBytes > TAIL_BYTES && from < tail.length; from += 1)
      tailBytes -= Buffer.byteLength(tail[from].text) + 1
    tail = tail.slice(from)
  }

  function tellNewest(): void {
    timer = undefined
    told = true
    let from = tail.length
    for (let room = LIVE_BYTES; from > 0 && room > 0; from -= 1)
      room -= Buffer.byteLength(tail[from - 1].text) + 1
    const lines = tail.slice(from)
    const value: LogTail = { attemptId, left: left - lines.length, lines }
    run.report({ type: 'fact', key: LOG_TAIL, value })
  }

  return {
    sinks: {
      stdout: sink('info', 'stdout'),
      stderr: sink('error', 'stderr'),
      maxLineBytes: LINE_BYTES,
      // The two streams are counted together, here.
      maxBytes: Number.MAX_SAFE_INTEGER,
    },
    async close() {
      clearTimeout(timer)
      if (told) run.report({ type: 'fact', key: LOG_TAIL, value: null })
      try {
        await disk?.close()
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        const message = `Its log was not kept whole on the disk of its runner: ${why}`
        run.report({ type: 'event', level: 'warning', message })
      }
      await options.onClose?.()
      shorten()
      if (left > tail.length)
        run.report({
          type: 'log',
          level: 'warn',
          text: `[${left - tail.length} lines are left out]`,
        })
      for (const { level, text } of tail) run.report({ type: 'log', level, text })
      tail = []
      left = 0
    },
    lastWords: () => (last.length > LAST_WORDS ? `${last.slice(0, LAST_WORDS)}…` : last),
  }
}

function hide(line: string, hidden: readonly string[]): string {
  return hidden.reduce((text, one) => text.replaceAll(one, '******'), line)
}
