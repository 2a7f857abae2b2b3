/**
 * Stages without memory: batches that may mix sessions, conditions among them. What goes out keeps the order of each stream.
 * @module
 */
import { type BufferError, errorBuffer, type FlowBuffer } from '../../flow/stream/buffer.ts'
import { CallContext } from './call.ts'
import type { Pending, Row, StreamQueue } from './queue.ts'
import type { Slot } from './session.ts'
import { Stage } from './stage.ts'

interface Taken {
  readonly queue: StreamQueue
  readonly row: Row
  /** Its place among all that the stream has had here. */
  readonly at: number
  readonly pending: { slots: Pending['slots']; readonly release: number }
}

export class NormalStage extends Stage {
  protected advance(): boolean {
    const batch: Taken[] = []
    let moved = false
    while (this.ready.length > 0 && batch.length < this.node.batchSize) {
      const [queue] = this.ready
      const row = queue.next()
      if (row === 'wait' || row === 'end') {
        this.unlist()
        if (row === 'end') this.end(queue)
        moved = true
        continue
      }
      moved = true
      const pending = { slots: undefined as Pending['slots'], release: row.taken }
      queue.out.push(pending)
      const taken = { queue, row, pending, at: queue.count++ }
      if (row.skip) this.finish(taken, this.everywhere({ buffer: null, tag: this.tagOf(taken) }))
      else if (row.error && !this.seesErrors) this.fail(taken, row.error)
      else batch.push(taken)
    }
    // Streams take turns: one that is long does not keep the others waiting.
    if (this.ready.length > 1) {
      const queue = this.unlist()
      this.list(queue)
    }
    if (batch.length > 0) this.run(batch)
    return moved
  }

  private run(batch: readonly Taken[]): void {
    const context = new CallContext(this, {
      queue: batch[0].queue,
      rows: batch.map(({ row }) => row.buffers),
      streams: batch.map(({ queue }) => queue.stream),
      hasError: batch.some(({ row }) => row.error !== undefined),
    })
    this.call(
      () => this.unit.process(context),
      (_, error) => {
        if (error) for (const taken of batch) this.fail(taken, error)
        else this.settle(batch, context.outputs)
      },
      { rows: batch.length },
    )
  }

  /** Gives every row its outputs. */
  private settle(batch: readonly Taken[], outputs: readonly FlowBuffer[][]): void {
    if (this.node.role === 'condition') return this.choose(batch[0], outputs)
    const wrong = outputs.findIndex((list) => list.length !== batch.length)
    if (wrong >= 0) {
      const error = this.miscount(
        `gave ${outputs[wrong].length} buffers at "${this.node.outputs[wrong]}" for ${batch.length}`,
      )
      for (const taken of batch) this.fail(taken, error)
      return
    }
    batch.forEach((taken, index) => {
      const slots = outputs.map((list) => ({ buffer: list[index], tag: taken.row.tag }))
      this.finish(taken, slots)
    })
  }

  private choose(taken: Taken, outputs: readonly FlowBuffer[][]): void {
    const given = outputs.flat().length
    if (given !== 1) {
      this.fail(taken, this.miscount(`gave ${given} buffers where a condition gives one`))
      return
    }
    const tag = this.tagOf(taken)
    this.finish(
      taken,
      outputs.map(([buffer]) => ({ buffer: buffer ?? null, tag })),
    )
  }

  private miscount(detail: string): BufferError {
    this.count.errors++
    return {
      code: 'Unit.CountMismatch',
      message: `${this.node.unit?.name ?? this.node.name} ${detail}`,
      node: this.node.name,
    }
  }

  private tagOf({ row, at }: Taken): Slot['tag'] {
    if (this.node.role !== 'condition') return row.tag
    return { at, last: true, outer: row.tag }
  }

  private fail(taken: Taken, error: BufferError): void {
    this.passError(taken.queue.stream, error)
    const tag = this.tagOf(taken)
    const buffer = errorBuffer(error)
    const isCondition = this.node.role === 'condition'
    const slots = this.targets.map((_, port) => ({
      buffer: isCondition && port > 0 ? null : buffer,
      tag,
    }))
    this.finish(taken, slots)
  }

  private everywhere(slot: Slot): Slot[] {
    return this.targets.map(() => slot)
  }

  private finish({ queue, pending }: Taken, slots: readonly Slot[]): void {
    pending.slots = slots
    const { session } = queue.stream
    let done = 0
    for (const { slots: ready, release } of queue.out) {
      if (!ready) break
      ready.forEach((slot, port) => this.emit(port, queue.stream, slot))
      session.release(release)
      done++
    }
    if (done > 0) queue.out.splice(0, done)
    if (queue.ending && queue.out.length === 0) this.over(queue)
  }

  private end(queue: StreamQueue): void {
    queue.ending = true
    if (queue.out.length === 0) this.over(queue)
  }

  private over(queue: StreamQueue): void {
    this.emitEnd(queue.stream)
    this.drop(queue)
  }
}
