/**
 * Parameters that a configuration has for components that its DSL has not.
 * @module
 */
import { nearestName } from '../../compute/text.ts'
import type { FateConf } from './fate-conf.ts'
import { groupsAt } from './fate-v2.ts'
import { isObject } from './shape.ts'

/** What stands beside the components in `role_parameters`. */
const ARGUMENTS = 'args'
/** So many are told of; a configuration may be nothing but wrong names. */
const MOST = 20

/**
 * A sentence for each component that the configuration has parameters for and that is not among `components`. Version 2
 * names the tables of a prediction by any Reader, so its Readers are none.
 */
export function strayParameters(conf: FateConf, components: Iterable<string>): readonly string[] {
  const known = new Set(components)
  const given = new Map<string, unknown>()
  for (const group of groupsOf(conf)) {
    for (const [name, value] of Object.entries(group)) given.set(name, given.get(name) ?? value)
  }
  const stray = [...given].flatMap(([name, value]) => {
    const reads = conf.version === 2 && isObject(value) && value['table'] !== undefined
    return known.has(name) || reads || (conf.version === 1 && name === ARGUMENTS) ? [] : [name]
  })
  return stray.slice(0, MOST).map((name) => {
    const near = nearestName(name, [...known])
    const meant = near === undefined ? '' : `; did you mean "${near}"?`
    return `job_runtime_conf has parameters of "${name}", which the DSL does not have: they are ignored${meant}`
  })
}

/** Everything of the configuration whose keys are names of components. */
function groupsOf(conf: FateConf): readonly object[] {
  if (conf.version === 1) {
    return [conf.algorithmParameters, ...Object.values(conf.roleParameters).filter(isObject)]
  }
  return [
    conf.algorithmParameters,
    ...Object.entries(conf.members).flatMap(([role, parties]) =>
      parties.flatMap((_, position) => groupsAt(conf.roleParameters, { role, position })),
    ),
  ]
}
