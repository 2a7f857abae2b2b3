/**
 * Words, addresses and sizes for runners.
 * @module
 */
import type { RunnerTask } from '../../src/domain/runner-control.ts'
import type { Runner } from '../../src/domain/runner.ts'
import type { Allocation, Gpu, Needs } from '../../src/domain/work.ts'
import { t } from '../text/say.tsx'
import { countOf, formatBytes, formatNumber, listOf } from '../ui/format.ts'

/** The page of a runner. */
export function runnerPath(id: string): string {
  return `/runners/${encodeURIComponent(id)}`
}

/** Mebibytes with the unit that suits them. */
export function formatMb(megabytes: number): string {
  return formatBytes(megabytes * 2 ** 20)
}

/** A share from 0 to 1 in percent. */
export function formatShare(share: number): string {
  return `${Math.round(share * 100)} %`
}

/** Cores and memory of a runner's host: what it offers, or what it says of its host, or null. */
export function sizeOf(runner: Pick<Runner, 'capacity' | 'facts'>): {
  cores: number | null
  memoryMb: number | null
} {
  const { capacity, facts } = runner
  const { cores, memoryMb } = facts
  return {
    cores: capacity.cores ?? (typeof cores === 'number' ? cores : null),
    memoryMb: capacity.memoryMb ?? (typeof memoryMb === 'number' ? memoryMb : null),
  }
}

/** What an attempt was given, in words; a light task takes a slot and nothing else. */
export function allocationWords(given: Allocation | null): string {
  if (given === null) return t('a slot')
  const { cores, memoryMb, gpus, ports } = given
  return listOf([
    ...(cores > 0 ? [countOf(cores, 'core')] : []),
    ...(memoryMb > 0 ? [formatMb(memoryMb)] : []),
    ...(gpus.length > 0 ? [t('GPU {gpus}', { gpus: gpus.join(', ') })] : []),
    ...(ports.length === 1 ? [t('port {ports}', { ports: ports.join(', ') })] : []),
    ...(ports.length > 1 ? [t('ports {ports}', { ports: ports.join(', ') })] : []),
  ])
}

/** What a task asks for, in words. */
export function needsWords(needs: Needs | null): string {
  if (needs === null) return t('a slot')
  const { cores, memoryMb, gpus, ports, labels = {}, engine } = needs
  const words = [
    ...(cores === undefined ? [] : [countOf(cores, 'core')]),
    ...(memoryMb === undefined ? [] : [formatMb(memoryMb)]),
    ...(gpus === undefined || gpus === 0 ? [] : [countOf(gpus, 'GPU')]),
    ...(ports === undefined || ports === 0 ? [] : [countOf(ports, 'port')]),
    ...Object.entries(labels).map(([name, value]) => `${name}=${value}`),
    ...(engine === undefined ? [] : [t('engine {engine}', { engine })]),
  ]
  return words.length === 0 ? t('a slot') : listOf(words)
}

/** A device in words: its name, memory and driver. */
export function gpuWords(gpu: Gpu): string {
  return [
    gpu.name,
    ...(gpu.memoryMb === null ? [] : [formatMb(gpu.memoryMb)]),
    ...(gpu.driver === null ? [] : [t('driver {driver}', { driver: gpu.driver })]),
  ].join(' · ')
}

/** The task that a device is given to, or undefined when it is free. */
export function holderOf(gpu: Gpu, tasks: readonly RunnerTask[]): RunnerTask | undefined {
  return tasks.find((task) => task.allocation?.gpus.includes(gpu.id))
}

/** Ports that tasks may be given, in words. */
export function portWords(ports: readonly [number, number]): string {
  return `${ports[0]}–${ports[1]} (${formatNumber(ports[1] - ports[0] + 1)})`
}
