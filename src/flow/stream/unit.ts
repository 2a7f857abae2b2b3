/**
 * What a flow unit is: its description, the code behind it, and what both are given.
 * @module
 */
import type { BufferError, BufferList, FlowBuffer, Meta } from './buffer.ts'
import type { UnitConfig } from './config.ts'

/** How a unit sees the buffers of a stream. */
export type UnitKind =
  /** Without memory: a batch may mix sessions, batches may run at once; one output for each input and out-port. */
  | 'normal'
  /** One stream at a time and in order, with a state; any number of outputs. */
  | 'stream'

/** What a unit does to the shape of a stream; absent for most. */
export type UnitRole =
  /** One buffer a call, which goes to exactly one out-port. */
  | 'condition'
  /** One buffer a call, which becomes a sub-stream of any length on every out-port. */
  | 'expand'
  /** A sub-stream becomes one buffer, or none. */
  | 'collapse'
  /** One in-port, two out-ports; the whole stream goes to one of them. */
  | 'loop'

export interface UnitPort {
  readonly name: string
  readonly description?: string
}

/** A setting of a unit: an attribute of its nodes. */
export interface UnitOption {
  readonly name: string
  readonly type: 'string' | 'int' | 'float' | 'bool' | 'list'
  readonly description: string
  readonly required?: boolean
  /** What it is where a node does not say; a text, as in a graph. */
  readonly default?: string
  /** The only values it may have, where they can be listed, and what each means. */
  readonly values?: Readonly<Record<string, string>>
  /** Never shown: passwords and keys. */
  readonly secret?: boolean
}

/** Everything about a unit but its code: plain data, which crosses to the server as JSON. */
export interface UnitDescriptor {
  readonly name: string
  /** `cpu`, `cuda`, …: with the name it identifies the unit. */
  readonly device: string
  readonly version: string
  /** Where palettes show it: `Input`, `Output`, `Image`, `Video`, `Generic`, … */
  readonly group: string
  readonly description: string
  readonly kind: UnitKind
  readonly role?: UnitRole
  /** Collapse: the whole sub-stream in one call (the default), or piece by piece with one context. */
  readonly collapseAll?: boolean
  /** Buffers that are errors reach `process`; else they pass the unit by. */
  readonly exceptionVisible?: boolean
  /** Most buffers a call, whatever a node asks for; absent: 1 for streams, no limit for the others. */
  readonly maxBatch?: number
  /** Buffers a call where a node does not say: 1 for streams, 8 for the others. */
  readonly defaultBatch?: number
  /** Runs in a worker thread of its own wherever it is, see `Unit`; else only where a node says `thread=true`. */
  readonly thread?: boolean
  readonly inputs: readonly UnitPort[]
  readonly outputs: readonly UnitPort[]
  readonly options: readonly UnitOption[]
}

/** A unit that can be built into a graph. */
export interface FlowUnit {
  readonly descriptor: UnitDescriptor
  /** Why this host cannot run it though the code is there, as a sentence; undefined where it can. */
  readonly missing?: () => string | undefined | Promise<string | undefined>
  /** The code for one node. */
  create(): Unit
}

/**
 * How a call of `process` ended: `continue` keeps the stream open for the events that the unit has sent itself; `stop`
 * ends the whole flow. Nothing is `success`. A failure is an exception (best a `UnitError`): the outputs of the call
 * become error buffers.
 */
export type ProcessResult = 'success' | 'continue' | 'stop' | undefined | void

/**
 * The code of one node. All may be asynchronous; `open` is called once before everything and `close` once after it, also
 * when `open` failed half-way. What it pushes is the flow's from then on: it may go to another thread, so that a unit
 * which needs it later keeps a copy. A unit in a thread of its own has all its calls there, where `session.values` are
 * the thread's own, a session tells only the settings that are options of the unit, events are sent before a call ends,
 * and sessions cannot be opened.
 */
export interface Unit {
  open?(config: UnitConfig, host: UnitHost): void | Promise<void>
  /** A stream begins (`data_pre`); only for streams, and collapses that are fed piecewise. */
  streamOpen?(context: UnitContext): void | Promise<void>
  process(context: UnitContext): ProcessResult | Promise<ProcessResult>
  /** A stream has ended (`data_post`). What it pushes still belongs to the stream. */
  streamClose?(context: UnitContext): void | Promise<void>
  close?(): void | Promise<void>
}

/** What a unit may ask of the place it runs in. */
export interface UnitHost {
  /** The node's name in the graph. */
  readonly node: string
  readonly device: string
  /** The devices that the node asked for, as `['0']`; empty where it did not. */
  readonly deviceIds: readonly string[]
  /** Who alone takes what this node gives; absent where there are several, or none. */
  readonly follower?: UnitFollower | undefined
  /** Aborts when the flow is to end. */
  readonly signal: AbortSignal
  /** Opens a session, for units without in-ports; what it is sent arrives at `process` as `external`. */
  openSession(options?: SessionOptions): SessionInput
  /** Keeps the flow running though no session is under way, as it waits for requests; answers what ends that. */
  listen(at?: ListenAddress): () => void
  /** An absolute path for a file that the graph names, inside the folders that flows may read; throws elsewhere. */
  readable(path: string): Promise<string>
  /** An absolute path below the folder that flows may write. */
  writable(path: string): Promise<string>
  log(level: 'debug' | 'info' | 'warning' | 'error', text: string): void
  /** Whether nobody else reads the memory of what this node was given: it may be moved away then. */
  mayMove?(buffer: FlowBuffer): boolean
}

/** The next node as the one before it sees it. */
export interface UnitFollower {
  readonly unit: string
  readonly device: string
  readonly config: UnitConfig
}

/** Where a unit takes requests, and how it shows that it is the one who answers there. */
export interface ListenAddress {
  readonly url: string
  /** Below `/.well-known/weft-flow/`; `<id>/<nonce>` is answered with the HMAC-SHA256 of the nonce under `key`, both hex. */
  readonly id: string
  readonly key: string
}

export interface SessionOptions {
  /** Session configuration: `nodes.*`, `node.<name>.*`, `flowunit.<name>.*`. */
  readonly config?: Readonly<Record<string, string>>
  /** Called once, when every buffer of the session has come to its end. */
  readonly onEnd?: (end: SessionEnd) => void
}

/** How a session ended: with the first error that came to a sink, or without. */
export interface SessionEnd {
  readonly error?: BufferError
}

/** The way in of one session. */
export interface SessionInput {
  readonly session: Session
  /** How many buffers wait to be taken; a source that can wait should, above `queue_size_external`. */
  readonly waiting: number
  send(buffers: readonly FlowBuffer[]): void
  /** Resolves when fewer buffers wait than the queue holds. */
  room(): Promise<void>
  /** No more buffers come. */
  close(): void
  /** Ends the session with an error: what is under way is dropped. */
  fail(error: BufferError): void
}

/** One outside input on its way through the graph: a request, a video, a table. */
export interface Session {
  readonly id: string
  /** What units of the session tell each other, such as the way to answer. */
  readonly values: Map<string, unknown>
  /**
   * The session's setting, if any: for the node, else for its unit, else for all nodes (`node.<name>.*`,
   * `flowunit.<name>.*`, `nodes.*`), else under its name alone.
   */
  config(name: string, at?: SettingPlace): string | undefined
  /** Aborts when the session is over. */
  readonly signal: AbortSignal
}

/** Who asks for a setting of a session. */
export interface SettingPlace {
  readonly node: string
  readonly unit: string
}

/** What one call is about. */
export interface UnitContext {
  /** The buffers of an in-port; the lists of all ports have the same length and belong together by place. */
  input(port: string): readonly FlowBuffer[]
  /** What goes out of a port. */
  output(port: string): BufferList
  /** What a session was sent from outside; only for units without in-ports. */
  readonly external: readonly FlowBuffer[]
  /** The event that the unit sent itself, when that is why it is called. */
  readonly event: unknown
  /** Calls `process` again with this event once there is room behind the unit. */
  sendEvent(event: unknown): void
  /** Whether any input is an error; only with `exceptionVisible`. */
  readonly hasError: boolean
  /** What the unit keeps for this stream, from its begin to its end; fresh in each call of a normal unit. */
  readonly state: Map<string, unknown>
  /** The session of the stream; in a mixed batch that of the first buffer. */
  readonly session: Session
  /** The session of the buffer at this place. */
  sessionAt(index: number): Session
  /** Metas of the stream at an in-port. */
  inputMeta(port: string): Meta
  /** Sets metas of the stream at an out-port; in time when set before its first buffer goes out. */
  setOutputMeta(port: string, meta: Meta): void
  /** Aborts when the flow or the session ends. */
  readonly signal: AbortSignal
}

/** A failure in `process` that says what is wrong in a word and a sentence. */
export class UnitError extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UnitError'
    this.code = code
  }
}
