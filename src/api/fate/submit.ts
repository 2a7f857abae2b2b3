/**
 * From a DSL and a configuration to a job with all its tasks, or to the sentence that says why not.
 * @module
 */
import { z } from '@hono/zod-openapi'

import type { Catalog, CatalogEntry } from '../../domain/catalog.ts'
import { invalid } from '../../domain/error.ts'
import { type Job, type NewTask, submitJob } from '../../domain/job.ts'
import type { ModelVersion } from '../../domain/model.ts'
import { requireRunners } from '../../domain/runner.ts'
import type { ComponentSpec, TableSource } from '../../domain/work.ts'
import {
  type FateConf,
  mergeParameters,
  parametersAt,
  parseFateConf,
  retriesAt,
  tableArguments,
} from '../../flow/parse/fate-conf.ts'
import {
  type FateComponent,
  type OutputRef,
  outputTable,
  parseFateDsl,
} from '../../flow/parse/fate-dsl.ts'
import { inferenceDsl } from '../../flow/parse/fate-pipeline.ts'
import { strayParameters } from '../../flow/parse/fate-stray.ts'
import { connectReaders, readersApart } from '../../flow/parse/fate-v2.ts'
import type { AppDeps } from '../deps.ts'
import { describeProblems, toProblems } from '../issue.ts'
import { argumentKeys, type BoundTable, bindTables, sitesOf } from './job-tables.ts'
import { allParties } from './mapping.ts'
import {
  findInherited,
  findTrained,
  modelSources,
  placeParts,
  seatOf,
  type TrainedModel,
} from './predict.ts'

/** An answer tells of so many; the logs have all. */
const MOST_WARNINGS = 50

/** A component at one party of the job. */
interface Place {
  readonly component: FateComponent
  readonly entry: CatalogEntry
  readonly role: string
  readonly party: string
  readonly position: number
}

/** What of a job differs between a training and a prediction. */
interface Plan {
  readonly components: readonly FateComponent[]
  /** The model and the tasks that made it, for a prediction. */
  readonly trained?: TrainedModel
  /** The model of an earlier job that components of a training read. */
  readonly inherited?: ModelVersion
}

/** A job that was entered, and what of its description has no effect. */
export interface Submission {
  readonly job: Job
  /** A sentence for each parameter that nothing knows. */
  readonly warnings: readonly string[]
}

/** A job as it would be entered: its components in order, and one task for each at each of its parties. */
export interface PlannedJob extends Plan {
  readonly tasks: readonly (NewTask & { readonly spec: ComponentSpec })[]
}

/** Finds the tables, models and runners of a job. Throws a sentence where it cannot be. */
export async function planJob(
  deps: Pick<AppDeps, 'db' | 'catalog'>,
  conf: FateConf,
  dsl?: Record<string, unknown> | null,
): Promise<PlannedJob> {
  const plan = await planOf(deps, conf, dsl)
  const { components, trained } = plan
  const around = { conf, catalog: deps.catalog, prediction: trained !== undefined }
  const byName = new Map(components.map((component) => [component.name, component]))
  const outputOf = (ref: OutputRef) => sourceOf(ref, { byName, catalog: deps.catalog })
  const places = components.flatMap((component) => placesOf(component, around))
  const bound = await bindTables(deps.db, conf, argumentKeys(components))
  const sites = sitesOf(bound)
  const readers = places.map((place) => ({ ...place, ...modelSources(place, plan) }))
  await placeParts(deps.db, { readers, sites })
  const tasks = withQuorums(
    readers.map((place) => taskOf(place, { conf, bound, sites, trained, outputOf })),
    deps.catalog,
  )
  await requireRunners(deps.db, distinct(places))
  return { ...plan, tasks }
}

/** Enters the job that a client describes. Nothing is entered when anything is wrong with it. */
export async function submitFateJob(
  deps: Pick<AppDeps, 'db' | 'catalog' | 'owner'>,
  body: { job_dsl?: Record<string, unknown> | null; job_runtime_conf: Record<string, unknown> },
): Promise<Submission> {
  const conf = parseFateConf(body.job_runtime_conf)
  const plan = await planJob(deps, conf, body.job_dsl)
  const { components, trained, tasks } = plan
  const members = Object.fromEntries(
    Object.entries(conf.members).map(([role, parties]) => [role, [...parties]]),
  )
  const { job_runtime_conf } = body
  const stray = strayParameters(conf, namesOf(plan))
  const job = await submitJob(deps.db, {
    surface: 'fate',
    kind: conf.jobType,
    owner: deps.owner,
    name: conf.name,
    description: conf.description,
    tag: conf.tag,
    members,
    initiator: conf.initiator,
    graph: components.map(({ name, module, needs }) => ({
      name,
      module,
      needs: needs.map((need) => ({ ...need })),
    })),
    tasks,
    ...(trained
      ? {
          request: {
            job_dsl: trained.dsl,
            job_runtime_conf,
            train_runtime_conf: trained.runtimeConf,
          },
          modelId: trained.model.modelId,
          modelVersion: trained.model.version,
        }
      : {
          request: { job_dsl: body.job_dsl ?? {}, job_runtime_conf },
          modelId: `${allParties(conf.members)}#model`,
          pipeline: {
            inference_dsl: inferenceDsl(components, deps.catalog),
            train_dsl: body.job_dsl ?? {},
            train_runtime_conf: job_runtime_conf,
          },
        }),
    warnings: stray,
  })
  // Those of components come from the tasks again, into the log of each.
  return { job, warnings: [...stray, ...unknownParameters(tasks, deps.catalog)] }
}

/** The components that a configuration may have parameters for: in a prediction also those that it left out. */
function namesOf({ components, trained }: Plan): readonly string[] {
  const training = trained?.model.pipeline['train_dsl'] as { components?: object } | undefined
  return [...components.map(({ name }) => name), ...Object.keys(training?.components ?? {})]
}

/** What the components warn of, told once where it is the same at several parties. */
function unknownParameters(tasks: readonly NewTask[], catalog: Catalog): readonly string[] {
  const sentences = tasks.flatMap(({ name, spec }) =>
    spec.type === 'component'
      ? (catalog.get(spec.module)?.warnings?.(name, spec.params) ?? [])
      : [],
  )
  return [...new Set(sentences)].slice(0, MOST_WARNINGS)
}

async function planOf(
  deps: Pick<AppDeps, 'db' | 'catalog'>,
  conf: FateConf,
  dsl: Record<string, unknown> | null | undefined,
): Promise<Plan> {
  if (conf.jobType === 'train') {
    if (!dsl) throw invalid('the following arguments are required: job_dsl ')
    const { version, modelId, modelVersion } = conf
    const whole = version === 2 ? connectReaders(dsl) : dsl
    const pipeline = modelId !== undefined && modelVersion !== undefined
    const components = parseFateDsl(whole, deps.catalog, { version, pipeline })
    return { components, inherited: await findInherited(deps.db, conf, components) }
  }
  const trained = await findTrained(deps.db, conf)
  // Its names were checked when it was trained, by the version that it was written in.
  const options = { prediction: true, version: 2 } as const
  const components = parseFateDsl(trained.dsl, deps.catalog, options)
  if (conf.version === 1) return { components, trained }
  const keys = new Set(tableArguments(conf).map(({ key }) => key))
  return { components: readersApart(components, keys), trained }
}

function taskOf(
  place: Place & { readonly models: ComponentSpec['models'] },
  job: {
    conf: FateConf
    bound: readonly BoundTable[]
    sites: ReadonlyMap<string, string>
    trained?: TrainedModel
    outputOf(ref: OutputRef): TableSource
  },
): NewTask & { readonly spec: ComponentSpec } {
  const { component, role, party, position } = place
  const { conf, bound, sites, trained } = job
  const before = trained?.specs.get(seatOf(component.name, place))
  const given = mergeParameters(before?.params ?? {}, parametersAt(conf, component.name, place))
  return {
    name: component.name,
    kind: 'component',
    role,
    party,
    position,
    site: sites.get(`${role}:${party}`) ?? null,
    maxAttempts: retriesAt(conf, place) + 1,
    spec: {
      type: 'component',
      module: component.module,
      params: parseParams(place, given),
      members: conf.members,
      data: component.data.map(({ slot, refs }) => ({
        slot,
        tables: refs.flatMap((ref): TableSource[] =>
          ref.type === 'output'
            ? [job.outputOf(ref)]
            : bound
                .filter((arg) => arg.key === ref.key && arg.role === role && arg.party === party)
                .map(({ key, namespace, name }) => ({ type: 'table', key, namespace, name })),
        ),
      })),
      models: place.models,
      run: given['need_run'] !== false && before?.run !== false,
    },
  }
}

/** The tasks with those parties named that may be lost, where any component of the job can do without. */
function withQuorums(tasks: PlannedJob['tasks'], catalog: Catalog): PlannedJob['tasks'] {
  const quorums = tasks.map(({ spec }) =>
    catalog.get(spec.module)?.quorum?.(spec.params, spec.members),
  )
  if (!quorums.some((quorum) => quorum !== undefined && quorum.least > 0)) return tasks
  return tasks.map((task, at) => {
    const quorum = quorums[at]
    return quorum === undefined ? task : { ...task, spec: { ...task.spec, quorum } }
  })
}

/** The table that a reference names; the parser has checked that there is one. */
function sourceOf(
  ref: OutputRef,
  around: { byName: ReadonlyMap<string, FateComponent>; catalog: Catalog },
): TableSource {
  const source = around.byName.get(ref.node)
  const entry = source && around.catalog.get(source.module)
  const output = entry && outputTable(source, ref.output, entry)
  return { type: 'output', node: ref.node, ...(output === undefined ? {} : { output }) }
}

/** Where a component runs: at the parties of its roles that the job has. */
function placesOf(
  component: FateComponent,
  around: { conf: FateConf; catalog: Catalog; prediction: boolean },
): readonly Place[] {
  const { members } = around.conf
  const entry = around.catalog.get(component.module)
  // The parser has refused unknown modules.
  if (!entry) throw new Error(`No module ${component.module}`)
  // Predictions are made without an arbiter: it has no data.
  const required = entry.requires.filter((role) => !around.prediction || role !== 'arbiter')
  const missing = required.find((role) => (members[role] ?? []).length === 0)
  if (missing !== undefined) {
    throw invalid(
      `Component ${component.name}: module ${component.module} needs a party in the role ${missing}: add ` +
        `"${missing}": [<party id>] to job_runtime_conf.role`,
    )
  }
  const places = entry.roles.flatMap((role) =>
    (members[role] ?? []).map((party, position) => ({ component, entry, role, party, position })),
  )
  if (places.length > 0) return places
  throw invalid(
    `Component ${component.name}: module ${component.module} runs at ${entry.roles.join(', ')}, and the job has ` +
      `only ${Object.keys(members).join(', ')}: add one of them to job_runtime_conf.role`,
  )
}

function parseParams(place: Place, given: Record<string, unknown>): Record<string, unknown> {
  try {
    return place.entry.parseParams(given)
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error
    const problems = describeProblems(toProblems(error, given), place.component.name)
    throw invalid(`${problems} (at ${place.role} ${place.party})`)
  }
}

function distinct(places: readonly Place[]): readonly { role: string; party: string }[] {
  return [
    ...new Map(places.map(({ role, party }) => [`${role}:${party}`, { role, party }])).values(),
  ]
}
