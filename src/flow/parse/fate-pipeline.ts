/**
 * From the DSL of a training to the one that predicts with its models, by the rules of FATE's version 1.
 * @module
 */
import type { FateComponent, FateModule, FateRef } from './fate-dsl.ts'

/** What has to be known of a module to put its components into a prediction. */
export interface PipelineModule extends FateModule {
  /** Whether a prediction keeps it when the DSL does not say. */
  readonly deployed: boolean
}

/** A prediction's DSL: every model comes from the pipeline that was trained. */
export interface InferenceDsl {
  readonly components: Readonly<Record<string, InferenceComponent>>
}

export interface InferenceComponent {
  readonly module: string
  readonly input: {
    readonly data?: Readonly<Record<string, readonly string[]>>
    readonly model?: readonly string[]
  }
  readonly output: { readonly data?: readonly string[]; readonly model?: readonly string[] }
}

/** The argument that a prediction reads its tables from. */
const ARGUMENT = 'args.eval_data'

/**
 * The components that a prediction keeps, each with the model that it was left with. What is not deployed is left
 * out, and those that read from it read what it read; the branch that validated the training goes with it. Tables of
 * the training become `args.eval_data`.
 */
export function inferenceDsl(
  components: readonly FateComponent[],
  modules: ReadonlyMap<string, PipelineModule>,
): InferenceDsl {
  const byName = new Map(components.map((component) => [component.name, component]))
  const kept = keptNames(components, modules)
  const resolve = (refs: readonly FateRef[]): readonly string[] => [
    ...new Set(
      refs.flatMap((ref) => {
        if (ref.type === 'args') return [ARGUMENT]
        if (kept.has(ref.node)) return [`${ref.node}.${ref.output}`]
        const skipped = byName.get(ref.node)
        return skipped ? resolve(mainInput(skipped)?.refs ?? []) : []
      }),
    ),
  ]
  return {
    components: Object.fromEntries(
      components
        .filter(({ name }) => kept.has(name))
        .map((component): [string, InferenceComponent] => {
          const { name, module, outputs } = component
          const known = modules.get(module)
          const input = mainInput(component)
          const slot = input && slotOf(input.slot, known)
          const model = known?.inputs.model.includes('model') ? trainedBy(component) : undefined
          return [
            name,
            {
              module,
              input: {
                ...(input && slot !== undefined ? { data: { [slot]: resolve(input.refs) } } : {}),
                ...(model === undefined ? {} : { model: [`pipeline.${model}`] }),
              },
              output: {
                ...(outputs.data.length === 0 ? {} : { data: outputs.data }),
                ...(outputs.model === undefined ? {} : { model: [outputs.model] }),
              },
            },
          ]
        }),
    ),
  }
}

/** Whose model a component predicts with: that which it was given to use again, or its own. */
function trainedBy({ name, models, outputs }: FateComponent): string | undefined {
  const [reused] = models.find(({ slot }) => slot === 'model')?.refs ?? []
  if (reused) return `${reused.node}.${reused.output}`
  return outputs.model === undefined ? undefined : `${name}.${outputs.model}`
}

/** What a component learns from, or reads when it does not learn: the rest is for validation. */
function mainInput({ data }: FateComponent): FateComponent['data'][number] | undefined {
  for (const slot of ['train_data', 'data', 'eval_data', 'validate_data', 'test_data']) {
    const found = data.find((entry) => entry.slot === slot && entry.refs.length > 0)
    if (found) return found
  }
  return undefined
}

function slotOf(slot: string, module: FateModule | undefined): string {
  if (slot === 'data') return slot
  return (
    ['eval_data', 'test_data', 'data'].find((name) => module?.inputs.data.includes(name)) ?? slot
  )
}

function keptNames(
  components: readonly FateComponent[],
  modules: ReadonlyMap<string, PipelineModule>,
): ReadonlySet<string> {
  const deploys = (component: FateComponent) => modules.get(component.module)?.deployed === true
  const readersOf = (name: string) =>
    components.filter(({ data }) => data.some(({ refs }) => readsFrom(refs, name)))
  // What leads to what a prediction is for; in reverse order of the graph, so that readers come first.
  const leads = new Set<string>()
  for (const { name } of components.toReversed()) {
    // Those at an end that are not deployed, as evaluations, only look on.
    const readers = readersOf(name).filter((it) => deploys(it) || readersOf(it.name).length > 0)
    const used = readers.some(
      (it) => leads.has(it.name) && readsFrom(mainInput(it)?.refs ?? [], name),
    )
    if (readers.length === 0 || used) leads.add(name)
  }
  return new Set(
    components
      .filter((it) => it.deployed ?? (deploys(it) && leads.has(it.name)))
      .map(({ name }) => name),
  )
}

function readsFrom(refs: readonly FateRef[], node: string): boolean {
  return refs.some((ref) => ref.type === 'output' && ref.node === node)
}
