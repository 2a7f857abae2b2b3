/**
 * A control group (version 2) for a process tree, where this host lets the runner make one: the kernel then knows
 * all members whatever they do, and keeps the memory limit itself where the memory controller is there.
 * @module
 */
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import type { Resources } from './engine.ts'

/** One group, made for one process tree. */
export interface ControlGroup {
  readonly path: string
  /** Whether the kernel itself keeps the memory limit. */
  readonly limitsMemory: boolean
  pids(): readonly number[]
  /** Ends every member at once, where this kernel can. */
  kill(): void
  /** Whether a member was ended for memory. */
  ranOutOfMemory(): boolean
  /** The most memory that its members had at a time, in bytes; 0 where nobody counted. */
  peakMemory(): number
  /** Removes the group, which must be empty; true when it is gone. */
  remove(): boolean
}

/** Makes a group called `name` with the limits; undefined where that is not possible. */
export function createControlGroup(
  name: string,
  { memoryMb, cpus }: Resources,
): ControlGroup | undefined {
  for (const parent of candidates()) {
    const path = join(parent, name)
    try {
      mkdirSync(path)
    } catch {
      continue // Not ours to write: the caller tracks the tree in /proc instead.
    }
    const limitsMemory =
      memoryMb !== undefined && put(path, 'memory.max', String(Math.ceil(memoryMb * 1024 * 1024)))
    if (limitsMemory) {
      put(path, 'memory.swap.max', '0')
      put(path, 'memory.oom.group', '1')
    }
    if (cpus !== undefined) put(path, 'cpu.max', `${Math.ceil(cpus * 100_000)} 100000`)
    return group(path, limitsMemory)
  }
  return undefined
}

function group(path: string, limitsMemory: boolean): ControlGroup {
  return {
    path,
    limitsMemory,
    pids: () => (get(path, 'cgroup.procs') ?? '').split('\n').filter(Boolean).map(Number),
    kill: () => void put(path, 'cgroup.kill', '1'),
    ranOutOfMemory: () => /^oom_kill [1-9]/m.test(get(path, 'memory.events') ?? ''),
    peakMemory: () => Number(get(path, 'memory.peak') ?? 0),
    remove() {
      try {
        rmdirSync(path)
        return true
      } catch (error) {
        return (error as NodeJS.ErrnoException).code === 'ENOENT'
      }
    },
  }
}

/** Where a group can be made: beside the runner where controllers are on, else under it. */
function candidates(): string[] {
  const mounts = readText('/proc/self/mountinfo') ?? ''
  const mount = /^(?:\S+ ){4}(\S+) .* - cgroup2 /m.exec(mounts)?.[1]
  const own = /^0::(.*)$/m.exec(readText('/proc/self/cgroup') ?? '')?.[1]
  if (mount === undefined || own === undefined) return []
  const here = join(mount, own)
  // A group with processes of its own cannot give controllers to groups below it, so a service that is delegated a
  // subtree keeps the runner in a group of its own (systemd: DelegateSubgroup=) and tasks go beside it.
  const beside = own === '/' ? [] : [dirname(here)].filter((path) => has(path, 'memory'))
  if (!has(here, 'memory')) put(here, 'cgroup.subtree_control', '+memory +cpu')
  return [...beside, here]
}

function has(path: string, controller: string): boolean {
  return (get(path, 'cgroup.subtree_control') ?? '').split(/\s+/).includes(controller)
}

function get(path: string, file: string): string | undefined {
  return readText(join(path, file))
}

function put(path: string, file: string, text: string): boolean {
  try {
    writeFileSync(join(path, file), text, { flag: 'r+' })
    return true
  } catch {
    return false // The controller is not there; who asks is told by the answer.
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
