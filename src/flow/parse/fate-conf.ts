/**
 * FATE's runtime configuration, versions 1 and 2: who takes part, with which tables and which parameters.
 * @module
 */
import { FlowError } from '../error.ts'
import { commonParameters, groupsAt, roleParametersOf } from './fate-v2.ts'
import { asObject, isObject, type JsonObject, show } from './shape.ts'

/** A parsed runtime configuration. */
export interface FateConf {
  readonly version: 1 | 2
  readonly initiator: { readonly role: string; readonly party: string }
  /** Parties by role in the order of the configuration. */
  readonly members: Readonly<Record<string, readonly string[]>>
  readonly workMode: 0 | 1
  readonly jobType: 'train' | 'predict'
  /** The model that a prediction uses. */
  readonly modelId?: string
  readonly modelVersion?: string
  readonly name?: string
  readonly description?: string
  readonly tag?: string
  /** How often a task may be tried again after its runner was lost. */
  readonly autoRetries: number
  /** In version 2, by role and index of the party: what single parties have beside that. */
  readonly roleJobParameters: JsonObject
  /** By role: in version 1 by component, with lists; in version 2 by index of the party. */
  readonly roleParameters: JsonObject
  /** By component, for every party. */
  readonly algorithmParameters: JsonObject
}

/** A table that the configuration names for one party. */
export interface TableArgument {
  readonly role: string
  readonly position: number
  readonly party: string
  readonly key: string
  readonly namespace: string
  readonly name: string
}

/** One party of a job. */
export interface Place {
  readonly role: string
  /** Index of the party within its role. */
  readonly position: number
}

const ROLES = ['guest', 'host', 'arbiter', 'local']
const WORK_MODES = [0, 1]
const MOST_RETRIES = 1000
/** The argument from which predictions read. */
const EVAL_DATA = 'eval_data'

/**
 * Reads a runtime configuration.
 * @throws FlowError that names the field and what was expected there.
 */
export function parseFateConf(value: unknown): FateConf {
  if (!isObject(value)) {
    throw new FlowError(`job_runtime_conf: expected an object, got ${show(value)}`)
  }
  const version = parseVersion(value['dsl_version'])
  requireKeys(value, ['initiator', 'job_parameters', 'role'])
  const initiator = asObject(value['initiator'], 'initiator')
  requireKeys(initiator, ['role', 'party_id'])
  const job =
    version === 1
      ? asObject(value['job_parameters'], 'job_parameters')
      : commonParameters(value['job_parameters'])
  if (version === 1 || job['work_mode'] !== undefined) {
    requireKeys(job, [['work_mode', WORK_MODES]])
  }
  const parameters = asObject(value['component_parameters'], 'component_parameters')
  const members = parseMembers(asObject(value['role'], 'role'))
  const role = String(initiator['role'])
  const party = toParty(initiator['party_id'], 'initiator.party_id')
  if (!members[role]?.includes(party)) throw new FlowError(`initiator party id error ${party}`)
  const jobType = job['job_type'] ?? 'train'
  if (jobType !== 'train' && jobType !== 'predict') {
    throw new FlowError(
      `job_parameters.job_type: expected "train" or "predict", got ${show(jobType)}`,
    )
  }
  return {
    version,
    initiator: { role, party },
    members,
    workMode: Number(job['work_mode']) === 1 ? 1 : 0,
    jobType,
    modelId: optionalText(job, 'model_id'),
    modelVersion: optionalText(job, 'model_version'),
    name: optionalText(job, 'name'),
    description: optionalText(job, 'description'),
    tag: optionalText(job, 'tag'),
    autoRetries: parseRetries(job['auto_retries']),
    roleJobParameters: version === 1 ? {} : roleParametersOf(value['job_parameters'], members),
    ...(version === 1
      ? {
          roleParameters: asObject(value['role_parameters'], 'role_parameters'),
          algorithmParameters: asObject(value['algorithm_parameters'], 'algorithm_parameters'),
        }
      : {
          roleParameters: asObject(parameters['role'], 'component_parameters.role'),
          algorithmParameters: asObject(parameters['common'], 'component_parameters.common'),
        }),
  }
}

/**
 * How often a task of one party may be tried again after its runner was lost.
 * @throws FlowError for a count that is none.
 */
export function retriesAt(conf: FateConf, place: Place): number {
  const groups = groupsAt(conf.roleJobParameters, place, 'job_parameters.role')
  const given = groups.findLast((group) => group['auto_retries'] !== undefined)
  return given ? parseRetries(given['auto_retries']) : conf.autoRetries
}

/**
 * The parameters of a component at one party: those for everyone, and over them those of the role, whose leaves
 * are lists with one value a party.
 * @throws FlowError for a leaf that has no value for the party.
 */
export function parametersAt(
  conf: FateConf,
  component: string,
  place: Place,
): Record<string, unknown> {
  if (conf.version === 2) {
    const common = asObject(
      conf.algorithmParameters[component],
      `component_parameters.common.${component}`,
    )
    return groupsAt(conf.roleParameters, place).reduce<Record<string, unknown>>(
      (below, group) =>
        mergeParameters(
          below,
          asObject(group[component], `component_parameters.role.${place.role}.${component}`),
        ),
      { ...common },
    )
  }
  const all = asObject(conf.algorithmParameters[component], `algorithm_parameters.${component}`)
  const path = `role_parameters.${place.role}`
  const ofRole = asObject(conf.roleParameters[place.role], path)
  const own = asObject(ofRole[component], `${path}.${component}`)
  return mergeParameters(all, pick(own, `${path}.${component}`, place))
}

/** Every table that the configuration names, for members of the job. */
export function tableArguments(conf: FateConf): readonly TableArgument[] {
  if (conf.version === 2) return readerTables(conf)
  return Object.entries(conf.members).flatMap(([role, parties]) => {
    const path = `role_parameters.${role}.args.data`
    const ofRole = asObject(conf.roleParameters[role], `role_parameters.${role}`)
    const args = asObject(ofRole['args'], `role_parameters.${role}.args`)
    return Object.entries(asObject(args['data'], path)).flatMap(([key, list]) =>
      parties.map((party, position) => {
        const at = `${path}.${key}`
        const table = pickLeaf(list, at, { role, position })
        const { namespace, name } = isObject(table) ? table : {}
        if (typeof namespace !== 'string' || typeof name !== 'string') {
          throw new FlowError(
            `${at}: expected {"name": …, "namespace": …} for ${role} ${party}, got ${show(table)}`,
          )
        }
        return { role, position, party, key, namespace, name }
      }),
    )
  })
}

/**
 * In version 2 a table is a Reader's parameter, and its key the Reader's name; a prediction in which every party has one
 * Reader reads `eval_data`, whatever the Reader is called.
 */
function readerTables(conf: FateConf): readonly TableArgument[] {
  // An arbiter has no data, whatever stands among the parameters for everybody.
  const seats = Object.entries(conf.members).filter(([role]) => role !== 'arbiter')
  const found = seats.flatMap(([role, parties]) =>
    parties.map((party, position) => {
      const place = { role, position }
      const groups = [conf.algorithmParameters, ...groupsAt(conf.roleParameters, place)]
      const names = [...new Set(groups.flatMap((group) => Object.keys(group)))]
      return names.flatMap((key): TableArgument[] => {
        const { table } = parametersAt(conf, key, place)
        const { namespace, name } = isObject(table) ? table : {}
        if (typeof namespace !== 'string' || typeof name !== 'string') return []
        return [{ role, position, party, key, namespace, name }]
      })
    }),
  )
  const alone = conf.jobType === 'predict' && found.every((tables) => tables.length <= 1)
  return found.flat().map((table) => (alone ? { ...table, key: EVAL_DATA } : table))
}

function parseVersion(value: unknown = 1): 1 | 2 {
  const version = Number(value)
  if (version === 1 || version === 2) return version
  throw new FlowError(`dsl_version: expected 1 or 2, got ${show(value)}`)
}

function parseRetries(value: unknown = 0): number {
  const retries = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (
    typeof retries === 'number' &&
    Number.isInteger(retries) &&
    retries >= 0 &&
    retries <= MOST_RETRIES
  )
    return retries
  throw new FlowError(
    `job_parameters.auto_retries: expected a whole number from 0 to ${MOST_RETRIES}, got ${show(value)}`,
  )
}

function parseMembers(roles: JsonObject): Record<string, readonly string[]> {
  const members = Object.entries(roles).map(([role, list]): [string, readonly string[]] => {
    if (!ROLES.includes(role)) {
      throw new FlowError(`role.${role}: there is no such role: expected ${ROLES.join(', ')}`)
    }
    if (!Array.isArray(list) || list.length === 0) {
      throw new FlowError(`role.${role}: expected a list of party ids, got ${show(list)}`)
    }
    const parties = list.map((party) => toParty(party, `role.${role}`))
    const twice = parties.find((party, index) => parties.indexOf(party) !== index)
    if (twice !== undefined) throw new FlowError(`role.${role}: party ${twice} stands there twice`)
    return [role, parties]
  })
  return Object.fromEntries(members)
}

function toParty(value: unknown, path: string): string {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return String(value)
  if (typeof value === 'string' && /^\d{1,32}$/.test(value)) return value
  throw new FlowError(`${path}: expected a party id, a whole number, got ${show(value)}`)
}

/** The original's own sentence for what is missing, with the allowed values of what is wrong. */
function requireKeys(
  value: JsonObject,
  keys: readonly (string | readonly [string, readonly number[]])[],
): void {
  const missing: string[] = []
  const wrong: string[] = []
  for (const key of keys) {
    const [name, allowed] = typeof key === 'string' ? [key, undefined] : key
    const given = value[name]
    if (given === undefined || given === null) missing.push(name)
    else if (allowed && !allowed.some((value) => value === given || String(value) === given))
      wrong.push(`${name}=(${allowed.join(', ')})`)
  }
  if (missing.length + wrong.length === 0) return
  throw new FlowError(
    `the following arguments are required: ${missing.join(',')} ${wrong.join(',')}`,
  )
}

function optionalText(value: JsonObject, key: string): string | undefined {
  const text = value[key]
  return typeof text === 'string' ? text : undefined
}

function pick(value: JsonObject, path: string, place: Place): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([key, leaf]) => [key, pickLeaf(leaf, `${path}.${key}`, place)]),
  )
}

function pickLeaf(value: unknown, path: string, place: Place): unknown {
  if (isObject(value)) return pick(value, path, place)
  if (!Array.isArray(value)) {
    throw new FlowError(
      `${path}: expected a list with one value for each ${place.role} party, got ${show(value)}`,
    )
  }
  if (place.position < value.length) return value[place.position]
  throw new FlowError(
    `${path}: expected a value for each ${place.role} party, at least ${place.position + 1}, got ${value.length}`,
  )
}

/** Parameters with others over them, object by object. */
export function mergeParameters(base: JsonObject, over: JsonObject): Record<string, unknown> {
  const merged = new Map(Object.entries(base))
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key)
    merged.set(key, isObject(below) && isObject(value) ? mergeParameters(below, value) : value)
  }
  // Unlike an assignment, this gives "__proto__" no meaning.
  return Object.fromEntries(merged)
}
