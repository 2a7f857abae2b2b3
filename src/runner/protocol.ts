/**
 * What the runner's main thread and a task's thread say to each other, over one message port a task.
 * @module
 */
import type { MessagePort } from 'node:worker_threads'

import type { KernelName } from '../compute/kernels.ts'
import type { LeasedTask, ServingAnswer } from '../domain/work.ts'
import { type Address, ChannelClosed } from '../federation/channel.ts'
import type { ReportBody } from './executor.ts'
import type { RunnerSettings } from './settings.ts'

/** The first message to a thread; everything else about the task goes over `port`. */
export interface StartMessage {
  readonly task: LeasedTask
  readonly settings: RunnerSettings
  /** Threads of the compute pool. */
  readonly cores: number
  readonly port: MessagePort
  /** The bytes of a spooled upload. */
  readonly spool: ReadableStream<Uint8Array> | null
}

/** What a task asks of the main thread. */
export type Question =
  /** Opens the task's channel to the members in these roles. */
  | { readonly ask: 'join'; readonly roles: readonly string[] }
  | { readonly ask: 'send'; readonly to: Address; readonly tag: string; readonly bytes: Uint8Array }
  | { readonly ask: 'receive'; readonly from: Address; readonly tag: string }
  | { readonly ask: 'map'; readonly kernel: KernelName; readonly calls: readonly unknown[] }
  /** The online calls of the task behind the number `after`; waits for some. */
  | { readonly ask: 'calls'; readonly after: number }
  | { readonly ask: 'answered'; readonly answer: ServingAnswer }
  /** Waits until the server keeps up with the reports. */
  | { readonly ask: 'room' }

export type FromTask =
  | { readonly type: 'report'; readonly body: ReportBody }
  | { readonly type: 'question'; readonly id: number; readonly question: Question }
  /** The answer to question `id` is not wanted any more. */
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'done' }
  | {
      readonly type: 'failed'
      /** The sentence for everybody. */
      readonly reason: string
      /** What only the owner of the data may read, where there is such a thing. */
      readonly detail: string | undefined
      readonly stack: string | undefined
    }

export type ToTask =
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly error: PlainError }
  | { readonly type: 'abort'; readonly reason: string }

/** An error in transit: classes do not survive the border. */
export interface PlainError {
  readonly name: string
  readonly message: string
}

/** An error ready to cross. */
export function toPlainError(error: unknown): PlainError {
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: 'Error', message: String(error) }
}

/** An error that crossed, of the class it had where that matters. */
export function fromPlainError({ name, message }: PlainError): Error {
  if (name === 'ChannelClosed') return new ChannelClosed(message)
  if (name === 'RangeError') return new RangeError(message)
  if (name === 'TypeError') return new TypeError(message)
  const error = new Error(message)
  error.name = name
  return error
}
