/**
 * What a runner computes with, for whoever looks at it: the kernel of its cores, and what its GPU does.
 * @module
 */
import { gpuWords } from './gpu-thread.ts'
import type { Pool } from './pool.ts'

/** The kernel for numbers of 2048 bits in a thread of the pool, and the GPU in words. */
export async function kernelFacts(
  pool: Pool,
  waitMs = LONGEST_WAIT_MS,
): Promise<{ kernel: string; gpu: string }> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(resolve, waitMs, 'late')))
  const [[kernel], report] = await Promise.all([
    pool.client().map('kernel.name', [{ bits: 2048 }]),
    Promise.race([pool.gpu, late]),
  ])
  clearTimeout(timer)
  if (report === null) return { kernel, gpu: 'not used, as WEFT_WEBGPU says' }
  // A driver that compiles for minutes must not keep a runner from its work: until then the cores do it.
  return { kernel, gpu: report === 'late' ? 'still being measured' : gpuWords(report) }
}

const LONGEST_WAIT_MS = 20_000
