/**
 * Chooses what of a trained pipeline goes into use (DSL version 2's deployment).
 * @module
 */
import { FlowError } from '../error.ts'
import { asObject, asTexts, isObject, type JsonObject } from './shape.ts'

/**
 * The inference DSL with the components `names` only; those that read from one that is left out read what it read.
 * @throws FlowError for a name that the pipeline does not have.
 */
export function deployedDsl(dsl: JsonObject, names: readonly string[]): JsonObject {
  const components = asObject(dsl['components'], 'the inference DSL')
  const kept = new Set(names)
  const strange = names.find((name) => !Object.hasOwn(components, name))
  if (strange !== undefined || names.length === 0) {
    const known = Object.keys(components).join(', ')
    throw new FlowError(
      strange === undefined
        ? `cpn_list: expected at least one of ${known}`
        : `cpn_list: the model has no component "${strange}" to deploy: it has ${known}`,
    )
  }

  function resolve(refs: readonly string[], seen: ReadonlySet<string>): string[] {
    return refs.flatMap((ref) => {
      const [node] = ref.split('.')
      if (node === 'args' || kept.has(node) || seen.has(node)) return [ref]
      const skipped = components[node]
      if (!isObject(skipped)) return [ref]
      const [first] = Object.values(dataOf(skipped))
      return resolve(first ?? [], new Set([...seen, node]))
    })
  }

  return {
    components: Object.fromEntries(
      Object.entries(components)
        .filter(([name]) => kept.has(name))
        .map(([name, component]) => {
          const own = asObject(component, name)
          const slots = Object.entries(dataOf(own)).map(([slot, refs]) => [
            slot,
            [...new Set(resolve(refs, new Set()))],
          ])
          const input = asObject(own['input'], `${name}.input`)
          const data = slots.length === 0 ? {} : { data: Object.fromEntries(slots) }
          return [name, { ...own, input: { ...input, ...data } }]
        }),
    ),
  }
}

function dataOf(component: JsonObject): Record<string, string[]> {
  const input = isObject(component['input']) ? component['input'] : {}
  const data = isObject(input['data']) ? input['data'] : {}
  return Object.fromEntries(
    Object.entries(data).map(([slot, refs]) => [slot, [...asTexts(refs, `input.data.${slot}`)]]),
  )
}
