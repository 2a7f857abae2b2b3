/**
 * What version 2 of FATE's DSL and configuration writes in another way: tables come in through Readers, and parameters
 * of single parties stand under their index instead of in lists.
 * @module
 */
import { FlowError } from '../error.ts'
import { asObject, isObject, type JsonObject, show } from './shape.ts'

/** The module through which tables come into a version 2 graph. */
const READER = 'Reader'

/** The DSL with every Reader that reads nothing connected to the argument of its own name. */
export function connectReaders(dsl: JsonObject): JsonObject {
  const { components } = dsl
  // The parser says what is wrong with it.
  if (!isObject(components)) return dsl
  return {
    ...dsl,
    components: Object.fromEntries(
      Object.entries(components).map(([name, value]) => {
        if (!isObject(value) || value['module'] !== READER || value['input'] !== undefined) {
          return [name, value]
        }
        return [name, { ...value, input: { data: { data: [`args.${name}`] } } }]
      }),
    ),
  }
}

/** The job's parameters of a version 2 configuration: those for every party. */
export function commonParameters(value: unknown): JsonObject {
  const parameters = asObject(value, 'job_parameters')
  return parameters['common'] === undefined
    ? parameters
    : asObject(parameters['common'], 'job_parameters.common')
}

/**
 * The job's parameters of single parties of a version 2 configuration, by role.
 * @throws FlowError for a role that the job has not, or an index that is none.
 */
export function roleParametersOf(
  value: unknown,
  members: Readonly<Record<string, readonly string[]>>,
): JsonObject {
  const path = 'job_parameters.role'
  const ofRoles = asObject(asObject(value, 'job_parameters')['role'], path)
  for (const role of Object.keys(ofRoles)) {
    const parties = members[role]
    if (!parties) {
      throw new FlowError(
        `${path}.${role}: the job has no such role: it has ${Object.keys(members).join(', ')}`,
      )
    }
    for (const position of parties.keys()) groupsAt(ofRoles, { role, position }, path)
  }
  return ofRoles
}

/** The Readers of a prediction, each connected to its own argument where `keys` names it. */
export function readersApart<
  C extends {
    readonly name: string
    readonly module: string
    readonly data: readonly {
      readonly slot: string
      readonly refs: readonly ({ readonly type: string } & object)[]
    }[]
  },
>(components: readonly C[], keys: ReadonlySet<string>): readonly C[] {
  return components.map((component) =>
    component.module === READER && keys.has(component.name)
      ? {
          ...component,
          data: component.data.map((input) => ({
            ...input,
            refs: input.refs.map((ref) =>
              ref.type === 'args' ? { ...ref, key: component.name } : ref,
            ),
          })),
        }
      : component,
  )
}

/**
 * The parameters of single parties at one place: of all groups of its role whose key names its index, `0`, `0|2` or
 * `all`, in the order in which they stand there.
 * @throws FlowError for a key that is none.
 */
export function groupsAt(
  ofRoles: JsonObject,
  { role, position }: { readonly role: string; readonly position: number },
  below = 'component_parameters.role',
): readonly JsonObject[] {
  const path = `${below}.${role}`
  return Object.entries(asObject(ofRoles[role], path)).flatMap(([key, group]) => {
    const indices = key.split('|').map((part) => part.trim())
    if (key !== 'all' && !indices.every((index) => /^\d{1,9}$/.test(index))) {
      throw new FlowError(
        `${path}: expected an index like "0" or "0|1", or "all", got ${show(key)}`,
      )
    }
    const named = key === 'all' || indices.some((index) => Number(index) === position)
    return named ? [asObject(group, `${path}.${key}`)] : []
  })
}
