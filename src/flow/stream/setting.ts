/**
 * The attributes of a node: which unit, on which device, with what queues, and what is left for the unit itself.
 * @module
 */
import { splitList } from './config.ts'
import type { DotNode } from './dot.ts'
import type { Place } from './problem.ts'

/** Sizes of the queues in front of a node. */
export interface QueueNumbers {
  readonly queueSize: number
  readonly queueSizes: Readonly<Record<string, number>>
  readonly externalQueueSize: number
}

export interface NodeSettings {
  readonly type: string
  readonly unitName: string
  readonly devices: readonly string[]
  readonly deviceIds: readonly string[]
  readonly batchSize: number | undefined
  /** Whether its unit is to have a thread of its own. */
  readonly thread: boolean
  readonly numbers: QueueNumbers
  readonly settings: Readonly<Record<string, string>>
  readonly problems: readonly { readonly message: string; readonly place: Place }[]
}

export interface SettingOptions {
  readonly args?: Readonly<Record<string, string>>
  /** Null: such variables stay as they are, as only the runner knows them. */
  readonly env?: Readonly<Record<string, string>> | null
}

/** What a node may hold waiting, whatever a graph asks for. */
const LARGEST_QUEUE = 65_536
/** Read here, and nothing for a unit. */
const OWN =
  /^(type|flowunit|device|deviceid|label|shape|color|style|fillcolor|pos|width|height|thread|need_check_output|output_type|queue_size(_.*)?)$/

/** Reads the attributes of `node`. */
export function settingsOf(
  { name, place, attributes }: DotNode,
  { args = {}, env = null }: SettingOptions,
): NodeSettings {
  const problems: { message: string; place: Place }[] = []
  const texts = new Map<string, string>()
  for (const [key, { text, place: at }] of attributes) {
    const filled = fill(text, { args, env })
    if ('missing' in filled)
      problems.push({
        message: `"${key}" of node '${name}' names ${filled.missing}, which is not given`,
        place: at,
      })
    else texts.set(key, filled.text)
  }
  const whole = (key: string, least: number): number | undefined => {
    const text = texts.get(key)
    if (text === undefined) return undefined
    const value = Number(text)
    if (Number.isSafeInteger(value) && value >= least && value <= LARGEST_QUEUE) return value
    problems.push({
      message: `"${key}" of node '${name}' is "${text}": a whole number from ${least} to ${LARGEST_QUEUE} is expected`,
      place: attributes.get(key)?.place ?? place,
    })
    return undefined
  }
  const text = (key: string): string => texts.get(key)?.trim() ?? ''
  const { devices, ids } = devicesOf(text('device'))
  const own = text('deviceid') === '' ? [] : splitList(text('deviceid'))
  if (own.length > 0 && (ids.length > 0 || devices.length > 1))
    problems.push({
      message: `node '${name}' has "deviceid" beside a list of devices: give one of the two`,
      place: attributes.get('deviceid')?.place ?? place,
    })
  const settings = [...texts].filter(([key]) => !OWN.test(key) && key !== 'batch_size')
  const perPort = [...texts.keys()]
    .filter((key) => key.startsWith('queue_size_') && key !== 'queue_size_external')
    .map((key) => [key.slice('queue_size_'.length), whole(key, 1)] as const)
  const batchSize = whole('batch_size', 1)
  const queueSize = whole('queue_size', 1)
  const external = whole('queue_size_external', 1)
  const thread = text('thread').toLowerCase()
  if (!/^(true|1|false|0|)$/.test(thread))
    problems.push({
      message: `"thread" of node '${name}' is "${thread}": write true or false`,
      place: attributes.get('thread')?.place ?? place,
    })
  return {
    type: text('type') || (texts.has('flowunit') ? 'flowunit' : ''),
    unitName: text('flowunit') || name,
    devices,
    deviceIds: ids.length > 0 ? ids : own,
    batchSize,
    thread: thread === 'true' || thread === '1',
    numbers: {
      queueSize: queueSize ?? 32,
      queueSizes: Object.fromEntries(
        perPort.flatMap(([port, size]) => (size === undefined ? [] : [[port, size]])),
      ),
      externalQueueSize: external ?? 1024,
    },
    settings: Object.fromEntries(settings),
    problems,
  }
}

/** `cuda:0,1;cpu` names two devices, the first with ids. */
function devicesOf(text: string): { devices: string[]; ids: string[] } {
  const parts = text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  return {
    devices: parts.map((part) => part.split(':')[0]),
    ids: parts.flatMap((part) => part.split(':')[1]?.split(',') ?? []).map((id) => id.trim()),
  }
}

/** Puts `$argument` and `${VARIABLE}` in place. */
function fill(
  text: string,
  given: {
    args: Readonly<Record<string, string>>
    env: Readonly<Record<string, string>> | null
  },
): { text: string } | { missing: string } {
  const name = /^\$([A-Za-z_][\w-]*)$/.exec(text.trim())?.[1]
  if (name !== undefined)
    return Object.hasOwn(given.args, name)
      ? { text: given.args[name] }
      : { missing: `the argument $${name}` }
  const { env } = given
  if (env === null) return { text }
  let missing: string | undefined
  const filled = text.replaceAll(/\$\{([A-Za-z_]\w*)\}/g, (_, variable: string) => {
    if (Object.hasOwn(env, variable)) return env[variable]
    missing ??= `the variable \${${variable}}`
    return ''
  })
  return missing === undefined ? { text: filled } : { missing }
}
