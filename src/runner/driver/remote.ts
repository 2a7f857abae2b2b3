/**
 * Units whose code runs elsewhere: a thread, or a process. Calls are plain data that go there, results come back.
 * @module
 */
import type { BufferData, BufferError, FlowBuffer, Meta } from '../../flow/stream/buffer.ts'
import type { UnitConfig } from '../../flow/stream/config.ts'
import {
  type ProcessResult,
  type Session,
  type Unit,
  type UnitContext,
  type UnitDescriptor,
  UnitError,
  type UnitHost,
} from '../../flow/stream/unit.ts'
import { CALL_LIMIT, type CallLimit, createCallLimit, withinOpening } from './limit.ts'

/** A buffer on its way. */
export interface SentBuffer {
  readonly data: BufferData
  readonly meta: Meta
  readonly error?: BufferError
}

/** What is asked of the other side. */
export interface RemoteCall {
  readonly op: 'open' | 'begin' | 'process' | 'end' | 'close' | 'forget'
  /** Settings by name, for `open`. */
  readonly config?: Readonly<Record<string, string>>
  readonly node?: string
  /** Which stream's state it has; 0 for none. */
  readonly stream?: number
  readonly session?: string
  readonly sessionConfig?: Readonly<Record<string, string>>
  readonly inputs?: Readonly<Record<string, readonly SentBuffer[]>>
  readonly external?: readonly SentBuffer[]
  readonly inputMeta?: Readonly<Record<string, Meta>>
  readonly event?: unknown
  /** The number that the other side gave the session, where it opened it. */
  readonly source?: number | undefined
}

export interface RemoteReply {
  readonly outputs?: Readonly<Record<string, readonly SentBuffer[]>>
  readonly outputMeta?: Readonly<Record<string, Meta>>
  readonly events?: readonly unknown[]
  readonly result?: 'success' | 'continue' | 'stop'
  readonly error?: { readonly code: string; readonly message: string }
}

/** The other side, once it is there. */
export interface Peer {
  /** Rejects where the other side is gone; a failure of the unit is in the reply. */
  call(call: RemoteCall): Promise<RemoteReply>
  /** Why it is gone, if it is. */
  readonly lost: string | undefined
  /** It begins a call only when it has answered the one before, and what it was sent is still here. */
  readonly inOrder: boolean
  /** The number that it gave a session which it opened. */
  sourceOf?(session: string): number | undefined
  close(): Promise<void>
  /** Ends it at once, as it hangs: all calls reject with this reason. */
  kill(reason: string): void
}

/** The unit whose code is behind `connect`; it is connected again when it was lost, without its streams' states. */
export function createRemote(
  descriptor: UnitDescriptor,
  connect: (host: UnitHost) => Promise<Peer>,
  { openMs }: { readonly openMs?: number | undefined } = {},
): Unit {
  const { inputs, options, kind } = descriptor
  let host: UnitHost
  let settings: Readonly<Record<string, string>> = {}
  let opening: Promise<Peer> | undefined
  let lastStream = 0
  const sessions = new Set<string>()
  const limits = new WeakMap<Peer, CallLimit>()
  let callMs = 0
  const { role } = descriptor
  const isWhole = role === 'collapse' && descriptor.collapseAll !== false
  const needsState = (kind === 'stream' || role === 'collapse') && !isWhole

  async function peer(): Promise<Peer> {
    const before = opening
    const current = await before?.catch(() => undefined)
    if (current && current.lost === undefined) return current
    // Another call has begun to start it again meanwhile.
    if (opening !== before) return peer()
    if (current) host.log('warning', `${current.lost}; it is started again`)
    sessions.clear()
    opening = start()
    return opening
  }

  async function start(): Promise<Peer> {
    const fresh = await connect(host)
    limits.set(
      fresh,
      createCallLimit(callMs, (reason) => fresh.kill(reason)),
    )
    const opened = fresh.call({ op: 'open', config: settings, node: host.node })
    const { error } = await withinOpening(opened, {
      openMs,
      late: (reason) => fresh.kill(reason),
    })
    if (!error) return fresh
    await fresh.close()
    throw new Error(error.message)
  }

  async function run(
    op: 'begin' | 'process' | 'end',
    context: UnitContext,
  ): Promise<ProcessResult> {
    const stream = needsState ? streamOf(context, await peer()) : 0
    const reply = await ask({
      op,
      stream,
      session: context.session,
      inputs: op === 'process' ? perPort(inputs, (name) => context.input(name).map(sent)) : {},
      external: context.external.map(sent),
      inputMeta: perPort(inputs, (name) => context.inputMeta(name)),
      event: context.event,
    })
    if (reply.error) throw new UnitError(reply.error.code, reply.error.message)
    for (const [port, meta] of Object.entries(reply.outputMeta ?? {}))
      context.setOutputMeta(port, meta)
    for (const [port, buffers] of Object.entries(reply.outputs ?? {}))
      context.output(port).push(...buffers)
    for (const event of reply.events ?? []) context.sendEvent(event)
    return reply.result
  }

  /** The reply of the other side; one that was waiting behind a call that hung is asked for again. */
  async function ask(
    call: Omit<RemoteCall, 'session' | 'sessionConfig'> & { readonly session: Session },
  ): Promise<RemoteReply> {
    for (let tries = 0; ; tries++) {
      const there = await peer()
      noteSession(there, call.session)
      const time = limits.get(there)?.begin()
      try {
        const { session } = call
        const source = there.sourceOf?.(session.id)
        const sessionConfig = configOf(session)
        return await there.call({ ...call, session: session.id, source, sessionConfig })
      } catch (error) {
        const mayRepeat = time?.behind === true && there.inOrder && !needsState
        if (!mayRepeat || tries >= MOST_TRIES) throw error
      } finally {
        time?.end()
      }
    }
  }

  /** A number for the stream's state there; a state of an other side that is gone cannot be had again. */
  function streamOf({ state }: UnitContext, there: Peer): number {
    const known = state.get(STREAM) as { id: number; there: Peer } | undefined
    if (known && known.there !== there)
      throw new UnitError(
        'Unit.Lost',
        `The code of ${descriptor.name} ended in the middle of the stream`,
      )
    const made = known ?? { id: ++lastStream, there }
    state.set(STREAM, made)
    return made.id
  }

  function noteSession(there: Peer, session: Session): void {
    if (sessions.has(session.id)) return
    sessions.add(session.id)
    const forget = () => {
      sessions.delete(session.id)
      if (there.lost === undefined)
        there.call({ op: 'forget', session: session.id }).catch(() => undefined)
    }
    session.signal.addEventListener('abort', forget, { once: true })
  }

  function configOf(session: Session): Record<string, string> {
    return Object.fromEntries(
      options.flatMap(({ name }) => {
        const value = session.config(name, { node: host.node, unit: descriptor.name })
        return value === undefined ? [] : [[name, value]]
      }),
    )
  }

  return {
    async open(config, given) {
      host = given
      callMs = config.integer(CALL_LIMIT.name, Number(CALL_LIMIT.default))
      settings = textsOf(config, descriptor)
      await peer()
    },
    streamOpen: async (context) => void (await run('begin', context)),
    process: (context) => run('process', context),
    streamClose: async (context) => void (await run('end', context)),
    async close() {
      const there = await opening?.catch(() => undefined)
      if (!there) return
      if (there.lost === undefined) {
        // Code that hangs does not keep the flow from its end.
        const limit = Promise.withResolvers<void>()
        const timer = setTimeout(limit.resolve, CLOSE_MS)
        await Promise.race([there.call({ op: 'close' }).catch(() => undefined), limit.promise])
        clearTimeout(timer)
      }
      await there.close()
    },
  }
}

const STREAM = 'remote.stream'
/** How long the code of a unit may take to close. */
const CLOSE_MS = 2000
/** How often a call is made again that waited behind one that hung. */
const MOST_TRIES = 3

function textsOf(config: UnitConfig, { options }: UnitDescriptor): Record<string, string> {
  const names = new Set([...config.names, ...options.map(({ name }) => name)])
  return Object.fromEntries(
    [...names].flatMap((name) => (config.has(name) ? [[name, config.text(name)]] : [])),
  )
}

function perPort<T>(
  ports: readonly { readonly name: string }[],
  of: (name: string) => T,
): Record<string, T> {
  return Object.fromEntries(ports.map(({ name }) => [name, of(name)]))
}

function sent({ data, meta, error }: FlowBuffer): SentBuffer {
  return error ? { data, meta, error } : { data, meta }
}
