/**
 * FATE's runtime configuration, version 1: who takes part, with which tables and which parameters.
 * @module
 */
import { FlowError } from '../error.ts'
import { asObject, isObject, type JsonObject, show } from './shape.ts'

/** A parsed runtime configuration. */
export interface FateConf {
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
  readonly roleParameters: JsonObject
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

/**
 * Reads a runtime configuration.
 * @throws FlowError that names the field and what was expected there.
 */
export function parseFateConf(value: unknown): FateConf {
  if (!isObject(value)) {
    throw new FlowError(`job_runtime_conf: expected an object, got ${show(value)}`)
  }
  const version = value['dsl_version']
  if (version !== undefined && Number(version) !== 1) {
    throw new FlowError(
      `dsl_version ${show(version)} is not available: send a version 1 DSL and configuration, whose tables stand in ` +
        'role_parameters.<role>.args.data and whose parameters in algorithm_parameters',
    )
  }
  requireKeys(value, ['initiator', 'job_parameters', 'role'])
  const initiator = asObject(value['initiator'], 'initiator')
  requireKeys(initiator, ['role', 'party_id'])
  const job = asObject(value['job_parameters'], 'job_parameters')
  requireKeys(job, [['work_mode', WORK_MODES]])
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
    roleParameters: asObject(value['role_parameters'], 'role_parameters'),
    algorithmParameters: asObject(value['algorithm_parameters'], 'algorithm_parameters'),
  }
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
  const all = asObject(conf.algorithmParameters[component], `algorithm_parameters.${component}`)
  const path = `role_parameters.${place.role}`
  const ofRole = asObject(conf.roleParameters[place.role], path)
  const own = asObject(ofRole[component], `${path}.${component}`)
  return mergeParameters(all, pick(own, `${path}.${component}`, place))
}

/** Every table that the configuration names, for members of the job. */
export function tableArguments(conf: FateConf): readonly TableArgument[] {
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
