/**
 * A list of what is alive, for what comes and goes with every request.
 *
 * A `Map` or `Set` of such makes a new table every few dozen of them, and V8 links the old one to it: once a table has
 * become old, all that was alive at any of its successors' beginnings stays until the next full collection.
 * @module
 */

/** Knows its place in the one roster that it is in. */
export interface Rostered {
  place: number
}

export class Roster<T extends Rostered> {
  readonly #items: T[] = []

  add(item: T): void {
    item.place = this.#items.length
    this.#items.push(item)
  }

  has(item: T): boolean {
    return this.#items[item.place] === item
  }

  /** Takes it away; another takes its place. */
  delete(item: T): void {
    if (!this.has(item)) return
    const last = this.#items.pop()
    if (last === undefined || last === item) return
    last.place = item.place
    this.#items[item.place] = last
  }

  get size(): number {
    return this.#items.length
  }

  /** All as they are now. */
  all(): T[] {
    return [...this.#items]
  }
}
