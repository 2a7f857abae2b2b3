/**
 * What sources on database servers have in common: how the owner names them, and the guard around reading.
 * @module
 */
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
  /** `verify` asks for a certificate that this host trusts, which every host but this one should. */
  tls: z.enum(['off', 'verify']).default('off'),
  /** The longest that reading the table may take. */
  timeoutSeconds: z.int().min(1).max(86_400).default(600),
}

/** How long a server may take to answer a connection. */
export const CONNECT_MS = 10_000

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
