/**
 * Spreads calls of a named kernel over the cores. The implementation lives in the runner (worker threads) or
 * runs in place (`inline`), so that mathematics never knows which runtime it is on.
 * @module
 */
import { KERNELS, type KernelArguments, type KernelName, type KernelResult } from './kernels.ts'

export interface Parallel {
  /** How many calls run at once; callers cut their work into a few times as many parts. */
  readonly cores: number
  /** Runs `kernel` once for each entry of `calls`; results come back in the order of the calls. */
  map<K extends KernelName>(
    kernel: K,
    calls: readonly KernelArguments<K>[],
    options?: { signal?: AbortSignal },
  ): Promise<KernelResult<K>[]>
}

/** Runs every call in place, one after another: for tests and for runtimes without threads. */
export const inline: Parallel = {
  cores: 1,
  async map(kernel, calls, options) {
    const results = []
    for (const call of calls) {
      options?.signal?.throwIfAborted()
      results.push(await runKernel(kernel, call))
    }
    return results
  },
}

/** One call of one kernel, in this thread. */
export function runKernel<K extends KernelName>(
  kernel: K,
  call: KernelArguments<K>,
): KernelResult<K> | Promise<KernelResult<K>> {
  const run = KERNELS[kernel] as (argument: KernelArguments<K>) => KernelResult<K>
  return run(call)
}
