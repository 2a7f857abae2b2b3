/**
 * How a try at a task ended, as an exit code of OpenPAI, and whether another try follows. Pure.
 * @module
 */
import type { AttemptEnding } from '../db/table/job.ts'
import { EXIT, type ExitBehavior, exitSpec } from './exit-spec.ts'

/** How a try ended, as the database has it. */
export interface AttemptEnd {
  readonly state: string
  readonly reason: string | null
  readonly ending: AttemptEnding | null
}

/** What is known of an exit. */
export interface Exit {
  /** The code of OpenPAI. */
  readonly code: number
  /** What the program itself ended with; null where it did not. */
  readonly own: number | null
  readonly message: string
}

const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
}
/** Codes of a program that the platform passes on as they are: signals, and those kept for programs. */
const PASSED = [
  [128, 192],
  [200, 219],
] as const
/** What last words tell of the cause, the first that fits. */
const WORDS: readonly [code: number, words: RegExp, own?: number][] = [
  [EXIT.commandNotFound, /command not found/i, 127],
  [251, /The cluster has had no room for all instances of the gang at once/, 251],
  [221, /tensorflow.*ResourceExhaustedError.*OOM|ran out of memory trying to allocate/i],
  [222, /Signal code: Address not mapped/i],
  [223, /CUDA_ERROR_ECC_UNCORRECTABLE/i],
  [224, /cuda driver version is insufficient for cuda runtime version/i],
  [225, /dropout supported only in cudnn v/i],
  [226, /cuda runtime error \(2\) : out of memory/i],
  [228, /unknown option|invalid argument:/i],
  [229, /filenotfounderror: \[errno 2\]|unicode(en|de)codeerror|eoferror: ran out of input/i],
  [230, /ValueError: Restore called with invalid save path/i],
  [
    231,
    /syntaxerror: invalid syntax|unpicklingerror|attributeerror:.*has no attribute|nameerror: name.* is not defined/i,
  ],
  [232, /importerror:/i],
  [233, /indexerror:.*index out of range/i],
  [234, /segmentation fault/i],
  [235, /core dumped/i],
]

/** What registries say of an image that is not theirs to give: other troubles of fetching one may pass. */
const NO_IMAGE =
  /^Image \S+ could not be fetched: .*\b(unauthorized|authentication required|no basic auth|(access|is) denied|(manifest|name|repository) unknown|manifest .* not found|repository .* not exist)/i

/** What a runner says of data and scripts that it could not provide: for good, or this time. */
const PREREQUISITE = /^Prerequisite (?:data|script) \S+ (cannot be had|could not be fetched): /

/** The exit of a try that is over; undefined while it is not. `stopped`: its job was stopped on purpose. */
export function exitOf(attempt: AttemptEnd, stopped = false): Exit | undefined {
  const { state, ending } = attempt
  const message = attempt.reason ?? ''
  const own = ownCode(ending)
  if (state === 'succeeded') return { code: 0, own: 0, message }
  if (state === 'lost') return { code: EXIT.nodeLost, own: null, message }
  if (state === 'released') return { code: EXIT.preempted, own: null, message }
  if (state === 'canceled')
    return { code: stopped ? EXIT.stopped : EXIT.attemptOver, own: null, message }
  if (state !== 'failed') return undefined
  return { code: failureCode(ending, own, message), own, message }
}

function failureCode(ending: AttemptEnding | null, own: number | null, message: string): number {
  if (NO_IMAGE.test(message) && own === null) return EXIT.imageMissing
  const lack = ending === null ? PREREQUISITE.exec(message)?.[1] : undefined
  if (lack !== undefined) return lack === 'cannot be had' ? EXIT.refused : EXIT.away
  if (ending === null || own === null) return EXIT.notStarted
  if (ending.type === 'memory-limit') return EXIT.outOfMemory
  if (ending.type === 'time-limit') return EXIT.deadline
  if (ending.type === 'lost') return EXIT.nodeLost
  if (PASSED.some(([from, to]) => own >= from && own <= to)) return own
  const cause = WORDS.find(
    ([, words, code]) => (code === undefined || code === own) && words.test(message),
  )
  return cause?.[0] ?? EXIT.command
}

function ownCode(ending: AttemptEnding | null): number | null {
  if (ending === null) return null
  if (ending.exitCode !== null) return ending.exitCode
  return ending.signal === null ? null : 128 + (SIGNALS[ending.signal] ?? 0)
}

/** How often something may be tried again, and in which way that is counted. */
export interface RetryPolicy {
  /** Whether transient failures are free and permanent ones final. */
  readonly fancy: boolean
  /** -2: whatever happened; -1: after every failure; else so many times. */
  readonly max: number
}

export interface RetryVerdict {
  /** Which counter it goes to. */
  readonly counted: 'user' | 'platform' | 'resource'
  readonly delayMs: number
}

const CONFLICT_MS = [60_000, 900_000] as const
const LONGEST_FREE_MS = 900_000

/**
 * Whether another try follows. `accountable` and `free` are the retries so far; `random` is in [0, 1). A second
 * failure for which nobody accounts waits, twice as long each further time: a program that ends itself in a way that
 * looks like the platform's would otherwise begin for ever.
 */
export function retryVerdict(
  exit: Pick<Exit, 'code'>,
  so: RetryPolicy & {
    readonly accountable: number
    readonly free: number
    readonly random: number
  },
): RetryVerdict | undefined {
  const { behavior } = exitSpec(exit.code)
  if (so.fancy && exit.code !== 0) {
    if (behavior === 'PERMANENT') return undefined
    if (behavior !== 'UNKNOWN')
      return { counted: counterOf(behavior), delayMs: freeDelay(behavior, so) }
  }
  const again = so.max === -2 || (exit.code !== 0 && (so.max === -1 || so.accountable < so.max))
  return again ? { counted: 'user', delayMs: 0 } : undefined
}

function counterOf(behavior: ExitBehavior): 'platform' | 'resource' {
  return behavior === 'TRANSIENT_CONFLICT' ? 'resource' : 'platform'
}

function freeDelay(behavior: ExitBehavior, so: { free: number; random: number }): number {
  if (behavior === 'TRANSIENT_CONFLICT') {
    const [least, most] = CONFLICT_MS
    return Math.round(least + so.random * (most - least))
  }
  return so.free === 0 ? 0 : Math.min(1000 * 2 ** Math.min(so.free - 1, 20), LONGEST_FREE_MS)
}
