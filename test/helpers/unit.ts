/**
 * One flow unit alone: opened with settings, called with buffers.
 * @module
 */
import type { FlowBuffer, Meta } from '../../src/flow/stream/buffer.ts'
import { unitConfig } from '../../src/flow/stream/config.ts'
import type {
  FlowUnit,
  ProcessResult,
  Session,
  SessionInput,
  UnitContext,
  UnitHost,
} from '../../src/flow/stream/unit.ts'

export interface UnitCall {
  readonly result: ProcessResult
  readonly outputs: Readonly<Record<string, readonly FlowBuffer[]>>
  readonly outputMeta: Readonly<Record<string, Meta>>
  /** Events that the unit sent itself. */
  readonly events: readonly unknown[]
}

export interface CallOptions {
  readonly inputs?: Readonly<Record<string, readonly FlowBuffer[]>>
  readonly inputMeta?: Readonly<Record<string, Meta>>
  readonly external?: readonly FlowBuffer[]
  readonly event?: unknown
}

export interface OpenUnit {
  /** `process`; all calls share one stream's state and one session. */
  call(options: CallOptions): Promise<UnitCall>
  begin(options?: CallOptions): Promise<UnitCall>
  end(options?: CallOptions): Promise<UnitCall>
  close(): Promise<void>
  readonly session: Session
  readonly logs: readonly string[]
  /** What the unit sent into sessions it opened. */
  readonly sent: readonly FlowBuffer[]
}

/** Creates and opens a unit on its own. */
export async function openUnit(
  { descriptor, create }: FlowUnit,
  settings: Readonly<Record<string, string | readonly string[]>> = {},
  options: { readonly host?: Partial<UnitHost>; readonly session?: Record<string, string> } = {},
): Promise<OpenUnit> {
  const unit = create()
  const logs: string[] = []
  const sent: FlowBuffer[] = []
  const over = new AbortController()
  const session: Session = {
    id: 'session',
    values: new Map(),
    config: (name) => options.session?.[name],
    signal: over.signal,
  }
  const input: SessionInput = {
    session,
    waiting: 0,
    send: (buffers) => void sent.push(...buffers),
    room: async () => {},
    close: () => {},
    fail: () => {},
  }
  const host: UnitHost = {
    node: descriptor.name,
    device: descriptor.device,
    deviceIds: [],
    signal: over.signal,
    openSession: () => input,
    listen: () => () => {},
    readable: async (path) => path,
    writable: async (path) => path,
    log: (level, text) => void logs.push(`${level}: ${text}`),
    ...options.host,
  }
  await unit.open?.(unitConfig(settings, descriptor.options), host)
  const state = new Map<string, unknown>()

  async function run(
    work: ((context: UnitContext) => ProcessResult | Promise<ProcessResult>) | undefined,
    { inputs = {}, inputMeta = {}, external = [], event }: CallOptions = {},
  ): Promise<UnitCall> {
    const events: unknown[] = []
    const outputMeta: Record<string, Meta> = {}
    const outputs: Record<string, FlowBuffer[]> = Object.fromEntries(
      descriptor.outputs.map(({ name }) => [name, []]),
    )
    const context: UnitContext = {
      input: (port) => {
        if (!(port in inputs)) throw new RangeError(`The test gives nothing at port "${port}"`)
        return inputs[port]
      },
      output: (port) => outputs[port],
      external,
      event,
      sendEvent: (sentEvent) => void events.push(sentEvent),
      hasError: Object.values(inputs).some((list) => list.some(({ error }) => error)),
      state,
      session,
      sessionAt: () => session,
      inputMeta: (port) => inputMeta[port] ?? {},
      setOutputMeta: (port, meta) => void (outputMeta[port] = meta),
      signal: over.signal,
    }
    const result = await work?.call(unit, context)
    return { result, outputs, outputMeta, events }
  }

  return {
    call: (given) => run(unit.process, given),
    begin: (given) => run(unit.streamOpen, given),
    end: (given) => run(unit.streamClose, given),
    close: async () => {
      over.abort()
      await unit.close?.()
    },
    session,
    logs,
    sent,
  }
}
