/**
 * A thread of the compute pool: runs one kernel call after another, on its core or, where it was told so, on the GPU.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads'

import type { KernelArguments, KernelName } from '../compute/kernels.ts'
import { runKernel } from '../compute/parallel.ts'
import { useAccelerator } from './accelerator.ts'
import { serveGpu } from './gpu-thread.ts'
import type { KernelAnswer, KernelOrder, PoolThread } from './pool.ts'
import { buffersOf } from './transfer.ts'

const { natives, gpu } = (workerData ?? {}) as PoolThread
if (natives !== undefined) useAccelerator(natives)

if (parentPort && gpu !== undefined) void serveGpu(parentPort, natives ?? [], gpu)
else parentPort?.on('message', (order: KernelOrder) => void run(order))

async function run(order: KernelOrder): Promise<void> {
  let answer: KernelAnswer
  try {
    const argument = order.argument as KernelArguments<KernelName>
    answer = { ok: true, result: await runKernel(order.kernel, argument) }
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error))
    parentPort?.postMessage({ ok: false, name, message } satisfies KernelAnswer)
    return
  }
  parentPort?.postMessage(answer, buffersOf(answer.result))
}
