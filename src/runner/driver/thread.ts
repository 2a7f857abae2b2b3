/**
 * Built-in units in worker threads of their own: calls go there and buffers are moved, not copied, where nobody else reads them.
 * @module
 */
import type { BufferData, FlowBuffer } from '../../flow/stream/buffer.ts'
import type { FlowUnit, Unit, UnitHost } from '../../flow/stream/unit.ts'
import { startThread, type ThreadSource } from '../thread.ts'
import { createCalls } from './calls.ts'
import {
  createRemote,
  type Peer,
  type RemoteCall,
  type RemoteReply,
  type SentBuffer,
} from './remote.ts'

/** What the thread is told when it starts. */
export interface UnitThreadData {
  readonly unit: string
  readonly device: string
  readonly node: string
  readonly deviceIds: readonly string[]
}

/** What comes out of the thread. */
export type FromUnitThread =
  | { readonly id: number; readonly reply: RemoteReply }
  | { readonly log: 'debug' | 'info' | 'warning' | 'error'; readonly text: string }
  | { readonly path: number; readonly wish: 'readable' | 'writable'; readonly name: string }

/** What goes into it. */
export type ToUnitThread =
  | { readonly id: number; readonly call: RemoteCall }
  | { readonly path: number; readonly found?: string; readonly problem?: string }

export interface UnitThreadOptions {
  /** A module that calls `serveUnit`. */
  readonly source: ThreadSource
  readonly memoryMb?: number
  /** How long it may take to open; ten minutes where this does not say. */
  readonly openMs?: number
}

/** The unit, so that its code runs in a thread. */
export function threadUnit({ descriptor }: FlowUnit, options: UnitThreadOptions): Unit {
  return createRemote(
    descriptor,
    async (host) => {
      const { name: unit, device } = descriptor
      const { node, deviceIds } = host
      return startUnit(host, { ...options, data: { unit, device, node, deviceIds } })
    },
    options,
  )
}

function startUnit(
  host: UnitHost,
  { source, memoryMb, data }: UnitThreadOptions & { readonly data: UnitThreadData },
): Peer {
  const limits = memoryMb === undefined ? undefined : { maxOldGenerationSizeMb: memoryMb }
  const thread = startThread(source, limits, data)
  const calls = createCalls(`The thread of ${data.unit}`)
  const tell = (message: ToUnitThread, moving?: readonly object[]) =>
    thread.postMessage(message, moving)

  async function find(path: number, wish: 'readable' | 'writable', name: string): Promise<void> {
    try {
      tell({ path, found: await host[wish](name) })
    } catch (error) {
      tell({ path, problem: error instanceof Error ? error.message : String(error) })
    }
  }

  thread.on('message', (message: FromUnitThread) => {
    if ('log' in message) host.log(message.log, message.text)
    else if ('path' in message) void find(message.path, message.wish, message.name)
    else calls.answer(message.id, message.reply)
  })
  thread.on('error', (error) => calls.lose(error.message))
  thread.on('messageerror', (error) => calls.lose(error.message))
  thread.on('exit', (code) => calls.lose(`it ended with code ${code}`))
  return {
    get lost() {
      return calls.lost
    },
    // What was moved there is gone from here.
    inOrder: false,
    call: (call) =>
      calls.ask((id) => {
        const { inputs, moving } = packed(
          call.inputs ?? {},
          (buffer) => host.mayMove?.(buffer) === true,
        )
        tell({ id, call: { ...call, inputs } }, moving)
      }),
    kill(reason) {
      calls.lose(reason)
      void thread.terminate()
    },
    async close() {
      await thread.terminate()
    },
  }
}

/** Buffers by port as they are sent, and the memory that goes with them: what `mayMove` allows, and copies of parts. */
export function packed(
  table: Readonly<Record<string, readonly SentBuffer[]>>,
  mayMove: (buffer: FlowBuffer) => boolean,
): { inputs: Record<string, readonly SentBuffer[]>; moving: readonly object[] } {
  const moving = new Set<object>()
  const pack = (buffer: SentBuffer): SentBuffer => {
    const { data } = buffer
    if (!isNumbers(data) || !(data.buffer instanceof ArrayBuffer)) return buffer
    if (data.byteLength === data.buffer.byteLength) {
      if (mayMove(buffer)) moving.add(data.buffer)
      return buffer
    }
    // Of a part all the memory behind it would be copied.
    const part = data.slice()
    moving.add(part.buffer)
    return { ...buffer, data: part }
  }
  const inputs = Object.fromEntries(
    Object.entries(table).map(([port, buffers]) => [port, buffers.map(pack)]),
  )
  return { inputs, moving: [...moving] }
}

function isNumbers(data: BufferData): data is Uint8Array {
  return ArrayBuffer.isView(data) && 'slice' in data
}
