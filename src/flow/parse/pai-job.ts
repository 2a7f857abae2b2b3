/**
 * Documents of the OpenPAI job protocol, version 2: what the original accepts is accepted, with its templates filled in;
 * what it refuses is refused with the path and the line.
 * @module
 */
import {
  below,
  entriesOf,
  integerOf,
  listOf,
  matching,
  objectOf,
  oneOf,
  only,
  optional,
  type PaiPart,
  refusePart,
  required,
  stringOf,
} from './pai-check.ts'
import { type PaiExtras, readExtras } from './pai-extras.ts'
import { type PaiPrerequisite, readPrerequisites } from './pai-prerequisite.ts'
import { renderPai } from './pai-template.ts'
import { readPaiYaml } from './pai-yaml.ts'

/** A role: so many instances of the same program. */
export interface PaiRole {
  readonly name: string
  readonly instances: number
  /** How many failed instances fail the job; null for never. */
  readonly minFailed: number | null
  /** How many succeeded instances make it a success; null for all roles being done. */
  readonly minSucceeded: number | null
  readonly retries: number
  readonly image: string
  /** Of the registry, as the document has it. */
  readonly auth: Readonly<Record<string, string>> | null
  readonly cpu: number
  readonly memoryMb: number
  readonly gpu: number
  readonly shmMb: number
  /** How many ports by label. */
  readonly ports: Readonly<Record<string, number>>
  /** The commands as one text, all but secrets filled in. */
  readonly entrypoint: string
  /** The same with what plugins do before and after. */
  readonly script: string
  /** Data and scripts that it is to find when it begins. */
  readonly wanted: readonly PaiWanted[]
  /** Places for output that none of its commands names, so that nothing will come to be there. */
  readonly unused: readonly PaiPrerequisite[]
}

/** What a role is to find when it begins, unless a plugin of its own sees to that. */
export interface PaiWanted {
  readonly prerequisite: PaiPrerequisite
  /** Whether the commands name where it comes from, and so may fetch it themselves. */
  readonly named: boolean
}

/** A job as its document tells. */
export interface PaiJob {
  readonly name: string
  /** Null where the document has none, or none that is a whole number. */
  readonly version: number | null
  readonly description: string
  readonly retries: number
  readonly virtualCluster: string | null
  readonly roles: readonly PaiRole[]
  readonly secrets: Readonly<Record<string, unknown>>
  readonly extras: PaiExtras
}

const TOP = [
  'protocolVersion',
  'name',
  'type',
  'version',
  'contributor',
  'description',
  'prerequisites',
  'parameters',
  'secrets',
  'jobRetryCount',
  'taskRoles',
  'deployments',
  'defaults',
  'extras',
] as const
const ROLE = [
  'instances',
  'completion',
  'taskRetryCount',
  'prerequisites',
  'dockerImage',
  'data',
  'output',
  'script',
  'extraContainerOptions',
  'resourcePerInstance',
  'commands',
] as const
const NAME = /^[a-zA-Z0-9_-]+$/
const ROLE_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/
/** The original has no bound; this many processes of one role are more than anybody's cluster. */
const MOST_INSTANCES = 10_000

/** Reads a job. Throws a FlowError that names the path and the line. */
export function parsePaiJob(text: string): PaiJob {
  const yaml = readPaiYaml(text)
  const top = only({ yaml, path: [], value: yaml.value }, TOP)
  oneOf(required(top, 'protocolVersion'), [2, '2'])
  const name = matching(required(top, 'name'), NAME)
  oneOf(required(top, 'type'), ['job'])
  for (const key of ['contributor', 'description']) optional(top, key, stringOf)
  const prerequisites = optional(top, 'prerequisites', readPrerequisites) ?? []
  const parameters = optional(top, 'parameters', objectOf) ?? {}
  const secrets = optional(top, 'secrets', objectOf) ?? {}
  const defaults = below(top, 'defaults')
  if (defaults) only(defaults, ['virtualCluster', 'deployment'])
  const deployment = deploymentOf(top, defaults)
  const extras = readExtras(below(top, 'extras'))
  const roles = entriesOf(required(top, 'taskRoles'))
  if (roles.length === 0)
    refusePart(required(top, 'taskRoles'), 'should NOT have fewer than 1 properties')
  return {
    name,
    version: versionOf(below(top, 'version')?.value),
    description: optional(top, 'description', stringOf) ?? '',
    retries: optional(top, 'jobRetryCount', (part) => integerOf(part, 0)) ?? 0,
    virtualCluster: (defaults && optional(defaults, 'virtualCluster', stringOf)) ?? null,
    roles: roles.map(([role, part]) =>
      readRole(role, part, { prerequisites, parameters, deployment, extras }),
    ),
    secrets,
    extras,
  }
}

interface Deployment {
  readonly before: ReadonlyMap<string, readonly string[]>
  readonly after: ReadonlyMap<string, readonly string[]>
}

/** The deployment that the defaults name; none where they name none. */
function deploymentOf(top: PaiPart, defaults: PaiPart | undefined): Deployment | undefined {
  const all = (optional(top, 'deployments', (part) => listOf(part)) ?? []).map((part) => {
    only(part, ['name', 'taskRoles'])
    const roles = entriesOf(required(part, 'taskRoles')).map(([role, commands]) => {
      only(commands, ['preCommands', 'postCommands'])
      const texts = (key: string) =>
        optional(commands, key, (list) => listOf(list).map(stringOf)) ?? []
      return { role, before: texts('preCommands'), after: texts('postCommands') }
    })
    return {
      part,
      name: matching(required(part, 'name'), NAME),
      before: new Map(roles.map(({ role, before }) => [role, before])),
      after: new Map(roles.map(({ role, after }) => [role, after])),
    }
  })
  const names = all.map(({ name }) => name)
  const twice = all.find(({ name }, index) => names.indexOf(name) !== index)
  if (twice) refusePart(twice.part, `should have a name of its own: "${twice.name}" is there twice`)
  const wanted = defaults && below(defaults, 'deployment')
  if (!wanted) return undefined
  return (
    all.find(({ name }) => name === stringOf(wanted)) ??
    refusePart(
      wanted,
      `names what is not there: Default deployment ${stringOf(wanted)} does not exist. It should be one of the deployments: ${names.join(', ') || 'there are none'}`,
    )
  )
}

interface RoleContext {
  readonly prerequisites: readonly PaiPrerequisite[]
  readonly parameters: Record<string, unknown>
  readonly deployment: Deployment | undefined
  readonly extras: PaiExtras
}

function readRole(name: string, part: PaiPart, context: RoleContext): PaiRole {
  if (!ROLE_NAME.test(name)) refusePart(part, `should have a name like "${ROLE_NAME.source}"`)
  only(part, ROLE)
  const { prerequisites, parameters, deployment, extras } = context
  const instances = optional(part, 'instances', (value) => integerOf(value, 1)) ?? 1
  if (instances > MOST_INSTANCES)
    refusePart({ ...part, path: [...part.path, 'instances'] }, `should be <= ${MOST_INSTANCES}`)
  const find = (type: string, at: PaiPart): PaiPrerequisite => {
    const wanted = stringOf(at)
    const found = prerequisites.find((one) => one.type === type && one.name === wanted)
    return (
      found ?? refusePart(at, `names what is not there: Prerequisite ${wanted} does not exist.`)
    )
  }
  const resources = resourcesOf(required(part, 'resourcePerInstance'))
  const image = find('dockerimage', required(part, 'dockerImage'))
  const used: Record<string, unknown> = {}
  for (const type of ['data', 'output', 'script'])
    used[type] = optional(part, type, (at) => find(type, at).fields)
  const further = optional(part, 'prerequisites', (list) => listOf(list).map(stringOf)) ?? []
  const required_ = further.map(
    (wanted, index) =>
      prerequisites.find((one) => one.name === wanted) ??
      refusePart(
        { ...part, path: [...part.path, 'prerequisites', index] },
        `names what is not there: Prerequisite ${wanted} does not exist.`,
      ),
  )
  const commands = listOf(required(part, 'commands'), 1).map(stringOf)
  const completion = below(part, 'completion')
  if (completion) only(completion, ['minFailedInstances', 'minSucceededInstances'])
  const render = (texts: readonly string[]) =>
    renderPai(texts.map((text) => text.trim()).join('\n'), { parameters, ...used })
  const written = [
    ...(deployment?.before.get(name) ?? []),
    ...commands,
    ...(deployment?.after.get(name) ?? []),
  ]
  const entrypoint = render(written)
  const ownOf = (...types: string[]) =>
    types.flatMap((type) => optional(part, type, (at) => find(type, at)) ?? [])
  const own = ownOf('data', 'script')
  const outputs = ownOf('output')
  const plugins = [...extras.plugins, ...required_.flatMap(({ plugin }) => plugin ?? [])].filter(
    ({ roles }) => roles === null || roles.includes(name),
  )
  const before = plugins.flatMap((plugin) => plugin.before)
  const after = plugins.flatMap((plugin) => plugin.after)
  const said = [...written, ...before, ...after].join('\n')
  const options = below(part, 'extraContainerOptions')
  if (options) only(options, ['shmMB', 'infiniband'])
  return {
    name,
    instances,
    minFailed: threshold(completion, 'minFailedInstances', 1),
    minSucceeded: threshold(completion, 'minSucceededInstances', instances),
    retries: optional(part, 'taskRetryCount', (value) => integerOf(value, 0)) ?? 0,
    image: image.uri,
    auth: (image.fields.auth as PaiRole['auth'] | undefined) ?? null,
    ...resources,
    shmMb: (options && optional(options, 'shmMB', (value) => integerOf(value, 0))) ?? 64,
    entrypoint,
    wanted: [...new Set([...own, ...required_])]
      .filter(({ type, plugin }) => plugin === null && (type === 'data' || type === 'script'))
      .map((prerequisite) => ({
        prerequisite,
        named:
          own.includes(prerequisite) &&
          new RegExp(`<%\\s*\\$${prerequisite.type}\\.uri\\b`).test(said),
      })),
    unused: [...new Set([...outputs, ...required_.filter(({ type }) => type === 'output')])].filter(
      (one) =>
        one.plugin === null &&
        !(outputs.includes(one) && /<%\s*\$output\b/.test(said)) &&
        !one.uris.some((uri) => said.includes(uri)),
    ),
    script: [...(before.length > 0 ? [render(before)] : []), entrypoint]
      .concat(after.length > 0 ? [render(after)] : [])
      .join('\n'),
  }
}

/** A number of instances; -1 for never, what is absent or null as by default. */
function threshold(part: PaiPart | undefined, key: string, byDefault: number): number | null {
  const at = part && below(part, key)
  if (!at || at.value === null) return byDefault
  const value = integerOf(at, -1)
  if (value === 0) refusePart(at, 'should be >= 1, or -1 for never')
  return value === -1 ? null : value
}

function resourcesOf(part: PaiPart): Pick<PaiRole, 'cpu' | 'memoryMb' | 'gpu' | 'ports'> {
  only(part, ['cpu', 'memoryMB', 'gpu', 'ports'])
  const ports = optional(part, 'ports', entriesOf) ?? []
  return {
    cpu: integerOf(required(part, 'cpu'), 0),
    memoryMb: integerOf(required(part, 'memoryMB'), 0),
    gpu: integerOf(required(part, 'gpu'), 0),
    ports: Object.fromEntries(
      ports.map(([label, count]) => {
        if (!ROLE_NAME.test(label))
          refusePart(count, `should have a label like "${ROLE_NAME.source}"`)
        return [label, integerOf(count, 0)]
      }),
    ),
  }
}

function versionOf(value: unknown): number | null {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : ''
  return /^\d{1,9}$/.test(text) ? Number(text) : null
}
