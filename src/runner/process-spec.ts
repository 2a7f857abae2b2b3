/**
 * A task that is a program as its engine is told it, and what its end means. Pure.
 * @module
 */
import type { AttemptEnding, LeasedTask, Outcome, ProcessTaskSpec } from '../domain/work.ts'
import { WORK_DIR } from '../engine/container-arguments.ts'
import { type Ending, type ProcessSpec, succeeded } from '../engine/engine.ts'

/** A folder of this host that programs may ask for by name. */
export interface Storage {
  readonly name: string
  readonly path: string
  readonly readOnly: boolean
}

/** The folders that a task asks for, and where it wants them. Throws for one that is not here. */
export function storagesOf(
  task: LeasedTask,
  storages: readonly Storage[] = [],
): (Storage & { readonly mountPath: string })[] {
  return (processOf(task).storages ?? []).map(({ name, mountPath }) => {
    const found = storages.find((one) => one.name === name)
    if (!found)
      throw new Error(`Its runner has no storage "${name}": name it in WEFT_STORAGES there`)
    return { ...found, mountPath }
  })
}

function foldersOf(task: LeasedTask, { storages }: { readonly storages?: readonly Storage[] }) {
  const own = storagesOf(task, storages)
  const paths = (readOnly: boolean) =>
    own.filter((one) => one.readOnly === readOnly).map(({ path }) => path)
  return {
    writable: paths(false),
    readable: paths(true),
    mounts: own.map(({ path, mountPath, readOnly }) => ({
      path,
      at: `/${mountPath.replace(/^\/+|\/+$/g, '')}`,
      readOnly,
    })),
  }
}

/** What the program of a task is. Throws for a task that is none. */
export function processOf({ spec }: LeasedTask): ProcessTaskSpec {
  if (spec.type !== 'process') throw new TypeError(`A task of the type ${spec.type} is no process`)
  return spec
}

/** What the engine is told of a task. */
export function processSpec(
  task: LeasedTask,
  place: {
    cwd: string
    outlives: boolean
    /** What it may read of this host, and where below its working directory. */
    given?: readonly { readonly path: string; readonly at: string }[]
    options: {
      readonly mode: 'host' | 'sandbox'
      readonly hidden: readonly string[]
      readonly storages?: readonly Storage[]
    }
  },
): ProcessSpec {
  const spec = processOf(task)
  const { cwd, outlives, given = [], options } = place
  const { needs } = spec
  // A cluster chooses by itself; on this host the server has, where it was asked to.
  const { cores = needs.cores, memoryMb = needs.memoryMb } = (!outlives && task.allocation) || {}
  const gpus = outlives ? positive(needs.gpus) : task.allocation?.gpus
  const { container } = spec
  const sandboxed =
    !outlives && container === undefined && (options.mode === 'sandbox' || spec.sandbox === true)
  const folders = foldersOf(task, options)
  const seen = { ...folders, readable: [...folders.readable, ...given.map(({ path }) => path)] }
  const mounts = [
    ...mountsOf(task, options),
    ...given.map(({ path, at }) => ({ source: path, target: `${WORK_DIR}/${at}`, readOnly: true })),
  ]
  return {
    name: `${task.jobId}_${task.name}`,
    command: spec.command,
    cwd,
    env: { set: environment(task) },
    resources: {
      cpus: positive(cores),
      memoryMb: positive(memoryMb),
      gpus,
      ...(spec.timeLimitMs === null ? {} : { timeMs: spec.timeLimitMs }),
    },
    ...(sandboxed ? { sandbox: { network: spec.network, hidden: options.hidden, ...seen } } : {}),
    ...(container === undefined
      ? {}
      : { container: { ...container, network: spec.network, mounts } }),
  }
}

/** The folders that a container is to see, at the paths that the task names. */
function mountsOf(task: LeasedTask, { storages }: { readonly storages?: readonly Storage[] }) {
  return storagesOf(task, storages).map(({ path, mountPath, readOnly }) => ({
    source: path,
    target: `/${mountPath.replace(/^\/+|\/+$/g, '')}`,
    readOnly,
  }))
}

/** An allocation of nothing limits nothing. */
function positive(amount: number | undefined): number | undefined {
  return amount !== undefined && amount > 0 ? amount : undefined
}

/** Names that say what a task was given, which it cannot choose itself. */
const OURS = /^(WEFT_.*|PORT_\d+|CUDA_VISIBLE_DEVICES)$/

function environment(task: LeasedTask): Record<string, string> {
  const own = Object.entries(processOf(task).env).filter(([name]) => !OURS.test(name))
  const ports = task.allocation?.ports ?? []
  return {
    ...Object.fromEntries(own),
    WEFT_JOB_ID: task.jobId,
    WEFT_TASK: task.name,
    WEFT_ATTEMPT: String(task.attempt),
    ...(ports.length === 0 ? {} : { WEFT_PORTS: ports.join(',') }),
    ...Object.fromEntries(ports.map((port, index) => [`PORT_${index}`, String(port)])),
  }
}

/** What the end of its process means for a task. */
export function toOutcome(
  ending: Ending,
  spec: ProcessTaskSpec,
  { task, lastWords }: { task: LeasedTask; lastWords: string },
): Outcome {
  const kept: AttemptEnding = {
    type: ending.reason,
    exitCode: ending.exitCode,
    signal: ending.signal,
    peakMemoryMb: ending.peakMemoryMb ?? null,
  }
  if (succeeded(ending)) return { state: 'succeeded', ending: kept }
  const reason = reasonOf(ending, spec, task)
  const said = ending.reason === 'exited' && lastWords !== '' ? ` Its last words: ${lastWords}` : ''
  return { state: 'failed', reason: `${reason}${said}`, ending: kept }
}

function reasonOf(ending: Ending, spec: ProcessTaskSpec, task: LeasedTask): string {
  if (ending.reason === 'time-limit' && spec.timeLimitMs !== null)
    return `It ran longer than its time limit of ${spec.timeLimitMs / 1000} s.`
  const memoryMb = positive(task.allocation?.memoryMb) ?? spec.needs.memoryMb
  if (ending.reason === 'memory-limit' && memoryMb !== undefined) {
    const peak = ending.peakMemoryMb === undefined ? '' : ` (it had ${ending.peakMemoryMb} MiB)`
    return `It used more memory than its limit of ${memoryMb} MiB${peak}.`
  }
  return ending.message
}
