/**
 * `runner invite`: makes a one-time code, and prints the one command with which a runner joins.
 * @module
 */
import { parseArgs } from 'node:util'

import { type Config, isLoopback } from '../config.ts'
import { createInvite } from '../domain/invite.ts'
import { withDatabase } from './open.ts'

const USAGE =
  'usage: runner invite --party ID [--party ID] [--name TEXT] [--trusted] [--expires 1h]'

/** Runs the command. */
export async function runner(config: Config, args: string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      party: { type: 'string', multiple: true },
      name: { type: 'string', default: '' },
      trusted: { type: 'boolean', default: false },
      expires: { type: 'string', default: '1h' },
    },
  })
  if (positionals.join(' ') !== 'invite') throw new Error(USAGE)
  const { name, trusted, expires } = values
  const named = values.party?.flatMap((text) => text.split(',')).map((party) => party.trim())
  const parties = named?.filter((party) => party !== '')
  if (!trusted && !parties?.length) {
    throw new Error(
      `Which party does the runner serve? Add --party 10000, or --trusted for a runner of your own that gets the whole database\n${USAGE}`,
    )
  }
  if (trusted && !config.database.url.startsWith('file:')) {
    throw new Error(
      'The database is not a file of this server, which cannot share it: start the runner with WEFT_DATABASE_URL and WEFT_DATABASE_TOKEN',
    )
  }
  const lifetimeMs = durationOf(expires)
  const at = Date.now()
  const code = await withDatabase(config, (db) =>
    createInvite(db, { name, parties: parties ?? null, trusted, lifetimeMs }, at),
  )
  console.log(`weft-runner register --server ${serverUrl(config)} --code ${code}`)
  const end = new Date(at + lifetimeMs).toISOString()
  console.error(`Good for one runner, until ${end}; then "weft-runner run" on that machine.`)
  if (config.publicUrl === null && isLoopback(config.host)) {
    console.error('The address is that of this machine: set WEFT_PUBLIC_URL for runners elsewhere.')
  }
}

function serverUrl({ publicUrl, host, port }: Config): string {
  return publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

function durationOf(text: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)\s*([smhd])$/.exec(text) ?? []
  const ms = Number(count) * UNITS[unit]
  if (ms > 0) return ms
  throw new Error(`--expires is a number with s, m, h or d, as in 30m or 2d: "${text}" is not`)
}
