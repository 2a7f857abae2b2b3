/**
 * Runs the flows of a runner, all in one thread: they may share a port, and one more costs no thread.
 *
 * It is apart from the main thread, so that a unit that keeps it busy keeps no lease from being renewed.
 * @module
 */
import { MessageChannel } from 'node:worker_threads'

import type { Outcome } from '../domain/work.ts'
import type { Executor, TaskRun } from './executor.ts'
import { collectLessOften } from './flow/collection.ts'
import type { FlowThreadData } from './flow/task.ts'
import type { RunnerLog } from './log.ts'
import type { FromTask, StartMessage, ToTask } from './protocol.ts'
import type { RunnerSettings } from './settings.ts'
import { crashReason, startThread, type Thread, type ThreadSource } from './thread.ts'

export interface FlowHostOptions {
  readonly settings: RunnerSettings
  readonly log: RunnerLog
  readonly source?: ThreadSource
  /** Of the threads that units have of their own. */
  readonly unitSource?: ThreadSource
  /** How long a flow that was told to stop may take. */
  readonly abortMs?: number
}

export interface FlowHost extends Executor {
  close(): Promise<void>
}

/** The executor of tasks of the kind `flow`; its thread starts with the first. */
export function createFlowHost(options: FlowHostOptions): FlowHost {
  const { settings, log, abortMs = 5000 } = options
  const source = options.source ?? new URL('./worker.ts', import.meta.url)
  let thread: Thread | undefined
  /** Those who hear of the thread's end. */
  const running = new Set<(reason: string) => void>()

  function open(): Thread {
    const limits = { maxOldGenerationSizeMb: settings.memoryMb }
    collectLessOften()
    const fresh = startThread(source, limits, unitThreadsAt(options.unitSource))
    let crash: unknown
    fresh.on('error', (error) => (crash = error))
    fresh.on('exit', (code) => {
      if (thread === fresh) thread = undefined
      const reason =
        crash === undefined
          ? `The thread of the flows ended with code ${code}`
          : crashReason(crash, settings.memoryMb)
      for (const tell of running) tell(reason)
      running.clear()
    })
    return fresh
  }

  return {
    async run(task, run) {
      thread ??= open()
      const { port1: port, port2 } = new MessageChannel()
      const { promise, resolve } = Promise.withResolvers<Outcome>()
      let timer: NodeJS.Timeout | undefined
      // The others in it have done nothing wrong, nor perhaps this one: another attempt may go better.
      const onEnd = (reason: string) => resolve({ state: 'released', reason })
      const onAbort = () => {
        const reason = String(run.signal.reason)
        port.postMessage({ type: 'abort', reason } satisfies ToTask)
        timer = setTimeout(() => {
          log.warn({ taskId: task.taskId }, 'A flow did not stop in time and is left behind')
          resolve({ state: 'failed', reason })
        }, abortMs)
      }
      port.on('message', (message: FromTask) => {
        if (message.type === 'done') resolve({ state: 'succeeded' })
        else if (message.type === 'failed') {
          if (!run.signal.aborted) log.warn({ taskId: task.taskId, ...message }, 'A flow failed')
          resolve({ state: 'failed', reason: message.reason })
        } else if (message.type === 'report') run.report(message.body)
        else if (message.type === 'question') void answer(run, message.id, port)
      })
      running.add(onEnd)
      const start: StartMessage = { task, settings, cores: 1, port: port2, spool: null }
      thread.postMessage(start, [port2])
      if (run.signal.aborted) onAbort()
      else run.signal.addEventListener('abort', onAbort, { once: true })
      try {
        return await promise
      } finally {
        clearTimeout(timer)
        running.delete(onEnd)
        run.signal.removeEventListener('abort', onAbort)
        port.close()
      }
    },
    finish: () => Promise.resolve(),
    async close() {
      await thread?.terminate()
    },
  }
}

/** What the flows' thread is told of the threads that it starts for units; files it finds by itself. */
function unitThreadsAt(source: ThreadSource | undefined): FlowThreadData {
  return source === undefined || source instanceof URL ? {} : { unitCode: source.code }
}

/** A flow asks for nothing but room for its reports. */
async function answer(
  run: TaskRun,
  id: number,
  port: { postMessage(message: ToTask): void },
): Promise<void> {
  await run.room()
  port.postMessage({ type: 'answer', id, value: null })
}
