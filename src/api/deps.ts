/**
 * What the HTTP side is given by its entry. Nothing below `src/bin` opens a database or reads the environment.
 * @module
 */
import type { HranaDatabase } from '../db/hrana-type.ts'
import type { Db } from '../db/type.ts'
import type { Passwords } from '../domain/account.ts'
import type { Catalog } from '../domain/catalog.ts'

export interface AppDeps {
  readonly db: Db
  readonly catalog: Catalog
  readonly log: Log
  readonly settings: AppSettings
  /** Absent where there is no disk (at the edge): uploads are then refused with a reason. */
  readonly files?: FileStore
  /** Where models are stored as archives; absent where there is no disk. */
  readonly models?: ModelShelf
  /** The database for libSQL clients; absent where it is not a file of this host. */
  readonly hrana?: HranaDatabase
  readonly now: () => number
  /** What is kept of passwords; absent where there is no way to make it, and nobody can log in with one. */
  readonly passwords?: Passwords
  /**
   * How often to look whether the database has changed, in milliseconds; absent where every look is a request over the
   * network.
   */
  readonly watchMs?: number
  /** Flink's own words of scripts; absent where this process is told of no gateway. */
  readonly flinkScripts?: FlinkScripts
  /** Whose it is what a request enters; null or absent for the operator's. */
  readonly owner?: string | null
}

/** Has a Flink look at scripts. */
export interface FlinkScripts {
  /** Rejects where the gateway does not answer. */
  check(asked: { script: string; mode: 'BATCH' | 'STREAMING' }): Promise<{
    readonly faults: readonly { message: string; line: number; column: number }[]
    /** Why not all of it was looked at, or null. */
    readonly note: string | null
  }>
}

export interface AppSettings {
  readonly version: string
  /** Public base URL of this server, for links in answers; null to use the request's own. */
  readonly publicUrl: string | null
  /**
   * The names under which this server may be addressed; null for any. A server that trusts its own machine must not
   * answer to a name that somebody else points at it.
   */
  readonly hosts: readonly string[] | null
  /** `off` trusts every caller, `token` asks for one. */
  readonly auth: 'off' | 'token'
  /** The version of FATE-Flow that clients speak who do not say; 1.0 without it. */
  readonly fateDialect?: string
  /** Largest request body in bytes, uploads excepted. */
  readonly bodyLimit: number
  /** How long a submitted flow is waited for until it runs, in milliseconds; 10 s without it. */
  readonly flowWaitMs?: number
  /** How often OpenPAI's API may be asked: absent or null for as often as anybody likes. */
  readonly rates?: {
    /** A minute, from an address. */
    readonly requests: number | null
    /** Lists of jobs, a minute, by a user. */
    readonly lists: number | null
    /** An hour, by a user. */
    readonly submissions: number | null
  }
  /** Largest upload in bytes. */
  readonly uploadLimit: number
}

/** Structured logging, as pino has it. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Files on the app's own host. */
export interface FileStore {
  /** Names the data directory on this host; a runner in it sees the same files. */
  readonly site?: string
  /**
   * Checks a path that a client names, under the import roots. Throws a DomainError that says what is wrong;
   * answers the path to hand to the runner.
   */
  checkImport(path: string): Promise<string>
  /** Checks a path that a client wants written, below the export folder. Throws a DomainError that says what is wrong. */
  checkExport?(path: string): void
  /**
   * The rows of a component's table as lines of CSV, where the data directory `site` is this host's own; undefined
   * where it is not, or where the file is gone.
   */
  openRows?(output: OutputPlace, options: CsvOptions): Promise<Rows | undefined>
  /** What a component learnt, as its file has it, where the data directory `site` is this host's own. */
  readModel?(place: OutputPlace): Promise<string | undefined>
  /** What an attempt of a program has printed: as the data directory of this host has it, or its runner has sent it. */
  openLog?(place: LogPlace): Promise<KeptLog | undefined>
  /**
   * Keeps a piece of a log that a runner sends from elsewhere; answers the place of the next byte, which is another than
   * the piece's end where something before it is missing, or was there already.
   */
  keepLog?(log: ShelvedLog, piece: LogPiece): Promise<number>
  /** How long logs stay once their job has ended, in milliseconds; for ever without it. */
  readonly keepLogMs?: number
  /** Deletes the rows of an uploaded table of this host's own data directory. */
  dropTable?(table: { party: string | null; namespace: string; name: string }): Promise<void>
  /** Deletes a table that a component left in this host's own data directory. */
  dropOutput?(place: Omit<OutputPlace, 'site'>): Promise<void>
  /** Puts a model into this host's own data directory. Throws a DomainError for a text that holds none. */
  saveModel?(place: Omit<OutputPlace, 'site'>, text: string): Promise<void>
  /**
   * Some rows of a component's table, each in the order of its heading, where `openRows` would have it; undefined where
   * it would not. Throws a DomainError for a table that is too large to be looked at in pages.
   */
  readRows?(
    output: OutputPlace,
    slice: { readonly offset: number; readonly limit: number },
  ): Promise<readonly (readonly unknown[])[] | undefined>
  /**
   * Keeps an uploaded body until a runner has read it; `site` names the data directory that holds it. Throws a
   * DomainError past `limit` bytes.
   */
  spool(
    body: ReadableStream<Uint8Array>,
    limit: number,
  ): Promise<{ id: string; bytes: number; site?: string }>
  /** Keeps what a runner sends under an id that it was given. Throws a DomainError past `limit` bytes. */
  fillSpool?(id: string, body: ReadableStream<Uint8Array>, limit: number): Promise<void>
  openSpool(id: string): Promise<ReadableStream<Uint8Array>>
  dropSpool(id: string): Promise<void>
  /** The folders of works; absent where this host keeps none. */
  readonly works?: WorkFiles
}

/** One of the logs of an attempt. */
export interface ShelvedLog {
  readonly jobId: string
  readonly attemptId: string
  readonly name: 'all' | 'stdout' | 'stderr'
}

/** One of the logs of an attempt, with the data directory of its runner; null where that is not known any more. */
export interface LogPlace extends ShelvedLog {
  readonly site: string | null
}

/** Bytes of a log, the first of them at a place counted from the first that was ever printed. */
export interface LogPiece {
  readonly at: number
  readonly bytes: Uint8Array
  /** Nothing comes after it. */
  readonly whole: boolean
}

/** A log of which the beginning may be gone; bytes are counted from the first that was ever printed. */
export interface KeptLog {
  readonly first: number
  /** The one after the last, for now. */
  readonly end: number
  /** Whether nothing printed is missing at its end, but for what is printed next. */
  readonly whole: boolean
  /** Whether more may come though the attempt is over: its runner still sends it. */
  readonly comes: boolean
  read(from: number, to: number): AsyncGenerator<Uint8Array, undefined>
}

/** Files of works, each in its work's folder. Every verb throws a DomainError for what leads out of it. */
export interface WorkFiles {
  /** Those of a folder by name; links and folders are not among them. */
  list(directory: string): Promise<readonly WorkFile[]>
  /** Keeps a file in place of one of that name, all of it or nothing. Throws a DomainError past `limit` bytes. */
  put(place: WorkFilePlace, body: ReadableStream<Uint8Array>, limit: number): Promise<WorkFile>
  open(place: WorkFilePlace): Promise<{ bytes: number; body: ReadableStream<Uint8Array> }>
  drop(place: WorkFilePlace): Promise<void>
}

export interface WorkFilePlace {
  /** Below the works folder. */
  readonly directory: string
  readonly name: string
}

export interface WorkFile {
  readonly name: string
  readonly bytes: number
  /** Milliseconds since 1970. */
  readonly updatedAt: number
}

/** What a node of a job left at a role of a party, and the data directory that it left it in. */
export interface OutputPlace {
  readonly site: string
  readonly jobId: string
  readonly role: string
  readonly party: string
  readonly node: string
  /** Names a table beside the first. */
  readonly output?: string
}

/** A party's part of a version of a model. */
export interface ShelvedPart {
  readonly modelId: string
  readonly version: string
  readonly role: string
  readonly party: string
}

/** Archives of models on the app's own host. */
export interface ModelShelf {
  /** Puts one there, in place of an older one; answers its bytes. */
  put(part: ShelvedPart, body: ReadableStream<Uint8Array>): Promise<number>
  /** The parts of a version that are there. */
  list(model: Pick<ShelvedPart, 'modelId' | 'version'>): Promise<readonly ShelvedPart[]>
  /** One of those that are listed. */
  open(part: ShelvedPart): Promise<ReadableStream<Uint8Array>>
}

/** How rows become lines. */
export interface CsvOptions {
  readonly limit?: number
}

/** Lines of CSV that can be read any number of times. */
export interface Rows {
  lines(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}
