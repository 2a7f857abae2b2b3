/**
 * Online calls of a runner of another organisation: fetched from the gateway of the server.
 * @module
 */
import type { ServingCall } from '../domain/work.ts'
import type { OnlineStore } from './store.ts'

/** How long one request waits for calls at the server, in milliseconds. */
const WAIT_MS = 20_000

/** Sends a verb of the gateway. */
export type Ask = <T>(verb: string, body: object, signal?: AbortSignal) => Promise<T>

/** Calls and answers over `ask`. */
export function gatewayCalls(ask: Ask): OnlineStore {
  return {
    async calls({ signal, ...query }) {
      for (;;) {
        try {
          const body = { ...query, wait_ms: WAIT_MS }
          const { calls } = await ask<{ calls: ServingCall[] }>('calls', body, signal)
          if (calls.length > 0) return calls
        } catch (error) {
          if (!signal.aborted) throw error
        }
        if (signal.aborted) return []
      }
    },
    async answer(runnerId, attemptId, answers) {
      await ask('answers', { runnerId, attemptId, answers })
    },
  }
}
