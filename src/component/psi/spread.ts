/**
 * One kernel call over rows, cut into a part for each core.
 * @module
 */
import type { KernelArguments, KernelName, KernelResult } from '../../compute/kernels.ts'
import type { Parallel } from '../../compute/parallel.ts'

/**
 * Runs `kernel` on `count` items in as many parts as there are cores; `call` makes the argument for items `from` to
 * `until`. Results come in order.
 */
export function spread<K extends KernelName>(
  parallel: Parallel,
  kernel: K,
  options: {
    readonly count: number
    readonly signal: AbortSignal
    readonly call: (from: number, until: number) => KernelArguments<K>
  },
): Promise<KernelResult<K>[]> {
  const { count, signal, call } = options
  const size = Math.max(1, Math.ceil(count / parallel.cores))
  const calls = Array.from({ length: Math.ceil(count / size) }, (_, i) =>
    call(i * size, Math.min(count, (i + 1) * size)),
  )
  return parallel.map(kernel, calls, { signal })
}
