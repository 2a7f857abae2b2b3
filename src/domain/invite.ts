/**
 * Invitations: one-time codes that an operator gives to whoever starts a runner, each good for one token.
 *
 * A code has 80 random bits and lives for an hour, and only its hash is kept: guessing is hopeless however fast it is
 * tried, and looking a hash up takes the same time whatever was guessed.
 * @module
 */
import { fromJson, toJson } from '../db/json.ts'
import { type Db, inTransaction } from '../db/type.ts'
import { DomainError, invalid, notFound } from './error.ts'
import { createToken, hashSecret } from './token.ts'

/** How long a code is good for unless told otherwise, in milliseconds. */
export const INVITE_MS = 3_600_000
/** The longest that a code may be good for, in milliseconds. */
export const INVITE_LONGEST_MS = 30 * 24 * 3_600_000

export interface Invite {
  /** What the token will be called. */
  readonly name: string
  /** The parties that the runner serves; null for every party, which only a trusted one may. */
  readonly parties: readonly string[] | null
  /** Whether it gets the database itself instead of the gateway. */
  readonly trusted: boolean
}

/** What a code was exchanged for. */
export interface Redeemed extends Invite {
  readonly token: string
}

/** Makes an invitation and returns its code, which is stored nowhere. */
export async function createInvite(
  db: Db,
  invite: Invite & { readonly lifetimeMs?: number },
  at: number,
): Promise<string> {
  const { name, parties, trusted, lifetimeMs = INVITE_MS } = invite
  if (!trusted && (parties === null || parties.length === 0)) {
    throw invalid('An invitation names the parties that the runner serves')
  }
  if (!(lifetimeMs > 0 && lifetimeMs <= INVITE_LONGEST_MS)) {
    throw invalid('An invitation is good for at most 30 days')
  }
  const code = randomCode()
  await db
    .insertInto('invite')
    .values({
      hash: await hashCode(code),
      name,
      parties: parties === null ? null : toJson([...parties]),
      trusted: trusted ? 1 : 0,
      created_at: at,
      expires_at: at + Math.ceil(lifetimeMs),
      used_at: null,
    })
    .execute()
  return code
}

/** Exchanges a code for a token, once. Throws a sentence for a code that is unknown, expired or used. */
export async function redeemInvite(db: Db, code: string, at: number): Promise<Redeemed> {
  const hash = await hashCode(code)
  return inTransaction(db, async (trx) => {
    // One statement decides who is first; whoever comes second finds it used.
    const taken = await trx
      .updateTable('invite')
      .set({ used_at: at })
      .where('hash', '=', hash)
      .where('used_at', 'is', null)
      .where('expires_at', '>', at)
      .returning(['name', 'parties', 'trusted'])
      .executeTakeFirst()
    if (!taken) throw await refusal(trx, hash)
    const invite: Invite = {
      name: taken.name,
      parties: taken.parties === null ? null : fromJson(taken.parties),
      trusted: taken.trusted !== 0,
    }
    const kind = invite.trusted ? 'database' : 'runner'
    return { ...invite, token: await createToken(trx, { ...invite, kind }, at) }
  })
}

/** Whether a code could be exchanged, and for what; changes nothing. Throws like `redeemInvite`. */
export async function peekInvite(db: Db, code: string, at: number): Promise<{ trusted: boolean }> {
  const hash = await hashCode(code)
  const row = await db
    .selectFrom('invite')
    .select('trusted')
    .where('hash', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', at)
    .executeTakeFirst()
  if (!row) throw await refusal(db, hash)
  return { trusted: row.trusted !== 0 }
}

async function refusal(db: Db, hash: string): Promise<DomainError> {
  const row = await db
    .selectFrom('invite')
    .select(['used_at', 'expires_at'])
    .where('hash', '=', hash)
    .executeTakeFirst()
  const remedy = 'ask whoever runs the server for a new one ("npm run cli -- runner invite")'
  if (!row)
    return notFound(`This server knows no such code: check it for typing errors, or ${remedy}`)
  const time = new Date(row.used_at ?? row.expires_at).toISOString()
  return new DomainError(
    'conflict',
    row.used_at === null
      ? `The code expired at ${time}: ${remedy}`
      : `The code was used at ${time}, and each is good for one runner: ${remedy}`,
  )
}

/** Without I, L, O and U, which are misread or misheard. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CODE_LENGTH = 16

/** 80 bits as four groups of four. */
function randomCode(): string {
  const letters = Array.from(
    crypto.getRandomValues(new Uint8Array(CODE_LENGTH)),
    (byte) => ALPHABET[byte % ALPHABET.length],
  )
  return letters.join('').replace(/.{4}(?!$)/g, '$&-')
}

/** Small letters, other separators and the letters that look like digits mean the same code. */
function hashCode(code: string): Promise<string> {
  const plain = code
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')
  return hashSecret(`invite ${plain}`)
}
