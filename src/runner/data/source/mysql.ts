/**
 * A data set in a table or view of a MySQL or MariaDB server, streamed in a read-only transaction.
 * @module
 */
import { isIP } from 'node:net'

import type { Connection, RowDataPacket } from 'mysql2'
import { z } from 'zod'

import type { SourceTable } from '../dataset.ts'
import type { Wanted } from './rows.ts'
import { SourceError } from './secret.ts'
import {
  authorityOf,
  CONNECT_MS,
  openServerTable,
  SERVER_KEYS,
  type ServerTable,
} from './server.ts'

/** How the owner names such a table. */
export const MysqlSource = z.strictObject({
  type: z.literal(['mysql', 'mariadb']),
  ...SERVER_KEYS,
  port: z.int().min(1).max(65_535).default(3306),
})

type Named = z.output<typeof MysqlSource>

const ROWS_AHEAD = 4096

/** Opens the table to be read only. Throws a sentence that names the data set, and neither address nor password. */
export function openMysqlSource(source: Named, wanted: Wanted): Promise<SourceTable> {
  return openServerTable(source, wanted, async (password) => {
    if (source.tls === 'verify' && isIP(source.host) !== 0) {
      throw new SourceError(
        `Data set "${wanted.name}" names its server by an address, of which the driver verifies no certificate: name it by "host"`,
      )
    }
    return connect(source, { password, ...(await authorityOf(source, wanted)) })
  })
}

async function connect(
  source: Named,
  { password, ca }: { readonly password: string | undefined; readonly ca?: string },
): Promise<ServerTable> {
  const { host, port, database, user, tls, timeoutSeconds } = source
  // Loaded by runners that offer such a table only.
  const { createConnection } = await import('mysql2')
  const connection = createConnection({
    host,
    port,
    database,
    user,
    password: password ?? '',
    connectTimeout: CONNECT_MS,
    // A server must not ask for files of this host, nor run a second statement of a text.
    flags: ['-LOCAL_FILES'],
    multipleStatements: false,
    // The driver does not look for the name by itself.
    ...(tls === 'verify'
      ? { ssl: { rejectUnauthorized: true, verifyIdentity: true, ...(ca ? { ca } : {}) } }
      : {}),
  })
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => {
    // Whoever reads is told; nobody may be reading.
  })
  // A stream of rows is not told of it, and would wait for ever.
  connection.on('error', broken.reject)
  await new Promise<void>((done, fail) =>
    connection.connect((error) => (error ? fail(error) : done())),
  )
  const query = askOf(connection)
  const timer = setTimeout(
    () => broken.reject(Object.assign(new Error('The time is over'), { code: 'timeout' })),
    timeoutSeconds * 1000,
  )
  timer.unref()
  return {
    async columns() {
      await limitStatements(query, timeoutSeconds)
      await query('set session transaction read only')
      await query('start transaction with consistent snapshot, read only')
      const rows = await query(
        `select column_name as name from information_schema.columns
         where table_schema = ? and table_name = ? order by ordinal_position`,
        [database, source.table],
      )
      return rows.map((row) => String(row['name']))
    },
    async *rows(names) {
      const list = names.map(quoted).join(', ')
      const stream = connection
        .query({
          sql: `select ${list} from ${quoted(source.table)}`,
          rowsAsArray: true,
          // As the server writes them, numbers of any size too.
          typeCast: (field) => field.string(),
        })
        .stream({ highWaterMark: ROWS_AHEAD })
      const rows = stream[Symbol.asyncIterator]()
      for (;;) {
        // A server that says nothing any more must not keep the runner waiting.
        const next = await Promise.race([rows.next(), broken.promise])
        if (next.done === true) return
        yield next.value as (string | null)[]
      }
    },
    close() {
      clearTimeout(timer)
      // Rows that nobody wants any more would be read to their end before a farewell.
      connection.destroy()
      return Promise.resolve()
    },
  }
}

/**
 * Has the server end statements that take too long: MariaDB and MySQL have a variable each for that, and MySQL before
 * 5.7.8 none, so that there the runner's own clock alone ends the session.
 */
async function limitStatements(query: ReturnType<typeof askOf>, seconds: number): Promise<void> {
  for (const limit of [
    `max_statement_time = ${seconds}`,
    `max_execution_time = ${seconds * 1000}`,
  ]) {
    try {
      await query(`set session ${limit}`)
      return
    } catch (error) {
      if ((error as { code?: string }).code !== 'ER_UNKNOWN_SYSTEM_VARIABLE') throw error
    }
  }
}

function askOf(connection: Connection) {
  return (sql: string, values: readonly string[] = []): Promise<RowDataPacket[]> =>
    new Promise((done, fail) => {
      connection.query<RowDataPacket[]>(sql, [...values], (error, rows) =>
        error ? fail(error) : done(rows),
      )
    })
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}
