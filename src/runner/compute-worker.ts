/**
 * A thread of the compute pool: runs one kernel call after another.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads'

import type { KernelArguments, KernelName } from '../compute/kernels.ts'
import { runKernel } from '../compute/parallel.ts'
import { useAccelerator } from './accelerator.ts'
import type { KernelAnswer, KernelOrder, PoolThread } from './pool.ts'
import { buffersOf } from './transfer.ts'

const { natives } = (workerData ?? {}) as PoolThread
if (natives !== undefined) useAccelerator(natives)

parentPort?.on('message', (order: KernelOrder) => void run(order))

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
