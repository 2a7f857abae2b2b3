/**
 * What waits in front of a stage for one stream: a lane an edge, read as rows of what belongs together.
 * @module
 */
import type { BufferError, FlowBuffer } from '../../flow/stream/buffer.ts'
import type { Slot, Stream, Tag } from './session.ts'

/** One buffer from each in-port, or why there is none. */
export interface Row {
  readonly buffers: readonly FlowBuffer[]
  readonly tag: Tag | undefined
  readonly skip: boolean
  readonly error: BufferError | undefined
  /** Slots that it was made of. */
  readonly taken: number
}

class Lane {
  slots: Slot[] = []
  head = 0
  ended = false

  peek(): Slot | undefined {
    return this.slots[this.head]
  }

  shift(): Slot {
    const slot = this.slots[this.head++]
    if (this.head > 64 && this.head * 2 > this.slots.length) {
      this.slots = this.slots.slice(this.head)
      this.head = 0
    }
    return slot
  }

  push(slot: Slot): void {
    this.slots.push(slot)
  }

  get waiting(): number {
    return this.slots.length - this.head
  }
}

/** A call's outputs, kept until those before it are out. */
export interface Pending {
  /** By out-port. */
  slots: readonly Slot[] | undefined
  readonly release: number
}

const NONE: never[] = []

/** Whose queue it is. */
export interface QueueOwner {
  /** An item of a lane was taken. */
  took(lane: number): void
}

/** Rows of a call, or a chain of them. */
export interface Chain {
  readonly rows: readonly Row[]
  /** Of an expand: what the item becomes. */
  readonly child: Stream | undefined
}

export class StreamQueue {
  readonly stream: Stream
  readonly owner: QueueOwner
  place = -1
  readonly lanes: readonly Lane[]
  /** Lanes by in-port. */
  readonly ports: readonly (readonly number[])[]
  /** Merged items of in-ports with several lanes. */
  readonly #merged: Slot[][]
  readonly #cursor: number[]
  /** Whether the stage has it on its list. */
  listed = false
  busy = false
  opened = false
  continued = false
  ending = false
  failed: BufferError | undefined
  /** The call under way, of a stream unit. */
  chain: Chain | undefined
  readonly events: unknown[] = []
  #state: Map<string, unknown> | undefined
  readonly out: Pending[] = []
  /** Rows collected for a collapse or a loop. */
  readonly rows: Row[] = []
  /** Items seen so far. */
  count = 0

  constructor(stream: Stream, owner: QueueOwner, ports: readonly (readonly number[])[]) {
    this.stream = stream
    this.owner = owner
    this.ports = ports
    // Most have one edge, and there is one of these for every request.
    this.lanes =
      ports.length === 1 && ports[0].length === 1
        ? [new Lane()]
        : ports.flat().map(() => new Lane())
    const isSimple = this.lanes.length === 1
    this.#merged = isSimple ? NONE : ports.map(() => [])
    this.#cursor = isSimple ? NONE : ports.map(() => 0)
  }

  get state(): Map<string, unknown> {
    return (this.#state ??= new Map())
  }

  /** The next row; `wait` while something is missing, `end` behind the last. */
  next(): Row | 'wait' | 'end' {
    if (this.ports.length === 1 && this.ports[0].length === 1) return this.#nextSimple()
    const heads = this.ports.map((_, port) => this.#head(port))
    if (heads.includes('wait')) return 'wait'
    if (heads.every((head) => head === 'end')) return 'end'
    const slots = (heads as (Slot | 'end')[]).map((head, port) =>
      head === 'end' ? undefined : this.#takeHead(port),
    )
    const present = slots.filter((slot) => slot !== undefined)
    const tag = present[0].tag
    const taken = this.#taken
    this.#taken = 0
    const buffers = present.flatMap(({ buffer }) => (buffer ? [buffer] : []))
    const error = buffers.find((buffer) => buffer.error)?.error
    if (present.length < slots.length) {
      const lost: BufferError = {
        code: 'Stream.CountMismatch',
        message: 'An item has no counterpart at another in-port: the streams differ in length',
      }
      return { buffers: [], tag, skip: false, error: error ?? lost, taken }
    }
    return { buffers, tag, skip: buffers.length < slots.length, error, taken }
  }

  #taken = 0

  #nextSimple(): Row | 'wait' | 'end' {
    const [lane] = this.lanes
    if (lane.peek() === undefined) return lane.ended ? 'end' : 'wait'
    const { buffer, tag } = lane.shift()
    this.owner.took(0)
    return buffer === null
      ? { buffers: [], tag, skip: true, error: undefined, taken: 1 }
      : { buffers: [buffer], tag, skip: false, error: buffer.error, taken: 1 }
  }

  #head(port: number): Slot | 'wait' | 'end' {
    const lanes = this.ports[port]
    if (lanes.length === 1) {
      const lane = this.lanes[lanes[0]]
      return lane.peek() ?? (lane.ended ? 'end' : 'wait')
    }
    const merged = this.#merged[port]
    while (merged.length === 0) {
      const state = this.#merge(port)
      if (state !== 'some') return state
    }
    return merged[0]
  }

  #takeHead(port: number): Slot {
    const lanes = this.ports[port]
    this.#taken += 1
    if (lanes.length > 1) return this.#merged[port].shift() as Slot
    this.owner.took(lanes[0])
    return this.lanes[lanes[0]].shift()
  }

  /** Puts what the branches have at the next place in one: all of them have told of it, or have ended. */
  #merge(port: number): 'some' | 'wait' | 'end' {
    const lanes = this.ports[port].map((index) => this.lanes[index])
    const at = this.#cursor[port]
    const isDone = (lane: Lane) => {
      for (let index = lane.head; index < lane.slots.length; index++) {
        const { tag } = lane.slots[index]
        if (!tag || tag.at > at || (tag.at === at && tag.last)) return true
      }
      return lane.ended
    }
    if (lanes.every((lane) => lane.ended && lane.waiting === 0)) return 'end'
    if (!lanes.every(isDone)) return 'wait'
    const found: Slot[] = []
    this.ports[port].forEach((index, which) => {
      const lane = lanes[which]
      for (let slot = lane.peek(); slot; slot = lane.peek()) {
        if (slot.tag && slot.tag.at > at) break
        lane.shift()
        this.owner.took(index)
        this.#taken += 1
        found.push(slot)
        if (slot.tag?.last && slot.tag.at === at) break
      }
    })
    this.#cursor[port] = at + 1
    const items = found.filter(({ buffer }) => buffer !== null)
    const kept = items.length > 0 ? items : found.slice(0, 1)
    kept.forEach((slot, index) => {
      const outer = slot.tag?.outer
      const tag = outer && index < kept.length - 1 ? { ...outer, last: false } : outer
      this.#merged[port].push({ buffer: slot.buffer, tag })
    })
    // The slots that were put together count when the row is taken.
    this.#taken -= kept.length
    return 'some'
  }
}
