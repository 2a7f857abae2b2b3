/**
 * A node while its flow runs: queues in front of it, calls of its unit, edges behind it.
 * @module
 */
import type { BufferError } from '../../flow/stream/buffer.ts'
import type { FlowNode } from '../../flow/stream/graph.ts'
import { type ProcessResult, type Unit, UnitError } from '../../flow/stream/unit.ts'
import { CallContext } from './call.ts'
import type { Owners } from './owner.ts'
import { StreamQueue } from './queue.ts'
import type { Slot, Stream } from './session.ts'

/** Where an out-port leads. */
export interface Target {
  readonly stage: Stage
  readonly lane: number
  /** Leads back into a loop: never full. */
  readonly back: boolean
}

/** What a stage tells the flow it is in. */
export interface StageHost {
  /** There may be work for this stage now. */
  mark(stage: Stage): void
  /** Something asynchronous has ended: the flow goes on. */
  wake(): void
  stop(reason: string): void
  log(node: string, level: 'debug' | 'info' | 'warning' | 'error', text: string): void
  /** Notes the calls of a flow that is traced; what it answers is called at the end of the call. */
  readonly traced: ((node: string, rows: number) => () => void) | undefined
  /** Who reads what, where that is of interest. */
  readonly owners: Owners | undefined
}

/** Figures of a stage since the flow began. */
export interface StageCount {
  calls: number
  taken: number
  given: number
  errors: number
  /** Time in calls, of which several may be under way at once. */
  busyMs: number
}

export interface StageOptions {
  readonly node: FlowNode
  readonly unit: Unit
  readonly host: StageHost
  /** Edges into each in-port, by in-port. */
  readonly edgesIn: readonly number[]
  readonly caps: readonly number[]
}

export abstract class Stage {
  readonly node: FlowNode
  readonly unit: Unit
  readonly host: StageHost
  readonly ports: readonly (readonly number[])[]
  readonly targets: Target[][]
  readonly upstream = new Set<Stage>()
  /** What leads into each in-port. */
  readonly sources: { readonly stage: Stage; readonly port: string }[][]
  readonly waiting: number[]
  readonly caps: readonly number[]
  readonly count: StageCount = { calls: 0, taken: 0, given: 0, errors: 0, busyMs: 0 }
  readonly queues = new Map<Stream, StreamQueue>()
  readonly ready: StreamQueue[] = []
  /** Rows in calls that are under way. */
  inFlight = 0
  /** Those outside who wait until its queue has room. */
  readonly callers: (() => void)[] = []
  /** It has work, but what is behind it is full. */
  blocked = false
  dirty = false
  rank = 0
  readonly most: number

  constructor({ node, unit, host, edgesIn, caps }: StageOptions) {
    this.node = node
    this.unit = unit
    this.host = host
    let lane = 0
    this.ports = edgesIn.map((count) => Array.from({ length: count }, () => lane++))
    this.waiting = Array.from({ length: lane }, () => 0)
    this.caps = caps
    this.targets = node.outputs.map(() => [])
    this.sources = node.inputs.map(() => [])
    this.most = Math.max(node.queueSize, node.batchSize)
  }

  /** Does some of the work of `ready`; false where there is nothing that can be done now. */
  protected abstract advance(): boolean

  step(force: boolean): boolean {
    if (this.ready.length === 0) return false
    if (this.inFlight >= this.most) return false
    this.blocked = !force && !this.hasRoom()
    return !this.blocked && this.advance()
  }

  /** Whether every queue behind has room, also for what is under way. */
  hasRoom(): boolean {
    for (const targets of this.targets)
      for (const { stage, lane, back } of targets) {
        if (back) continue
        const waiting = stage.waiting[lane] + this.inFlight
        if (waiting > 0 && waiting >= stage.caps[lane]) return false
      }
    return true
  }

  put(lane: number, stream: Stream, slot: Slot): void {
    if (stream.session.dead) return
    const queue = this.queueOf(stream)
    queue.lanes[lane].push(slot)
    this.waiting[lane]++
    stream.session.hold()
    this.list(queue)
  }

  putEnd(lane: number, stream: Stream): void {
    if (stream.session.dead) return
    const queue = this.queueOf(stream)
    queue.lanes[lane].ended = true
    stream.session.hold()
    this.list(queue)
  }

  list(queue: StreamQueue): void {
    if (!queue.listed) {
      queue.listed = true
      this.ready.push(queue)
    }
    this.host.mark(this)
  }

  /** Takes the first of the list away. */
  unlist(): StreamQueue {
    const queue = this.ready.shift() as StreamQueue
    queue.listed = false
    return queue
  }

  emit(port: number, stream: Stream, slot: Slot): void {
    if (slot.buffer !== null) this.count.given++
    const given = this.host.owners === undefined ? slot : this.owned(port, slot)
    for (const { stage, lane } of this.targets[port]) stage.put(lane, stream, given)
  }

  private owned(port: number, slot: Slot): Slot {
    const { owners } = this.host
    const { length: readers } = this.targets[port]
    if (slot.buffer === null || !owners) return slot
    const buffer = owners.given(slot.buffer, { sender: this, readers })
    if (buffer === slot.buffer) return slot
    this.count.errors++
    return { ...slot, buffer }
  }

  emitAll(stream: Stream, slot: Slot): void {
    for (let port = 0; port < this.targets.length; port++) this.emit(port, stream, slot)
  }

  emitEnd(stream: Stream, port?: number): void {
    this.targets.forEach((targets, index) => {
      if (port !== undefined && index !== port) return
      for (const { stage, lane } of targets) stage.putEnd(lane, stream)
    })
  }

  /** Forgets a stream that has ended here. */
  drop(queue: StreamQueue): void {
    this.queues.delete(queue.stream)
    const ends = queue.lanes.reduce((sum, lane) => sum + (lane.ended ? 1 : 0), 0)
    queue.stream.session.release(ends)
  }

  /** Forgets everything of a session that was ended before its time. */
  purge(session: object): void {
    for (const [stream, queue] of this.queues) {
      if (stream.session !== session) continue
      this.queues.delete(stream)
      queue.lanes.forEach((lane, index) => {
        this.waiting[index] -= lane.waiting
        lane.head = lane.slots.length
      })
      const at = this.ready.indexOf(queue)
      if (at >= 0) this.ready.splice(at, 1)
      if (queue.opened && !queue.busy) void this.closeQuietly(queue)
    }
    for (const stage of this.upstream) this.host.mark(stage)
  }

  async closeQuietly(queue: StreamQueue): Promise<void> {
    try {
      await this.unit.streamClose?.(new CallContext(this, { queue, rows: [] }))
    } catch (error) {
      this.host.log(this.node.name, 'warning', messageOf(error))
    }
  }

  /** An error row at a unit that does not look at errors; a sink tells the session. */
  passError(stream: Stream, error: BufferError): void {
    if (this.targets.length === 0) stream.session.fail(error)
  }

  get seesErrors(): boolean {
    return this.node.unit === null || this.node.unit.exceptionVisible === true
  }

  /**
   * Calls the unit; `done` is called at once where the unit does not wait for anything. The rows of a call count as in
   * flight until then.
   */
  call(
    work: () => ProcessResult | Promise<ProcessResult>,
    { rows, done }: { rows: number; done: (result: ProcessResult, error?: BufferError) => void },
  ): void {
    const began = performance.now()
    const ended = this.host.traced?.(this.node.name, rows)
    this.count.calls++
    this.count.taken += rows
    this.inFlight += rows
    let result: ProcessResult | Promise<ProcessResult>
    try {
      result = work()
    } catch (error) {
      this.called(began, { rows, done, ended }, { error })
      return
    }
    if (!(result instanceof Promise)) {
      this.called(began, { rows, done, ended }, { result })
      return
    }
    result
      .then(
        (value) => this.called(began, { rows, done, ended }, { result: value }),
        (error: unknown) => this.called(began, { rows, done, ended }, { error }),
      )
      .then(() => {
        this.host.mark(this)
        this.host.wake()
      })
      .catch((error: unknown) => this.host.stop(`node ${this.node.name}: ${messageOf(error)}`))
  }

  // A method, as a function made for every call would cost more than the call of a small unit.
  private called(
    began: number,
    call: {
      rows: number
      done: (result: ProcessResult, error?: BufferError) => void
      ended: (() => void) | undefined
    },
    end: { readonly result?: ProcessResult; readonly error?: unknown },
  ): void {
    const failed = 'error' in end
    call.ended?.()
    this.inFlight -= call.rows
    this.count.busyMs += performance.now() - began
    if (failed) this.count.errors++
    call.done(end.result, failed ? this.toError(end.error) : undefined)
    if (end.result === 'stop') this.host.stop(`node ${this.node.name} has stopped the flow`)
  }

  toError(error: unknown): BufferError {
    const code = error instanceof UnitError ? error.code : 'Unit.ProcessError'
    return { code, message: messageOf(error), node: this.node.name }
  }

  private queueOf(stream: Stream): StreamQueue {
    const known = this.queues.get(stream)
    if (known) return known
    const queue = new StreamQueue(stream, this.ports, (lane) => this.took(lane))
    this.queues.set(stream, queue)
    return queue
  }

  private took(lane: number): void {
    const waiting = --this.waiting[lane]
    if (waiting >= this.caps[lane]) return
    for (const stage of this.upstream) this.wakeUp(stage)
    if (this.callers.length > 0) for (const go of this.callers.splice(0)) go()
  }

  private wakeUp(stage: Stage): void {
    if (stage.blocked) this.host.mark(stage)
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
