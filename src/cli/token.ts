/**
 * `token create user|runner`: makes a token and prints it once.
 * @module
 */
import { parseArgs } from 'node:util'

import type { Config } from '../config.ts'
import { createToken, type TokenKind } from '../domain/token.ts'
import { withDatabase } from './open.ts'

/** Runs the command. */
export async function token(config: Config, args: string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { name: { type: 'string' }, parties: { type: 'string' } },
  })
  const [verb, kind] = positionals
  if (verb !== 'create' || (kind !== 'user' && kind !== 'runner')) {
    throw new Error('usage: token create user|runner [--name TEXT] [--parties ID,ID]')
  }
  const parties = values.parties?.split(',').map((party) => party.trim()) ?? null
  if (kind === 'runner' && parties === null) {
    throw new Error('A runner token names the parties it speaks for: add --parties 10000')
  }
  const text = await withDatabase(config, (db) =>
    createToken(
      db,
      { kind: kind satisfies TokenKind, name: values.name ?? '', parties },
      Date.now(),
    ),
  )
  console.log(text)
}
