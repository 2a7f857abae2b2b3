/**
 * One timer for all that waits equally long: a timer each costs as much as a request does.
 * @module
 */
import { Roster, type Rostered } from '../flow/roster.ts'

/** Waits from when it was added. */
export interface Waiting extends Rostered {
  since: number
  /** Its time is over. */
  late(): void
}

export class Deadlines {
  readonly #ms: number
  readonly #waiting = new Roster<Waiting>()
  #timer: NodeJS.Timeout | undefined

  /** All have so many milliseconds. */
  constructor(ms: number) {
    this.#ms = ms
  }

  add(item: Waiting): void {
    item.since = performance.now()
    this.#waiting.add(item)
    this.#timer ??= setTimeout(() => this.#look(), this.#ms)
  }

  delete(item: Waiting): void {
    this.#waiting.delete(item)
  }

  /** Forgets all of them. */
  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const item of this.#waiting.all()) this.#waiting.delete(item)
  }

  #look(): void {
    this.#timer = undefined
    const now = performance.now()
    let next = Infinity
    for (const item of this.#waiting.all()) {
      const left = item.since + this.#ms - now
      if (left > 0) {
        next = Math.min(next, left)
        continue
      }
      this.#waiting.delete(item)
      item.late()
    }
    if (next < Infinity) this.#timer ??= setTimeout(() => this.#look(), Math.ceil(next))
  }
}
