/**
 * A data set in a table or view behind a libSQL address, read in pages by its ids within one read transaction.
 * @module
 */
import { z } from 'zod'

import { type ClientValue, openClient } from '../../../db/remote-client.ts'
import type { SourceTable } from '../dataset.ts'
import type { Wanted } from './rows.ts'
import { openSecret, Secret } from './secret.ts'
import { openServerTable, type ServerTable } from './server.ts'

/** How the owner names such a table. */
export const LibsqlSource = z.strictObject({
  type: z.literal('libsql'),
  url: z.url({ protocol: /^(libsql|https?|wss?)$/ }).refine((url) => {
    const { password, searchParams } = new URL(url)
    return password === '' && !searchParams.has('authToken')
  }, 'expected an address without a token: name it with "token"'),
  table: z.string().min(1),
  token: Secret.optional(),
  timeoutSeconds: z.int().min(1).max(86_400).default(600),
})

type Named = z.output<typeof LibsqlSource>

const ROWS_AT_ONCE = 4096

/** Opens the table to be read only. Throws a sentence that names the data set, and neither address nor token. */
export async function openLibsqlSource(source: Named, wanted: Wanted): Promise<SourceTable> {
  // A token that is missing is told before anything is asked.
  await openSecret(source.token, wanted.name)
  return openServerTable({ table: source.table, password: source.token }, wanted, (token) =>
    connect(source, { token, index: wanted.index }),
  )
}

async function connect(
  { url, table, timeoutSeconds }: Named,
  { token, index }: { token: string | undefined; index: string },
): Promise<ServerTable> {
  const until = Date.now() + timeoutSeconds * 1000
  const signalled: typeof fetch = (input, init) =>
    fetch(input, { ...init, signal: AbortSignal.timeout(Math.max(1, until - Date.now())) })
  const client = openClient({
    url,
    ...(token === undefined ? {} : { authToken: token }),
    fetch: signalled,
  })
  const reading = await client.transaction('read')
  return {
    async columns() {
      const { rows } = await reading.execute({
        sql: 'select name from pragma_table_info(?)',
        args: [table],
      })
      return rows.map((row) => row[0] as string)
    },
    async *rows(names) {
      const id = quoted(index)
      const cells = names.map((name) => `cast(${quoted(name)} as text)`).join(', ')
      const sql = `select ${id}, ${cells} from ${quoted(table)}`
      const counted = await reading.execute(
        `select count(*), count(distinct ${id}) from ${quoted(table)}`,
      )
      const [all, distinct] = [0, 1].map((at) => Number(counted.rows[0][at]))
      // Pages go on behind an id, and would leave out its twins.
      if (all !== distinct)
        throw Object.assign(new Error('ids repeat or are null'), { code: 'ids' })
      let last: ClientValue | undefined
      for (;;) {
        const { rows } = await reading.execute(
          last === undefined
            ? `${sql} order by ${id} limit ${ROWS_AT_ONCE}`
            : {
                sql: `${sql} where ${id} > ? order by ${id} limit ${ROWS_AT_ONCE}`,
                args: [last],
              },
        )
        for (const row of rows) {
          yield names.map((_, at) => {
            const value = row[at + 1]
            return value === null || value === undefined ? null : String(value as string)
          })
        }
        if (rows.length < ROWS_AT_ONCE) return
        last = rows.at(-1)?.[0] as ClientValue
      }
    },
    close() {
      reading.close()
      client.close()
      return Promise.resolve()
    },
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
