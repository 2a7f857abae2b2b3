/**
 * Puts calls that come together into one: what is added while one request is under way goes into the next.
 * @module
 */

/** Adds an item and answers what became of it. */
export type Batcher<T, R> = (item: T) => Promise<R>

/** A batcher of at most `most` items at once. `send` answers one result for each item, or fails for all of them. */
export function createBatcher<T, R>(
  send: (items: readonly T[]) => Promise<readonly R[]>,
  most: number,
): Batcher<T, R> {
  let waiting: { readonly item: T; resolve(result: R): void; reject(error: unknown): void }[] = []
  let busy = false

  async function pump(): Promise<void> {
    busy = true
    while (waiting.length > 0) {
      const batch = waiting.slice(0, most)
      waiting = waiting.slice(most)
      try {
        const results = await send(batch.map(({ item }) => item))
        batch.forEach(({ resolve }, at) => resolve(results[at]))
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    busy = false
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      // One turn later, so that what ends in the same turn goes together.
      if (!busy) {
        busy = true
        queueMicrotask(() => void pump())
      }
    })
}
