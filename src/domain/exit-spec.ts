/**
 * Exit codes of OpenPAI: what each means, who caused it, and whether to try again.
 * @module
 */

export type ExitType =
  | 'USER_SUCCESS'
  | 'USER_STOP'
  | 'USER_FAILURE'
  | 'PLATFORM_FAILURE'
  | 'RESOURCE_ALLOCATION_TIMEOUT'
  | 'UNKNOWN_FAILURE'
export type ExitBehavior = 'TRANSIENT' | 'TRANSIENT_CONFLICT' | 'PERMANENT' | 'UNKNOWN'

/** What an exit code means. */
export interface ExitSpec {
  readonly code: number
  readonly phrase: string
  readonly issuer: string
  readonly causer: string
  readonly type: ExitType
  /** How far the task was. */
  readonly stage: string
  readonly behavior: ExitBehavior
  readonly reaction: string
  /** For people. */
  readonly reason: string
  readonly solution: readonly string[]
}

/** The codes that this server gives by itself. */
export const EXIT = {
  stopped: -210,
  attemptOver: -220,
  away: -120,
  refused: -200,
  notStarted: -300,
  nodeLost: -1001,
  preempted: -1003,
  deadline: -1004,
  outOfMemory: -1200,
  commandNotFound: 220,
  gangTimeout: 251,
  imageMissing: 254,
  command: 255,
} as const

/** Code, phrase, issuer, causer, type, stage, behavior, reaction. */
const TABLE = `
0 Succeeded USER_CONTAINER USER_CONTAINER USER_SUCCESS COMPLETING UNKNOWN NEVER_RETRY
-100 ConfigMapExternalDeleted PAI_FC PAI_UNKNOWN PLATFORM_FAILURE UNKNOWN TRANSIENT ALWAYS_RETRY
-101 PodExternalDeleted PAI_FC PAI_UNKNOWN PLATFORM_FAILURE UNKNOWN TRANSIENT ALWAYS_RETRY
-110 ConfigMapLocalCacheCreationTimeout PAI_FC PAI_UNKNOWN PLATFORM_FAILURE LAUNCHING TRANSIENT ALWAYS_RETRY
-111 PodLocalCacheCreationTimeout PAI_FC PAI_UNKNOWN PLATFORM_FAILURE LAUNCHING TRANSIENT ALWAYS_RETRY
-120 PodCreationTransientError PAI_FC PAI_UNKNOWN PLATFORM_FAILURE LAUNCHING TRANSIENT ALWAYS_RETRY
-200 PodCreationPermanentError PAI_FC USER_SUBMISSION USER_FAILURE SUBMITTING PERMANENT NEVER_RETRY
-210 StopFrameworkRequested PAI_FC USER_STOP USER_STOP UNKNOWN PERMANENT NEVER_RETRY
-220 FrameworkAttemptCompletion PAI_FC USER_STOP USER_STOP UNKNOWN PERMANENT NEVER_RETRY
-230 DeleteTaskRequested PAI_FC USER_SCALEDOWN USER_STOP UNKNOWN PERMANENT NEVER_RETRY
-300 PodFailedWithoutFailedContainer PAI_FC UNKNOWN UNKNOWN_FAILURE LAUNCHING UNKNOWN RETRY_TO_MAX
-310 PodCreationUnknownError PAI_FC UNKNOWN UNKNOWN_FAILURE LAUNCHING UNKNOWN RETRY_TO_MAX
-1000 PodEvicted PAI_K8S PAI_K8S PLATFORM_FAILURE RUNNING TRANSIENT ALWAYS_RETRY
-1001 PodNodeLost PAI_K8S PAI_K8S PLATFORM_FAILURE RUNNING TRANSIENT ALWAYS_RETRY
-1002 PodScheduledToInsufficientResourceNode PAI_K8S PAI_K8S PLATFORM_FAILURE LAUNCHING TRANSIENT ALWAYS_RETRY
-1003 PodPreemptedForCriticalPod PAI_K8S PAI_K8S PLATFORM_FAILURE RUNNING TRANSIENT ALWAYS_RETRY
-1004 PodDeadlineExceeded PAI_K8S USER_STOP USER_STOP RUNNING PERMANENT NEVER_RETRY
-1005 PodNodeAdmissionForbidden PAI_K8S USER_SUBMISSION USER_FAILURE LAUNCHING PERMANENT NEVER_RETRY
-1006 PodNodeAdmissionUnexpectedError PAI_K8S PAI_K8S PLATFORM_FAILURE LAUNCHING TRANSIENT ALWAYS_RETRY
-1100 CreateFrameworkPermanentFailed PAI_DB_CONTROLLER USER_SUBMISSION USER_FAILURE SUBMITTING PERMANENT NEVER_RETRY
-1300 InitContainerDockerOOMKilled PAI_DOCKER PAI_RUNTIME PLATFORM_FAILURE LAUNCHING TRANSIENT ALWAYS_RETRY
-1200 UserContainerDockerOOMKilled PAI_DOCKER USER_CONTAINER USER_FAILURE RUNNING PERMANENT NEVER_RETRY
-1201 ContainerDockerCreationError PAI_DOCKER UNKNOWN UNKNOWN_FAILURE LAUNCHING UNKNOWN RETRY_TO_MAX
-1202 ContainerDockerStartCmdPermissionDenied PAI_DOCKER PAI_RUNTIME PLATFORM_FAILURE LAUNCHING PERMANENT NEVER_RETRY
-1203 ContainerDockerStartCmdNotFound PAI_DOCKER PAI_RUNTIME PLATFORM_FAILURE LAUNCHING PERMANENT NEVER_RETRY
-1204 ContainerDockerStartUnknownError PAI_DOCKER UNKNOWN UNKNOWN_FAILURE LAUNCHING UNKNOWN RETRY_TO_MAX
-1205 ContainerGpuDeviceNotFoundError PAI_DOCKER PAI_HW PLATFORM_FAILURE LAUNCHING TRANSIENT ALWAYS_RETRY
128 ContainerMayFailDueToGpuDeviceEccError USER_CONTAINER PAI_HW PLATFORM_FAILURE RUNNING UNKNOWN RETRY_TO_MAX
130 ContainerSigIntReceived PAI_OS PAI_OS PLATFORM_FAILURE RUNNING TRANSIENT ALWAYS_RETRY
131 ContainerSigQuitReceived PAI_OS PAI_OS PLATFORM_FAILURE RUNNING TRANSIENT ALWAYS_RETRY
132 ContainerSigIllReceived USER_CONTAINER USER_CONTAINER USER_FAILURE RUNNING PERMANENT NEVER_RETRY
134 ContainerSigAbrtReceived USER_CONTAINER UNKNOWN UNKNOWN_FAILURE RUNNING UNKNOWN RETRY_TO_MAX
135 ContainerSigBusReceived USER_CONTAINER USER_CONTAINER USER_FAILURE RUNNING PERMANENT NEVER_RETRY
136 ContainerSigFpeReceived USER_CONTAINER USER_CONTAINER USER_FAILURE RUNNING PERMANENT NEVER_RETRY
137 ContainerSigKillReceived PAI_OS PAI_OS PLATFORM_FAILURE RUNNING TRANSIENT ALWAYS_RETRY
139 ContainerSigSegvReceived USER_CONTAINER UNKNOWN UNKNOWN_FAILURE RUNNING UNKNOWN RETRY_TO_MAX
141 ContainerSigPipeReceived USER_CONTAINER USER_CONTAINER USER_FAILURE RUNNING PERMANENT NEVER_RETRY
143 ContainerSigTermReceived PAI_OS PAI_OS PLATFORM_FAILURE RUNNING TRANSIENT ALWAYS_RETRY
220 UserCommandExitWithError USER_CONTAINER USER_CONTAINER USER_FAILURE RUNNING PERMANENT NEVER_RETRY
221 ContainerTensorflowOOMKilled PAI_RUNTIME USER_CONTAINER USER_FAILURE RUNNING PERMANENT NEVER_RETRY
222 ContainerMPISegvFault PAI_RUNTIME USER_CONTAINER USER_FAILURE RUNNING PERMANENT NEVER_RETRY
223 ContainerCudaUncorrectableECCError PAI_RUNTIME PAI_HW PLATFORM_FAILURE RUNNING TRANSIENT ALWAYS_RETRY
224 ContainerCudaVersionMismatch PAI_RUNTIME USER_CONTAINER USER_FAILURE RUNNING PERMANENT NEVER_RETRY
225 ContainerCudaDnnVersionMismatch PAI_RUNTIME USER_CONTAINER USER_FAILURE RUNNING PERMANENT NEVER_RETRY
226 ContainerCudaOOMKilled PAI_RUNTIME USER_CONTAINER USER_FAILURE RUNNING PERMANENT NEVER_RETRY
228 ContainerIncorrectParameterError PAI_RUNTIME USER_CONTAINER USER_FAILURE RUNNING PERMANENT NEVER_RETRY
229 ContainerIncorrectDataModelError PAI_RUNTIME USER_CONTAINER USER_FAILURE RUNNING PERMANENT NEVER_RETRY
230 ContainerInvalidSavePath PAI_RUNTIME USER_CONTAINER USER_FAILURE RUNNING PERMANENT NEVER_RETRY
231 ContainerSyntaxError PAI_RUNTIME USER_CONTAINER USER_FAILURE RUNNING PERMANENT NEVER_RETRY
232 ContainerImportError PAI_RUNTIME USER_CONTAINER USER_FAILURE RUNNING PERMANENT NEVER_RETRY
233 ContainerIndexOutOfRange PAI_RUNTIME USER_CONTAINER USER_FAILURE RUNNING PERMANENT NEVER_RETRY
234 ContainerSigvFault PAI_RUNTIME USER_CONTAINER USER_FAILURE RUNNING PERMANENT NEVER_RETRY
235 ContainerEngineCoreDump PAI_RUNTIME USER_CONTAINER USER_FAILURE RUNNING PERMANENT NEVER_RETRY
249 PAIRuntimeSSHBarrierTimeout PAI_RUNTIME PAI_RUNTIME PLATFORM_FAILURE RUNNING PERMANENT NEVER_RETRY
250 FrameworkBarrierTransientFailed PAI_RUNTIME PAI_RUNTIME PLATFORM_FAILURE LAUNCHING TRANSIENT ALWAYS_RETRY
251 JobGangAllocationTimeout PAI_RUNTIME RESOURCE_ALLOCATION_TIMEOUT RESOURCE_ALLOCATION_TIMEOUT ALLOCATING TRANSIENT_CONFLICT ALWAYS_BACKOFF_RETRY
252 FrameworkBarrierPermanentFailed PAI_RUNTIME PAI_RUNTIME PLATFORM_FAILURE LAUNCHING PERMANENT NEVER_RETRY
253 ContainerPortConflict PAI_RUNTIME PAI_RUNTIME PLATFORM_FAILURE LAUNCHING TRANSIENT ALWAYS_RETRY
254 ContainerImageNotExists PAI_RUNTIME PAI_RUNTIME USER_FAILURE LAUNCHING PERMANENT NEVER_RETRY
255 PAIRuntimeUnknownFailed PAI_RUNTIME UNKNOWN UNKNOWN_FAILURE UNKNOWN UNKNOWN RETRY_TO_MAX
-8000 ContainerUndefinedNegativeExitCode UNKNOWN UNKNOWN UNKNOWN_FAILURE UNKNOWN UNKNOWN RETRY_TO_MAX
256 PAIRuntimeExitAbnormally PAI_RUNTIME PAI_RUNTIME PLATFORM_FAILURE UNKNOWN UNKNOWN RETRY_TO_MAX`

/** In words, by type. */
const WORDS: Readonly<Record<ExitType, readonly [reason: string, solution: string]>> = {
  USER_SUCCESS: ['The program ended well', ''],
  USER_STOP: ['It was stopped on purpose', 'Submit it again to run it again'],
  USER_FAILURE: ['The program failed', 'Look at its log and mend the program or its configuration'],
  PLATFORM_FAILURE: [
    'The host ended it, or was lost',
    'It is tried again by itself; if it fails in the same way each time, look whether it uses more memory than it asks for',
  ],
  RESOURCE_ALLOCATION_TIMEOUT: [
    'What it asks for was not free in time',
    'It is tried again by itself; ask for less, or start another runner',
  ],
  UNKNOWN_FAILURE: [
    'The program ended with a code of its own',
    'Look at its log: the last words of the program are in the diagnostics',
  ],
}

/** Of codes that say more than their type. */
const OWN_WORDS: Readonly<Record<number, readonly [reason: string, solution: string]>> = {
  [EXIT.away]: [
    'What it needs before it begins did not come: a host did not answer, or broke off',
    'It is tried again by itself; if it fails in the same way each time, look at the address in the diagnostics',
  ],
  [EXIT.refused]: [
    'What it needs before it begins is not to be had from where its prerequisites say',
    'Mend the uri that the diagnostics name, and submit it again',
  ],
  [EXIT.preempted]: [
    'It made room for a job of a higher priority, or its runner handed it back',
    'It is tried again by itself when there is room; take another priority than oppo where it must not give way',
  ],
  [EXIT.outOfMemory]: [
    'The program used more memory than it asked for',
    'Ask for more in resourcePerInstance.memoryMB, or let the program use less',
  ],
  [EXIT.commandNotFound]: [
    'A command was not found',
    'Look at its log for the name; install the program, or name its path',
  ],
}

const SPECS: ReadonlyMap<number, ExitSpec> = new Map(
  TABLE.trim()
    .split('\n')
    .map((line) => {
      const [code, phrase, issuer, causer, type, stage, behavior, reaction] = line.split(' ')
      const [reason, solution] = OWN_WORDS[Number(code)] ?? WORDS[type as ExitType]
      const spec: ExitSpec = {
        code: Number(code),
        phrase,
        issuer,
        causer,
        type: type as ExitType,
        stage,
        behavior: behavior as ExitBehavior,
        reaction,
        reason,
        solution: solution === '' ? [] : [solution],
      }
      return [spec.code, spec]
    }),
)

const POSITIVE = 256
const NEGATIVE = -8000

/** What a code means. One that is not listed has the meaning of unlisted ones, with its own number. */
export function exitSpec(code: number): ExitSpec {
  const listed = SPECS.get(code)
  if (listed) return listed
  const spec = SPECS.get(code > 0 ? POSITIVE : NEGATIVE)
  if (!spec) throw new RangeError(`No exit spec for ${code}`)
  return { ...spec, code }
}
