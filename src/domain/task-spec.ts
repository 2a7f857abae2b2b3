/**
 * What a task is to do, as the server tells its runner, kind by kind. Plain data; it crosses the runner gateway as JSON.
 * @module
 */
import type { Needs } from '../db/table/job.ts'

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
  /** What it finds when it begins, below its working directory. */
  readonly prerequisites?: readonly Prerequisite[]
  /** Where it is one of several that know of each other. */
  readonly ensemble?: EnsembleSeat
  /** The image it runs in, with engine `container`; whoever runs it adds the login. */
  readonly container?: ContainerNeeds
}

/** Data or a script of a program: what is at each source is an entry of the folder `prerequisites/<type>/<name>`. */
export interface Prerequisite {
  readonly type: 'data' | 'script'
  readonly name: string
  readonly entries: readonly PrerequisiteEntry[]
}

export interface PrerequisiteEntry {
  /** In its folder. */
  readonly name: string
  readonly from:
    | { readonly kind: 'http'; readonly url: string; readonly sha256?: string }
    /** A branch, tag or commit; what the repository has by default where it is absent. */
    | { readonly kind: 'git'; readonly url: string; readonly ref?: string }
    | { readonly kind: 'storage'; readonly storage: string; readonly path: string }
    /** Below an import root of the runner. */
    | { readonly kind: 'path'; readonly path: string }
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
