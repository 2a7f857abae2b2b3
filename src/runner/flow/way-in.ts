/**
 * The ways into a session: for the source that opened it, and for a program through the virtual inputs.
 * @module
 */
import type { BufferError, FlowBuffer } from '../../flow/stream/buffer.ts'
import type { SessionInput } from '../../flow/stream/unit.ts'
import type { VirtualInput } from './flow.ts'
import type { FlowSession } from './session.ts'
import type { Stage } from './stage.ts'

/** What a way in asks of its flow. */
export interface WayInHost {
  wake(): void
  /** Forgets what is under way of a session. */
  purge(session: FlowSession): void
  /** Resolves when a stage has room for more from outside. */
  room(stage: Stage): Promise<void>
  /** The stage of a virtual input. */
  inputAt(node: string): Stage
}

// Classes, as there is one for every request: methods and accessors made anew for each cost more than the session does.
abstract class WayIn {
  readonly session: FlowSession
  protected readonly host: WayInHost
  readonly #targets: readonly Stage[]
  #open = true

  constructor(host: WayInHost, session: FlowSession, targets: readonly Stage[]) {
    this.host = host
    this.session = session
    this.#targets = targets
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    for (const stage of this.#targets) stage.putEnd(0, this.session.root)
    this.session.release()
    this.host.wake()
  }

  fail(error: BufferError): void {
    this.#open = false
    this.session.kill(error)
    this.host.purge(this.session)
    this.host.wake()
  }

  protected give(stage: Stage, buffers: readonly FlowBuffer[]): void {
    const { root } = this.session
    for (const buffer of buffers) stage.put(0, root, { buffer, tag: undefined })
    this.host.wake()
  }
}

/** Of a source: what the other sources could send belongs to other sessions. */
export class SourceWayIn extends WayIn implements SessionInput {
  readonly #stage: Stage

  constructor(host: WayInHost, session: FlowSession, stage: Stage) {
    super(host, session, [stage])
    this.#stage = stage
  }

  get waiting(): number {
    return this.#stage.waiting[0]
  }

  send(buffers: readonly FlowBuffer[]): void {
    this.give(this.#stage, buffers)
  }

  room(): Promise<void> {
    return this.host.room(this.#stage)
  }
}

/** Of a program, by the names of the virtual inputs. */
export class VirtualWayIn extends WayIn implements VirtualInput {
  send(node: string, buffers: readonly FlowBuffer[]): void {
    this.give(this.host.inputAt(node), buffers)
  }

  room(node: string): Promise<void> {
    return this.host.room(this.host.inputAt(node))
  }
}
