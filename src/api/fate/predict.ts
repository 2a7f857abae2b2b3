/**
 * What a prediction takes over from the training of its model: the pipeline, the parameters, and where the parts are.
 * @module
 */
import type { Db } from '../../db/type.ts'
import { invalid, notFound } from '../../domain/error.ts'
import {
  explainModel,
  findModel,
  listModelParts,
  type ModelPart,
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
  readonly parts: readonly ModelPart[]
}

interface Seat {
  readonly role: string
  readonly party: string
}

/** The key of a component at a party of a role. */
export function seatOf(component: string, { role, party }: Seat): string {
  return `${component} ${role}:${party}`
}

/** The model that a prediction's configuration names. Throws a sentence where it cannot be used, or not by these parties. */
export async function findTrained(
  db: Db,
  conf: Pick<FateConf, 'modelId' | 'modelVersion'> & Partial<Pick<FateConf, 'members'>>,
): Promise<TrainedModel> {
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
    parts: await listModelParts(db, model.jobId),
  }
}

/**
 * Sends the tasks of every party to the data directory with its part of the model. Throws where a party has lost it, or
 * has its tables elsewhere.
 */
export async function placeParts(
  db: Db,
  job: {
    trained: TrainedModel
    places: readonly (Seat & { readonly component: FateComponent })[]
    sites: Map<string, string>
  },
): Promise<void> {
  const { trained, places, sites } = job
  const wanted = new Set(
    places.flatMap(({ component, ...seat }) =>
      component.models.flatMap(({ refs }) => refs.map(({ node }) => seatOf(node, seat))),
    ),
  )
  const parts = trained.parts.filter((part) => wanted.has(seatOf(part.node, part)))
  await requireParts(db, trained.model, parts)
  for (const { role, party, site } of parts) {
    if (site === null) continue
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
