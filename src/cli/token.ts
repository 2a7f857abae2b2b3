/**
 * `token create user|runner|database`: makes a token and prints it once.
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
    options: {
      name: { type: 'string' },
      parties: { type: 'string' },
      'read-only': { type: 'boolean', default: false },
    },
  })
  const [verb, kind] = positionals
  if (verb !== 'create' || !isKind(kind)) {
    throw new Error(
      'usage: token create user|runner|database [--name TEXT] [--parties ID,ID] [--read-only]',
    )
  }
  const named = values.parties?.split(',').map((party) => party.trim())
  const parties = named?.filter((party) => party !== '') ?? null
  if (kind === 'runner' && !parties?.length) {
    throw new Error('A runner token names the parties it speaks for: add --parties 10000')
  }
  const readOnly = values['read-only']
  if (readOnly && kind !== 'database') {
    throw new Error('--read-only is for database tokens: leave it out')
  }
  const text = await withDatabase(config, (db) =>
    createToken(db, { kind, name: values.name ?? '', parties, readOnly }, Date.now()),
  )
  console.log(text)
}

function isKind(text: string | undefined): text is TokenKind {
  return text === 'user' || text === 'runner' || text === 'database'
}
