/**
 * A node while its flow runs: queues in front of it, calls of its unit, edges behind it.
 * @module
 */
import type { BufferError } from '../../flow/stream/buffer.ts'
import type { FlowNode } from '../../flow/stream/graph.ts'
import { type ProcessResult, type Unit, UnitError } from '../../flow/stream/unit.ts'
import { CallContext } from './call.ts'
import { StreamQueue } from './queue.ts'
import { Roster } from './roster.ts'
import type { Slot, Stream } from './session.ts'
import type { StageCount, StageHost } from './stage-host.ts'

/** Where an out-port leads. */
export interface Target {
  readonly stage: Stage
  readonly lane: number
  /** Leads back into a loop: never full. */
  readonly back: boolean
}

export interface StageOptions {
  readonly node: FlowNode
  readonly unit: Unit
  readonly host: StageHost
  /** Edges into each in-port, by in-port. */
  readonly edgesIn: readonly number[]
  readonly caps: readonly number[]
}

/** Hears how a call ended. */
type Done = (result: ProcessResult, error?: BufferError) => void

/** A call under way. */
interface Running {
  readonly began: number
  readonly rows: number
  readonly ended: (() => void) | undefined
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
  readonly queues = new Roster<StreamQueue>()
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
    this.forget(queue)
    const ends = queue.lanes.reduce((sum, lane) => sum + (lane.ended ? 1 : 0), 0)
    queue.stream.session.release(ends)
  }

  /** Forgets everything of a session that was ended before its time. */
  purge(session: object): void {
    for (const queue of this.queues.all()) {
      if (queue.stream.session !== session) continue
      this.forget(queue)
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
    // Not among the options: a function in an object is given its name anew at every call.
    done: Done,
    { rows }: { readonly rows: number },
  ): void {
    const ended = this.host.traced?.(this.node.name, rows)
    const call = { began: performance.now(), rows, ended }
    this.count.calls++
    this.count.taken += rows
    this.inFlight += rows
    let result: ProcessResult | Promise<ProcessResult>
    try {
      result = work()
    } catch (error) {
      this.failed(call, done, error)
      return
    }
    if (!(result instanceof Promise)) {
      this.called(call, done, result)
      return
    }
    result
      .then(
        (value) => this.called(call, done, value),
        (error: unknown) => this.failed(call, done, error),
      )
      .then(() => {
        this.host.mark(this)
        this.host.wake()
      })
      .catch((error: unknown) => this.host.stop(`node ${this.node.name}: ${messageOf(error)}`))
  }

  private called(call: Running, done: Done, result: ProcessResult): void {
    this.ran(call)
    done(result)
    if (result === 'stop') this.host.stop(`node ${this.node.name} has stopped the flow`)
  }

  private failed(call: Running, done: Done, error: unknown): void {
    this.ran(call)
    this.count.errors++
    done(undefined, this.toError(error))
  }

  private ran({ began, rows, ended }: Running): void {
    ended?.()
    this.inFlight -= rows
    this.count.busyMs += performance.now() - began
  }

  toError(error: unknown): BufferError {
    const code = error instanceof UnitError ? error.code : 'Unit.ProcessError'
    return { code, message: messageOf(error), node: this.node.name }
  }

  private queueOf(stream: Stream): StreamQueue {
    for (const known of stream.queues) if (known.owner === this) return known
    const queue = new StreamQueue(stream, this, this.ports)
    this.queues.add(queue)
    stream.queues.push(queue)
    return queue
  }

  /** The stream no longer waits here. */
  protected forget(queue: StreamQueue): void {
    this.queues.delete(queue)
    const { queues } = queue.stream
    const at = queues.indexOf(queue)
    if (at >= 0) queues.splice(at, 1)
  }

  took(lane: number): void {
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
