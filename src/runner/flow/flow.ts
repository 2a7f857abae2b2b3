/**
 * A flow that runs, as whoever opened it sees it.
 * @module
 */
import type { BufferError, FlowBuffer } from '../../flow/stream/buffer.ts'
import type {
  FlowUnit,
  ListenAddress,
  SessionInput,
  SessionOptions,
  Unit,
} from '../../flow/stream/unit.ts'
import type { StageCount } from './stage-host.ts'

/** What a flow may ask of where it runs. */
export interface FlowPlace {
  readable(path: string): Promise<string>
  writable(path: string): Promise<string>
  log(node: string, level: 'debug' | 'info' | 'warning' | 'error', text: string): void
}

export interface FlowOptions {
  readonly place: FlowPlace
  readonly signal?: AbortSignal
  /** Notes every call; what it answers is called at the end of the call. */
  readonly traced?: ((node: string, rows: number) => () => void) | undefined
  /** The code of a node in a thread of its own. */
  readonly inThread?: (unit: FlowUnit) => Unit
}

/** How a flow came to its end. */
export interface FlowEnd {
  /** Why it stopped before all of its sessions were over; undefined at a normal end. */
  readonly stopped?: string
  readonly sessions: number
  readonly failed: number
  /** The first failure of a session. */
  readonly error?: BufferError
}

/** What a node is doing. */
export interface NodeFigures extends Readonly<StageCount> {
  readonly node: string
  readonly unit: string
  /** Buffers that wait in front of it. */
  readonly waiting: number
  /** The same by in-port. */
  readonly queues: Readonly<Record<string, number>>
  readonly inFlight: number
  /** Where it takes requests. */
  readonly listens: ListenAddress | undefined
}

export interface Flow {
  /** Opens a session through the virtual inputs. */
  open(
    options?: SessionOptions & { readonly onOutput?: (node: string, buffer: FlowBuffer) => void },
  ): VirtualInput
  /** No more sessions are opened from outside: it ends when those there are have ended. */
  close(): void
  /** Resolves when nothing is left to do, or the flow was stopped; units are closed then. */
  readonly done: Promise<FlowEnd>
  stop(reason: string): Promise<FlowEnd>
  figures(): NodeFigures[]
  /** Sessions under way. */
  readonly alive: number
}

/** The way in of a session through virtual inputs, by their nodes' names. */
export interface VirtualInput extends Omit<SessionInput, 'send' | 'room' | 'waiting'> {
  send(node: string, buffers: readonly FlowBuffer[]): void
  room(node: string): Promise<void>
}
