/**
 * Models that go over to other parties: the same parts under other ids, as a version of a model of its own.
 * @module
 */
import type { LearntModel } from '../../domain/catalog.ts'
import { invalid } from '../../domain/error.ts'
import { importModel, type ImportedPart } from '../../domain/model-import.ts'
import type { ModelVersion } from '../../domain/model.ts'
import type { AppDeps } from '../deps.ts'
import { allParties, toFateParty, toFateRoles } from './mapping.ts'
import { diskOf, plainOf, readPart } from './model-archive.ts'
import { readModelText } from './model-text.ts'

type Members = ModelVersion['members']

export interface Migration {
  readonly modelId: string
  readonly version: string
  /** Who has the model now, and who is to have it: as many of every role, one in the place of the other. */
  readonly from: Members
  readonly to: Members
  /** The version that is made. */
  readonly newVersion: string
  readonly initiator: { readonly role: string; readonly party: string }
}

/** The id of the model that those parties get. */
export function migratedId({ to }: Pick<Migration, 'to'>): string {
  return `${allParties(to)}#model`
}

/** Refuses what leads nowhere before anything is made. */
export function requireMigration({ from, to, initiator }: Migration): void {
  const roles = Object.keys(from).toSorted()
  const fits =
    roles.join() === Object.keys(to).toSorted().join() &&
    roles.every((role) => from[role].length === to[role].length)
  if (!fits) {
    throw invalid(
      'migrate_role and role differ in their form: name a party of migrate_role for every party of role',
    )
  }
  if (roles.every((role) => from[role].join() === to[role].join())) {
    throw invalid('migrate_role has the parties that role has: there is nothing to migrate')
  }
  for (const role of roles) {
    if (new Set(to[role]).size === to[role].length) continue
    throw invalid(`migrate_role.${role} names a party twice`)
  }
  if (to[initiator.role]?.includes(initiator.party)) return
  throw invalid(
    `migrate_initiator: ${initiator.role} ${initiator.party} is not among the parties of migrate_role`,
  )
}

/** Takes one party's part over. Throws a sentence where it is not to be had, or is there already. */
export async function migratePart(
  deps: AppDeps,
  migration: Migration,
  { role, party }: { role: string; party: string },
): Promise<void> {
  const { modelId, version, from, to, newVersion } = migration
  const files = diskOf(deps)
  const name = { modelId, version, role, party }
  const { model, tasks, artifacts } = await readPart(deps, name)
  requireSame(model.members, migration)
  const names = Object.fromEntries(
    Object.entries(from).map(([at, ids]) => [
      at,
      new Map(ids.map((id, position): [string, string] => [id, to[at][position]])),
    ]),
  )
  const now = names[role].get(party) ?? party
  const parts: ImportedPart[] = []
  const texts: { node: string; text: string }[] = []
  for (const task of tasks) {
    if (task.spec.type !== 'component') continue
    const { module, params, run } = task.spec
    const artifact = artifacts.get(task.id)
    const work = {
      type: 'component',
      module,
      params,
      members: to,
      data: [],
      models: [],
      run,
    } as const
    const part = { node: task.name, position: task.position, work }
    if (!artifact) {
      parts.push({ ...part, model: null })
      continue
    }
    const text = await readModelText(deps, {
      jobId: model.jobId,
      name,
      component: task.name,
      artifact,
    })
    const rename = (learnt: LearntModel) =>
      deps.catalog.get(module)?.renamed?.(learnt, names) ?? learnt
    const learnt = JSON.parse(text) as LearntModel
    texts.push({ node: task.name, text: JSON.stringify(rename(learnt)) })
    const { param, meta } = rename({ ...learnt, ...plainOf(artifact) })
    parts.push({ ...part, model: { name: learnt.name, preview: { param, meta } } })
  }
  await importModel(
    deps.db,
    {
      modelId: migratedId(migration),
      version: newVersion,
      jobId: newVersion,
      role,
      party: now,
      members: to,
      pipeline: { ...model.pipeline, train_runtime_conf: confOf(model.pipeline, migration) },
      site: files.site ?? '',
      parts,
      force: false,
      owner: deps.owner,
      origin: {
        name: 'Migrated model',
        tag: 'migrated',
        told: `was taken over from ${role} ${party}, model ${modelId} version ${version}`,
      },
    },
    async () => {
      for (const { node, text } of texts) {
        await files.saveModel({ jobId: newVersion, role, party: now, node }, text)
      }
    },
  )
}

function requireSame(members: Members, { modelId, version, from }: Migration): void {
  const text = (of: Members) =>
    Object.entries(of)
      .map(([role, parties]) => `${role} ${parties.join(', ')}`)
      .toSorted()
      .join('; ')
  if (text(members) === text(from)) return
  throw invalid(
    `role: model ${modelId} version ${version} is of ${text(members)}, in this order, not of ${text(from)}`,
  )
}

/** The configuration of the training, as if the new parties had sent it. */
function confOf(
  pipeline: Readonly<Record<string, unknown>>,
  { to, initiator }: Migration,
): Record<string, unknown> {
  const conf = (pipeline['train_runtime_conf'] ?? {}) as Record<string, unknown>
  return {
    ...conf,
    role: toFateRoles(to),
    initiator: { role: initiator.role, party_id: toFateParty(initiator.party) },
  }
}
