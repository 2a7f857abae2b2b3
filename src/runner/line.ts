/**
 * The task's end of the line to the main thread.
 * @module
 */
import type { MessagePort } from 'node:worker_threads'

import { ChannelClosed } from '../federation/channel.ts'
import type { ReportBody } from './executor.ts'
import { type FromTask, fromPlainError, type Question, type ToTask } from './protocol.ts'

export interface Line {
  /** Aborts when the task has to stop; the reason is an error with the sentence. */
  readonly signal: AbortSignal
  ask(
    question: Question,
    options?: { signal?: AbortSignal; moving?: ArrayBuffer[] },
  ): Promise<unknown>
  report(body: ReportBody): void
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** Opens the line over `port`. */
export function openLine(port: MessagePort): Line {
  const controller = new AbortController()
  const waiting = new Map<number, Waiting>()
  let last = 0

  port.on('message', (message: ToTask) => {
    if (message.type === 'abort') {
      const error = new ChannelClosed(message.reason)
      controller.abort(error)
      for (const entry of waiting.values()) entry.reject(error)
      waiting.clear()
      return
    }
    const entry = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.type === 'answer') entry?.resolve(message.value)
    else entry?.reject(fromPlainError(message.error))
  })

  function ask(
    question: Question,
    options: { signal?: AbortSignal; moving?: ArrayBuffer[] } = {},
  ): Promise<unknown> {
    const { signal, moving } = options
    const id = ++last
    const promise = new Promise<unknown>((resolve, reject) => {
      controller.signal.throwIfAborted()
      signal?.throwIfAborted()
      const onAbort = () => {
        if (!waiting.delete(id)) return
        post(port, { type: 'cancel', id })
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      const end = () => signal?.removeEventListener('abort', onAbort)
      waiting.set(id, {
        resolve(value) {
          end()
          resolve(value)
        },
        reject(error) {
          end()
          reject(error)
        },
      })
      post(port, { type: 'question', id, question }, moving)
    })
    // A component that stops at the first of several failures leaves the others unread.
    promise.catch(() => {})
    return promise
  }

  return {
    signal: controller.signal,
    ask,
    report: (body) => post(port, { type: 'report', body }),
  }
}

/** Sends a message to the main thread. */
export function post(port: MessagePort, message: FromTask, moving: ArrayBuffer[] = []): void {
  port.postMessage(message, moving)
}
