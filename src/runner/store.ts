/**
 * What a runner needs from the server. Two adapters: `store-db.ts` for a trusted runner that polls the database,
 * `store-gateway.ts` for a runner of another organisation that has only HTTP and a token.
 * @module
 */
import type {
  Briefing,
  LeasedTask,
  Outcome,
  Parcel,
  Peer,
  Report,
  RunnerProfile,
  RunnerSample,
  RunnerState,
  ServingAnswer,
  ServingCall,
  TaskOrder,
} from '../domain/work.ts'

export interface Store {
  register(profile: RunnerProfile): Promise<void>
  /**
   * Says it is alive, and how busy; called between polls as well as while busy. Answers what the server wants of it:
   * to take work, to finish what it has and take no more, or to end, as it was removed.
   */
  beat(runnerId: string, state: RunnerState, sample?: RunnerSample): Promise<RunnerState>
  /**
   * Takes whole groups of ready tasks, at most `slots` tasks, each under a lease. A runner that holds nothing takes
   * the first group even when it is larger, as it would wait for ever. A store may wait for work, until `signal` aborts:
   * what it was given meanwhile comes with the next claim.
   */
  claim(runnerId: string, slots: number, signal?: AbortSignal): Promise<LeasedTask[]>
  /**
   * Resolves when there may be work that was not there at the last claim, or `signal` aborts. A store without it is
   * asked at intervals only.
   */
  changed?(signal: AbortSignal): Promise<void>
  /** Prolongs leases; answers the attempts that no longer hold one, with the reason, and must stop. */
  renew(
    runnerId: string,
    attemptIds: readonly string[],
  ): Promise<{ attemptId: string; reason: string }[]>
  report(runnerId: string, reports: readonly Report[]): Promise<void>
  /** Ends a lease. False when it was no longer held: the result then counts for nothing. */
  settle(runnerId: string, attemptId: string, outcome: Outcome): Promise<boolean>
  /** Where the members of one component of a job run now; a member without a live attempt is missing. */
  peers(jobId: string, node: string): Promise<Peer[]>
  /** Hands a sealed message to the app for a receiver that cannot be reached directly. */
  post(parcel: Parcel): Promise<void>
  /** Takes the messages that wait for `receiver`; they are gone from the app afterwards. */
  collect(session: string, receiver: string): Promise<Parcel[]>
  /** Those of the jobs that are over, and have been for so many milliseconds, so that nothing has to be kept for them. */
  ended(jobIds: readonly string[], forMs?: number): Promise<string[]>
  /** The bytes of a spooled upload. */
  openSpool(id: string): Promise<ReadableStream<Uint8Array>>
  dropSpool(id: string): Promise<void>
  /** Sends rows that the app has asked for; a store without it has no way to the app. */
  fillSpool?(id: string, rows: Blob): Promise<void>
  /**
   * Sends a piece of what a program printed; answers the place of the byte to go on with, null where the server wants none
   * of it. A store without it keeps its logs to itself.
   */
  sendLog?(piece: SentPiece): Promise<number | null>
  /** Handles of processes that go on without this runner; a store without it serves no engine that has such. */
  readonly handles?: HandleStore
  /** What the task of an attempt of the runner is asked for, after order number `after`; a store without it asks nothing. */
  orders?(query: {
    readonly runnerId: string
    readonly attemptId: string
    readonly after: number
  }): Promise<TaskOrder[]>
  /** Tells about the others of an ensemble; null while they are not complete. */
  brief?(runnerId: string, attemptId: string): Promise<Briefing>
  /** Calls of online predictions; a store without it serves none. */
  readonly online?: OnlineStore
  close(): Promise<void>
}

/** A piece of the log of an attempt; an empty one asks for the place to begin. */
export interface SentPiece {
  readonly attemptId: string
  readonly name: 'all' | 'stdout' | 'stderr'
  /** The place of its first byte, counted from the first that was printed. */
  readonly at: number
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Nothing comes after it. */
  readonly whole: boolean
}

/** Online predictions that callers wait for. */
export interface OnlineStore {
  /** The calls behind number `after` that wait for an attempt of the runner; waits for some, until `signal` aborts. */
  calls(query: {
    readonly runnerId: string
    readonly attemptId: string
    readonly after: number
    readonly signal: AbortSignal
  }): Promise<ServingCall[]>
  answer(runnerId: string, attemptId: string, answers: readonly ServingAnswer[]): Promise<void>
}

/** Where engines' handles are kept, so that the next runner finds the processes of one that died. */
export interface HandleStore {
  /** Keeps it for the attempt; false when its lease is gone, and the process must not be started. */
  hold(runnerId: string, attemptId: string, handle: string): Promise<boolean>
  /** Handles of what is over or nobody will follow: to be ended, then cleared. */
  leftovers(runnerId: string): Promise<string[]>
  clear(runnerId: string, handles: readonly string[]): Promise<void>
}
