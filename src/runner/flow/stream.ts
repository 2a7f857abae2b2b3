/**
 * Stages with a memory for each stream: one call after another and in order. Sources and expands work in the same way.
 * @module
 */
import { type BufferError, errorBuffer, type FlowBuffer } from '../../flow/stream/buffer.ts'
import type { ProcessResult } from '../../flow/stream/unit.ts'
import { CallContext } from './call.ts'
import type { Row, StreamQueue } from './queue.ts'
import { type Slot, Stream, type Tag } from './session.ts'
import { Stage } from './stage.ts'

export class StreamStage extends Stage {
  protected advance(): boolean {
    const queue = this.unlist()
    if (queue.busy) return true
    const { session } = queue.stream
    if (queue.events.length > 0) {
      this.run(queue, { rows: [], event: queue.events.shift() })
      return true
    }
    if (this.isExpand && queue.continued) return true
    const rows = this.take(queue)
    if (rows === 'wait') return true
    if (rows === 'end') {
      if (!queue.continued) this.close(queue)
      return true
    }
    const [first] = rows
    if (first.skip || (first.error && !this.seesErrors)) {
      this.pass(queue, first)
      session.release(first.taken)
      this.list(queue)
      return true
    }
    if (queue.failed) {
      this.spoil(queue, { rows, error: queue.failed })
      this.list(queue)
      return true
    }
    this.run(queue, { rows })
    return true
  }

  get isExpand(): boolean {
    return this.node.role === 'expand'
  }

  /** The rows of the next call; one that passes by comes alone. */
  private take(queue: StreamQueue): readonly [Row, ...Row[]] | 'wait' | 'end' {
    const kept = queue.rows.shift() ?? queue.next()
    if (kept === 'wait' || kept === 'end') return kept
    const rows: [Row, ...Row[]] = [kept]
    if (this.passes(kept)) return rows
    const most = this.node.inputs.length === 0 ? this.most : this.node.batchSize
    while (rows.length < most) {
      const row = queue.next()
      if (row === 'wait' || row === 'end') break
      if (this.passes(row)) {
        queue.rows.push(row)
        break
      }
      rows.push(row)
    }
    return rows
  }

  private passes({ skip, error }: Row): boolean {
    return skip || (error !== undefined && !this.seesErrors)
  }

  private pass(queue: StreamQueue, row: Row): void {
    const { stream } = queue
    if (this.isExpand) {
      const stands = row.error ? 'error' : 'nothing'
      this.emitEnd(this.child(queue, { stands, error: row.error, tag: row.tag }))
    } else if (row.error) {
      this.passError(stream, row.error)
      this.emitAll(stream, { buffer: errorBuffer(row.error), tag: row.tag })
    } else this.emitAll(stream, { buffer: null, tag: row.tag })
  }

  private child(
    queue: StreamQueue,
    from: { stands?: Stream['stands']; error?: BufferError | undefined; tag?: Tag | undefined },
  ): Stream {
    const { stream } = queue
    const { error, ...rest } = from
    return new Stream(stream.session, {
      parent: stream,
      order: queue.count++,
      ...rest,
      ...(error ? { error } : {}),
    })
  }

  private run(queue: StreamQueue, call: { rows: readonly Row[]; event?: unknown }): void {
    queue.busy = true
    const isNew = !queue.opened
    queue.opened = true
    if (!isNew || !this.unit.streamOpen) {
      this.process(queue, call)
      return
    }
    const context = new CallContext(this, { queue, rows: [] })
    this.call(
      () => this.unit.streamOpen?.(context),
      (_, error) => {
        queue.failed = error
        if (!error) {
          this.give(queue, { outputs: context.outputs, rows: [], isLast: false })
          this.process(queue, call)
          return
        }
        this.spoil(queue, { rows: call.rows, error })
        this.free(queue)
      },
      { rows: 0 },
    )
  }

  private process(queue: StreamQueue, call: { rows: readonly Row[]; event?: unknown }): void {
    const { rows, event } = call
    const isSource = this.node.inputs.length === 0
    const buffers = rows.map((row) => row.buffers)
    const context = new CallContext(this, {
      queue,
      rows: isSource ? [] : buffers,
      external: isSource ? buffers.map(([buffer]) => buffer) : undefined,
      event,
      hasError: rows.some((row) => row.error !== undefined),
    })
    if (rows.length > 0) {
      const child = this.isExpand ? this.child(queue, { tag: rows[0].tag }) : undefined
      queue.chain = { rows, child }
    }
    this.call(
      () => this.unit.process(context),
      (result, error) => this.settle(queue, { context, rows, result, error }),
      { rows: rows.length },
    )
  }

  private settle(
    queue: StreamQueue,
    call: {
      context: CallContext
      rows: readonly Row[]
      result: ProcessResult
      error: BufferError | undefined
    },
  ): void {
    const { context, rows, result, error } = call
    const { chain } = queue
    queue.continued = result === 'continue' && !error
    if (error) this.spoil(queue, { rows: chain?.rows ?? rows, error, release: false })
    else {
      this.give(queue, {
        outputs: context.outputs,
        rows: chain?.rows ?? rows,
        isLast: !queue.continued,
      })
    }
    if (!queue.continued) queue.chain = undefined
    this.releaseRows(queue, rows)
    this.free(queue)
  }

  private free(queue: StreamQueue): void {
    queue.busy = false
    if (queue.stream.session.dead) {
      if (queue.opened) void this.closeQuietly(queue)
      return
    }
    this.list(queue)
  }

  private releaseRows({ stream }: StreamQueue, rows: readonly Row[]): void {
    const taken = rows.reduce((sum, row) => sum + row.taken, 0)
    if (taken > 0) stream.session.release(taken)
  }

  /** Puts errors in place of what `rows` would have become. */
  private spoil(
    queue: StreamQueue,
    made: { rows: readonly Row[]; error: BufferError; release?: boolean },
  ): void {
    const { rows, error, release = true } = made
    const { stream } = queue
    const child = queue.chain?.child
    if (this.isExpand) {
      if (child) {
        this.emitAll(child, { buffer: errorBuffer(error), tag: undefined })
        this.emitEnd(child)
      } else
        for (const { tag } of rows) this.emitEnd(this.child(queue, { stands: 'error', error, tag }))
    } else {
      this.passError(stream, error)
      for (const { tag } of rows) this.emitAll(stream, { buffer: errorBuffer(error), tag })
      if (rows.length === 0) this.emitAll(stream, { buffer: errorBuffer(error), tag: undefined })
    }
    if (release) this.releaseRows(queue, rows)
  }

  /** Sends the outputs of a call on; in a branch every place is told of, though nothing came of it. */
  private give(
    queue: StreamQueue,
    made: { outputs: readonly FlowBuffer[][]; rows: readonly Row[]; isLast: boolean },
  ): void {
    const { outputs, rows, isLast } = made
    const child = queue.chain?.child
    outputs.forEach((list, port) => {
      if (child) {
        for (const buffer of list) this.emit(port, child, { buffer, tag: undefined })
        return
      }
      for (const slot of placed(list, rows, isLast)) this.emit(port, queue.stream, slot)
    })
    if (child && isLast) this.emitEnd(child)
  }

  private over(queue: StreamQueue): void {
    if (this.isExpand) this.emitEnd(this.child(queue, { stands: 'end' }))
    else this.emitEnd(queue.stream)
    this.drop(queue)
  }

  private close(queue: StreamQueue): void {
    if (!this.unit.streamClose || !queue.opened) {
      this.over(queue)
      return
    }
    queue.busy = true
    const context = new CallContext(this, { queue, rows: [] })
    this.call(
      () => this.unit.streamClose?.(context),
      (_, error) => {
        if (error) this.spoil(queue, { rows: [], error })
        else if (!this.isExpand)
          this.give(queue, { outputs: context.outputs, rows: [], isLast: false })
        this.over(queue)
      },
      { rows: 0 },
    )
  }
}

/** Outputs at the places of the rows they were made of. */
function placed(list: readonly FlowBuffer[], rows: readonly Row[], isLast: boolean): Slot[] {
  if (list.length === rows.length && isLast)
    return list.map((buffer, index) => ({ buffer, tag: rows[index].tag }))
  const tag = rows.at(-1)?.tag
  if (!tag) return list.map((buffer) => ({ buffer, tag: undefined }))
  const empty = isLast ? rows.slice(0, -1).map((row) => ({ buffer: null, tag: row.tag })) : []
  const slots: Slot[] = list.map((buffer, index) => ({
    buffer,
    tag: { ...tag, last: isLast && tag.last && index === list.length - 1 },
  }))
  if (isLast && list.length === 0) slots.push({ buffer: null, tag })
  return [...empty, ...slots]
}
