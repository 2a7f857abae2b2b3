/**
 * Calls that wait for their answers, by number; all fail when the other side is gone.
 * @module
 */
import type { RemoteReply } from './remote.ts'

export interface Calls {
  /** Why there is no other side any more. */
  readonly lost: string | undefined
  ask(send: (id: number) => void): Promise<RemoteReply>
  answer(id: number, reply: RemoteReply): void
  /** The other side is gone; only the first reason counts. */
  lose(reason: string): void
}

/** Calls to `whom`, the beginning of a sentence. */
export function createCalls(whom: string): Calls {
  const waiting = new Map<number, PromiseWithResolvers<RemoteReply>>()
  let last = 0
  let lost: string | undefined

  return {
    get lost() {
      return lost
    },
    ask(send) {
      const id = ++last
      const call = Promise.withResolvers<RemoteReply>()
      if (lost !== undefined) call.reject(new Error(lost))
      else {
        waiting.set(id, call)
        try {
          send(id)
        } catch (error) {
          waiting.delete(id)
          call.reject(error)
        }
      }
      return call.promise
    },
    answer(id, reply) {
      waiting.get(id)?.resolve(reply)
      waiting.delete(id)
    },
    lose(reason) {
      if (lost !== undefined) return
      lost = `${whom} has ended: ${reason}`
      for (const call of waiting.values()) call.reject(new Error(lost))
      waiting.clear()
    },
  }
}
