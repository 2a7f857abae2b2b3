/**
 * FATE's job DSL, version 1: components, what each reads and what each produces.
 * @module
 */
import { FlowError } from '../error.ts'
import { sortGraph } from '../graph.ts'
import { asObject, asTexts, isObject, show } from './shape.ts'

/** What the parser has to know of a module. */
export interface FateModule {
  readonly inputs: { readonly data: readonly string[]; readonly model: readonly string[] }
  readonly outputs: {
    readonly data: boolean
    readonly model: boolean
    /** Its tables, in the order in which a DSL names them; one where this is absent. */
    readonly tables?: readonly string[]
  }
}

/** What another component produces. */
export interface OutputRef {
  readonly type: 'output'
  readonly node: string
  readonly output: string
}

/** What a component of an earlier training has learnt; only a prediction reads it. */
export interface PipelineRef {
  readonly type: 'pipeline'
  readonly node: string
  readonly output: string
}

/** Where a component's table comes from: an argument of the job, or another component. */
export type FateRef = { readonly type: 'args'; readonly key: string } | OutputRef

/** One component of a DSL. */
export interface FateComponent {
  readonly name: string
  readonly module: string
  readonly data: readonly { readonly slot: string; readonly refs: readonly FateRef[] }[]
  readonly models: readonly {
    readonly slot: string
    readonly refs: readonly (OutputRef | PipelineRef)[]
  }[]
  /** The names under which others read its tables and its model. */
  readonly outputs: { readonly data: readonly string[]; readonly model?: string }
  /** Whether a prediction pipeline keeps it; undefined where the module decides. */
  readonly deployed?: boolean
  readonly needs: readonly { readonly node: string; readonly kind: 'data' | 'model' }[]
}

const MODEL_SLOTS = ['model', 'isometric_model'] as const
const NAME = /^([A-Za-z][A-Za-z0-9_-]*)_(\d+)$/
const LONGEST_NAME = 64

/**
 * Reads a DSL. Answers its components in topological order. One for `prediction` may read models of a trained pipeline,
 * and has gaps in its numbers where a component was left out.
 * @throws FlowError that names the component and what is wrong with it.
 */
export function parseFateDsl(
  dsl: unknown,
  modules: ReadonlyMap<string, FateModule>,
  { prediction = false }: { readonly prediction?: boolean } = {},
): readonly FateComponent[] {
  if (!isObject(dsl)) throw new FlowError(`job_dsl: expected an object, got ${show(dsl)}`)
  const components = asObject(dsl['components'], 'job_dsl.components')
  const names = Object.keys(components)
  if (names.length === 0) {
    throw new FlowError('job_dsl.components: expected at least one component, got none')
  }
  const parsed = names.map((name) =>
    parseComponent(name, components[name], { modules, prediction }),
  )
  if (!prediction) checkNumbers(parsed)
  const byName = new Map(parsed.map((component) => [component.name, component]))
  for (const component of parsed) checkSources(component, { byName, modules })
  const sorted = sortGraph(parsed)
  if ('cycle' in sorted) {
    throw new FlowError(
      `component dependencies form loop, please check: ${sorted.cycle.join(' -> ')}`,
    )
  }
  return sorted.order
}

/**
 * Which of its module's tables a component names `output`: names count, as a DSL gives them in the module's order.
 * Undefined for the first.
 */
export function outputTable(
  source: FateComponent,
  output: string,
  module: FateModule,
): string | undefined {
  const at = source.outputs.data.indexOf(output)
  return at > 0 ? module.outputs.tables?.[at] : undefined
}

function parseComponent(
  name: string,
  value: unknown,
  around: { modules: ReadonlyMap<string, FateModule>; prediction: boolean },
): FateComponent {
  const { modules, prediction } = around
  if (!NAME.test(name) || name.length > LONGEST_NAME) {
    throw new FlowError(
      `job_dsl.components: "${name}" is no component name: expected letters, digits, "_" or "-", then "_" and ` +
        `a number, like "hetero_lr_0", in at most ${LONGEST_NAME} characters`,
    )
  }
  const path = `job_dsl.components.${name}`
  if (!isObject(value)) throw new FlowError(`${path}: expected an object, got ${show(value)}`)
  const { module } = value
  if (typeof module !== 'string') {
    throw new FlowError(`${path}.module: expected the name of a module, got ${show(module)}`)
  }
  const known = modules.get(module)
  if (!known) {
    throw new FlowError(
      `${path}.module: no module "${module}": there are ${[...modules.keys()].toSorted().join(', ')}`,
    )
  }
  const input = asObject(value['input'], `${path}.input`)
  const output = asObject(value['output'], `${path}.output`)
  const data = parseData(input['data'], { path: `${path}.input.data`, module, known })
  const models = MODEL_SLOTS.flatMap((slot) => {
    const refs = asTexts(input[slot], `${path}.input.${slot}`)
    if (refs.length === 0) return []
    if (!known.inputs.model.includes(slot)) {
      throw new FlowError(`${path}.input.${slot}: module ${module} takes no ${slot}`)
    }
    return [
      {
        slot,
        refs: refs.map((ref) => parseModel(ref, { path: `${path}.input.${slot}`, prediction })),
      },
    ]
  })
  const deployed = value['need_deploy']
  if (deployed !== undefined && typeof deployed !== 'boolean') {
    throw new FlowError(`${path}.need_deploy: expected true or false, got ${show(deployed)}`)
  }
  return {
    name,
    module,
    data,
    models,
    outputs: {
      data: tableNames(output['data'], { path: `${path}.output.data`, module, known }),
      model: onlyName(output['model'], `${path}.output.model`),
    },
    deployed,
    needs: [
      ...data.flatMap(({ refs }) =>
        refs.flatMap((ref) =>
          ref.type === 'output' ? [{ node: ref.node, kind: 'data' as const }] : [],
        ),
      ),
      ...models.flatMap(({ refs }) =>
        refs.flatMap(({ type, node }) =>
          type === 'output' ? [{ node, kind: 'model' as const }] : [],
        ),
      ),
    ],
  }
}

function parseData(
  value: unknown,
  place: { path: string; module: string; known: FateModule },
): FateComponent['data'] {
  const { path, module, known } = place
  return Object.entries(asObject(value, path)).map(([slot, refs]) => {
    if (!known.inputs.data.includes(slot)) {
      const takes = known.inputs.data.join(', ')
      throw new FlowError(
        `${path}.${slot}: module ${module} has no such input: ` +
          (takes === '' ? 'it reads no data' : `it takes ${takes}`),
      )
    }
    return {
      slot,
      refs: asTexts(refs, `${path}.${slot}`).map((ref): FateRef => {
        const key = /^args\.(.+)$/.exec(ref)?.[1]
        if (key !== undefined) return { type: 'args', key }
        return parseOutput(ref, `${path}.${slot}`)
      }),
    }
  })
}

function parseModel(
  ref: string,
  { path, prediction }: { path: string; prediction: boolean },
): OutputRef | PipelineRef {
  const [, node, output] = /^pipeline\.([^.]+)\.([^.]+)$/.exec(ref) ?? []
  return prediction && node !== undefined
    ? { type: 'pipeline', node, output }
    : parseOutput(ref, path)
}

function parseOutput(ref: string, path: string): OutputRef {
  if (ref.startsWith('pipeline.')) {
    throw new FlowError(`${path}: "${ref}" reads a trained pipeline, which only a prediction may`)
  }
  const [, node, output] = /^([^.]+)\.([^.]+)$/.exec(ref) ?? []
  if (node !== undefined) return { type: 'output', node, output }
  throw new FlowError(
    `${path}: expected "component.output" or, for data, "args.key", got ${show(ref)}`,
  )
}

function tableNames(
  value: unknown,
  { path, module, known }: { path: string; module: string; known: FateModule },
): readonly string[] {
  const names = asTexts(value, path)
  const tables = known.outputs.tables ?? ['data']
  if (names.length > tables.length) {
    const most = tables.length === 1 ? 'one name' : `at most ${tables.length} names`
    const made = tables.length === 1 ? '' : `: module ${module} makes ${tables.join(', ')}`
    throw new FlowError(
      `${path}: expected ${most}, got ${names.length}: ${names.join(', ')}${made}`,
    )
  }
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new FlowError(`${path}: "${twice}" is named twice`)
  return names
}

function onlyName(value: unknown, path: string): string | undefined {
  const names = asTexts(value, path)
  if (names.length > 1) {
    throw new FlowError(`${path}: expected one name, got ${names.length}: ${names.join(', ')}`)
  }
  return names[0]
}

/** One prefix belongs to one module, and its numbers run from 0 without gaps. */
function checkNumbers(components: readonly FateComponent[]): void {
  const byPrefix = Map.groupBy(components, ({ name }) => NAME.exec(name)?.[1] ?? name)
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
function checkSources(
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
