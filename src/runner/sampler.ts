/**
 * How busy the host is: processors and memory as the system counts them, NVIDIA devices as their driver does.
 * @module
 */
import { execFile } from 'node:child_process'
import { cpus, freemem, totalmem } from 'node:os'

import type { GpuUse, RunnerSample } from '../domain/work.ts'

export interface SamplerOptions {
  /** Time that each core has spent so far, by kind, in milliseconds. */
  times?(): readonly Readonly<Record<string, number>>[]
  /** Bytes in use on the host. */
  memoryUsed?(): number
  /** What the tool of the NVIDIA driver prints for `NVIDIA_QUERY`; rejects where there is none. */
  askNvidia?(): Promise<string>
}

/** What the driver's tool is asked. */
export const NVIDIA_QUERY = [
  '--query-gpu=index,utilization.gpu,memory.used',
  '--format=csv,noheader,nounits',
]

/**
 * Samples of the time since the last one. Devices are asked in the background, as that may take seconds: a sample has
 * what was known when it was taken. A host without the tool is not asked again.
 */
export function createSampler(options: SamplerOptions = {}): (tasks: number) => RunnerSample {
  const { times = coreTimes, memoryUsed = usedMemory, askNvidia = nvidia } = options
  let last = total(times())
  let cpu = 0
  let gpus: readonly GpuUse[] = []
  let asking = false
  let hasNvidia = true

  async function ask(): Promise<void> {
    if (asking || !hasNvidia) return
    asking = true
    try {
      gpus = parseNvidia(await askNvidia())
    } catch (error) {
      gpus = []
      // Anything else than a missing tool may pass, such as a driver that is being updated.
      hasNvidia = (error as { code?: unknown }).code !== 'ENOENT'
    } finally {
      asking = false
    }
  }

  void ask()
  return (tasks) => {
    const now = total(times())
    const all = now.all - last.all
    // Two samples within one tick of the system's clock leave the share as it was.
    if (all > 0) cpu = Math.min(1, Math.max(0, 1 - (now.idle - last.idle) / all))
    last = now
    void ask()
    return { cpu, memoryMb: Math.round(memoryUsed() / 2 ** 20), tasks, gpus }
  }
}

/** Reads lines of `index, busy percent, MiB in use`; what the driver cannot tell is null. */
export function parseNvidia(text: string): GpuUse[] {
  return text.split('\n').flatMap((line) => {
    const [id = '', use, memory] = line.split(',').map((cell) => cell.trim())
    if (!/^\d+$/.test(id)) return []
    const share = numberOf(use)
    return [
      { id, use: share === null ? null : Math.min(1, share / 100), memoryMb: numberOf(memory) },
    ]
  })
}

function numberOf(cell: string | undefined): number | null {
  return cell !== undefined && /^\d+(\.\d+)?$/.test(cell) ? Math.round(Number(cell)) : null
}

function total(cores: readonly Readonly<Record<string, number>>[]): { idle: number; all: number } {
  let idle = 0
  let all = 0
  for (const core of cores) {
    idle += core['idle'] ?? 0
    for (const time of Object.values(core)) all += time
  }
  return { idle, all }
}

function coreTimes(): readonly Readonly<Record<string, number>>[] {
  return cpus().map((core) => ({ ...core.times }))
}

function usedMemory(): number {
  return totalmem() - freemem()
}

/** How long the driver's tool may take. */
const NVIDIA_MS = 10_000

function nvidia(): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('nvidia-smi', NVIDIA_QUERY, { timeout: NVIDIA_MS }, (error, output) =>
      error ? reject(error as Error) : resolve(output),
    )
  })
}
