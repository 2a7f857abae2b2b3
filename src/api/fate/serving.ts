/**
 * Puts a trained model online: from its inference DSL to the job that keeps it ready at its parties.
 * @module
 */
import type { Db } from '../../db/type.ts'
import type { CatalogEntry } from '../../domain/catalog.ts'
import { invalid } from '../../domain/error.ts'
import type { Job } from '../../domain/job.ts'
import { asksHosts, offlineReason } from '../../domain/servable.ts'
import { findServing, submitServing } from '../../domain/serving.ts'
import { findTable } from '../../domain/table.ts'
import type { ServingSpec } from '../../domain/work.ts'
import { parseFateConf, tableArguments } from '../../flow/parse/fate-conf.ts'
import type { AppDeps } from '../deps.ts'
import type { BoundFeatures, ServingRequest } from '../model-loader.ts'
import { findTrained } from './predict.ts'
import { type PlannedJob, planJob } from './submit.ts'

/** Loads a model at its parties; one that is loaded in this way already is left as it is. */
export async function loadServing(
  deps: Pick<AppDeps, 'db' | 'catalog' | 'owner'>,
  wanted: ServingRequest,
): Promise<Job> {
  const { modelId, modelVersion } = wanted
  const model = { modelId, modelVersion }
  const conf = await confOf(deps.db, wanted)
  const planned = await planJob(deps, parseFateConf(conf))
  requireServable(planned, deps.catalog)
  const members = membersOf(planned, deps.catalog)
  const tables = tableArguments(parseFateConf(conf))
  const tasks = Object.entries(members).flatMap(([role, parties]) =>
    parties.map((party, position) => {
      const own = planned.tasks.filter((task) => task.role === role && task.party === party)
      const table = tables.find((entry) => entry.role === role && entry.party === party)
      const spec: ServingSpec = {
        type: 'serving',
        members,
        steps: own.map(({ name, spec: work }) => ({ name, work })),
        table: table ? { namespace: table.namespace, name: table.name } : null,
      }
      return { role, party, position, site: own[0]?.site ?? null, spec }
    }),
  )
  const request = { job_runtime_conf: conf }
  const owner = deps.owner ?? null
  const known = await findServing(deps.db, { ...model, request, owner })
  if (known) return known
  const [guest] = members['guest']
  const initiator = { role: 'guest', party: guest }
  return submitServing(deps.db, { ...model, members, initiator, tasks, request, owner })
}

/** Throws for a component that answers no single rows. */
function requireServable({ tasks }: PlannedJob, catalog: ReadonlyMap<string, CatalogEntry>): void {
  for (const { name, spec } of tasks) {
    const reason = offlineReason(name, spec, catalog.get(spec.module) ?? {})
    if (reason !== undefined) throw invalid(`The model cannot go online: ${reason}`)
  }
}

/** The guest, and the hosts without which some component of it cannot predict. */
function membersOf(
  planned: PlannedJob,
  catalog: ReadonlyMap<string, CatalogEntry>,
): Record<string, readonly string[]> {
  const guests = partiesOf(planned, 'guest')
  if (guests.length !== 1) {
    throw invalid(`A model goes online with one guest, this one has ${guests.length}`)
  }
  const together = planned.tasks.some(({ spec }) => {
    const entry = catalog.get(spec.module)
    return entry !== undefined && asksHosts(spec, entry)
  })
  return { guest: guests, ...(together ? { host: partiesOf(planned, 'host') } : {}) }
}

function partiesOf({ tasks }: PlannedJob, role: string): string[] {
  const own = tasks.filter((task) => task.role === role)
  const places = new Map(own.map(({ party, position }) => [party ?? '', position]))
  return [...places].toSorted(([, a], [, b]) => a - b).map(([party]) => party)
}

/** The configuration of a prediction by all who have a part of the model. */
async function confOf(db: Db, wanted: ServingRequest): Promise<Record<string, unknown>> {
  const { modelId, modelVersion } = wanted
  const parameters = { work_mode: 0, job_type: 'predict', model_id: modelId }
  const job_parameters = { ...parameters, model_version: modelVersion }
  const model = await findModelOf(db, wanted)
  const { arbiter: _, ...role } = model.members
  for (const { role: at, party } of wanted.tables ?? []) {
    if (role[at]?.includes(party)) continue
    throw invalid(`Model ${modelId} version ${modelVersion} has no part at ${at} ${party}`)
  }
  const tables = await tablesFor(db, role, { ...model, given: wanted.tables ?? [] })
  const role_parameters = Object.fromEntries(
    Object.entries(role).flatMap(([name, parties]) => {
      const list = parties.map((party) => tables.get(`${name}:${party}`))
      return list.includes(undefined) ? [] : [[name, { args: { data: { eval_data: list } } }]]
    }),
  )
  const [party] = role['guest'] ?? []
  const initiator = { role: 'guest', party_id: party }
  return { initiator, job_parameters, role, role_parameters }
}

async function findModelOf(
  db: Db,
  { modelId, modelVersion }: ServingRequest,
): Promise<{ members: Record<string, string[]>; runtimeConf: Record<string, unknown> }> {
  const { model, runtimeConf } = await findTrained(db, { modelId, modelVersion })
  return { members: model.members, runtimeConf }
}

async function tablesFor(
  db: Db,
  role: Record<string, string[]>,
  from: { runtimeConf: Record<string, unknown>; given: readonly BoundFeatures[] },
): Promise<Map<string, { namespace: string; name: string }>> {
  const trained = tableArguments(parseFateConf(from.runtimeConf))
  const found = new Map<string, { namespace: string; name: string }>()
  for (const [name, parties] of Object.entries(role)) {
    for (const party of parties) {
      const own = (entry: { role: string; party: string }) =>
        entry.role === name && entry.party === party
      const given = from.given.find(own)
      const all = trained.filter(own)
      const table = given ?? all.find(({ key }) => key === 'train_data') ?? all.at(0)
      if (!table) continue
      // What was trained with may be gone since; callers can still send the guest's features.
      if (!given && name === 'guest' && !(await findTable(db, table))) continue
      found.set(`${name}:${party}`, { namespace: table.namespace, name: table.name })
    }
  }
  return found
}
