/**
 * The thread of a built-in unit: answers the calls of `thread.ts` with the unit's own code.
 * @module
 */
import type { BufferError, Meta } from '../../flow/stream/buffer.ts'
import { unitConfig } from '../../flow/stream/config.ts'
import type { FlowUnit, Session, Unit, UnitContext, UnitHost } from '../../flow/stream/unit.ts'
import type { RemoteCall, RemoteReply, SentBuffer } from './remote.ts'
import { type FromUnitThread, packed, type ToUnitThread, type UnitThreadData } from './thread.ts'

/** The port of the thread, as far as it is used here. */
export interface GuestPort {
  on(event: 'message', listener: (message: ToUnitThread) => void): unknown
  postMessage(message: FromUnitThread, moving?: readonly object[]): void
}

interface OpenSession extends Session {
  readonly over: AbortController
}

/** Serves one of `units`, the one that `data` names. Calls of a unit without memory may be under way at once. */
export function serveUnit(port: GuestPort, units: readonly FlowUnit[], data: UnitThreadData): void {
  const found = units.find(
    ({ descriptor }) => descriptor.name === data.unit && descriptor.device === data.device,
  )
  const streams = new Map<number, Map<string, unknown>>()
  const sessions = new Map<string, OpenSession>()
  const paths = new Map<number, PromiseWithResolvers<string>>()
  const over = new AbortController()
  let unit: Unit | undefined
  let lastPath = 0

  function find(wish: 'readable' | 'writable', name: string): Promise<string> {
    const path = ++lastPath
    const waiting = Promise.withResolvers<string>()
    paths.set(path, waiting)
    port.postMessage({ path, wish, name })
    return waiting.promise
  }

  const host: UnitHost = {
    node: data.node,
    device: data.device,
    deviceIds: data.deviceIds,
    signal: over.signal,
    openSession: () => {
      throw new TypeError(`Node ${data.node} is in a thread of its own: it opens no sessions`)
    },
    listen: () => {
      throw new TypeError(`Node ${data.node} is in a thread of its own: it takes no requests`)
    },
    readable: (name) => find('readable', name),
    writable: (name) => find('writable', name),
    log: (log, text) => port.postMessage({ log, text }),
  }

  async function handle(call: RemoteCall): Promise<RemoteReply> {
    const { op, stream = 0, session = '' } = call
    if (op === 'open') {
      if (!found) throw new Error(`There is no unit ${data.unit} for ${data.device} in its thread`)
      unit = found.create()
      await unit.open?.(unitConfig(call.config ?? {}, found.descriptor.options), host)
      return {}
    }
    if (op === 'forget') {
      sessions.get(session)?.over.abort('the session is over')
      sessions.delete(session)
      return {}
    }
    if (op === 'close') {
      over.abort('the flow ends')
      await unit?.close?.()
      return {}
    }
    const { context, reply } = contextOf(call)
    const method = ({ begin: 'streamOpen', process: 'process', end: 'streamClose' } as const)[op]
    const result = await unit?.[method]?.(context)
    if (op === 'end') streams.delete(stream)
    return { ...reply, result: result ?? 'success' }
  }

  function contextOf(call: RemoteCall): { context: UnitContext; reply: RemoteReply } {
    const { stream = 0, inputs = {}, external = [], inputMeta = {}, event } = call
    const outputs: Record<string, SentBuffer[]> = Object.fromEntries(
      (found?.descriptor.outputs ?? []).map(({ name }) => [name, []]),
    )
    const outputMeta: Record<string, Meta> = {}
    const events: unknown[] = []
    const session = sessionOf(call)
    const at = <T>(table: Readonly<Record<string, T>>, name: string): T => {
      if (Object.hasOwn(table, name)) return table[name]
      throw new RangeError(
        `Unit ${data.unit} has no port "${name}": it has ${Object.keys(table).join(', ')}`,
      )
    }
    const state = (stream === 0 ? undefined : streams.get(stream)) ?? new Map<string, unknown>()
    if (stream !== 0) streams.set(stream, state)
    return {
      reply: { outputs, outputMeta, events },
      context: {
        input: (name) => at(inputs, name),
        output: (name) => at(outputs, name),
        external,
        event,
        sendEvent: (each) => void events.push(each),
        hasError: Object.values(inputs).some((list) => list.some(({ error }) => error)),
        state,
        session,
        sessionAt: () => session,
        inputMeta: (name) => inputMeta[name] ?? {},
        setOutputMeta: (name, meta) => void (outputMeta[name] = meta),
        signal: session.signal,
      },
    }
  }

  function sessionOf({ session: id = '', sessionConfig = {} }: RemoteCall): OpenSession {
    const known = sessions.get(id)
    if (known) return known
    const end = new AbortController()
    const made: OpenSession = {
      id,
      values: new Map(),
      config: (name) => (Object.hasOwn(sessionConfig, name) ? sessionConfig[name] : undefined),
      signal: end.signal,
      over: end,
    }
    sessions.set(id, made)
    return made
  }

  async function answer(id: number, call: RemoteCall): Promise<void> {
    let reply: RemoteReply
    try {
      reply = await handle(call)
      const { inputs: outputs, moving } = packed(reply.outputs ?? {}, () => true)
      port.postMessage({ id, reply: { ...reply, outputs } }, moving)
    } catch (error) {
      port.postMessage({ id, reply: { error: failureOf(error) } })
    }
  }

  port.on('message', (message) => {
    if ('call' in message) {
      void answer(message.id, message.call)
      return
    }
    const waiting = paths.get(message.path)
    paths.delete(message.path)
    if (message.found === undefined) waiting?.reject(new Error(message.problem))
    else waiting?.resolve(message.found)
  })
}

function failureOf(error: unknown): BufferError {
  const { code } = error as { code?: unknown }
  return {
    code: typeof code === 'string' ? code : 'Unit.ProcessError',
    message: error instanceof Error ? error.message : String(error),
  }
}
