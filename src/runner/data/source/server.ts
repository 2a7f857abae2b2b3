/**
 * What sources on database servers have in common: how the owner names them, and the guard around reading.
 * @module
 */
import { readFile } from 'node:fs/promises'

import { z } from 'zod'

import type { SourceTable } from '../dataset.ts'
import { partsOf, type Wanted, wantedOf } from './rows.ts'
import { openSecret, Secret, SourceError, sourceError } from './secret.ts'

/** Keys that servers of every kind are named with. */
export const SERVER_KEYS = {
  host: z.string().min(1).default('127.0.0.1'),
  database: z.string().min(1),
  table: z.string().min(1),
  user: z.string().min(1),
  password: Secret.optional(),
  /** `verify` asks for a certificate of the host that this one trusts, which every host but this one should. */
  tls: z.enum(['off', 'verify']).default('off'),
  /** A file with the authority that signed the certificate, or with the certificate itself, where this host knows neither. */
  ca: z.string().min(1).optional(),
  /** The longest that reading the table may take. */
  timeoutSeconds: z.int().min(1).max(86_400).default(600),
}

/** How long a server may take to answer a connection. */
export const CONNECT_MS = 10_000

/** The authority of a source, where it names one. Throws where that cannot be read, or is of no use. */
export async function authorityOf(
  { ca, tls }: { readonly ca?: string | undefined; readonly tls: 'off' | 'verify' },
  { name }: Wanted,
): Promise<{ readonly ca?: string }> {
  if (ca === undefined) return {}
  if (tls === 'off') {
    throw new SourceError(`Data set "${name}" names a "ca" and no "tls": set it to "verify"`)
  }
  try {
    return { ca: await readFile(ca, 'utf8') }
  } catch (error) {
    const { code } = error as { code?: string }
    throw new SourceError(
      `The authority of data set "${name}" cannot be read (${code}): see the file "ca" in the list of its runner`,
    )
  }
}

/** A server's table, as a driver sees it: every failure of it is the driver's own. */
export interface ServerTable {
  /** Every column of the table, in its order; none where there is no such table. */
  columns(): Promise<readonly string[]>
  /** The rows, their cells as texts in the order of `names`. */
  rows(names: readonly string[]): AsyncIterable<readonly (string | null)[]>
  /** Gives the connection back, also in the middle of the rows. */
  close(): Promise<void>
}

/** Opens a table of a server; driver errors become sentences that name neither address nor password. */
export async function openServerTable(
  source: { readonly table: string; readonly password?: z.output<typeof Secret> | undefined },
  wanted: Wanted,
  connect: (password: string | undefined) => Promise<ServerTable>,
): Promise<SourceTable> {
  const { index, name } = wanted
  const secret = await openSecret(source.password, name)
  const mask = { name, secret }
  let table: ServerTable
  try {
    table = await connect(secret)
  } catch (error) {
    throw sourceError(error, mask)
  }
  try {
    const known = await table.columns()
    const see = 'see the list of data sets of its runner'
    if (known.length === 0) {
      throw new SourceError(
        `The table of data set "${name}" is not there, or its user may not read it: ${see}`,
      )
    }
    if (!known.includes(index)) {
      throw new SourceError(`The table of data set "${name}" has no column "${index}": ${see}`)
    }
    const has = known.filter((column) => column !== index)
    const columns = wantedOf(wanted, has)
    const rows = guarded(table.rows([index, ...columns]), mask)
    return {
      columns: has,
      parts: partsOf(rows, { index, columns, name }),
      close: () => table.close(),
    }
  } catch (error) {
    await table.close()
    throw sourceError(error, mask)
  }
}

async function* guarded<T>(
  rows: AsyncIterable<T>,
  mask: { readonly name: string; readonly secret: string | undefined },
): AsyncGenerator<T> {
  try {
    yield* rows
  } catch (error) {
    throw sourceError(error, mask)
  }
}
