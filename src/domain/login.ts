/**
 * Logging in with a name and a password: the same work whether the name is there or not, and slower after failures. Who
 * fails is told apart by name and address together, so that nobody can lock somebody else out; an address that tries
 * many names has to wait as well.
 * @module
 */
import type { Db } from '../db/type.ts'
import { type Account, checkPassword, findAccount, type Passwords } from './account.ts'
import { DomainError } from './error.ts'
import { hashSecret } from './token.ts'

export interface Login {
  readonly name: string
  readonly password: string
  /** From where; empty where that is not known. */
  readonly address: string
}

/** How many failures are free, and how long is to be waited after the next: twice as long after each further one. */
const FREE = { pair: 5, address: 50 }
const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 15 * 60_000
/** Failures are forgotten after this time without another. */
const FORGET_MS = 60 * 60_000
/** Of a password that nobody has: checked for names that are not there, so that the answer takes as long. */
const decoys = new WeakMap<Passwords, Promise<string>>()

/**
 * The account behind a name and a password; undefined where one of them is wrong. Throws a DomainError `limit` for who
 * has failed too often lately, whether or not the password is right.
 */
export async function logIn(
  db: Db,
  login: Login,
  { passwords, at }: { passwords: Passwords; at: number },
): Promise<Account | undefined> {
  const keys = await keysOf(login)
  await requirePatience(db, Object.values(keys), at)
  const known = (await findAccount(db, login.name)) !== undefined
  const account = known
    ? await checkPassword(db, login, passwords)
    : await checkDecoy(login.password, passwords)
  if (account === undefined) {
    await noteFailure(db, { key: keys.pair, free: FREE.pair, at })
    await noteFailure(db, { key: keys.address, free: FREE.address, at })
    await db
      .deleteFrom('login_failure')
      .where('at', '<', at - FORGET_MS)
      .execute()
  } else await db.deleteFrom('login_failure').where('key', '=', keys.pair).execute()
  return account
}

async function keysOf({ name, address }: Login): Promise<{ pair: string; address: string }> {
  return {
    pair: await hashSecret(`${address}\n${name}`),
    address: await hashSecret(address),
  }
}

async function requirePatience(db: Db, keys: readonly string[], at: number): Promise<void> {
  const rows = await db
    .selectFrom('login_failure')
    .select('until')
    .where('key', 'in', keys)
    .execute()
  const left = Math.max(0, ...rows.map(({ until }) => until - at))
  if (left > 0)
    throw new DomainError(
      'limit',
      `Too many failed logins: try again in ${Math.ceil(left / 1000)} seconds`,
    )
}

async function noteFailure(
  db: Db,
  { key, free, at }: { key: string; free: number; at: number },
): Promise<void> {
  const row = await db
    .insertInto('login_failure')
    .values({ key, count: 1, at, until: 0 })
    .onConflict((clash) =>
      clash.column('key').doUpdateSet(({ eb, fn }) => ({
        // One that is long ago does not count.
        count: eb
          .case()
          .when('login_failure.at', '<', at - FORGET_MS)
          .then(1)
          .else(eb('login_failure.count', '+', 1))
          .end(),
        at: fn('max', ['login_failure.at', eb.val(at)]),
      })),
    )
    .returning('count')
    .executeTakeFirstOrThrow()
  if (row.count <= free) return
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(30, row.count - free - 1))
  await db
    .updateTable('login_failure')
    .set({ until: at + wait })
    .where('key', '=', key)
    .execute()
}

async function checkDecoy(password: string, passwords: Passwords): Promise<undefined> {
  let decoy = decoys.get(passwords)
  if (!decoy) {
    decoy = passwords.hash(crypto.randomUUID())
    decoys.set(passwords, decoy)
  }
  await passwords.check(password, await decoy)
}
