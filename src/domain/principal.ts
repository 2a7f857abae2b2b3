/**
 * Who a caller is, by its token: an account, or the holder of a token that the operator made.
 * @module
 */
import type { Db } from '../db/type.ts'
import { type Account, findAccount } from './account.ts'
import { DomainError, invalid } from './error.ts'
import { createToken, hashSecret } from './token.ts'

/** A use within this time of the last one is not noted, so that reading does not mean writing. */
const USE_MS = 60_000
const MOST_LABEL = 100

export interface Principal {
  readonly name: string
  readonly admin: boolean
  /** Whether a program has the token. */
  readonly application: boolean
  /** Null for a token of the operator's, which may do everything. */
  readonly account: Account | null
  /** By which its token is listed and revoked; null without one. */
  readonly tokenId: string | null
}

/** Who callers are where the server trusts everybody. */
export const EVERYBODY: Principal = {
  name: 'weft',
  admin: true,
  application: false,
  account: null,
  tokenId: null,
}

/** Whether a caller has what everybody has: an administrator, or a token of the operator's. */
export function hasAll({ account, admin }: Principal): boolean {
  return account === null || admin
}

/** Who sends `Bearer TOKEN`, or `Basic` with a name and a token; undefined where nothing was sent. */
export async function principalOf(
  db: Db,
  authorization: string | undefined,
  at: number,
): Promise<Principal | undefined> {
  if (authorization === undefined || authorization === '') return undefined
  const { text, name } = readHeader(authorization)
  const hash = await hashSecret(text)
  const row = await db
    .selectFrom('token')
    .leftJoin('account', 'account.id', 'token.account_id')
    .select(['token.name', 'token.application', 'token.expires_at', 'token.used_at'])
    .select('account.name as account')
    .where('token.hash', '=', hash)
    .where('token.kind', '=', 'user')
    .executeTakeFirst()
  const expired = row !== undefined && row.expires_at !== null && row.expires_at <= at
  if (!row || expired || (name !== undefined && row.account !== name))
    throw new DomainError('unauthenticated', 'Your token is invalid.')
  if (row.used_at === null || row.used_at <= at - USE_MS)
    await db.updateTable('token').set({ used_at: at }).where('hash', '=', hash).execute()
  const application = row.application === 1
  if (row.account === null)
    return { ...EVERYBODY, name: row.name === '' ? EVERYBODY.name : row.name, tokenId: hash }
  const account = await findAccount(db, row.account)
  if (!account) throw new DomainError('unauthenticated', 'Your token is invalid.')
  return { name: account.name, admin: account.admin, application, account, tokenId: hash }
}

/** A token of an account; one for a program does not run out, and has a name by which it is told from others. */
export async function createAccountToken(
  db: Db,
  token: { account: Account; application: boolean; label?: string; expiresAt?: number },
  at: number,
): Promise<string> {
  const { account, application, expiresAt } = token
  const label = token.label?.trim() ?? ''
  if (label.length > MOST_LABEL)
    throw invalid(`A token's name has at most ${MOST_LABEL} characters`)
  return createToken(
    db,
    {
      kind: 'user',
      name: label,
      parties: null,
      accountId: account.id,
      application,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    },
    at,
  )
}

/** A token of an account; its text is kept nowhere. */
export interface AccountToken {
  readonly id: string
  /** What its owner calls it; empty for none. */
  readonly label: string
  readonly application: boolean
  readonly createdAt: number
  readonly expiresAt: number | null
  /** To a minute; null before the first time. */
  readonly usedAt: number | null
}

/** An account's tokens that have not run out, oldest first. */
export async function listAccountTokens(
  db: Db,
  account: Pick<Account, 'id' | 'name'>,
  at: number,
): Promise<AccountToken[]> {
  const rows = await db
    .selectFrom('token')
    .select(['hash', 'name', 'application', 'created_at', 'expires_at', 'used_at'])
    .where('account_id', '=', account.id)
    .orderBy('created_at')
    .execute()
  return rows
    .filter(({ expires_at }) => expires_at === null || expires_at > at)
    .map((row) => ({
      id: row.hash,
      // Earlier ones have the account's.
      label: row.name === account.name ? '' : row.name,
      application: row.application === 1,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      usedAt: row.used_at,
    }))
}

/** Revokes a token by its id or its text; false when the account has none such. */
export async function revokeAccountToken(
  db: Db,
  token: { accountId: string | null; text: string },
): Promise<boolean> {
  const { accountId, text } = token
  const rows = await db
    .deleteFrom('token')
    .where('kind', '=', 'user')
    .where('hash', 'in', [text, await hashSecret(text)])
    .$if(accountId !== null, (query) => query.where('account_id', '=', accountId))
    .returning('hash')
    .execute()
  return rows.length > 0
}

/** Revokes all tokens of an account but the one named; answers how many. */
export async function revokeAccountTokens(
  db: Db,
  of: { accountId: string; except: string | null },
): Promise<number> {
  const rows = await db
    .deleteFrom('token')
    .where('kind', '=', 'user')
    .where('account_id', '=', of.accountId)
    .$if(of.except !== null, (query) => query.where('hash', '!=', of.except ?? ''))
    .returning('hash')
    .execute()
  return rows.length
}

function readHeader(header: string): { text: string; name?: string } {
  const [, scheme, value] = /^(Bearer|Basic)\s+(\S+)$/i.exec(header) ?? []
  if (scheme?.toLowerCase() === 'bearer') return { text: value }
  const decoded = scheme === undefined ? undefined : decode(value)
  const colon = decoded?.indexOf(':') ?? -1
  if (decoded === undefined || colon < 1)
    throw new DomainError('unauthenticated', 'Your token is invalid.')
  return { name: decoded.slice(0, colon), text: decoded.slice(colon + 1) }
}

function decode(base64: string): string | undefined {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(base64), (one) => one.charCodeAt(0)))
  } catch {
    return undefined
  }
}
