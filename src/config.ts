/**
 * The one list of environment variables. Entries read the environment, everything below gets values.
 * @module
 */
import { z } from 'zod'

const MIB = 1024 * 1024

const flag = z
  .enum(['0', '1', 'off', 'on', 'false', 'true'])
  .transform((text) => /1|on|true/.test(text))
const count = (low: number, high: number) => z.coerce.number().int().min(low).max(high)
const list = (separator: RegExp) =>
  z.string().transform((text) =>
    text
      .split(separator)
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )

const Environment = z.object({
  WEFT_HOST: z.string().default('127.0.0.1'),
  WEFT_PORT: count(0, 65_535).default(9380),
  WEFT_PUBLIC_URL: z.url().optional(),
  WEFT_DATA_DIR: z.string().default('./data'),
  WEFT_DATABASE_URL: z.string().optional(),
  WEFT_DATABASE_TOKEN: z.string().optional(),
  WEFT_AUTH: z.enum(['off', 'token']).optional(),
  WEFT_PARTIES: list(/,/).optional(),
  WEFT_IMPORT_ROOTS: list(/:(?!\\)/).optional(),
  WEFT_PREVIEWS: flag.optional(),
  WEFT_BODY_LIMIT_MB: count(1, 1024).default(16),
  WEFT_UPLOAD_LIMIT_MB: count(1, 1024 * 1024).default(4096),
  WEFT_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  WEFT_RUNNER_NAME: z.string().optional(),
  WEFT_SLOTS: count(1, 1024).default(24),
  WEFT_TASK_MEMORY_MB: count(64, 1024 * 1024).default(4096),
  WEFT_LEASE_SECONDS: count(2, 3600).default(15),
  WEFT_INBOX_HOST: z.string().default('127.0.0.1'),
  WEFT_INBOX_PORT: count(0, 65_535).default(0),
  WEFT_INBOX_URL: z.url().optional(),
  WEFT_NATIVES: z.string().optional(),
  WEFT_SERVER_URL: z.url().optional(),
  WEFT_SERVER_TOKEN: z.string().optional(),
})

export interface Config {
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
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
  readonly runner: RunnerConfig
}

export interface RunnerConfig {
  readonly name: string | null
  /** Null for every party. */
  readonly parties: readonly string[] | null
  readonly slots: number
  readonly taskMemoryMb: number
  readonly leaseMs: number
  /** The folder of native accelerators; null for that of the executable. */
  readonly natives: string | null
  /** Whether first rows and models of its parties may be kept in the server's database. */
  readonly previews: boolean
  readonly inbox: { readonly host: string; readonly port: number; readonly url: string | null }
  /** The app's gateway, for a runner without database access. */
  readonly server: { readonly url: string; readonly token: string | null } | null
}

/** Reads the environment; throws a sentence that names each variable that is wrong and what it should be. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([name, value]) => name.startsWith('WEFT_') && value !== ''),
  )
  const parsed = Environment.safeParse(given)
  if (!parsed.success)
    throw new Error(`The environment is not usable:\n${z.prettifyError(parsed.error)}`)
  const unknown = Object.keys(given).filter(
    (name) => !(name in Environment.shape) && !RESERVED.has(name),
  )
  if (unknown.length > 0) {
    throw new Error(
      `Unknown variable ${unknown.join(', ')}: see the table in README.md for the ones there are`,
    )
  }
  const values = parsed.data
  const loopback = isLoopback(values.WEFT_HOST)
  const parties = values.WEFT_PARTIES ?? null
  return {
    host: values.WEFT_HOST,
    port: values.WEFT_PORT,
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
    runner: {
      name: values.WEFT_RUNNER_NAME ?? null,
      parties,
      slots: values.WEFT_SLOTS,
      taskMemoryMb: values.WEFT_TASK_MEMORY_MB,
      leaseMs: values.WEFT_LEASE_SECONDS * 1000,
      natives: values.WEFT_NATIVES ?? null,
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
    },
  }
}

/** Variables of design §6 whose feature is read elsewhere. */
const RESERVED = new Set(['WEFT_COMPAT_PORTS'])

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
