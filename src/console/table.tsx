/**
 * Data tables.
 * @module
 */
import { Hono } from 'hono'

import { TablePage, TablesPage } from '../../views/table/page.tsx'
import { ownOnly } from '../api/access.ts'
import type { AppDeps } from '../api/deps.ts'
import { notFound } from '../domain/error.ts'
import { findTable, listTables } from '../domain/table.ts'

/** `/tables` and one table. */
export function tableRoutes(deps: AppDeps): Hono {
  const { db, now, settings } = deps
  const app = new Hono()
  app.get('/tables', async (c) => {
    const base = settings.publicUrl ?? new URL(c.req.url).origin
    const view = (
      <TablesPage
        tables={await listTables(db, ownOnly(c))}
        now={now()}
        uploadCommand={uploadCommand(base)}
      />
    )
    return c.render(view, { title: 'Tables' })
  })
  app.get('/tables/:namespace/:name', async (c) => {
    const key = c.req.param()
    const table = await findTable(db, key)
    if (!table) throw notFound(`No table ${key.namespace}.${key.name}: see the list of tables`)
    return c.render(<TablePage table={table} now={now()} />, { title: () => table.name })
  })
  return app
}

function uploadCommand(base: string): string {
  const fields = 'namespace=NAMESPACE&table_name=NAME&head=1&partition=4&work_mode=0'
  return `curl -F file=@FILE.csv '${base}/v1/data/upload?${fields}'`
}
