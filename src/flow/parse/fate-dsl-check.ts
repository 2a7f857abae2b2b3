/**
 * What a DSL must satisfy as a whole: its names, and that every reference finds what it names.
 * @module
 */
import { FlowError } from '../error.ts'
import type { FateComponent, FateModule } from './fate-dsl.ts'

/** A name of version 1: a prefix and a number. */
export const NUMBERED_NAME = /^([A-Za-z][A-Za-z0-9_-]*)_(\d+)$/

/** One prefix belongs to one module, and its numbers run from 0 without gaps. */
export function checkNumbers(components: readonly FateComponent[]): void {
  const byPrefix = Map.groupBy(components, ({ name }) => NUMBERED_NAME.exec(name)?.[1] ?? name)
  for (const [prefix, group] of byPrefix) {
    const other = group.find(({ module }) => module !== group[0].module)
    if (other) {
      throw new FlowError(
        `job_dsl.components: "${group[0].name}" is ${group[0].module} and "${other.name}" is ${other.module}: ` +
          'components of one prefix have one module',
      )
    }
    const names = new Set(group.map(({ name }) => name))
    for (let number = 0; number < group.length; number++) {
      if (names.has(`${prefix}_${number}`)) continue
      throw new FlowError(
        `job_dsl.components: "${prefix}_${number}" is missing: numbers of one prefix run from 0 without gaps`,
      )
    }
  }
}

/** Every reference names an output that its component declares and its module makes. */
export function checkSources(
  component: FateComponent,
  graph: {
    byName: ReadonlyMap<string, FateComponent>
    modules: ReadonlyMap<string, FateModule>
  },
): void {
  const data = component.data.flatMap(({ slot, refs }) =>
    refs.flatMap((ref) =>
      ref.type === 'output' ? [{ ref, kind: 'data' as const, at: `input.data.${slot}` }] : [],
    ),
  )
  const models = component.models.flatMap(({ slot, refs }) =>
    refs.flatMap((ref) =>
      ref.type === 'output' ? [{ ref, kind: 'model' as const, at: `input.${slot}` }] : [],
    ),
  )
  for (const { ref, kind, at } of [...data, ...models]) {
    const path = `job_dsl.components.${component.name}.${at}`
    const text = `"${ref.node}.${ref.output}"`
    const source = graph.byName.get(ref.node)
    if (!source) throw new FlowError(`${path}: ${text} names no component of this DSL`)
    const declared = [source.outputs[kind] ?? []].flat()
    if (!declared.includes(ref.output)) {
      const names = declared.map((name) => `"${name}"`).join(', ')
      throw new FlowError(
        `${path}: ${text} is not produced: ${ref.node} declares ` +
          (declared.length === 0 ? `no ${kind} output` : `the ${kind} output ${names}`),
      )
    }
    if (!graph.modules.get(source.module)?.outputs[kind]) {
      throw new FlowError(
        `${path}: ${text} is not produced: module ${source.module} makes no ${kind === 'data' ? 'table' : 'model'}`,
      )
    }
  }
}
