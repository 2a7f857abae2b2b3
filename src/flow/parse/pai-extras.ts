/**
 * The `extras` of the OpenPAI job protocol: scheduling, storages, plugins of the runtime. Keys that nobody knows are
 * let through, as the original does.
 * @module
 */
import {
  below,
  booleanOf,
  entriesOf,
  integerOf,
  listOf,
  objectOf,
  oneOf,
  optional,
  type PaiPart,
  refusePart,
  required,
  stringOf,
} from './pai-check.ts'

/** What a plugin has done in the tasks of its roles. */
export interface PaiPlugin {
  /** Null for all roles. */
  readonly roles: readonly string[] | null
  readonly before: readonly string[]
  /** Only after the commands have succeeded. */
  readonly after: readonly string[]
}

export interface PaiExtras {
  /** Whether no task begins before all have their place. */
  readonly gang: boolean
  /** As the document has it; null where it has none. */
  readonly priority: (typeof PRIORITIES)[number] | null
  /** Names of the storages that every task is to see, and where. */
  readonly storages: readonly { readonly name: string; readonly mountPath: string }[]
  readonly plugins: readonly PaiPlugin[]
  /** Whether it may run as processes of the host, without its image. */
  readonly host: boolean
  /** Where its processes run; null for where there is room. */
  readonly engine: (typeof ENGINES)[number] | null
  /** How long it may run, retries included; null for as long as the server lets it. */
  readonly runMinutes: number | null
  /** Told of changes: its address, as a template, and of which. */
  readonly webhook: {
    readonly url: string
    readonly events: readonly PaiEvent[]
    /** What it is signed with, as the template that names a secret. */
    readonly secret: string | null
  } | null
}

/** Changes of a job that somebody may be told of. */
export const PAI_EVENTS = ['running', 'succeeded', 'failed', 'stopped', 'retried'] as const
export type PaiEvent = (typeof PAI_EVENTS)[number]

export const ENGINES = ['local', 'slurm', 'container'] as const

export const PRIORITIES = ['crit', 'prod', 'test', 'oppo'] as const

const NONE: PaiExtras = {
  gang: true,
  priority: null,
  storages: [],
  plugins: [],
  host: false,
  engine: null,
  runMinutes: null,
  webhook: null,
}

/** Reads them; what is not there is as by default. */
export function readExtras(part: PaiPart | undefined): PaiExtras {
  if (!part || part.value === null) return NONE
  objectOf(part)
  const hived = below(part, 'hivedScheduler')
  const weft = below(part, 'weft')
  return {
    gang: optional(part, 'gangAllocation', booleanOf) ?? true,
    priority: (hived && optional(hived, 'jobPriorityClass', (at) => oneOf(at, PRIORITIES))) ?? null,
    storages: optional(part, 'storages', readStorages) ?? [],
    plugins: (
      optional(part, 'com.microsoft.pai.runtimeplugin', (list) => listOf(list)) ?? []
    ).flatMap((item) => readPlugin(item)),
    host: (weft && optional(weft, 'host', booleanOf)) ?? false,
    engine: (weft && optional(weft, 'engine', (at) => oneOf(at, ENGINES))) ?? null,
    runMinutes: (weft && optional(weft, 'runMinutes', (at) => integerOf(at, 1))) ?? null,
    webhook: readWebhook(weft, below(part, 'jobStatusChangeNotification')),
  }
}

/** Without a word on the changes all of them are told. */
function readWebhook(
  weft: PaiPart | undefined,
  changes: PaiPart | undefined,
): PaiExtras['webhook'] {
  const wanted = changes && PAI_EVENTS.filter((name) => optional(changes, name, booleanOf) === true)
  const url = weft && optional(weft, 'webhook', stringOf)
  const secret = (weft && optional(weft, 'webhookSecret', namesSecret)) ?? null
  return url === undefined ? null : { url, events: wanted ?? PAI_EVENTS, secret }
}

/** Others may read the document, so what is secret is only named in it. */
function namesSecret(part: PaiPart): string {
  const text = stringOf(part)
  if (/^\s*<%\s*\$secrets\.[^%]+%>\s*$/.test(text)) return text
  return refusePart(part, 'should be <% $secrets.NAME %>, as others may read the document')
}

/** A plugin that runs commands before and after, written as lists or as callbacks of events. */
export function readCommandPlugin(part: PaiPart, roles: readonly string[] | null): PaiPlugin {
  const texts = (key: string) => optional(part, key, (list) => listOf(list).map(stringOf)) ?? []
  const callbacks = (optional(part, 'callbacks', (list) => listOf(list)) ?? []).map((item) => ({
    event: oneOf(required(item, 'event'), ['taskStarts', 'taskSucceeds']),
    commands: listOf(required(item, 'commands')).map(stringOf),
  }))
  const on = (event: string) =>
    callbacks.filter((one) => one.event === event).flatMap((one) => one.commands)
  return {
    roles,
    before: [...texts('preCommands'), ...on('taskStarts')],
    after: [...texts('postCommands'), ...on('taskSucceeds')],
  }
}

/** Of the plugins only `cmd` means something outside a container; the others are let through. */
function readPlugin(part: PaiPart): PaiPlugin[] {
  const plugin = stringOf(required(part, 'plugin'))
  const roles = optional(part, 'taskroles', (list) => listOf(list).map(stringOf)) ?? null
  if (plugin !== 'cmd') return []
  const parameters = below(part, 'parameters')
  return parameters ? [readCommandPlugin(parameters, roles)] : []
}

function readStorages(part: PaiPart): PaiExtras['storages'] {
  return listOf(part).map((item) => {
    const name = stringOf(required(item, 'name'))
    for (const [key, value] of entriesOf(item)) if (key === 'mountPath') stringOf(value)
    return { name, mountPath: optional(item, 'mountPath', stringOf) ?? `/mnt/${name}` }
  })
}
