/**
 * What the operator has said, as the rest of the program takes it. Entries read the environment, everything below gets
 * values.
 * @module
 */
import { type Environment, readEnvironment } from './environment.ts'

const MIB = 1024 * 1024

export interface Config {
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  /** Further ports with the same app behind them, for clients that have those of the originals in them. */
  readonly compatPorts: readonly number[]
  readonly publicUrl: string | null
  readonly dataDir: string
  readonly database: { readonly url: string; readonly authToken?: string }
  readonly auth: 'off' | 'token'
  /** Bytes. */
  readonly bodyLimit: number
  readonly uploadLimit: number
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Folders from which a client may name files; null for the defaults. */
  readonly importRoots: readonly string[] | null
  /** The folder below which clients may have files written; null for the default. */
  readonly exportDir: string | null
  /** Folders of flow units that the operator adds; null for the default. */
  readonly unitDirs: readonly string[] | null
  /** The folder in which models are stored as archives; null for the default. */
  readonly modelStore: string | null
  /** The version of FATE-Flow that clients speak who do not say. */
  readonly fateDialect: '1.0' | '1.1' | '1.4'
  /** Hosts, addresses and networks that webhooks may reach beside the public internet; `*` for all. */
  readonly webhookHosts: readonly string[]
  /** What webhooks are signed with that have no secret of their own; null for no signature. */
  readonly webhookSecret: string | null
  /** Limits of jobs made of task roles, in milliseconds; null for none. */
  readonly jobLimits: {
    readonly runMs: number | null
    readonly idleMs: number | null
    readonly gangMs: number | null
  }
  /** How often OpenPAI's API may be asked: a minute, a minute, an hour; null for no limit. */
  readonly rates: {
    readonly requests: number | null
    readonly lists: number | null
    readonly submissions: number | null
  }
  readonly runner: RunnerConfig
}

export interface RunnerConfig {
  readonly name: string | null
  /** The list of data sets that its parties offer; null for the one in the data directory. */
  readonly datasets: string | null
  /** Null for every party. */
  readonly parties: readonly string[] | null
  readonly slots: number
  readonly taskMemoryMb: number
  readonly leaseMs: number
  /** How long running tasks may go on after a signal to stop. */
  readonly drainMs: number
  /** How long the working directories of programs stay once their job has ended. */
  readonly keepMs: number
  /** How much of what a program prints stays on the runner's disk: of each stream of an attempt. */
  readonly logBytes: number
  readonly hardware: HardwareConfig
  /** Whether large batches are computed on a GPU through WebGPU: where that is faster, always, never. */
  readonly webgpu: 'auto' | 'on' | 'off'
  /** Whether first rows and models of its parties may be kept in the server's database. */
  readonly previews: boolean
  /** `url` is how other runners reach it: null for host and port, `none` where they cannot. */
  readonly inbox: { readonly host: string; readonly port: number; readonly url: string | null }
  /** The app's gateway, for a runner without database access. */
  readonly server: { readonly url: string; readonly token: string | null } | null
  /** Where a trusted runner fetches uploads that lie in another data directory. */
  readonly app: { readonly url: string; readonly token: string | null } | null
  /** A folder with optional native packages. */
  readonly natives: string | null
  readonly processes: ProcessConfig
  readonly works: {
    /** The folder below which works have their own; null for the one in the data directory. */
    readonly folder: string | null
    /** A Flink cluster: its JobManager, and its SQL gateway. */
    readonly flink: { readonly url: string; readonly gatewayUrl: string | null } | null
    /** Also without a JobManager: an app that only has scripts looked at needs no more. */
    readonly gatewayUrl: string | null
  }
}

/** Whether and through what the runner runs programs of tasks. */
export interface ProcessConfig {
  /** Null: in a sandbox where one can be made, else not at all. */
  readonly mode: 'host' | 'sandbox' | 'off' | null
  readonly engines: readonly ('local' | 'slurm')[]
  /** The program that runs images; `auto` for the first that works. */
  readonly containers: 'auto' | 'podman' | 'docker' | 'off'
  /** Folders that programs may ask for by name. */
  readonly storages: readonly Storage[]
  /** What their data and scripts may come from beside the public internet. */
  readonly fetchHosts: readonly string[]
  /** How much of what they were is kept for others; 0 for nothing. */
  readonly fetchCacheBytes: number
  readonly slurm: SlurmConfig | null
}

export interface Storage {
  readonly name: string
  readonly path: string
  readonly readOnly: boolean
}

export interface SlurmConfig {
  /** Seen by the runner and every node at this path. */
  readonly folder: string
  /** slurmrestd; null for Slurm's commands alone. */
  readonly rest: {
    readonly url: string
    readonly user: string
    /** A file is read again before each call, as tokens run out. */
    readonly token: { readonly text: string } | { readonly file: string }
  } | null
  readonly partition: string | null
}

/** What the operator says of the host; the rest is found out. */
export interface HardwareConfig {
  readonly labels: Readonly<Record<string, string>>
  /** First and last TCP port that tasks may be given. */
  readonly ports: readonly [number, number]
  readonly cores?: number
  readonly memoryMb?: number
  /** Ids of the devices that tasks may be given, whether or not they are found; null for those that are. */
  readonly gpus: readonly string[] | null
  /** To which of its devices the host limits this process, as for any program that uses them; null for all. */
  readonly visibleGpus: readonly string[] | null
  /** Whether adapters of WebGPU are looked for, as devices of this host. */
  readonly webgpu: boolean
}

/** Reads the environment; throws a sentence that names each variable that is wrong and what it should be. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const values = readEnvironment(env)
  const loopback = isLoopback(values.WEFT_HOST)
  const parties = values.WEFT_PARTIES ?? null
  return {
    host: values.WEFT_HOST,
    port: values.WEFT_PORT,
    compatPorts: values.WEFT_COMPAT_PORTS,
    publicUrl: values.WEFT_PUBLIC_URL?.replace(/\/$/, '') ?? null,
    dataDir: values.WEFT_DATA_DIR,
    database: {
      url: values.WEFT_DATABASE_URL ?? `file:${values.WEFT_DATA_DIR}/weft.db`,
      authToken: values.WEFT_DATABASE_TOKEN,
    },
    // Anything but this machine itself has to show a token, whatever was asked for.
    auth: loopback ? (values.WEFT_AUTH ?? 'off') : 'token',
    bodyLimit: values.WEFT_BODY_LIMIT_MB * MIB,
    uploadLimit: values.WEFT_UPLOAD_LIMIT_MB * MIB,
    logLevel: values.WEFT_LOG_LEVEL,
    importRoots: values.WEFT_IMPORT_ROOTS ?? null,
    exportDir: values.WEFT_EXPORT_DIR ?? null,
    unitDirs: values.WEFT_UNIT_DIRS ?? null,
    modelStore: values.WEFT_MODEL_STORE ?? null,
    fateDialect: values.WEFT_FATE_DIALECT,
    webhookHosts: values.WEFT_WEBHOOK_HOSTS,
    webhookSecret: values.WEFT_WEBHOOK_SECRET ?? null,
    jobLimits: {
      runMs: scaled(values.WEFT_JOB_HOURS, 3_600_000),
      idleMs: scaled(values.WEFT_GPU_IDLE_MINUTES, 60_000),
      gangMs: scaled(values.WEFT_GANG_MINUTES, 60_000),
    },
    rates: {
      requests: values.WEFT_RATE_REQUESTS ?? null,
      lists: values.WEFT_RATE_LISTS ?? null,
      submissions: values.WEFT_RATE_SUBMISSIONS ?? null,
    },
    runner: {
      name: values.WEFT_RUNNER_NAME ?? null,
      datasets: values.WEFT_DATASETS ?? null,
      parties,
      slots: values.WEFT_SLOTS,
      taskMemoryMb: values.WEFT_TASK_MEMORY_MB,
      leaseMs: values.WEFT_LEASE_SECONDS * 1000,
      drainMs: values.WEFT_DRAIN_SECONDS * 1000,
      logBytes: values.WEFT_LOG_MB * MIB,
      keepMs: values.WEFT_KEEP_HOURS * 3_600_000,
      hardware: {
        labels: values.WEFT_LABELS,
        ports: values.WEFT_TASK_PORTS,
        cores: values.WEFT_CORES,
        memoryMb: values.WEFT_MEMORY_MB,
        gpus: values.WEFT_GPUS ?? null,
        visibleGpus: visibleDevices(env['CUDA_VISIBLE_DEVICES']),
        webgpu: values.WEFT_WEBGPU === 'on',
      },
      webgpu: values.WEFT_WEBGPU,
      // A runner of named parties belongs to an organisation that keeps its rows to itself.
      previews: values.WEFT_PREVIEWS ?? parties === null,
      inbox: {
        host: values.WEFT_INBOX_HOST,
        port: values.WEFT_INBOX_PORT,
        url: values.WEFT_INBOX_URL?.replace(/\/$/, '') ?? null,
      },
      server:
        values.WEFT_SERVER_URL === undefined
          ? null
          : {
              url: values.WEFT_SERVER_URL.replace(/\/$/, ''),
              token: values.WEFT_SERVER_TOKEN ?? null,
            },
      app: appOf(values),
      natives: values.WEFT_NATIVES ?? null,
      processes: {
        // An organisation's own runner takes programs from somebody else's server only when it is told to.
        mode: values.WEFT_PROCESSES ?? (parties === null ? null : 'off'),
        containers: values.WEFT_CONTAINERS,
        storages: values.WEFT_STORAGES,
        fetchHosts: values.WEFT_FETCH_HOSTS,
        fetchCacheBytes: values.WEFT_FETCH_CACHE_MB * MIB,
        engines: values.WEFT_ENGINES,
        slurm: values.WEFT_ENGINES.includes('slurm') ? readSlurm(values) : null,
      },
      works: {
        folder: values.WEFT_WORKS_DIR ?? null,
        flink:
          values.WEFT_FLINK_URL === undefined
            ? null
            : { url: values.WEFT_FLINK_URL, gatewayUrl: values.WEFT_FLINK_GATEWAY_URL ?? null },
        gatewayUrl: values.WEFT_FLINK_GATEWAY_URL ?? null,
      },
    },
  }
}

/** The app's address, which that of its own database names as well. */
function appOf(values: Environment): RunnerConfig['app'] {
  const named = /^(https?:\/\/.+)\/hrana\/?$/.exec(values.WEFT_DATABASE_URL ?? '')?.[1]
  const url = values.WEFT_APP_URL ?? named
  if (url === undefined) return null
  const token = values.WEFT_SERVER_TOKEN ?? values.WEFT_DATABASE_TOKEN ?? null
  return { url: url.replace(/\/$/, ''), token }
}

function readSlurm(values: Environment): SlurmConfig {
  const { WEFT_SLURM_URL: url, WEFT_SLURM_USER: user, WEFT_SLURM_FOLDER: folder } = values
  const { WEFT_SLURM_TOKEN: text, WEFT_SLURM_TOKEN_FILE: file } = values
  if (folder === undefined) {
    throw new Error(
      'WEFT_ENGINES names slurm, which needs WEFT_SLURM_FOLDER: a folder that the runner and all nodes have at the same path',
    )
  }
  const token = file === undefined ? (text === undefined ? undefined : { text }) : { file }
  if (url !== undefined && (user === undefined || token === undefined)) {
    throw new Error(
      'WEFT_SLURM_URL needs WEFT_SLURM_USER, and WEFT_SLURM_TOKEN or WEFT_SLURM_TOKEN_FILE',
    )
  }
  return {
    folder,
    rest:
      url === undefined || user === undefined || token === undefined
        ? null
        : { url: url.replace(/\/$/, ''), user, token },
    partition: values.WEFT_SLURM_PARTITION ?? null,
  }
}

/** What CUDA_VISIBLE_DEVICES allows, where it is set; an empty one allows nothing. */
function visibleDevices(text: string | undefined): string[] | null {
  if (text === undefined) return null
  const ids = text.split(',').map((id) => id.trim())
  // CUDA stops at the first that it does not know; minus one is how scripts say none.
  const end = ids.findIndex((id) => id === '' || id === '-1')
  return end < 0 ? ids : ids.slice(0, end)
}

/** The names a server may be addressed by: any behind tokens, otherwise this machine's own and the public one. */
export function ownHosts(config: Pick<Config, 'auth' | 'publicUrl' | 'host'>): string[] | null {
  if (config.auth === 'token') return null
  const own = config.publicUrl === null ? [] : [new URL(config.publicUrl).hostname]
  return ['localhost', '127.0.0.1', '[::1]', config.host, ...own]
}

/** Whether `host` names this machine only. */
export function isLoopback(host: string): boolean {
  return (
    host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
  )
}

function scaled(amount: number | undefined, unit: number): number | null {
  return amount === undefined ? null : amount * unit
}
