/**
 * The loop of a task's thread: takes a task, does its work, says how it ended.
 * @module
 */
import type { MessagePort } from 'node:worker_threads'

import type { Component } from '../component/define.ts'
import { PrivateFault } from '../component/private-fault.ts'
import type { TaskKind } from '../domain/work.ts'
import { runComponent } from './component.ts'
import { runDownload } from './download.ts'
import { runFlow } from './flow/task.ts'
import type { Job } from './job.ts'
import { openLine, post } from './line.ts'
import type { StartMessage } from './protocol.ts'
import { runServing } from './serving.ts'
import { runUpload } from './upload.ts'

/** Processes have the main thread's engines. */
type ThreadKind = Exclude<TaskKind, 'process' | 'work'>

const RUN: Readonly<Record<ThreadKind, (job: Job) => Promise<void>>> = {
  component: runComponent,
  upload: runUpload,
  download: runDownload,
  serving: runServing,
  flow: (job) => runFlow(job),
}

/** Serves the tasks that arrive at `port`, one at a time. */
export function serveTasks(port: MessagePort, components: ReadonlyMap<string, Component>): void {
  port.on('message', (start: StartMessage) => void serve(start, components))
}

async function serve(
  { port, ...start }: StartMessage,
  components: ReadonlyMap<string, Component>,
): Promise<void> {
  const line = openLine(port)
  try {
    await RUN[start.task.kind as ThreadKind]({ ...start, line, components })
    post(port, { type: 'done' })
  } catch (error) {
    const stack = error instanceof Error ? error.stack : undefined
    const stopped = line.signal.aborted
    const reason = stopped ? reasonOf(line.signal.reason) : reasonOf(error)
    const detail = !stopped && error instanceof PrivateFault ? error.message : undefined
    post(port, { type: 'failed', reason, detail, stack })
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof PrivateFault) return error.publicly
  const text = error instanceof Error ? error.message : String(error)
  return text === '' ? 'It failed without a reason' : text
}
