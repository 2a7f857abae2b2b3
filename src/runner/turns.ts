/**
 * Ports and devices of this host, from one process to the next: the server gives them away as soon as a task is taken
 * back, and the process that had them may still be ending.
 * @module
 */
import type { Allocation } from '../domain/work.ts'

/** Does `work` once nobody has what it was given any more; at once when the signal aborts. */
export type Turns = <T>(
  turn: { readonly allocation: Allocation | null; readonly signal: AbortSignal },
  work: () => Promise<T>,
) => Promise<T>

export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>()
  return async ({ allocation, signal }, work) => {
    const { ports = [], gpus = [] } = allocation ?? {}
    const names = [...ports.map((port) => `port ${port}`), ...gpus.map((gpu) => `device ${gpu}`)]
    const before = Promise.all(names.flatMap((name) => last.get(name) ?? []))
    const { promise: done, resolve } = Promise.withResolvers<void>()
    // Who comes next waits for those before as well, also when this one gave up waiting.
    const turn = Promise.all([before, done])
    for (const name of names) last.set(name, turn)
    try {
      await Promise.race([before, aborted(signal)])
      return await work()
    } finally {
      resolve()
      for (const name of names) if (last.get(name) === turn) last.delete(name)
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
