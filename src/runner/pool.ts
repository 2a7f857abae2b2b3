/**
 * The compute pool: one thread a core, shared by all tasks of the process. Tasks take turns, so that a wide one
 * does not starve a narrow one.
 * @module
 */
import type { KernelArguments, KernelName, KernelResult } from '../compute/kernels.ts'
import type { Parallel } from '../compute/parallel.ts'
import { type GpuLane, openGpuLane } from './gpu-lane.ts'
import type { GpuMode, GpuReport, GpuSettings } from './gpu-thread.ts'
import { hasWebGpu, NO_WEBGPU } from './gpu.ts'
import { fromPlainError } from './protocol.ts'
import { crashReason, startThread, type Thread, type ThreadSource } from './thread.ts'
import { buffersOf, withOwnBuffers } from './transfer.ts'

/** What a pool thread is asked. */
export interface KernelOrder {
  readonly kernel: KernelName
  readonly argument: unknown
}

/** What a pool thread finds as its `workerData`. */
export interface PoolThread {
  readonly natives?: readonly string[]
  /** Makes it the thread that has the GPU. */
  readonly gpu?: GpuSettings
}

/** What it answers. */
export type KernelAnswer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly name: string; readonly message: string }

export interface PoolOptions {
  /** Most calls at once, and most threads. */
  readonly cores: number
  readonly source?: ThreadSource
  /** Folders that may hold the accelerator (`accelerator.ts`); none are looked for unless given. */
  readonly natives?: readonly string[]
  /** Whether large batches may go to a GPU; they do not unless given. */
  readonly gpu?: GpuMode
  /** Told why a GPU does no more. */
  readonly onTrouble?: (reason: string) => void
}

/** One task's access to the pool. */
export interface PoolClient extends Parallel {
  /** As `map`, for arguments that the caller does not use again: their buffers move instead of being copied. */
  mapMoving<K extends KernelName>(
    kernel: K,
    calls: readonly KernelArguments<K>[],
    options?: { signal?: AbortSignal },
  ): Promise<KernelResult<K>[]>
  /** Drops what still waits; those calls reject with `reason`. */
  close(reason: string): void
}

export interface Pool {
  readonly cores: number
  /** What came of looking for a GPU; null where none was to be looked for. */
  readonly gpu: Promise<GpuReport | null>
  client(): PoolClient
  close(): Promise<void>
}

/** A pool that starts its threads when there is work for them. */
export function createPool(options: PoolOptions): Pool {
  const { cores } = options
  const source = options.source ?? new URL('./compute-worker.ts', import.meta.url)
  const idle: Thread[] = []
  const busy = new Map<Thread, Call>()
  /** Clients with waiting calls; the first is next, then goes to the end. */
  const turns: Call[][] = []
  let closed = false
  const { natives = [], gpu: mode, onTrouble } = options
  const lane: GpuLane | undefined =
    mode && hasWebGpu(natives)
      ? openGpuLane({ mode, cores, natives, source, onTrouble })
      : undefined

  function start(): Thread {
    const thread = startThread(source, undefined, { natives: options.natives } satisfies PoolThread)
    let crash: unknown
    thread.on('message', (answer: KernelAnswer) => {
      const call = busy.get(thread)
      busy.delete(thread)
      thread.unref()
      idle.push(thread)
      if (answer.ok) call?.resolve(answer.result)
      else call?.reject(fromPlainError(answer))
      next()
    })
    thread.on('messageerror', (error) => {
      busy.get(thread)?.reject(error)
      void thread.terminate()
    })
    thread.on('error', (error) => (crash = error))
    thread.on('exit', (code) => {
      const call = busy.get(thread)
      busy.delete(thread)
      if (idle.includes(thread)) idle.splice(idle.indexOf(thread), 1)
      const reason = crash === undefined ? `exit code ${code}` : crashReason(crash)
      call?.reject(new Error(`Kernel "${call.kernel}" was lost with its thread: ${reason}`))
      next()
    })
    return thread
  }

  function next(): void {
    while (!closed && turns.length > 0 && (idle.length > 0 || busy.size < cores)) {
      const queue = turns.shift()
      const call = queue?.shift()
      if (!queue || !call) continue
      if (queue.length > 0) turns.push(queue)
      const thread = idle.pop() ?? start()
      thread.ref()
      busy.set(thread, call)
      const order: KernelOrder = { kernel: call.kernel, argument: call.argument }
      try {
        thread.postMessage(order, buffersOf(call.argument))
      } catch (error) {
        busy.delete(thread)
        thread.unref()
        idle.push(thread)
        call.reject(error)
      }
    }
  }

  function client(): PoolClient {
    const queue: Call[] = []

    async function run<K extends KernelName>(
      work: Work<K>,
      signal?: AbortSignal,
    ): Promise<KernelResult<K>[]> {
      signal?.throwIfAborted()
      if (closed) throw new Error('The compute pool is closed')
      if (work.calls.length === 0) return []
      const { promise: stopped, reject: stop } = Promise.withResolvers<never>()
      const onAbort = () => stop(signal?.reason)
      signal?.addEventListener('abort', onAbort, { once: true })
      try {
        const onGpu = lane?.run(work.kernel, work.calls)
        const results = onGpu && (await Promise.race([onGpu, stopped]))
        return results ?? (await onCores(work, stopped))
      } finally {
        signal?.removeEventListener('abort', onAbort)
      }
    }

    async function onCores<K extends KernelName>(
      work: Work<K>,
      stopped: Promise<never>,
    ): Promise<KernelResult<K>[]> {
      if (closed) throw new Error('The compute pool is closed')
      const mine = new Set<Call>()
      const results = withOwnBuffers(work.calls, work.moving).map(
        (argument) =>
          new Promise<unknown>((resolve, reject) => {
            const call: Call = { kernel: work.kernel, argument, resolve, reject }
            mine.add(call)
            queue.push(call)
          }),
      )
      if (!turns.includes(queue)) turns.push(queue)
      next()
      try {
        return (await Promise.race([Promise.all(results), stopped])) as KernelResult<K>[]
      } finally {
        // After a failure or an abort the calls that still wait are not worth their time.
        if (queue.some((call) => mine.has(call))) {
          queue.splice(0, queue.length, ...queue.filter((call) => !mine.has(call)))
          if (queue.length === 0 && turns.includes(queue)) turns.splice(turns.indexOf(queue), 1)
        }
      }
    }

    return {
      cores,
      map: (kernel, calls, { signal } = {}) => run({ kernel, calls, moving: false }, signal),
      mapMoving: (kernel, calls, { signal } = {}) => run({ kernel, calls, moving: true }, signal),
      close(reason) {
        for (const call of queue.splice(0)) call.reject(new Error(reason))
      },
    }
  }

  return {
    cores,
    gpu: lane?.ready ?? Promise.resolve(mode ? { missing: NO_WEBGPU } : null),
    client,
    async close() {
      closed = true
      await lane?.close()
      for (const queue of turns.splice(0)) {
        for (const call of queue.splice(0)) call.reject(new Error('The compute pool is closed'))
      }
      await Promise.all([...idle, ...busy.keys()].map((thread) => thread.terminate()))
    },
  }
}

interface Work<K extends KernelName> {
  readonly kernel: K
  readonly calls: readonly KernelArguments<K>[]
  /** Whether the arguments' buffers may move. */
  readonly moving: boolean
}

interface Call {
  readonly kernel: KernelName
  readonly argument: unknown
  resolve(result: unknown): void
  reject(error: unknown): void
}
