/**
 * Stages that wait for more than one item: collapses, which make one item of a sub-stream, and loops.
 * @module
 */
import { type BufferError, errorBuffer, type FlowBuffer } from '../../flow/stream/buffer.ts'
import { CallContext } from './call.ts'
import type { Row, StreamQueue } from './queue.ts'
import type { Slot, Stream } from './session.ts'
import { Stage } from './stage.ts'

/** What has become of the sub-streams of one stream. */
interface Family {
  next: number
  readonly results: Map<number, readonly Slot[] | 'end'>
}

export class CollapseStage extends Stage {
  readonly #families = new Map<Stream, Family>()

  protected advance(): boolean {
    const queue = this.unlist()
    if (queue.busy) return true
    const { stream } = queue
    for (;;) {
      const row = queue.next()
      if (row === 'wait') return this.feed(queue)
      if (row === 'end') break
      stream.session.release(row.taken)
      if (row.error && !this.seesErrors) queue.failed ??= row.error
      else if (!row.skip) {
        queue.rows.push(row)
        queue.count++
      }
    }
    if (stream.stands === 'end') this.finish(queue, 'end')
    else if (stream.stands === 'error' || queue.failed) this.fail(queue)
    else if (queue.count === 0) this.finish(queue, this.one(queue, undefined))
    else this.complete(queue)
    return true
  }

  override purge(session: object): void {
    super.purge(session)
    for (const stream of this.#families.keys())
      if (stream.session === session) this.#families.delete(stream)
  }

  private get whole(): boolean {
    return this.node.unit?.collapseAll !== false
  }

  /** Gives a collapse that takes it piece by piece what there is; its outputs are kept in the state. */
  private feed(queue: StreamQueue): boolean {
    if (this.whole || queue.rows.length === 0 || queue.failed) return true
    this.piece(queue, () => this.list(queue))
    return true
  }

  private complete(queue: StreamQueue): void {
    if (this.whole) {
      this.run(
        queue,
        (context) => this.unit.process(context),
        (outputs) => this.finish(queue, this.single(queue, outputs)),
      )
      return
    }
    const close = () =>
      this.run(
        queue,
        (context) => this.unit.streamClose?.(context),
        (outputs) => this.finish(queue, this.single(queue, merge(this.kept(queue), outputs))),
      )
    if (queue.rows.length > 0) this.piece(queue, close)
    else close()
  }

  private piece(queue: StreamQueue, then: () => void): void {
    const work = () =>
      this.run(
        queue,
        (context) => this.unit.process(context),
        (outputs) => {
          queue.state.set(KEPT, merge(this.kept(queue), outputs))
          then()
        },
      )
    if (queue.opened || !this.unit.streamOpen) {
      work()
      return
    }
    queue.opened = true
    const rows = queue.rows.splice(0)
    this.run(
      queue,
      (context) => this.unit.streamOpen?.(context),
      () => {
        queue.rows.push(...rows)
        work()
      },
    )
  }

  private kept(queue: StreamQueue): readonly FlowBuffer[][] {
    return (queue.state.get(KEPT) as readonly FlowBuffer[][] | undefined) ?? []
  }

  private run(
    queue: StreamQueue,
    work: (context: CallContext) => ReturnType<Stage['unit']['process']>,
    then: (outputs: readonly FlowBuffer[][]) => void,
  ): void {
    const rows = queue.rows.splice(0)
    const context = new CallContext(this, {
      queue,
      rows: rows.map(({ buffers }) => buffers),
      hasError: rows.some(({ error }) => error !== undefined),
    })
    queue.busy = true
    this.call(
      () => work(context),
      (_, error) => {
        queue.busy = false
        if (queue.stream.session.dead) return
        if (error) {
          queue.failed ??= error
          this.list(queue)
          queue.rows.length = 0
          if (this.whole || queue.lanes.every((lane) => lane.ended && lane.waiting === 0))
            this.fail(queue)
          return
        }
        then(context.outputs)
      },
      {
        // Not its own: they are one on the way out.
        rows: 1,
      },
    )
  }

  private single(queue: StreamQueue, outputs: readonly FlowBuffer[][]): readonly Slot[] {
    const many = outputs.findIndex((list) => list.length > 1)
    if (many < 0) return this.one(queue, outputs)
    this.count.errors++
    return this.wrong(queue, {
      code: 'Unit.CountMismatch',
      message: `A collapse gives one buffer, not ${outputs[many].length} at "${this.node.outputs[many]}"`,
      node: this.node.name,
    })
  }

  private one({ stream }: StreamQueue, outputs: readonly FlowBuffer[][] | undefined): Slot[] {
    return this.targets.map((_, port) => ({
      buffer: outputs?.[port]?.[0] ?? null,
      tag: stream.tag,
    }))
  }

  private wrong({ stream }: StreamQueue, error: BufferError): Slot[] {
    this.passError(stream, error)
    return this.targets.map(() => ({ buffer: errorBuffer(error), tag: stream.tag }))
  }

  private fail(queue: StreamQueue): void {
    const error = queue.failed ?? queue.stream.error
    this.finish(queue, error ? this.wrong(queue, error) : this.one(queue, undefined))
  }

  /** Puts what became of one sub-stream where it belongs. */
  private finish(queue: StreamQueue, result: readonly Slot[] | 'end'): void {
    const { stream } = queue
    if (!this.queues.has(queue)) return
    const parent = stream.parent ?? stream
    const family: Family = this.#families.get(parent) ?? { next: 0, results: new Map() }
    this.#families.set(parent, family)
    family.results.set(stream.order, result)
    const { session } = stream
    session.hold()
    this.drop(queue)
    for (;;) {
      const next = family.results.get(family.next)
      if (next === undefined) return
      family.results.delete(family.next++)
      if (next === 'end') {
        this.#families.delete(parent)
        this.emitEnd(parent)
      } else next.forEach((slot, port) => this.emit(port, parent, slot))
      session.release()
    }
  }
}

const KEPT = '\0outputs'

function merge(a: readonly FlowBuffer[][], b: readonly FlowBuffer[][]): FlowBuffer[][] {
  return b.map((list, port) => [...(a[port] ?? []), ...list])
}

export class LoopStage extends Stage {
  protected advance(): boolean {
    const queue = this.unlist()
    if (queue.busy) return true
    for (const lane of queue.lanes)
      while (lane.peek()) {
        const { buffer, tag } = lane.shift()
        this.waiting[queue.lanes.indexOf(lane)]--
        queue.rows.push({
          buffers: buffer ? [buffer] : [],
          tag,
          skip: buffer === null,
          error: buffer?.error,
          taken: 1,
        })
      }
    for (const stage of this.upstream) this.host.mark(stage)
    // It comes by one way at a time: from outside, then around.
    if (queue.lanes.some((lane) => lane.ended)) this.run(queue)
    return true
  }

  /** The way out of the loop, for what cannot go round. */
  exit = 0

  private run(queue: StreamQueue): void {
    const rows = queue.rows.splice(0)
    const items = rows.filter((row) => !row.skip && (row.error === undefined || this.seesErrors))
    const context = new CallContext(this, { queue, rows: items.map(({ buffers }) => buffers) })
    const passed = rows.filter((row) => !items.includes(row))
    if (items.length === 0) {
      this.leave(queue, { rows, passed, outputs: [], error: undefined })
      return
    }
    queue.busy = true
    this.call(
      () => this.unit.process(context),
      (_, error) => this.leave(queue, { rows, passed, outputs: context.outputs, error }),
      { rows: 1 },
    )
  }

  private leave(
    queue: StreamQueue,
    made: {
      rows: readonly Row[]
      passed: readonly Row[]
      outputs: readonly FlowBuffer[][]
      error: BufferError | undefined
    },
  ): void {
    const { stream } = queue
    const { rows, passed, outputs, error } = made
    const used = outputs.flatMap((list, port) => (list.length > 0 ? [port] : []))
    const both: BufferError | undefined =
      used.length > 1
        ? {
            code: 'Unit.CountMismatch',
            message: 'A loop sends a stream to one of its out-ports',
            node: this.node.name,
          }
        : undefined
    const failure = error ?? both
    const port = failure || used.length === 0 ? this.exit : used[0]
    const slots: Slot[] = failure
      ? [{ buffer: errorBuffer(failure), tag: undefined }]
      : (outputs[port] ?? []).map((buffer) => ({ buffer, tag: undefined }))
    // Its queue goes first: what goes round may come back before this is done.
    this.forget(queue)
    const ends = queue.lanes.reduce((sum, lane) => sum + (lane.ended ? 1 : 0), 0)
    stream.session.hold()
    for (const slot of slots) this.emit(port, stream, slot)
    for (const { error: old } of passed)
      if (old) this.emit(port, stream, { buffer: errorBuffer(old), tag: undefined })
    this.emitEnd(stream, port)
    stream.session.release(1 + ends + rows.reduce((sum, { taken }) => sum + taken, 0))
  }
}
