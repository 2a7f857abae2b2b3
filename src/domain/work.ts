/**
 * The words in which the server and its runners speak of work: tasks, leases, reports, peers.
 * Plain data; it crosses the runner gateway as JSON.
 * @module
 */

import type { Allocation, AttemptEnding, Capacity, Needs, OfferedFeature } from '../db/schema.ts'

export type {
  Allocation,
  AttemptEnding,
  Capacity,
  Gpu,
  Needs,
  OfferedFeature,
} from '../db/schema.ts'

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

export type TaskKind = 'component' | 'upload' | 'download' | 'process' | 'serving' | 'flow' | 'work'
export type TaskSpec =
  | ComponentSpec
  | UploadSpec
  | DownloadSpec
  | FetchSpec
  | DropSpec
  | AnswerSpec
  | ProcessTaskSpec
  | ServingSpec
  | WorkRunSpec
  | FlowSpec

/** Who of a component's parties may be lost for good while the others go on. */
export interface Quorum {
  /** Roles whose parties may. */
  readonly leaves: readonly string[]
  /** Roles whose parties count. */
  readonly of: readonly string[]
  /** So many of those stay. */
  readonly least: number
}

/** A component's work for one role of one party. */
export interface ComponentSpec {
  readonly type: 'component'
  readonly module: string
  readonly params: Record<string, unknown>
  readonly members: Readonly<Record<string, readonly string[]>>
  readonly data: readonly { readonly slot: string; readonly tables: readonly TableSource[] }[]
  readonly models: readonly {
    readonly slot: string
    readonly nodes: readonly string[]
    /** The job that trained them; this one where it is absent. */
    readonly job?: string
  }[]
  /** False: hand the input through. */
  readonly run: boolean
  /** Absent where all parties have to stay. */
  readonly quorum?: Quorum
}

export type TableSource =
  | {
      readonly type: 'table'
      readonly key: string
      readonly namespace: string
      readonly name: string
    }
  | {
      readonly type: 'output'
      readonly node: string
      /** Which of the node's tables; its first where absent. */
      readonly output?: string
      /** The job of the node; this one where absent. */
      readonly job?: string
      /** The role that the party had there; the task's own where absent. */
      readonly role?: string
    }
  | {
      readonly type: 'dataset'
      /** As its party offers it. */
      readonly name: string
      /** Which of its columns, beside the ids. */
      readonly columns: readonly string[]
    }
  | {
      readonly type: 'ids'
      /** A file with an id a line, under the runner's import roots. */
      readonly path: string
      /** What a first line says that is a heading. */
      readonly heading: string
    }

/** Reads a CSV file on the runner's host into a table of its party. */
export interface UploadSpec {
  readonly type: 'upload'
  readonly namespace: string
  readonly name: string
  /** A path under the runner's import roots, or a spooled upload of the app. */
  readonly source:
    | { readonly type: 'path'; readonly path: string }
    | {
        readonly type: 'spool'
        readonly id: string
        /** The data directory that holds it; absent where any runner can ask for it. */
        readonly site?: string
      }
  readonly head: boolean
  readonly delimiter: string
  readonly partitions: number
}

/** Writes a table of its party into a file on the runner's host. */
export interface DownloadSpec {
  readonly type: 'download'
  readonly namespace: string
  readonly name: string
  /** A path under the runner's export folder. */
  readonly path: string
  readonly delimiter: string
}

/** Sends what a component left at its party to the app: the rows of a table as lines of CSV, or its model. */
export interface FetchSpec {
  readonly type: 'fetch'
  /** A table where it is absent. */
  readonly what?: 'model'
  readonly jobId: string
  readonly role: string
  readonly party: string
  readonly node: string
  /** Names a table beside the first. */
  readonly output?: string
  /** The most rows; null for all. */
  readonly limit: number | null
  /** Where the app keeps them: an id of its spool. */
  readonly spool: string
}

/** Deletes tables of its party where they lie. */
export interface DropSpec {
  readonly type: 'drop'
  /** Uploaded ones. */
  readonly tables: readonly { readonly namespace: string; readonly name: string }[]
  /** What nodes of jobs have left there. */
  readonly outputs: readonly {
    readonly jobId: string
    readonly role: string
    readonly node: string
    /** Names a table beside the first. */
    readonly output?: string
  }[]
}

/** Writes predictions into a file on the runner's host: a line for each of the ids of another file, in its order. */
export interface AnswerSpec {
  readonly type: 'answer'
  readonly role: string
  readonly party: string
  /** The node of the job whose table has the predictions at this party. */
  readonly node: string
  /** The file of ids, and what its first line says where that is a heading. */
  readonly ids: { readonly path: string; readonly heading: string }
}

/** Keeps a party's part of a model ready, and answers single rows with it until it is stopped. */
export interface ServingSpec {
  readonly type: 'serving'
  /** Who takes part: the guest, and those hosts without which nothing can be predicted. */
  readonly members: Readonly<Record<string, readonly string[]>>
  /** The party's components in the order of their graph. */
  readonly steps: readonly { readonly name: string; readonly work: ComponentSpec }[]
  /** Where the party's features are looked up by id; null where callers send all of them. */
  readonly table: { readonly namespace: string; readonly name: string } | null
}

/** Runs a graph of flow units until its sources end, or it is stopped. */
export interface FlowSpec {
  readonly type: 'flow'
  /** The description as its client sent it: an object, or a text. */
  readonly source: unknown
  readonly format: 'json' | 'toml'
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

/** Runs a program of somebody's own. */
export interface ProcessTaskSpec {
  readonly type: 'process'
  readonly command: { readonly argv: readonly string[] } | { readonly script: string }
  readonly env: Readonly<Record<string, string>>
  /** Texts by their paths below the working directory. */
  readonly files: Readonly<Record<string, string>>
  readonly timeLimitMs: number | null
  /** Null: as the runner does where it is left the choice. */
  readonly sandbox: boolean | null
  readonly network: boolean
  readonly engine: string
  /** What it asked for: a limit where nothing was allocated, and what a cluster is asked for. */
  readonly needs: Needs
  /** How often it may fail before its task does. */
  readonly retries: number
  /** Folders of its runner by name, each linked below the working directory at that path. */
  readonly storages?: readonly { readonly name: string; readonly mountPath: string }[]
  /** Where it is one of several that know of each other. */
  readonly ensemble?: EnsembleSeat
  /** The image it runs in, with engine `container`; whoever runs it adds the login. */
  readonly container?: ContainerNeeds
}

/** The image of a program. */
export interface ContainerNeeds {
  readonly image: string
  /** Of `/dev/shm`; 0 for the usual. */
  readonly shmMb: number
  readonly login?: {
    readonly registry: string
    readonly username: string
    readonly password: string
  }
}

/** Runs a work: statements of SQL, or the main class of a JAR. */
export interface WorkRunSpec {
  readonly type: 'work'
  readonly engine: 'flink' | 'duckdb'
  readonly workId: string
  readonly name: string
  readonly category: 'FLINK_SQL' | 'FLNK_JAR'
  readonly mode: 'BATCH' | 'STREAMING'
  /** The statements; null where they are in the directory. */
  readonly script: string | null
  /** Below the works folder of the runner's host. */
  readonly directory: string | null
  readonly mainClass: string | null
  readonly params: readonly string[]
  readonly javaVersion: string | null
  /** Where to go on from. */
  readonly savepoint: string | null
  readonly timeLimitMs: number | null
}

/** The seat of a program among others that find each other by their environment. */
export interface EnsembleSeat {
  readonly role: string
  readonly index: number
  /** From 0. */
  readonly attempt: number
  /** Whether it begins only when all others have their place. */
  readonly gang: boolean
  /** All roles, each with its ports by label in the order in which they are given. */
  readonly roles: readonly {
    readonly name: string
    readonly ports: Readonly<Record<string, number>>
  }[]
}

/** What a member of an ensemble learns before it begins; null while others have no place yet. */
export type Briefing = {
  readonly places: readonly {
    readonly role: string
    readonly index: number
    readonly host: string
    readonly ports: readonly number[]
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
