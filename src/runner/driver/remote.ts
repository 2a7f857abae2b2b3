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
  close(): Promise<void>
}

/** The unit whose code is behind `connect`; it is connected again when it was lost, without its streams' states. */
export function createRemote(
  descriptor: UnitDescriptor,
  connect: (host: UnitHost) => Promise<Peer>,
): Unit {
  const { inputs, options, kind } = descriptor
  let host: UnitHost
  let settings: Readonly<Record<string, string>> = {}
  let opening: Promise<Peer> | undefined
  let generation = 0
  let lastStream = 0
  const sessions = new Set<string>()

  async function peer(): Promise<Peer> {
    const current = await opening
    if (current && current.lost === undefined) return current
    if (current) host.log('warning', `${current.lost}; it is started again`)
    sessions.clear()
    generation++
    opening = start()
    return opening
  }

  async function start(): Promise<Peer> {
    const fresh = await connect(host)
    const { error } = await fresh.call({ op: 'open', config: settings, node: host.node })
    if (!error) return fresh
    await fresh.close()
    throw new Error(error.message)
  }

  async function run(
    op: 'begin' | 'process' | 'end',
    context: UnitContext,
  ): Promise<ProcessResult> {
    const there = await peer()
    const stream = streamOf(context)
    noteSession(there, context.session)
    const reply = await there.call({
      op,
      stream,
      session: context.session.id,
      sessionConfig: configOf(context.session),
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

  /** A number for the stream's state there; a state of an other side that is gone cannot be had again. */
  function streamOf({ state }: UnitContext): number {
    if (kind === 'normal' && descriptor.role !== 'collapse') return 0
    const known = state.get(STREAM) as { id: number; generation: number } | undefined
    if (known && known.generation !== generation)
      throw new UnitError(
        'Unit.Lost',
        `The code of ${descriptor.name} ended in the middle of the stream`,
      )
    const made = known ?? { id: ++lastStream, generation }
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
        const value = session.config(name)
        return value === undefined ? [] : [[name, value]]
      }),
    )
  }

  return {
    async open(config, given) {
      host = given
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
