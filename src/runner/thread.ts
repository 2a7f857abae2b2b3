/**
 * Worker threads: where their code comes from, and a small stock of those that are ready for the next task.
 * @module
 */
import { Worker, type ResourceLimits } from 'node:worker_threads'

/** A module's URL, or the text of a bundled script where there are no files (a single binary). */
export type ThreadSource = URL | { readonly code: string }

/** A worker thread as far as it is used here; every runtime's typings agree on this much. */
export interface Thread {
  on(event: 'message', listener: (message: never) => void): unknown
  on(event: 'error' | 'messageerror', listener: (error: Error) => void): unknown
  on(event: 'exit', listener: (code: number) => void): unknown
  off(event: 'error', listener: (error: Error) => void): unknown
  off(event: 'exit', listener: (code: number) => void): unknown
  postMessage(message: unknown, moving?: readonly object[]): void
  ref(): void
  unref(): void
  terminate(): Promise<unknown>
}

/** Starts a thread; `data` is the `workerData` it finds. */
export function startThread(
  source: ThreadSource,
  resourceLimits?: ResourceLimits,
  data?: unknown,
): Thread {
  // Node's own flags travel along, so that a loader given with `--import` works in the thread too.
  const thread: unknown =
    source instanceof URL
      ? new Worker(source, { resourceLimits, workerData: data })
      : new Worker(source.code, { eval: true, resourceLimits, workerData: data })
  return thread as Thread
}

/** Why a thread ended although nobody asked it to, as a sentence. */
export function crashReason(error: unknown, memoryMb?: number): string {
  const { code, message } = error as { code?: string; message?: string }
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
    const limit = memoryMb === undefined ? '' : ` of ${memoryMb} MiB`
    return `It ran out of its memory${limit}: give the runner more with WEFT_TASK_MEMORY_MB, or use less data`
  }
  return `Its worker thread crashed: ${message ?? String(error)}`
}

export interface StockOptions {
  readonly source: ThreadSource
  readonly memoryMb?: number
  /** Threads kept while there is nothing to do. */
  readonly keep: number
}

/** Threads that are used one task after another. */
export interface Stock {
  take(): Thread
  /** Puts a thread back after a task that left it sound. */
  put(thread: Thread): void
  close(): Promise<void>
}

/** A stock without threads; they are started when they are needed. */
export function createStock(options: StockOptions): Stock {
  const { source, memoryMb, keep } = options
  const idle: Thread[] = []
  let closed = false

  function drop(thread: Thread): void {
    const index = idle.indexOf(thread)
    if (index >= 0) idle.splice(index, 1)
  }

  return {
    take() {
      const kept = idle.pop()
      if (kept) {
        kept.ref()
        return kept
      }
      const limits = memoryMb === undefined ? undefined : { maxOldGenerationSizeMb: memoryMb }
      const thread = startThread(source, limits)
      // An idle thread that dies is only missed; one at work has listeners of its own.
      thread.on('error', () => drop(thread))
      thread.on('exit', () => drop(thread))
      return thread
    },
    put(thread) {
      if (closed || idle.length >= keep) {
        void thread.terminate()
        return
      }
      thread.unref()
      idle.push(thread)
    },
    async close() {
      closed = true
      await Promise.all(idle.splice(0).map((thread) => thread.terminate()))
    },
  }
}
