/**
 * The way of large batches to the GPU: one thread that has it, and the decision what goes there.
 * @module
 */
import { gpuWork } from '../compute/gpu/gpu-kernels.ts'
import { paysOnGpu } from '../compute/gpu/gpu-plan.ts'
import type { KernelArguments, KernelName, KernelResult } from '../compute/kernels.ts'
import type { GpuAnswer, GpuMode, GpuOrder, GpuReport } from './gpu-thread.ts'
import { crashReason, startThread, type Thread, type ThreadSource } from './thread.ts'

export interface GpuLaneOptions {
  readonly mode: GpuMode
  readonly cores: number
  readonly natives: readonly string[]
  readonly source: ThreadSource
  /** Told why the GPU does no more, or did not do what the cores do now. */
  readonly onTrouble?: (reason: string) => void
}

/** The GPU of a runner, where it has one. */
export interface GpuLane {
  /** What was found; never rejects. */
  readonly ready: Promise<GpuReport>
  /** Results of all calls; undefined, at once where that is known, where the cores are to do them. */
  run<K extends KernelName>(
    kernel: K,
    calls: readonly KernelArguments<K>[],
  ): Promise<KernelResult<K>[] | undefined> | undefined
  close(): Promise<void>
}

/** Starts the thread that looks for a GPU. Until it has found and measured one, everything is the cores'. */
export function openGpuLane(options: GpuLaneOptions): GpuLane {
  const { mode, cores, natives, source, onTrouble = () => {} } = options
  const { promise: ready, resolve: found } = Promise.withResolvers<GpuReport>()
  const waiting: ((answer: GpuAnswer) => void)[] = []
  let report: GpuReport = { missing: 'the measurement that is under way' }
  let crash: unknown
  let closed = false
  const thread: Thread = startThread(source, undefined, { natives, gpu: { mode, cores } })

  function end(missing: string): void {
    report = { missing }
    found(report)
    for (const tell of waiting.splice(0)) tell({ ok: false, message: missing, lost: true })
  }

  thread.on('message', (message: GpuReport | GpuAnswer) => {
    if ('ok' in message) {
      if (!message.ok && message.lost) report = { missing: `a GPU that works: ${message.message}` }
      waiting.shift()?.(message)
      if (waiting.length === 0) thread.unref()
      return
    }
    report = message
    thread.unref()
    found(message)
  })
  thread.on('error', (error) => (crash = error))
  thread.on('exit', () => {
    // One that found nothing to do has said so before.
    const over = 'missing' in report || waiting.length === 0
    if (crash !== undefined) onTrouble(`The GPU's thread was lost: ${crashReason(crash)}`)
    if (crash !== undefined || !over) end('a thread that lives: it ended')
    else found(report)
  })

  async function onGpu<K extends KernelName>(
    kernel: K,
    calls: readonly KernelArguments<K>[],
  ): Promise<KernelResult<K>[] | undefined> {
    const answer = await new Promise<GpuAnswer>((resolve) => {
      waiting.push(resolve)
      thread.ref()
      // Copied, not moved: the cores need them where the GPU fails.
      thread.postMessage({ kernel, calls } satisfies GpuOrder)
    })
    if (answer.ok) return answer.results as KernelResult<K>[]
    if (!closed) onTrouble(`The GPU failed at ${kernel}, the cores do it: ${answer.message}`)
    return undefined
  }

  function takes<K extends KernelName>(kernel: K, calls: readonly KernelArguments<K>[]): boolean {
    if (closed || 'missing' in report) return false
    const work = gpuWork(kernel, calls)
    if (work === null || work.rows === 0) return false
    return report.plan === null || (paysOnGpu(report.plan, work) && waiting.length < MOST_WAITING)
  }

  return {
    ready,
    run: (kernel, calls) => (takes(kernel, calls) ? onGpu(kernel, calls) : undefined),
    async close() {
      closed = true
      await thread.terminate()
      end('a runner that is not closed')
    },
  }
}

/** Batches that may wait for the GPU: while there are more, the cores take part. */
const MOST_WAITING = 3
