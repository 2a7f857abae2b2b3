/**
 * FATE's job DSL, version 1: components, what each reads and what each produces.
 * @module
 */
import { FlowError } from '../error.ts'
import { sortGraph } from '../graph.ts'
import { checkNumbers, checkSources, NUMBERED_NAME } from './fate-dsl-check.ts'
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

/** What a component of an earlier training has learnt. */
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
/** A name of version 2, which has no rule for numbers. */
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/
const LONGEST_NAME = 64

/** What a DSL is read for. */
export interface DslOptions {
  /** Whether it predicts: components that were left out leave gaps in its numbers. */
  readonly prediction?: boolean
  /** Whether the job names a model of an earlier one, whose pipeline it may then read; a prediction always does. */
  readonly pipeline?: boolean
  /** In version 2 a component has any name. */
  readonly version?: 1 | 2
}

/**
 * Reads a DSL. Answers its components in topological order.
 * @throws FlowError that names the component and what is wrong with it.
 */
export function parseFateDsl(
  dsl: unknown,
  modules: ReadonlyMap<string, FateModule>,
  { prediction = false, pipeline = prediction, version = 1 }: DslOptions = {},
): readonly FateComponent[] {
  if (!isObject(dsl)) throw new FlowError(`job_dsl: expected an object, got ${show(dsl)}`)
  const components = asObject(dsl['components'], 'job_dsl.components')
  const names = Object.keys(components)
  if (names.length === 0) {
    throw new FlowError('job_dsl.components: expected at least one component, got none')
  }
  const parsed = names.map((name) =>
    parseComponent(name, components[name], { modules, pipeline, version }),
  )
  if (!prediction && version === 1) checkNumbers(parsed)
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
  around: { modules: ReadonlyMap<string, FateModule>; pipeline: boolean; version: 1 | 2 },
): FateComponent {
  const { modules, pipeline, version } = around
  const form = version === 1 ? NUMBERED_NAME : PLAIN_NAME
  if (!form.test(name) || name.length > LONGEST_NAME) {
    throw new FlowError(
      `job_dsl.components: "${name}" is no component name: expected letters, digits, "_" or "-"` +
        `${version === 1 ? ', then "_" and a number' : ''}, like "hetero_lr_0", in at most ${LONGEST_NAME} characters`,
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
    return [{ slot, refs: parseModels(refs, { path: `${path}.input.${slot}`, pipeline }) }]
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

function parseModels(
  texts: readonly string[],
  { path, pipeline }: { path: string; pipeline: boolean },
): (OutputRef | PipelineRef)[] {
  const refs = texts.map((text): OutputRef | PipelineRef => {
    const [, node, output] = /^pipeline\.([^.]+)\.([^.]+)$/.exec(text) ?? []
    return pipeline && node !== undefined
      ? { type: 'pipeline', node, output }
      : parseOutput(text, path)
  })
  if (new Set(refs.map(({ type }) => type)).size <= 1) return refs
  throw new FlowError(`${path}: expected models of this job or of a trained pipeline, not of both`)
}

function parseOutput(ref: string, path: string): OutputRef {
  if (ref.startsWith('pipeline.')) {
    throw new FlowError(
      `${path}: "${ref}" reads a trained pipeline: name it with model_id and model_version in job_parameters`,
    )
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
