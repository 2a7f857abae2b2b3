/**
 * What an engine is: it turns a command into a process somewhere, follows it to its end and can end it. It knows
 * commands and limits, nothing of jobs, parties or APIs.
 * @module
 */

/** What to run: a program with its arguments, or the text of a script (`#!` is honoured, else `/bin/sh`). */
export type Command = { readonly argv: readonly string[] } | { readonly script: string }

/** What a process may use; what is missing is not limited. */
export interface Resources {
  /** Cores: `cpu.max` where cgroups allow it, `--cpus-per-task` in a cluster. */
  readonly cpus?: number
  /** Memory of the whole process tree in MiB. */
  readonly memoryMb?: number
  /** A number where the engine chooses the devices, their names where the caller did. */
  readonly gpus?: number | readonly string[]
  /** Wall time from the start of the process in milliseconds. */
  readonly timeMs?: number
}

/** A closed room for a process: read-only root, private `/tmp`, own processes. */
export interface Sandbox {
  /** False: not even loopback of the host. */
  readonly network: boolean
  /** Folders beside the working directory that it may write. */
  readonly writable?: readonly string[]
  /** Folders that it may read, wherever they are. */
  readonly readable?: readonly string[]
  /** Folders that it must not even see, as the runner's keys. */
  readonly hidden?: readonly string[]
  /** Folders that it finds at other paths. */
  readonly mounts?: readonly Mount[]
}

/** A folder of this host at a path of a sandbox. */
export interface Mount {
  readonly path: string
  /** An absolute path, made in the sandbox where it is missing. */
  readonly at: string
  readonly readOnly: boolean
}

/** The image that a process runs in, for engines of containers. */
export interface ContainerRequest {
  readonly image: string
  /** Of `/dev/shm`; 0 for what the program gives by itself. */
  readonly shmMb: number
  /** The host's network, or none. */
  readonly network: boolean
  /** Folders of the host, each at an absolute path inside. */
  readonly mounts: readonly {
    readonly source: string
    readonly target: string
    readonly readOnly: boolean
  }[]
  /** For a registry that asks who fetches; an empty name is docker's own. */
  readonly login?: {
    readonly registry: string
    readonly username: string
    readonly password: string
  }
}

/** Takes one line; a promise holds the process back until it is settled. */
export type LineSink = (line: string, index: number) => void | Promise<void>

/** Where output goes, and how much of it. */
export interface OutputSinks {
  readonly stdout?: LineSink
  readonly stderr?: LineSink
  /** Longer lines are cut, with a mark at the cut; 64 KiB when it is not given. */
  readonly maxLineBytes?: number
  /** What comes after so many bytes of one stream is dropped, with one line that says so; 64 MiB. */
  readonly maxBytes?: number
}

/** Where processes tell each other on which host each of them runs, for engines that learn it late. */
export interface Meeting {
  /** Seen by all of them at the same path; made when it is missing. */
  readonly folder: string
  /** What this process is called there. */
  readonly name: string
  /** Those whose address it needs, itself too where it does. */
  readonly members: readonly {
    readonly name: string
    /** Stands for the address in the values of `env.set`: letters, digits, "-" and "_". */
    readonly mark: string
    /** What is filled in where no address has come in time. */
    readonly otherwise: string
  }[]
  /** How long it waits for all of them; as long as it may run where it is absent. */
  readonly waitSeconds?: number
  /** After so many seconds without all of them it ends with `NO_COMPANY` instead: what waits holds its node. */
  readonly giveUpSeconds?: number
}

/** The exit code of what has waited in vain for the others of its meeting; it says who was missing. */
export const NO_COMPANY = 251

/** Everything an engine is told about one process, or one array of them. */
export interface ProcessSpec {
  /** For people: what `squeue` or a log shows. */
  readonly name: string
  readonly command: Command
  /** Made when it is missing. */
  readonly cwd: string
  readonly env?: {
    /** Names that are taken from the engine's own environment; nothing else of it is seen. */
    readonly inherit?: readonly string[]
    readonly set?: Readonly<Record<string, string>>
  }
  readonly resources?: Resources
  readonly sandbox?: Sandbox
  /** Only for engines of containers, which need it. */
  readonly container?: ContainerRequest
  readonly output?: OutputSinks
  /** So many copies, told apart by `WEFT_ARRAY_INDEX`; only for engines that say `arrays`. */
  readonly arraySize?: number
  /** Names the process for engines with `discard`: a start with the key of an earlier one follows that one. */
  readonly key?: string
  /** Only for engines that say `meets`, and no array. */
  readonly meeting?: Meeting
  /** Gives up a start that has not come to anything yet. */
  readonly signal?: AbortSignal
}

/** Where a process stands; `unreachable`: the engine cannot ask at the moment and keeps trying. */
export type ProcessState = 'waiting' | 'running' | 'unreachable' | 'ended'

/** Why a process is over. */
export type EndReason =
  | 'exited'
  | 'signaled'
  | 'cancelled'
  | 'time-limit'
  | 'memory-limit'
  | 'lost'
  | 'failed-to-start'

/** How a process ended. */
export interface Ending {
  readonly exitCode: number | null
  readonly signal: string | null
  readonly reason: EndReason
  /** One sentence for people. */
  readonly message: string
  /** The most memory that the whole tree had in use, where the engine can tell. */
  readonly peakMemoryMb?: number
  /** Of an array: every member's, by index; the ending itself is then the first that is not a success. */
  readonly members?: readonly Ending[]
}

/** One process, or one array of them. */
export interface ProcessHandle {
  /** Names the process for `reattach`; survives a restart of the caller where the engine has `reattach`. */
  readonly id: string
  /** Resolves once, when the process and all it started are gone and its output is delivered. */
  wait(): Promise<Ending>
  /** Asks it to end, and ends it after `graceMs`; resolves when it is over. Harmless when it is. */
  cancel(graceMs?: number): Promise<void>
  /** Follows it no longer and leaves it running; `wait` then throws. Only where the engine has `discard`. */
  detach?(): void
  state(): ProcessState
  /** What the state is about, as "waiting for resources"; empty when there is nothing to say. */
  detail(): string
}

/** The hosts of a cluster, those that are alike together. */
export interface Places {
  /** Tells it from other clusters. */
  readonly name: string
  readonly nodes: readonly {
    readonly count: number
    readonly cores: number
    readonly memoryMb: number
    readonly gpus: number
  }[]
}

/** Somewhere processes can run. */
export interface Engine {
  readonly name: string
  /** Whether `arraySize` is understood. */
  readonly arrays: boolean
  /** Whether `meeting` is understood: it chooses the host itself. */
  readonly meets?: boolean
  /** Resolves when the process is started or queued; throws when it cannot be. */
  start(spec: ProcessSpec): Promise<ProcessHandle>
  /** Takes up a process again after a restart of the caller; output comes again from its first line. */
  reattach?(id: string, output?: OutputSinks): Promise<ProcessHandle>
  /** Ends what was started with this key and removes what is kept of it; false while it is still ending. */
  discard?(key: string): Promise<boolean>
  /**
   * What there is at all where it runs processes, for engines that find room elsewhere; undefined where that says
   * nothing of how many can run at once.
   */
  places?(): Promise<Places | undefined>
  /** Whether it can be used here, and in words why not. */
  probe(): Promise<{ readonly available: boolean; readonly detail: string }>
}

/** True for an ending that counts as success. */
export function succeeded(ending: Ending): boolean {
  return ending.reason === 'exited' && ending.exitCode === 0
}

/** The ending of an array from those of its members. */
export function combineEndings(members: readonly Ending[]): Ending {
  const worst = members.find((member) => !succeeded(member)) ?? members[0]
  return worst === undefined
    ? {
        exitCode: null,
        signal: null,
        reason: 'lost',
        message: 'The array had no members.',
        members,
      }
    : { ...worst, members }
}

/** Refuses a key that could name anything but itself: it becomes part of a path. */
export function checkKey(key: string): void {
  if (!/^[A-Za-z0-9][\w.-]{0,127}$/.test(key))
    throw new RangeError(`"${key}" is no key: use letters, digits, ".", "_" and "-".`)
}

/** Refuses a spec that no engine could run. */
export function checkSpec(spec: ProcessSpec): void {
  const { command, resources = {}, env, arraySize = 1, key = 'k' } = spec
  if ('argv' in command && (command.argv.length === 0 || command.argv[0] === ''))
    throw new RangeError(`The command of "${spec.name}" is empty: name a program.`)
  for (const text of 'argv' in command ? command.argv : [])
    if (text.includes('\0')) throw new RangeError(`The command of "${spec.name}" has a NUL byte.`)
  for (const [name, value] of Object.entries(env?.set ?? {})) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw new RangeError(`"${name}" is no name of an environment variable.`)
    if (value.includes('\0')) throw new RangeError(`The variable ${name} has a NUL byte.`)
  }
  for (const [name, value] of Object.entries(resources))
    if (typeof value === 'number' && !(value >= 0 && Number.isFinite(value)))
      throw new RangeError(`${name} is ${value}: give a number that is not negative.`)
  checkKey(key)
  if (spec.meeting !== undefined && arraySize > 1)
    throw new RangeError(`"${spec.name}" is an array: its members cannot meet others.`)
  if (!Number.isInteger(arraySize) || arraySize < 1)
    throw new RangeError(`arraySize is ${arraySize}: give a whole number from 1.`)
}
