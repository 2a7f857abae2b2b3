/**
 * People and their programs: accounts with passwords, groups, tokens, and what each may use.
 * @module
 */
import type { Selectable } from 'kysely'

import { fromJson, toJson } from '../db/json.ts'
import type { AccountTable } from '../db/table/account.ts'
import type { Db } from '../db/type.ts'
import { listGroups } from './account-group.ts'
import { conflict, DomainError, invalid, notFound } from './error.ts'
import { randomId } from './id.ts'
import { DEFAULT_CLUSTER, listClusters } from './virtual-cluster.ts'

/** Makes and checks what is kept of a password; slow on purpose. */
export interface Passwords {
  hash(password: string): Promise<string>
  check(password: string, hash: string): Promise<boolean>
}

export interface Account {
  readonly id: string
  readonly name: string
  /** By itself, or as a member of a group whose extension says so. */
  readonly admin: boolean
  readonly email: string
  readonly groups: readonly string[]
  /** Those of its own, beside those of its groups. */
  readonly virtualClusters: readonly string[]
  readonly extension: Readonly<Record<string, unknown>>
}

export interface NewAccount {
  readonly name: string
  readonly password: string
  readonly admin?: boolean
  readonly email?: string
  readonly groups?: readonly string[]
  readonly virtualClusters?: readonly string[]
  readonly extension?: Record<string, unknown>
}

export type AccountChange = Partial<Omit<NewAccount, 'name'>>

const NAME = /^[\w.-]{1,255}$/
const LEAST_PASSWORD = 6
const MOST_PASSWORD = 1024

/**
 * Enters an account. What belongs to a name that was removed is refused to whoever comes next, unless `inherits` says
 * that it is the same person.
 */
export async function createAccount(
  db: Db,
  account: NewAccount,
  how: { passwords: Passwords; at: number; inherits?: boolean },
): Promise<void> {
  const { name } = account
  if (!NAME.test(name))
    throw invalid(`"${name}" cannot name a user: letters, digits, _ - and . can`)
  if (await findAccount(db, name)) throw conflict(`User name ${name} already exists.`)
  if (how.inherits !== true && (await hasLegacy(db, name)))
    throw conflict(
      `User ${name} was removed and still has jobs, which a new user of that name would own: choose another name, or have it inherit them with "npm run cli user add" and --inherit`,
    )
  const columns = await columnsOf(db, account, how.passwords)
  await db
    .insertInto('account')
    .values({ id: randomId(), name, admin: 0, created_at: how.at, password_hash: null, ...columns })
    .execute()
  await db.deleteFrom('former_account').where('name', '=', name).execute()
}

/** Changes what is given and leaves the rest. A new password ends what was begun with the old one. */
export async function changeAccount(
  db: Db,
  name: string,
  how: { change: AccountChange; passwords: Passwords },
): Promise<void> {
  const { id, groups } = await getAccount(db, name)
  if (how.change.admin === false && how.change.groups === undefined) {
    const by = (await adminGroups(db)).find((group) => groups.includes(group))
    if (by !== undefined)
      throw new DomainError(
        'forbidden',
        `User ${name} is an administrator as a member of group ${by}: take it out of that group, or acls.admin out of its extension`,
      )
  }
  const columns = await columnsOf(db, how.change, how.passwords)
  if (Object.keys(columns).length > 0)
    await db.updateTable('account').set(columns).where('id', '=', id).execute()
  if (how.change.password !== undefined)
    await db
      .deleteFrom('token')
      .where('account_id', '=', id)
      .where('application', 'is', null)
      .execute()
}

/** Removes an account with its tokens; its jobs stay, and its name is kept for them. */
export async function removeAccount(db: Db, name: string, at: number): Promise<void> {
  const { id, admin } = await getAccount(db, name)
  if (admin)
    throw new DomainError('forbidden', `Admin ${name} can't delete. Change its role first.`)
  await db
    .insertInto('former_account')
    .values({ name, removed_at: at })
    .onConflict((clash) => clash.column('name').doUpdateSet({ removed_at: at }))
    .execute()
  await db.deleteFrom('token').where('account_id', '=', id).execute()
  await db.deleteFrom('account').where('id', '=', id).execute()
}

/** All accounts, by name. */
export async function listAccounts(db: Db): Promise<Account[]> {
  const rows = await db.selectFrom('account').selectAll().orderBy('name').execute()
  const administering = await adminGroups(db)
  return rows.map((row) => toAccount(row, administering))
}

/** The account of that name, or undefined. */
export async function findAccount(db: Db, name: string): Promise<Account | undefined> {
  const row = await db.selectFrom('account').selectAll().where('name', '=', name).executeTakeFirst()
  if (!row) return undefined
  // Asked with every request: most need no look at the groups.
  return toAccount(row, row.groups === null || row.admin !== 0 ? [] : await adminGroups(db))
}

/** The account of that name. */
export async function getAccount(db: Db, name: string): Promise<Account> {
  const account = await findAccount(db, name)
  if (!account) throw notFound(`User ${name} is not found.`)
  return account
}

/** The account behind a name and a password: undefined where the password is wrong. */
export async function checkPassword(
  db: Db,
  login: { name: string; password: string },
  passwords: Passwords,
): Promise<Account | undefined> {
  const account = await getAccount(db, login.name)
  const { password_hash: hash } = await db
    .selectFrom('account')
    .select('password_hash')
    .where('id', '=', account.id)
    .executeTakeFirstOrThrow()
  if (hash === null || login.password.length > MOST_PASSWORD) return undefined
  return (await passwords.check(login.password, hash)) ? account : undefined
}

/** The virtual clusters that an account may use: an administrator every one. */
export async function clustersOf(
  db: Db,
  account: Pick<Account, 'admin' | 'groups' | 'virtualClusters'>,
): Promise<string[]> {
  const all = (await listClusters(db)).map(({ name }) => name)
  if (account.admin) return all
  const groups = (await listGroups(db)).filter(({ name }) => account.groups.includes(name))
  const allowed = new Set([
    DEFAULT_CLUSTER,
    ...account.virtualClusters,
    ...groups.flatMap(({ virtualClusters }) => virtualClusters),
  ])
  return all.filter((name) => allowed.has(name))
}

/**
 * The storages among those that an account may read and write, and its defaults: one that no group names is
 * everybody's; of the others those of its groups; an administrator every one.
 */
export async function storagesOf(
  db: Db,
  account: Pick<Account, 'admin' | 'groups'>,
  there: Iterable<string>,
): Promise<{ all: string[]; byDefault: string[] }> {
  const names = [...there].toSorted()
  const groups = await listGroups(db)
  const own = groups.filter(({ name }) => account.groups.includes(name))
  const named = new Set(groups.flatMap(({ storages }) => storages))
  const allowed = new Set(own.flatMap(({ storages }) => storages))
  const all = names.filter((name) => account.admin || !named.has(name) || allowed.has(name))
  const first = new Set(own.map(({ storages }) => storages[0]))
  return { all, byDefault: all.filter((name) => first.has(name)) }
}

/** Whether a removed account of that name has left something. */
async function hasLegacy(db: Db, name: string): Promise<boolean> {
  const former = await db
    .selectFrom('former_account')
    .select('name')
    .where('name', '=', name)
    .executeTakeFirst()
  if (!former) return false
  const left = await db
    .selectFrom('job')
    .select('id')
    .where('owner', '=', name)
    .unionAll(db.selectFrom('work').select('id').where('owner', '=', name))
    .limit(1)
    .executeTakeFirst()
  return left !== undefined
}

async function columnsOf(db: Db, change: AccountChange, passwords: Passwords) {
  const { password, admin, email, groups, virtualClusters, extension } = change
  if (
    password !== undefined &&
    (password.length < LEAST_PASSWORD || password.length > MOST_PASSWORD)
  )
    throw invalid(`A password has ${LEAST_PASSWORD} to ${MOST_PASSWORD} characters`)
  if (groups) {
    const known = new Set((await listGroups(db)).map(({ name }) => name))
    const stray = groups.find((name) => !known.has(name))
    if (stray !== undefined)
      throw new DomainError('not_found', `Group ${stray} is not found.`, { subject: 'group' })
  }
  if (virtualClusters) {
    const known = new Set((await listClusters(db)).map(({ name }) => name))
    const stray = virtualClusters.find((name) => !known.has(name))
    if (stray !== undefined)
      throw new DomainError('not_found', `Virtual cluster ${stray} is not found.`, {
        subject: 'virtual cluster',
      })
  }
  return {
    ...(password === undefined ? {} : { password_hash: await passwords.hash(password) }),
    ...(admin === undefined ? {} : { admin: admin ? 1 : 0 }),
    ...(email === undefined ? {} : { email }),
    ...(groups === undefined ? {} : { groups: toJson([...groups]) }),
    ...(virtualClusters === undefined ? {} : { virtual_clusters: toJson([...virtualClusters]) }),
    ...(extension === undefined ? {} : { extension: toJson(extension) }),
  }
}

/** The groups whose members are administrators. */
async function adminGroups(db: Db): Promise<string[]> {
  return (await listGroups(db)).filter(({ admin }) => admin).map(({ name }) => name)
}

function toAccount(row: Selectable<AccountTable>, administering: readonly string[]): Account {
  const groups = row.groups === null ? [] : fromJson(row.groups)
  return {
    id: row.id,
    name: row.name,
    admin: row.admin !== 0 || groups.some((name) => administering.includes(name)),
    email: row.email ?? '',
    groups,
    virtualClusters: row.virtual_clusters === null ? [] : fromJson(row.virtual_clusters),
    extension: row.extension === null ? {} : fromJson(row.extension),
  }
}
