/**
 * Runs tasks in worker threads, and serves them from the main thread: channel, compute pool, reports.
 * @module
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads'

import type { KernelArguments, KernelName } from '../compute/kernels.ts'
import type { LeasedTask, Outcome, ServingAnswer, ServingCall } from '../domain/work.ts'
import { address, type Channel, ChannelClosed } from '../federation/channel.ts'
import { dropCheckpoints } from './data/checkpoint-store.ts'
import { dropScratch } from './data/scratch-store.ts'
import type { Executor, TaskRun } from './executor.ts'
import { dropRows, sendRows } from './fetch.ts'
import type { RunnerLog } from './log.ts'
import type { Pool, PoolClient } from './pool.ts'
import {
  type FromTask,
  type Question,
  type StartMessage,
  toPlainError,
  type ToTask,
} from './protocol.ts'
import type { RunnerSettings } from './settings.ts'
import { crashReason, createStock, type Thread, type ThreadSource } from './thread.ts'
import { buffersOf } from './transfer.ts'
import type { SessionSpec, Transport } from './transport.ts'

export interface ExecutorOptions {
  readonly settings: RunnerSettings
  readonly pool: Pool
  readonly transport: Transport
  openSpool(id: string): Promise<ReadableStream<Uint8Array>>
  /** Sends rows to the app; absent where there is no way to it. */
  readonly fillSpool?: ((id: string, rows: Blob) => Promise<void>) | undefined
  /** Online calls; absent where there are none. */
  readonly online?: TaskCalls
  readonly log: RunnerLog
  /** Another task thread than `worker.ts`: a bundled one, or a test's. */
  readonly source?: ThreadSource
  /** How long a task that was told to stop may tidy up before its thread is ended. */
  readonly abortMs?: number
  /** Idle threads kept for the next task. */
  readonly keep?: number
}

export interface ThreadExecutor extends Executor {
  close(): Promise<void>
}

/** Online calls of the tasks of one runner. */
export interface TaskCalls {
  /** The calls behind number `after` that wait for an attempt; waits for some, or until `signal` aborts. */
  take(query: {
    readonly attemptId: string
    readonly after: number
    readonly signal: AbortSignal
  }): Promise<ServingCall[]>
  answer(attemptId: string, answer: ServingAnswer): Promise<void>
}

/** An executor that gives every task a thread of its own while it runs. */
export function createExecutor(options: ExecutorOptions): ThreadExecutor {
  const { settings, transport } = options
  const stock = createStock({
    source: options.source ?? new URL('./worker.ts', import.meta.url),
    memoryMb: settings.memoryMb,
    keep: options.keep ?? 4,
  })
  /** The seats that tasks have taken, by attempt. */
  const seats = new Map<string, SessionSpec>()

  async function join(task: LeasedTask, run: TaskRun, roles: readonly string[]): Promise<Channel> {
    const session = seatOf(task, run, roles)
    if (!session) throw new ChannelClosed('A task without a party has nobody to talk to')
    seats.set(task.attemptId, session)
    return transport.open(session)
  }

  /** A component is done only when its peers have all that it sent. */
  async function leave(task: LeasedTask): Promise<void> {
    const session = seats.get(task.attemptId)
    seats.delete(task.attemptId)
    if (session) await transport.leave(session)
  }

  /** A task that has ended needs no scratch files; one that is over nothing of what it kept on its way. */
  async function forget({ jobId, name, role, party }: LeasedTask, over: boolean): Promise<void> {
    if (role === null || party === null) return
    const key = { jobId, role, party, node: name }
    await dropScratch(settings.dataDir, key)
    if (over) await dropCheckpoints(settings.dataDir, key)
  }

  return {
    async run(task, run) {
      const { spec } = task
      const spool =
        spec.type === 'upload' && spec.source.type === 'spool'
          ? await options.openSpool(spec.source.id)
          : null
      const thread = stock.take()
      const ended = await runInThread(thread, {
        ...options,
        task,
        run,
        spool,
        join: (roles) => join(task, run, roles),
      })
      if (ended.sound) stock.put(thread)
      try {
        if (ended.outcome.state !== 'succeeded') return ended.outcome
        if (spec.type === 'fetch') await sendRows(settings.dataDir, spec.spool, options.fillSpool)
        await leave(task)
      } catch (error) {
        return { state: 'failed', reason: error instanceof Error ? error.message : String(error) }
      } finally {
        if (spec.type === 'fetch') await dropRows(settings.dataDir, spec.spool)
      }
      return ended.outcome
    },
    async finish(task, outcome, settled) {
      const session = seats.get(task.attemptId)
      seats.delete(task.attemptId)
      if (session) {
        const reason = outcome.state === 'succeeded' ? 'it left early' : outcome.reason
        await transport.closeSession(session, `${session.self} stopped: ${reason}`)
      }
      await forget(task, settled && outcome.state !== 'released')
    },
    close: () => stock.close(),
  }
}

interface Work extends ExecutorOptions {
  readonly task: LeasedTask
  readonly run: TaskRun
  join(roles: readonly string[]): Promise<Channel>
  readonly spool: ReadableStream<Uint8Array> | null
}

interface Ended {
  readonly outcome: Outcome
  /** Whether the thread can run another task. */
  readonly sound: boolean
}

async function runInThread(thread: Thread, work: Work): Promise<Ended> {
  const { task, run, settings, pool, spool, log, abortMs = 2000 } = work
  const { port1: port, port2 } = new MessageChannel()
  const desk = openDesk(port, work)
  const { promise, resolve } = Promise.withResolvers<Ended>()
  const fail = (reason: string) => resolve({ outcome: { state: 'failed', reason }, sound: false })
  let crash: unknown
  let timer: NodeJS.Timeout | undefined

  function onError(error: unknown): void {
    crash = error
  }
  function onExit(code: number): void {
    if (run.signal.aborted) fail(String(run.signal.reason))
    else if (crash !== undefined) fail(crashReason(crash, settings.memoryMb))
    else fail(`Its worker thread ended with code ${code} before the task was done`)
  }
  function onAbort(): void {
    const reason = String(run.signal.reason)
    post(port, { type: 'abort', reason })
    timer = setTimeout(() => void thread.terminate(), abortMs)
  }

  port.on('message', (message: FromTask) => {
    if (message.type === 'done') resolve({ outcome: { state: 'succeeded' }, sound: true })
    else if (message.type === 'failed') {
      const { reason, detail, stack } = message
      if (!run.signal.aborted) {
        log.warn({ taskId: task.taskId, reason, detail, stack }, 'A task failed')
      }
      // What names rows of a table is shown at the server only where previews of the table are.
      if (detail !== undefined && settings.previews) {
        run.report({ type: 'log', level: 'error', text: detail })
      }
      const where = settings.previews ? 'task' : 'runner'
      // Whatever it left behind goes with its thread.
      fail(detail === undefined ? reason : `${reason} (details are in the log of its ${where})`)
    } else desk.serve(message)
  })
  thread.on('error', onError)
  thread.on('exit', onExit)
  run.signal.addEventListener('abort', onAbort, { once: true })

  const start: StartMessage = { task, settings, cores: pool.cores, port: port2, spool }
  thread.postMessage(start, spool ? [port2, spool] : [port2])
  if (run.signal.aborted) onAbort()
  try {
    const ended = await promise
    if (!ended.sound) await thread.terminate()
    return ended
  } finally {
    clearTimeout(timer)
    thread.off('error', onError)
    thread.off('exit', onExit)
    run.signal.removeEventListener('abort', onAbort)
    desk.close()
    port.close()
  }
}

/** Answers a task's questions. */
interface Desk {
  serve(message: Extract<FromTask, { type: 'report' | 'question' | 'cancel' }>): void
  close(): void
}

function openDesk(port: MessagePort, work: Work): Desk {
  const client = work.pool.client()
  const open = new Map<number, AbortController>()
  let channel: Promise<Channel> | undefined

  async function answer(id: number, question: Question): Promise<void> {
    const controller = new AbortController()
    open.set(id, controller)
    try {
      const value = await reply(question, controller.signal)
      // The server sets the pace: a task that reports faster than it takes waits here.
      await work.run.room()
      post(port, { type: 'answer', id, value }, buffersOf(value))
    } catch (error) {
      post(port, { type: 'refusal', id, error: toPlainError(error) })
    } finally {
      open.delete(id)
    }
  }

  async function reply(question: Question, signal: AbortSignal): Promise<unknown> {
    switch (question.ask) {
      case 'join':
        channel ??= work.join(question.roles)
        await channel
        return null
      case 'send':
        await (await joined()).send(question.to, question.tag, question.bytes)
        return null
      case 'receive':
        return (await joined()).receive(question.from, question.tag)
      case 'map':
        return map(client, question, signal)
      case 'calls':
        return takeCalls(work, question.after, signal)
      case 'answered':
        await work.online?.answer(work.task.attemptId, question.answer)
        return null
      case 'room':
        return null
    }
  }

  function joined(): Promise<Channel> {
    return channel ?? Promise.reject(new ChannelClosed('The task has no channel'))
  }

  return {
    serve(message) {
      if (message.type === 'report') work.run.report(message.body)
      else if (message.type === 'cancel') open.get(message.id)?.abort()
      else void answer(message.id, message.question)
    },
    close() {
      client.close('The task is over')
      for (const controller of open.values()) controller.abort()
    },
  }
}

function map(
  client: PoolClient,
  question: Extract<Question, { ask: 'map' }>,
  signal: AbortSignal,
): Promise<unknown> {
  const calls = question.calls as readonly KernelArguments<KernelName>[]
  // They were copied on their way here, so they can move on.
  return client.mapMoving(question.kernel, calls, { signal })
}

function seatOf(task: LeasedTask, run: TaskRun, roles: readonly string[]): SessionSpec | undefined {
  const { role, party, spec } = task
  if (role === null || party === null) return undefined
  if (spec.type !== 'component' && spec.type !== 'serving') return undefined
  return {
    jobId: task.jobId,
    node: task.name,
    attempt: task.attempt,
    self: address(role, party),
    members: roles.flatMap((of) => (spec.members[of] ?? []).map((member) => address(of, member))),
    local: run.local,
    signal: run.signal,
  }
}

function takeCalls(
  { online, task: { attemptId } }: Work,
  after: number,
  signal: AbortSignal,
): Promise<ServingCall[]> {
  if (online) return online.take({ attemptId, after, signal })
  return Promise.reject(
    new Error('This runner takes no online calls: bring it to the version of the server'),
  )
}

function post(port: MessagePort, message: ToTask, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}
