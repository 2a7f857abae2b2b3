/**
 * The one list of environment variables, and what each of them may be.
 * @module
 */
import { z } from 'zod'

/** Where ModelBox and FedLearn listen. */
const ORIGINAL_PORTS = [1104, 8092]

const flag = z
  .enum(['0', '1', 'off', 'on', 'false', 'true'])
  .transform((text) => /1|on|true/.test(text))
const webgpu = z
  .enum(['auto', '0', '1', 'off', 'on', 'false', 'true'])
  .transform((text): 'auto' | 'on' | 'off' => {
    if (text === 'auto') return text
    return /1|on|true/.test(text) ? 'on' : 'off'
  })
const count = (low: number, high: number) => {
  const error = `expected a whole number from ${low} to ${high}`
  return z.coerce.number({ error }).int({ error }).min(low, { error }).max(high, { error })
}
const amount = (high: number) => {
  const error = `expected a number above 0, at most ${high}`
  return z.coerce.number({ error }).positive({ error }).max(high, { error })
}
const list = (separator: RegExp) =>
  z.string().transform((text) =>
    text
      .split(separator)
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )

const labels = list(/,/)
  .refine(
    (entries) => entries.every((entry) => /^[^=\s]+=[^=]*$/.test(entry)),
    'expected key=value,key=value',
  )
  .transform((entries) =>
    Object.fromEntries(
      entries.map((entry) => {
        const [key, value] = entry.split('=')
        return [key, value.trim()] as const
      }),
    ),
  )
const ports = z
  .string()
  .regex(/^\d+-\d+$/, 'expected FIRST-LAST, as 20000-29999')
  .transform((text) => {
    const [first, last] = text.split('-').map(Number)
    return [first, last] as const
  })
  .refine(
    ([first, last]) => first >= 1 && first <= last && last <= 65_535,
    'expected two ports from 1 to 65535, the lower one first',
  )
/** The ports of the originals, or others in their place. */
const compatPorts = z
  .string()
  .regex(/^(0|1|off|on|false|true|\d{2,5}(\s*,\s*\d{2,5})*)$/, 'expected 1, or ports as 1104,8092')
  .transform((text) => {
    if (/^(1|on|true)$/.test(text)) return [...ORIGINAL_PORTS]
    return /^\d{2,}/.test(text) ? text.split(',').map(Number) : []
  })
  .refine((all) => all.every((port) => port <= 65_535), 'expected ports up to 65535')
  .refine((all) => new Set(all).size === all.length, 'expected each port once')
/** Folders under names: `data=/srv/data,models=/srv/models:ro`. */
const storages = list(/,/)
  .refine(
    (entries) => entries.every((entry) => /^[A-Za-z0-9_-]{1,64}=\/[^:]*(:ro)?$/.test(entry)),
    'expected name=/folder,name=/folder:ro',
  )
  .transform((entries) =>
    entries.map((entry) => {
      const [, name, path, ro] = /^([^=]+)=([^:]*)(:ro)?$/.exec(entry) ?? []
      return { name, path, readOnly: ro !== undefined }
    }),
  )
/** Ids of devices; `none` for none at all. */
const devices = list(/,/).transform((ids) => (ids.join() === 'none' ? [] : ids))

/** The variables by name. */
const Variables = z.object({
  WEFT_HOST: z.string().default('127.0.0.1'),
  WEFT_PORT: count(0, 65_535).default(9380),
  WEFT_COMPAT_PORTS: compatPorts.default([]),
  WEFT_PUBLIC_URL: z.url().optional(),
  WEFT_DATA_DIR: z.string().default('./data'),
  WEFT_DATABASE_URL: z.string().optional(),
  WEFT_DATABASE_TOKEN: z.string().optional(),
  WEFT_AUTH: z.enum(['off', 'token']).optional(),
  WEFT_PARTIES: list(/,/).optional(),
  WEFT_IMPORT_ROOTS: list(/:(?!\\)/).optional(),
  WEFT_EXPORT_DIR: z.string().optional(),
  WEFT_UNIT_DIRS: list(/:(?!\\)/).optional(),
  WEFT_MODEL_STORE: z.string().optional(),
  WEFT_DATASETS: z.string().optional(),
  WEFT_FATE_DIALECT: z.enum(['1.0', '1.1', '1.4']).default('1.0'),
  WEFT_PREVIEWS: flag.optional(),
  WEFT_BODY_LIMIT_MB: count(1, 1024).default(16),
  WEFT_UPLOAD_LIMIT_MB: count(1, 1024 * 1024).default(4096),
  WEFT_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  WEFT_RUNNER_NAME: z.string().optional(),
  WEFT_SLOTS: count(1, 1024).default(24),
  WEFT_LABELS: labels.default({}),
  WEFT_TASK_PORTS: ports.default([20_000, 29_999]),
  WEFT_CORES: amount(65_536).optional(),
  WEFT_MEMORY_MB: count(1, 1024 * 1024 * 1024).optional(),
  WEFT_GPUS: devices.optional(),
  WEFT_WEBGPU: webgpu.default('auto'),
  WEFT_TASK_MEMORY_MB: count(64, 1024 * 1024).default(4096),
  WEFT_LEASE_SECONDS: count(2, 3600).default(15),
  WEFT_DRAIN_SECONDS: count(0, 86_400).default(10),
  WEFT_LOG_MB: count(1, 1024 * 1024).default(256),
  WEFT_KEEP_HOURS: count(0, 24 * 3660).default(72),
  WEFT_INBOX_HOST: z.string().default('127.0.0.1'),
  WEFT_INBOX_PORT: count(0, 65_535).default(0),
  WEFT_INBOX_URL: z.union([z.url(), z.literal('none')]).optional(),
  WEFT_APP_URL: z.url({ protocol: /^https?$/ }).optional(),
  WEFT_NATIVES: z.string().optional(),
  WEFT_SERVER_URL: z.url().optional(),
  WEFT_SERVER_TOKEN: z.string().optional(),
  WEFT_PROCESSES: z.enum(['host', 'sandbox', 'off']).optional(),
  WEFT_CONTAINERS: z.enum(['auto', 'podman', 'docker', 'off']).default('auto'),
  WEFT_STORAGES: storages.default([]),
  WEFT_ENGINES: z
    .string()
    .default('local')
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(z.enum(['local', 'slurm']))),
  WEFT_SLURM_URL: z.url().optional(),
  WEFT_SLURM_USER: z.string().optional(),
  WEFT_SLURM_TOKEN: z.string().optional(),
  WEFT_SLURM_TOKEN_FILE: z.string().optional(),
  WEFT_SLURM_FOLDER: z
    .string()
    .regex(/^\/[^%\\\n]*$/, 'expected an absolute path without % and \\')
    .optional(),
  WEFT_SLURM_PARTITION: z.string().optional(),
  WEFT_FLINK_URL: z.url({ protocol: /^https?$/ }).optional(),
  WEFT_FLINK_GATEWAY_URL: z.url({ protocol: /^https?$/ }).optional(),
  WEFT_WORKS_DIR: z.string().optional(),
  WEFT_JOB_HOURS: amount(87_600).optional(),
  WEFT_GPU_IDLE_MINUTES: count(1, 23 * 60).optional(),
  WEFT_GANG_MINUTES: count(1, 60 * 24 * 366).optional(),
  WEFT_FETCH_HOSTS: list(/,/).default([]),
  WEFT_FETCH_CACHE_MB: count(0, 1024 * 1024 * 1024).default(4096),
  WEFT_WEBHOOK_HOSTS: list(/,/).default([]),
  WEFT_WEBHOOK_SECRET: z.string().optional(),
  WEFT_RATE_REQUESTS: count(1, 1_000_000_000).optional(),
  WEFT_RATE_LISTS: count(1, 1_000_000_000).optional(),
  WEFT_RATE_SUBMISSIONS: count(1, 1_000_000_000).optional(),
})

/** The variables that are set, read; what is not set has its default. */
export type Environment = z.output<typeof Variables>

/** What graphs of flows may name; the rest of the name is theirs. */
const FOR_FLOWS = 'WEFT_FLOW_'

/** Reads the variables; throws a sentence that names each one that is wrong and what it should be. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): Environment {
  const given = Object.fromEntries(
    Object.entries(env).filter(([name, value]) => name.startsWith('WEFT_') && value !== ''),
  )
  const parsed = Variables.safeParse(given)
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => faultOf(issue, given))
    throw new Error([...new Set(faults)].join('\n'))
  }
  const unknown = Object.keys(given).filter(
    (name) => !(name in Variables.shape) && !name.startsWith(FOR_FLOWS),
  )
  if (unknown.length > 0) {
    throw new Error(
      `Unknown variable ${unknown.join(', ')}: see the table in README.md for the ones there are`,
    )
  }
  return parsed.data
}

function faultOf(issue: z.core.$ZodIssue, given: Readonly<Record<string, string | undefined>>) {
  const name = String(issue.path[0])
  // An address may have a password in it.
  const value = /URL|TOKEN|SECRET/.test(name) ? '' : ` is "${given[name]}", but`
  return `${name}${value === '' ? ' is wrong:' : value} ${expectedBy(issue)}`
}

function expectedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `expected ${issue.values.map(String).join(', ')}`
  // The only things that are one of two are addresses too.
  const isAddress = issue.code === 'invalid_format' && issue.format === 'url'
  if (isAddress || issue.code === 'invalid_union') return 'expected an address as http://host:port'
  return issue.message
}
