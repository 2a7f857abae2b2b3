/**
 * Logging in with a name and a password: the same work whether the name is there or not, and slower after failures. Who
 * fails is told apart by name and address together, so that nobody can lock somebody else out; an address that tries
 * many names has to wait as well.
 * @module
 */
import { sql } from 'kysely'

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
  // Counted before the slow check, so that guesses at the same time do not all go by the count before them.
  // The name at its address first: a try that is refused there is none of the address.
  await countTry(db, { key: keys.pair, free: FREE.pair, at })
  const address = await countTry(db, { key: keys.address, free: FREE.address, at })
  const known = (await findAccount(db, login.name)) !== undefined
  const account = known
    ? await checkPassword(db, login, passwords)
    : await checkDecoy(login.password, passwords)
  if (account === undefined) {
    await db
      .deleteFrom('login_failure')
      .where('at', '<', at - FORGET_MS)
      .execute()
  } else {
    await db.deleteFrom('login_failure').where('key', '=', keys.pair).execute()
    await takeBack(db, { key: keys.address, until: address })
  }
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
  if (left > 0) throw tooMany(Math.ceil(left / 1000))
}

/**
 * Counts a try as a failure, all at once: of those at the same time each goes by the ones before it. Throws for one that
 * has to wait; answers until when the next one has to.
 */
async function countTry(
  db: Db,
  { key, free, at }: { key: string; free: number; at: number },
): Promise<number> {
  // One that is long ago does not count.
  const before = sql<number>`case when login_failure.at < ${at - FORGET_MS} then 0 else login_failure.count end`
  const wait = sql<number>`min(${LONGEST_WAIT_MS}, ${FIRST_WAIT_MS} << min(20, ${before} - ${free}))`
  const row = await db
    .insertInto('login_failure')
    .values({ key, count: 1, at, until: 0 })
    .onConflict((clash) =>
      clash
        .column('key')
        .doUpdateSet({
          count: sql`${before} + 1`,
          at: sql`max(login_failure.at, ${at})`,
          until: sql`case when ${before} >= ${free} then ${at} + ${wait} else 0 end`,
        })
        .where('login_failure.until', '<=', at),
    )
    .returning('until')
    .executeTakeFirst()
  if (row) return row.until
  await requirePatience(db, [key], at)
  throw tooMany(1)
}

/** Of a try that was none of the failures; what others have set meanwhile stays. */
async function takeBack(db: Db, { key, until }: { key: string; until: number }): Promise<void> {
  await db
    .updateTable('login_failure')
    .set({
      count: sql`max(0, count - 1)`,
      until: sql`case when until = ${until} then 0 else until end`,
    })
    .where('key', '=', key)
    .execute()
}

function tooMany(seconds: number): DomainError {
  return new DomainError('limit', `Too many failed logins: try again in ${seconds} seconds`)
}

async function checkDecoy(password: string, passwords: Passwords): Promise<undefined> {
  let decoy = decoys.get(passwords)
  if (!decoy) {
    decoy = passwords.hash(crypto.randomUUID())
    decoys.set(passwords, decoy)
  }
  await passwords.check(password, await decoy)
}
