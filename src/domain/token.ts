/**
 * Tokens: random, shown once, kept as a hash.
 * @module
 */
import { fromJson, toJson } from '../db/json.ts'
import type { Db } from '../db/type.ts'
import { DomainError } from './error.ts'

export type TokenKind = 'runner' | 'user' | 'database'

export interface Token {
  readonly kind: TokenKind
  readonly name: string
  /** The parties a runner token speaks for; null for every party. */
  readonly parties: readonly string[] | null
  /** Whether a database token may only read; false when it is not given. */
  readonly readOnly?: boolean
  /** The account whose it is; the operator's without. */
  readonly accountId?: string
  /** Whether a program of the account has it. */
  readonly application?: boolean
}

/** Makes a token and returns its text, which is stored nowhere. */
export async function createToken(
  db: Db,
  token: Token & { expiresAt?: number },
  at: number,
): Promise<string> {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  const text = `weft_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
  await db
    .insertInto('token')
    .values({
      hash: await hashSecret(text),
      kind: token.kind,
      name: token.name,
      account_id: token.accountId ?? null,
      application: token.application === true ? 1 : null,
      parties: token.parties === null ? null : toJson([...token.parties]),
      read_only: token.readOnly === true ? 1 : 0,
      created_at: at,
      expires_at: token.expiresAt ?? null,
      used_at: null,
    })
    .execute()
  return text
}

/** The token behind an `Authorization: Bearer` header. */
export async function checkToken(
  db: Db,
  check: { authorization: string | undefined; kind: TokenKind },
  at: number,
): Promise<Token> {
  const text = /^Bearer\s+(\S+)$/i.exec(check.authorization ?? '')?.[1]
  const row =
    text === undefined
      ? undefined
      : await db
          .selectFrom('token')
          .selectAll()
          .where('hash', '=', await hashSecret(text))
          .where('kind', '=', check.kind)
          .executeTakeFirst()
  if (!row || (row.expires_at !== null && row.expires_at <= at)) {
    throw tokenNeeded(check.kind)
  }
  return {
    kind: check.kind,
    name: row.name,
    parties: row.parties === null ? null : fromJson(row.parties),
    readOnly: row.read_only !== 0,
  }
}

/** What whoever has no token of that kind is told. */
export function tokenNeeded(kind: TokenKind): DomainError {
  return new DomainError(
    'unauthenticated',
    `A valid ${kind} token is needed: make one with "npm run cli -- token create ${kind}" and send it as "Authorization: Bearer …"`,
  )
}

/** The SHA-256 of a text, hex: what is kept of a secret. */
export async function hashSecret(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
