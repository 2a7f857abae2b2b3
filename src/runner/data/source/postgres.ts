/**
 * A data set in a table or view of a PostgreSQL server, read through a cursor in a read-only transaction.
 * @module
 */
import { z } from 'zod'

import type { SourceTable } from '../dataset.ts'
import type { Wanted } from './rows.ts'
import {
  authorityOf,
  CONNECT_MS,
  openServerTable,
  SERVER_KEYS,
  type ServerTable,
} from './server.ts'

/** How the owner names such a table. */
export const PostgresSource = z.strictObject({
  type: z.literal('postgres'),
  ...SERVER_KEYS,
  port: z.int().min(1).max(65_535).default(5432),
  schema: z.string().min(1).default('public'),
})

type Named = z.output<typeof PostgresSource>

const ROWS_AT_ONCE = 4096

/** Opens the table to be read only. Throws a sentence that names the data set, and neither address nor password. */
export function openPostgresSource(source: Named, wanted: Wanted): Promise<SourceTable> {
  return openServerTable(source, wanted, async (password) =>
    connect(source, { password, ...(await authorityOf(source, wanted)) }),
  )
}

async function connect(
  source: Named,
  { password, ca }: { readonly password: string | undefined; readonly ca?: string },
): Promise<ServerTable> {
  const { host, port, database, user, tls, timeoutSeconds } = source
  // Loaded by runners that offer such a table only.
  const { default: pg } = await import('pg')
  const client = new pg.Client({
    host,
    port,
    database,
    user,
    // Without one it would look into the runner's own files.
    password: password ?? '',
    // The name to look for in the certificate: without it, it would be "localhost" for an address.
    ssl: tls === 'verify' ? { rejectUnauthorized: true, host, ...(ca ? { ca } : {}) } : false,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: timeoutSeconds * 1000,
    idle_in_transaction_session_timeout: timeoutSeconds * 1000,
    options: '-c default_transaction_read_only=on',
    application_name: 'weft',
  })
  let failure: Error | undefined
  // A connection that breaks between two queries must not end the process.
  client.on('error', (error: Error) => {
    failure = error
  })
  await client.connect()
  const until = Date.now() + timeoutSeconds * 1000
  let types = new Map<string, string>()
  return {
    async columns() {
      await client.query('begin transaction isolation level repeatable read, read only')
      // What the user may not read is not told to be there.
      const { rows } = await client.query<{ name: string; type: string }>(
        `select column_name as name, data_type as type from information_schema.columns
         where table_schema = $1 and table_name = $2 order by ordinal_position`,
        [source.schema, source.table],
      )
      types = new Map(rows.map(({ name, type }) => [name, type]))
      return [...types.keys()]
    },
    async *rows(names) {
      const cell = (name: string) =>
        types.get(name) === 'boolean' ? `${quoted(name)}::int::text` : `${quoted(name)}::text`
      const from = `${quoted(source.schema)}.${quoted(source.table)}`
      await client.query(
        `declare weft no scroll cursor for select ${names.map(cell).join(', ')} from ${from}`,
      )
      for (;;) {
        if (failure) throw failure
        if (Date.now() > until) throw timedOut()
        const { rows } = await client.query<(string | null)[]>({
          text: `fetch ${ROWS_AT_ONCE} from weft`,
          rowMode: 'array',
        })
        if (rows.length === 0) return
        yield* rows
      }
    },
    close: () => client.end(),
  }
}

function timedOut(): Error {
  return Object.assign(new Error('The table took longer than timeoutSeconds'), { code: 'timeout' })
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
