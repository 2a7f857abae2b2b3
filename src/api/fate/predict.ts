/**
 * What a job takes over from the training of an earlier model: a prediction its pipeline and parameters, a training single
 * models; and where the parts are.
 * @module
 */
import type { Db } from '../../db/type.ts'
import { invalid, notFound } from '../../domain/error.ts'
import { findJob } from '../../domain/job.ts'
import {
  explainModel,
  findModel,
  listModelParts,
  type ModelVersion,
  requireParts,
} from '../../domain/model.ts'
import { listTasks } from '../../domain/task.ts'
import type { ComponentSpec } from '../../domain/work.ts'
import type { FateConf } from '../../flow/parse/fate-conf.ts'
import type { FateComponent } from '../../flow/parse/fate-dsl.ts'

/** A model with what its training left behind. */
export interface TrainedModel {
  readonly model: ModelVersion
  readonly dsl: Record<string, unknown>
  readonly runtimeConf: Record<string, unknown>
  /** The work of the training by component and seat, see `seatOf`. */
  readonly specs: ReadonlyMap<string, ComponentSpec>
}

interface Seat {
  readonly role: string
  readonly party: string
}

/** The key of a component at a party of a role. */
export function seatOf(component: string, { role, party }: Seat): string {
  return `${component} ${role}:${party}`
}

/** How a configuration names a model. */
type ModelKey = Pick<FateConf, 'modelId' | 'modelVersion'>

/** The model that a prediction's configuration names. Throws a sentence where it cannot be used, or not by these parties. */
export async function findTrained(
  db: Db,
  conf: ModelKey & Partial<Pick<FateConf, 'members'>>,
): Promise<TrainedModel> {
  const model = await findUsable(db, conf)
  if (conf.members) requireMembers(conf.members, model)
  const tasks = await listTasks(db, model.jobId)
  return {
    model,
    dsl: (model.pipeline['inference_dsl'] ?? {}) as Record<string, unknown>,
    runtimeConf: (model.pipeline['train_runtime_conf'] ?? {}) as Record<string, unknown>,
    specs: new Map(
      tasks.flatMap(({ name, role, party, spec }): [string, ComponentSpec][] =>
        role === null || party === null || spec.type !== 'component'
          ? []
          : [[seatOf(name, { role, party }), spec]],
      ),
    ),
  }
}

/** The model that components of a training read `pipeline.…` of; undefined where none does. */
export async function findInherited(
  db: Db,
  conf: FateConf,
  components: readonly FateComponent[],
): Promise<ModelVersion | undefined> {
  const reads = components.flatMap(({ name, models }) =>
    models.flatMap(({ slot, refs }) =>
      refs.flatMap((ref) => (ref.type === 'pipeline' ? [{ ...ref, name, slot }] : [])),
    ),
  )
  if (reads.length === 0) return undefined
  const model = await findUsable(db, conf)
  const { components: trained = {} } = (model.pipeline['train_dsl'] ?? {}) as {
    components?: Readonly<Record<string, unknown>>
  }
  for (const { name, slot, node, output } of reads) {
    if (Object.hasOwn(trained, node)) continue
    throw invalid(
      `job_dsl.components.${name}.input.${slot}: model ${model.modelId} version ${model.version} has no component ` +
        `"${node}", which "pipeline.${node}.${output}" reads: it has ${Object.keys(trained).join(', ')}`,
    )
  }
  return model
}

/**
 * The models that a component reads at one party: those of the job, of the model that a training inherits from, or of
 * the one that a prediction uses, which may have inherited some of its own. Idle is what did not run in the training.
 */
export function modelSources(
  { component, ...seat }: Seat & { readonly component: FateComponent },
  earlier: { readonly trained?: TrainedModel; readonly inherited?: ModelVersion },
): { readonly models: ComponentSpec['models']; readonly idle: boolean } {
  const before = earlier.trained?.specs.get(seatOf(component.name, seat))
  const models = component.models.map(({ slot, refs }) => {
    const nodes = refs.map(({ node }) => node)
    if (!refs.some(({ type }) => type === 'pipeline')) return { slot, nodes }
    const own = before?.models.find((entry) => entry.slot === slot && entry.job !== undefined)
    const job = own?.job ?? (earlier.trained?.model ?? earlier.inherited)?.jobId
    return { slot, nodes, ...(job === undefined ? {} : { job }) }
  })
  return { models, idle: before?.run === false }
}

/**
 * Sends the tasks of every party to the data directory with the parts of earlier models that they read. Throws where a
 * party has none, has lost it, or has its tables elsewhere.
 */
export async function placeParts(
  db: Db,
  job: {
    readers: readonly (Seat & ReturnType<typeof modelSources>)[]
    sites: Map<string, string>
  },
): Promise<void> {
  const { readers, sites } = job
  const reads = readers.flatMap(({ role, party, models, idle }) =>
    (idle ? [] : models).flatMap(({ nodes, job: version }) =>
      version === undefined ? [] : nodes.map((node) => ({ node, role, party, version })),
    ),
  )
  for (const [version, wanted] of Map.groupBy(reads, (read) => read.version)) {
    const { modelId = null, members = {} } = (await findJob(db, version)) ?? {}
    const model = { modelId: modelId ?? '', version }
    const parts = await listModelParts(db, version)
    const needed = new Set(wanted.map((read) => seatOf(read.node, read)))
    for (const { node, role, party } of wanted) {
      const left = parts.some((part) => part.node === node)
      const there = members[role]?.includes(party) === true || role === 'arbiter'
      if (left && there) continue
      throw invalid(
        left
          ? `Model ${model.modelId} version ${version} was trained without ${role} ${party}: it has no part there`
          : `Model ${model.modelId} version ${version}: ${node} left no model`,
      )
    }
    const read = parts.filter((part) => needed.has(seatOf(part.node, part)))
    await requireParts(db, model, read)
    for (const { role, party, site } of read) bindSite(sites, { role, party, site })
  }
}

function bindSite(
  sites: Map<string, string>,
  { role, party, site }: Seat & { readonly site: string | null },
): void {
  if (site === null) return
  const seat = `${role}:${party}`
  const known = sites.get(seat)
  if (known !== undefined && known !== site) {
    throw invalid(
      `The table of ${role} ${party} and its part of the model lie in two data directories: upload the table through ` +
        'the runner that has the model',
    )
  }
  sites.set(seat, site)
}

/** The model that a configuration names. Throws a sentence where there is none, or it cannot be used. */
async function findUsable(db: Db, conf: ModelKey): Promise<ModelVersion> {
  const { modelId, modelVersion: version } = conf
  if (!modelId || !version) {
    const missing = [...(modelId ? [] : ['model_id']), ...(version ? [] : ['model_version'])]
    throw invalid(`the following arguments are required: ${missing.join(',')} `)
  }
  const model = await findModel(db, { modelId, version })
  if (!model) {
    throw notFound(
      `There is no model ${modelId} of version ${version}: job/config of its training tells both`,
    )
  }
  const unusable = explainModel(model)
  if (unusable !== undefined) throw invalid(unusable)
  return model
}

/** Everybody who has columns takes part again, and nobody else. */
function requireMembers(members: FateConf['members'], model: ModelVersion): void {
  const name = `Model ${model.modelId} version ${model.version}`
  for (const [role, parties] of Object.entries(members)) {
    const stranger = parties.find((party) => !model.members[role]?.includes(party))
    if (stranger === undefined) continue
    throw invalid(
      `${name} was trained without ${role} ${stranger}: take it out of job_runtime_conf.role`,
    )
  }
  for (const [role, parties] of Object.entries(model.members)) {
    const absent = parties.find((party) => !members[role]?.includes(party))
    if (absent === undefined || role === 'arbiter') continue
    throw invalid(`${name} has a part at ${role} ${absent}: add it to job_runtime_conf.role`)
  }
}
