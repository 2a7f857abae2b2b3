/**
 * Groups of accounts, and what their members may use.
 * @module
 */
import { fromJson, toJson } from '../db/json.ts'
import type { Db } from '../db/type.ts'
import { conflict, invalid, notFound } from './error.ts'

export interface AccountGroup {
  readonly name: string
  readonly description: string
  readonly externalName: string
  readonly extension: Readonly<Record<string, unknown>>
  /** Whether its members are administrators, as its extension has it under `acls`: only a true `admin` counts. */
  readonly admin: boolean
  /** Those that its members may use, as its extension has them under `acls`. */
  readonly virtualClusters: readonly string[]
  /** Those that its members may read and write, from there as well; the first is what they have by default. */
  readonly storages: readonly string[]
}

export interface GroupChange {
  readonly description?: string
  readonly externalName?: string
  readonly extension?: Record<string, unknown>
}

/** All groups, by name. */
export async function listGroups(db: Db): Promise<AccountGroup[]> {
  const rows = await db.selectFrom('account_group').selectAll().orderBy('name').execute()
  return rows.map((row) => {
    const extension = fromJson(row.extension)
    return {
      name: row.name,
      description: row.description,
      externalName: row.external_name,
      extension,
      admin: aclsOf(extension)['admin'] === true,
      virtualClusters: allowedBy(extension, 'virtualClusters'),
      storages: allowedBy(extension, 'storageConfigs'),
    }
  })
}

/** The group of that name. */
export async function getGroup(db: Db, name: string): Promise<AccountGroup> {
  const found = (await listGroups(db)).find((group) => group.name === name)
  if (!found) throw notFound(`Group ${name} is not found.`)
  return found
}

/** Enters a group. */
export async function createGroup(
  db: Db,
  group: GroupChange & { name: string },
  at: number,
): Promise<void> {
  const { name } = group
  if (!/^[A-Za-z0-9_]{1,255}$/.test(name))
    throw invalid(`"${name}" cannot name a group: letters, digits and _ can`)
  if ((await listGroups(db)).some((one) => one.name === name))
    throw conflict(`Group name ${name} already exists.`)
  await db
    .insertInto('account_group')
    .values({
      name,
      description: group.description ?? '',
      external_name: group.externalName ?? '',
      extension: toJson(group.extension ?? {}),
      created_at: at,
    })
    .execute()
}

/** Changes what is given and leaves the rest. */
export async function changeGroup(db: Db, name: string, change: GroupChange): Promise<void> {
  const group = await getGroup(db, name)
  await db
    .updateTable('account_group')
    .set({
      description: change.description ?? group.description,
      external_name: change.externalName ?? group.externalName,
      extension: toJson(change.extension ?? { ...group.extension }),
    })
    .where('name', '=', name)
    .execute()
}

/** Removes a group; its members are in one group less. */
export async function removeGroup(db: Db, name: string): Promise<void> {
  await getGroup(db, name)
  const rows = await db
    .selectFrom('account')
    .select(['id', 'groups'])
    .where('groups', 'is not', null)
    .execute()
  for (const { id, groups } of rows) {
    const own = groups === null ? [] : fromJson(groups)
    if (!own.includes(name)) continue
    const left = toJson(own.filter((one) => one !== name))
    await db.updateTable('account').set({ groups: left }).where('id', '=', id).execute()
  }
  await db.deleteFrom('account_group').where('name', '=', name).execute()
}

/** The extension of a group whose members may use those, and whatever else it has. */
export function withAllowed(
  extension: Readonly<Record<string, unknown>>,
  allowed: { virtualClusters?: readonly string[]; storageConfigs?: readonly string[] },
): Record<string, unknown> {
  return { ...extension, acls: { ...aclsOf(extension), ...allowed } }
}

function allowedBy(
  extension: Readonly<Record<string, unknown>>,
  what: 'virtualClusters' | 'storageConfigs',
): string[] {
  const named = aclsOf(extension)[what]
  return Array.isArray(named) ? named.filter((one) => typeof one === 'string') : []
}

function aclsOf({ acls }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return typeof acls === 'object' && acls !== null ? (acls as Record<string, unknown>) : {}
}
