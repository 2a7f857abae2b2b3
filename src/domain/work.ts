/**
 * The words in which the server and its runners speak of work: leases, reports, peers; what a task is to do has a file of
 * its own. Plain data; it crosses the runner gateway as JSON.
 * @module
 */

import type { Allocation, AttemptEnding } from '../db/table/job.ts'
import type { Capacity, OfferedFeature } from '../db/table/runner.ts'
import type { TaskKind, TaskSpec } from './task-spec.ts'

export type { Allocation, AttemptEnding, Needs } from '../db/table/job.ts'
export type { Capacity, Gpu, OfferedFeature } from '../db/table/runner.ts'
export type * from './task-spec.ts'

/** What a runner says of itself when it starts. */
export interface RunnerProfile {
  readonly id: string
  readonly name: string
  /** Identifies the data directory; tasks return to the site that holds their inputs. */
  readonly site: string
  /** The parties it serves; null for every party. */
  readonly parties: readonly string[] | null
  /** Where other runners reach its inbox, or null. */
  readonly url: string | null
  readonly slots: number
  /** Ed25519 public key (base64url) by party. With `parties: null` the key under `*` stands for all. */
  readonly identities: Readonly<Record<string, string>>
  /** Versions and names: shown to people. */
  readonly facts: Record<string, unknown>
  /** What its tasks can be given. */
  readonly capacity?: Capacity
  /** How long its leases last, where that is not the server's own time. */
  readonly leaseMs?: number
  /** The data sets that its parties offer for joint work. */
  readonly datasets?: readonly OfferedDataset[]
  /** The flow units that it can run. */
  readonly units?: readonly OfferedUnit[]
}

/** A data set that a party offers: its name and its columns, never where it lies. */
export interface OfferedDataset {
  readonly party: string
  readonly name: string
  /** The column of ids. */
  readonly index: string
  readonly features: readonly OfferedFeature[]
  /** What trainings may promise of its labels together, at most. */
  readonly maxEpsilon?: number
}

/** A flow unit of a runner: its name, its device, and all that its description says. */
export interface OfferedUnit {
  readonly name: string
  readonly device: string
  readonly descriptor: Record<string, unknown>
}

/** Whether a runner takes work: `draining` when it or the operator wants it to finish what it has and take no more. */
export type RunnerState = 'active' | 'draining' | 'gone'

/** How busy a runner's host is. */
export interface RunnerSample {
  /** Busy share of the host's cores since the last sample, 0–1. */
  readonly cpu: number
  /** In use on the host. */
  readonly memoryMb: number
  /** Running now. */
  readonly tasks: number
  readonly gpus: readonly GpuUse[]
}

/** How busy an accelerator is; null where it cannot be known. */
export interface GpuUse {
  readonly id: string
  /** Busy share of the time, 0–1. */
  readonly use: number | null
  readonly memoryMb: number | null
}

/** A task this runner now holds. */
export interface LeasedTask {
  readonly taskId: string
  readonly attemptId: string
  readonly attempt: number
  readonly jobId: string
  readonly name: string
  readonly kind: TaskKind
  readonly role: string | null
  readonly party: string | null
  readonly position: number
  readonly spec: TaskSpec
  /** Null for a task that asked for nothing. */
  readonly allocation: Allocation | null
  /** What an earlier attempt's engine left to be followed on, if anything. */
  readonly handle: string | null
}

/** Rows that a caller wants predicted; it waits for `ms` milliseconds at most. */
export interface ServingCall {
  readonly id: number
  readonly rows: readonly ServingRow[]
  readonly ms: number
}

/** One row: by its id at every party, and with what the guest's caller knows of it. */
export interface ServingRow {
  readonly id: string
  readonly features?: Readonly<Record<string, string | number | boolean | null>>
}

/** What became of one row: the columns of its prediction, or why there is none. */
export type ServingResult =
  | { readonly id: string; readonly values: Readonly<Record<string, unknown>> }
  | {
      readonly id: string
      readonly error: {
        readonly code: 'invalid' | 'not_found' | 'unavailable'
        readonly message: string
      }
    }

/** The answer to a call: one result a row, in their order. */
export interface ServingAnswer {
  readonly id: number
  readonly results: readonly ServingResult[]
}

/** What a member of an ensemble learns before it begins; null while others have no place yet. */
export type Briefing = {
  readonly places: readonly {
    readonly role: string
    readonly index: number
    /** Of its runner, which is not its own where a cluster chooses. */
    readonly host: string
    readonly ports: readonly number[]
    /** What runs it. */
    readonly engine?: string
  }[]
  /** What its texts may name and nobody else may read. */
  readonly secrets: Readonly<Record<string, unknown>>
  /** Of this task, from 0. */
  readonly taskAttempt: number
} | null

/** Why a lease ended. */
export type Outcome = (
  | { readonly state: 'succeeded' }
  | { readonly state: 'failed'; readonly reason: string }
  /** Stopped on purpose before it was done: another attempt may follow. */
  | { readonly state: 'released'; readonly reason: string }
) & {
  /** How its process ended, where it had one that did. */
  readonly ending?: AttemptEnding
}

/** Something that happened in a task; sent in batches, in order. */
export type Report = {
  readonly taskId: string
  readonly attemptId: string
  readonly at: number
} & (
  | { readonly type: 'log'; readonly level: string; readonly text: string }
  | { readonly type: 'event'; readonly level: string; readonly message: string }
  | { readonly type: 'progress'; readonly fraction: number; readonly note?: string }
  | {
      readonly type: 'metric'
      readonly namespace: string
      readonly name: string
      readonly points: readonly (readonly [number | string, number])[]
      readonly meta: Record<string, unknown>
    }
  | {
      readonly type: 'artifact'
      readonly kind: 'table' | 'model'
      readonly name: string
      readonly location: string
      readonly rows?: number
      /** For tables `{ header, kind, columns }`, for models `{ name }`. */
      readonly summary: Record<string, unknown>
      /** First rows, or a model's param and meta; null where the party keeps them to itself. */
      readonly preview: unknown
    }
  | {
      readonly type: 'table'
      readonly location: string
      readonly columns: readonly string[]
      readonly idColumn: string
      readonly rows: number
      readonly partitions: number
      readonly preview: unknown[][] | null
    }
  /** What it tells of itself under a key, in place of what it told before. */
  | { readonly type: 'fact'; readonly key: string; readonly value: unknown }
  | {
      readonly type: 'ledger'
      readonly receiver: string
      readonly tag: string
      readonly kind: string
      readonly reveals: string
      /** Since the last report. */
      readonly messages: number
      readonly bytes: number
    }
)

/** What somebody wants of a task that runs. */
export interface TaskOrder {
  readonly id: number
  readonly type: string
  readonly body: Readonly<Record<string, unknown>>
}

/** Where the other parties of a job are. */
export interface Peer {
  readonly address: string
  readonly runnerId: string
  readonly url: string | null
  /** Ed25519 public key of the party, base64url. */
  readonly identity: string
}

/** A sealed message on its way through the app. */
export interface Parcel {
  readonly id?: number
  readonly jobId: string
  readonly session: string
  readonly sender: string
  readonly receiver: string
  readonly body: Uint8Array
}
