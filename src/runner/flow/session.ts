/**
 * Sessions and their streams while a flow runs.
 * @module
 */
import type { BufferError, FlowBuffer, Meta } from '../../flow/stream/buffer.ts'
import type { Session, SessionEnd, SettingPlace } from '../../flow/stream/unit.ts'
import type { StreamQueue } from './queue.ts'

/** Where an item was before a condition sent it into a branch: what puts the branches in order again. */
export interface Tag {
  readonly at: number
  /** Whether no other item of the branch has this place. */
  readonly last: boolean
  readonly outer: Tag | undefined
}

/** A place in a stream; null where the item went another way. */
export interface Slot {
  readonly buffer: FlowBuffer | null
  readonly tag: Tag | undefined
}

/** What a session is told of. */
export interface SessionHooks {
  readonly config?: Readonly<Record<string, string>>
  readonly onEnd?: ((end: SessionEnd) => void) | undefined
  /** A buffer has come to a virtual output. */
  readonly onOutput?: (node: string, buffer: FlowBuffer) => void
}

const NO_ERROR: SessionEnd = {}
const NO_HOOKS: SessionHooks = {}

/** A session: alive while anything of it is under way. */
export class FlowSession implements Session {
  readonly id: string
  place = -1
  readonly values = new Map<string, unknown>()
  readonly root: Stream
  error: BufferError | undefined
  /** Ended before its time: what still comes of it is dropped. */
  dead = false
  #refs = 0
  #ended = false
  #abort: AbortController | undefined
  #hooks: SessionHooks
  readonly #config: SessionHooks['config']
  readonly #over: (session: FlowSession) => void

  constructor(
    { id, over }: { readonly id: string; readonly over: (session: FlowSession) => void },
    hooks: SessionHooks,
  ) {
    this.id = id
    this.#hooks = hooks
    this.#config = hooks.config
    this.#over = over
    this.root = new Stream(this)
  }

  config(name: string, at?: SettingPlace): string | undefined {
    const config = this.#config
    if (!config) return undefined
    const places = at ? [`node.${at.node}.`, `flowunit.${at.unit}.`, 'nodes.'] : []
    const key = [...places, '']
      .map((place) => place + name)
      .find((each) => Object.hasOwn(config, each))
    return key === undefined ? undefined : config[key]
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#ended) this.#abort.abort('the session is over')
    return this.#abort.signal
  }

  deliver(node: string, buffer: FlowBuffer): void {
    this.#hooks.onOutput?.(node, buffer)
  }

  hold(count = 1): void {
    this.#refs += count
  }

  release(count = 1): void {
    this.#refs -= count
    if (this.#refs === 0) this.#end()
  }

  fail(error: BufferError): void {
    this.error ??= error
  }

  /** Ends it now, whatever is under way. */
  kill(error: BufferError): void {
    this.error ??= error
    this.dead = true
    this.#end()
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#abort?.abort('the session is over')
    this.#over(this)
    this.#hooks.onEnd?.(this.error === undefined ? NO_ERROR : { error: this.error })
    // Whoever still knows the session keeps no more than that.
    this.#hooks = NO_HOOKS
  }
}

/** Items in order; the same stream on whichever edge they are. */
export class Stream {
  readonly session: FlowSession
  /** The stream that an expand has made it from, and of which item. */
  readonly parent: Stream | undefined
  readonly order: number
  /** The place of that item. */
  readonly tag: Tag | undefined
  /** What it stands for when nothing is in it: no item, an error, or the end of its parent. */
  readonly stands: 'items' | 'nothing' | 'error' | 'end'
  readonly error: BufferError | undefined
  /** Where it waits. */
  readonly queues: StreamQueue[] = []
  #metas: Map<string, Meta> | undefined

  constructor(
    session: FlowSession,
    from: {
      parent?: Stream
      order?: number
      tag?: Tag | undefined
      stands?: Stream['stands']
      error?: BufferError
    } = {},
  ) {
    this.session = session
    this.parent = from.parent
    this.order = from.order ?? 0
    this.tag = from.tag
    this.stands = from.stands ?? 'items'
    this.error = from.error
  }

  get hasMetas(): boolean {
    return this.#metas !== undefined
  }

  /** By node and out-port. */
  get metas(): Map<string, Meta> {
    return (this.#metas ??= new Map())
  }
}
