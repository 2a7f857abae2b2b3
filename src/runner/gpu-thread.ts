/**
 * The thread that computes on a GPU: opens it, measures it against the cores, then runs what it is sent, one order after
 * another.
 * @module
 */
import type { MessagePort } from 'node:worker_threads'

import { type GpuRings, openGpuRings, runOnGpu } from '../compute/gpu/gpu-kernels.ts'
import { type GpuThreshold, planGpu, planWords } from '../compute/gpu/gpu-plan.ts'
import type { KernelArguments, KernelName } from '../compute/kernels.ts'
import { openGpu, type OpenGpu } from './gpu.ts'
import { toPlainError } from './protocol.ts'
import { buffersOf } from './transfer.ts'

/** Whether the GPU takes what it is measured to be faster at, or everything that it can, on software adapters too. */
export type GpuMode = 'auto' | 'on'

/** What a GPU thread finds as its `workerData`. */
export interface GpuSettings {
  readonly mode: GpuMode
  /** How many cores it is measured against. */
  readonly cores: number
}

/** What came of looking for a GPU. */
export type GpuReport =
  /** The plan is null where everything goes to the GPU. */
  | { readonly adapter: string; readonly plan: readonly GpuThreshold[] | null }
  | { readonly missing: string }

/** Calls of one kernel, all of one `map`. */
export interface GpuOrder {
  readonly kernel: KernelName
  readonly calls: readonly unknown[]
}

/** What the thread answers to an order, in their order. */
export type GpuAnswer =
  | { readonly ok: true; readonly results: readonly unknown[] }
  | { readonly ok: false; readonly message: string; readonly lost: boolean }

/** Opens the fastest GPU and measures it; what keeps it from being used is in the report. */
export async function prepareGpu(
  natives: readonly string[],
  { mode, cores }: GpuSettings,
  open: typeof openGpu = openGpu,
): Promise<{ report: GpuReport; gpu: OpenGpu | undefined }> {
  const gpu = await open({ natives, software: mode === 'on' })
  if ('missing' in gpu) return { report: gpu, gpu: undefined }
  const { adapter } = gpu
  if (mode === 'on') return { report: { adapter, plan: null }, gpu }
  try {
    const plan = await planGpu(gpu.device, { cores, now: () => performance.now() })
    return { report: { adapter, plan }, gpu }
  } catch (error) {
    gpu.close()
    const why = error instanceof Error ? error.message : String(error)
    return { report: { missing: `a GPU that works: ${adapter}: ${why}` }, gpu: undefined }
  }
}

/** What the GPU computes, in words. */
export function gpuWords(report: GpuReport): string {
  if ('missing' in report) return `none: it needs ${report.missing}`
  const { adapter, plan } = report
  return `${adapter}: ${plan === null ? 'everything it can, as WEFT_WEBGPU says' : planWords(plan)}`
}

/** Serves a runner over `port`: the report first, then an answer to every order. */
export async function serveGpu(
  port: MessagePort,
  natives: readonly string[],
  settings: GpuSettings,
): Promise<void> {
  const { report, gpu } = await prepareGpu(natives, settings)
  // Nothing is asked of a device that is at no size faster.
  const idle = 'missing' in report || report.plan?.every(({ rows }) => rows === null) === true
  port.postMessage(report satisfies GpuReport)
  if (gpu === undefined || idle) {
    gpu?.close()
    port.close()
    return
  }
  const rings = openGpuRings(gpu.device)
  let last: Promise<void> = Promise.resolve()
  port.on(
    'message',
    (order: GpuOrder) => (last = last.then(() => answer(port, order, { rings, gpu }))),
  )
}

async function answer(
  port: MessagePort,
  { kernel, calls }: GpuOrder,
  { rings, gpu }: { rings: GpuRings; gpu: OpenGpu },
): Promise<void> {
  try {
    const results = await runOnGpu(kernel, calls as readonly KernelArguments<KernelName>[], rings)
    port.postMessage({ ok: true, results } satisfies GpuAnswer, buffersOf(results))
  } catch (error) {
    const { message } = toPlainError(error)
    const reason = gpu.lost()
    const said = reason === undefined ? message : `${message} (${reason})`
    port.postMessage({ ok: false, message: said, lost: reason !== undefined } satisfies GpuAnswer)
  }
}
