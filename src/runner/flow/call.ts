/**
 * What the unit of a stage is given in one call.
 * @module
 */
import type { FlowBuffer, Meta } from '../../flow/stream/buffer.ts'
import type { UnitContext } from '../../flow/stream/unit.ts'
import { metaAt, setMeta } from './meta.ts'
import type { StreamQueue } from './queue.ts'
import type { Stream } from './session.ts'
import type { Stage } from './stage.ts'

/** What a call gets, and what it gives. */
export interface CallRows {
  readonly queue: StreamQueue
  readonly rows: readonly (readonly FlowBuffer[])[]
  /** The streams of the rows, where they are of several. */
  readonly streams?: readonly Stream[]
  readonly external?: readonly FlowBuffer[]
  readonly event?: unknown
  readonly hasError?: boolean
}

const NOTHING: readonly FlowBuffer[] = []

export class CallContext implements UnitContext {
  readonly outputs: FlowBuffer[][]
  readonly external: readonly FlowBuffer[]
  readonly event: unknown
  readonly hasError: boolean
  sent = 0
  readonly #stage: Stage
  readonly #call: CallRows
  #inputs: FlowBuffer[][] | undefined

  constructor(stage: Stage, call: CallRows) {
    this.#stage = stage
    this.#call = call
    this.outputs = stage.node.outputs.map(() => [])
    this.external = call.external ?? NOTHING
    this.event = call.event
    this.hasError = call.hasError ?? false
  }

  input(port: string): readonly FlowBuffer[] {
    const index = this.#index(port, this.#stage.node.inputs, 'in')
    const { rows } = this.#call
    if (rows.length === 0) return NOTHING
    this.#inputs ??= []
    return (this.#inputs[index] ??= rows.map((row) => row[index]))
  }

  output(port: string): FlowBuffer[] {
    return this.outputs[this.#index(port, this.#stage.node.outputs, 'out')]
  }

  sendEvent(event: unknown): void {
    const { queue } = this.#call
    this.sent++
    if (queue.stream.session.dead) return
    queue.events.push(event)
    this.#stage.list(queue)
    this.#stage.host.wake()
  }

  get state(): Map<string, unknown> {
    return this.#call.streams ? new Map() : this.#call.queue.state
  }

  get session(): Stream['session'] {
    return (this.#call.streams?.[0] ?? this.#call.queue.stream).session
  }

  sessionAt(index: number): Stream['session'] {
    return (this.#call.streams?.[index] ?? this.#call.queue.stream).session
  }

  inputMeta(port: string): Meta {
    const at = this.#index(port, this.#stage.node.inputs, 'in')
    return metaAt(this.#stage, { port: at, stream: this.#call.queue.stream })
  }

  setOutputMeta(port: string, meta: Meta): void {
    this.#index(port, this.#stage.node.outputs, 'out')
    setMeta(this.#stage, { port, stream: this.#call.queue.stream }, meta)
  }

  get signal(): AbortSignal {
    return this.session.signal
  }

  #index(port: string, ports: readonly string[], side: string): number {
    const index = ports.indexOf(port)
    if (index >= 0) return index
    throw new RangeError(
      `Unit ${this.#stage.node.unit?.name ?? ''} has no ${side}-port "${port}": it has ${ports.join(', ')}`,
    )
  }
}
