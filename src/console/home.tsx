/**
 * The overview.
 * @module
 */
import { Hono } from 'hono'

import { Home } from '../../views/home.tsx'
import { ownOnly } from '../api/access.ts'
import type { AppDeps } from '../api/deps.ts'
import { countJobs, listJobs } from '../domain/job.ts'
import { listRunners } from '../domain/runner.ts'
import { listTables } from '../domain/table.ts'
import { describeJobs } from './describe.ts'

/** `/` and the fragment it refreshes itself with. */
export function homeRoutes(deps: AppDeps): Hono {
  const app = new Hono()
  app.get('/', async (c) => c.render(await home(deps, ownOnly(c)), { title: '' }))
  app.get('/overview', async (c) => c.render(await home(deps, ownOnly(c)), { title: '' }))
  return app
}

async function home({ db, now }: AppDeps, own: { owner?: string }) {
  const [counts, runners, tables, page] = await Promise.all([
    countJobs(db, own),
    listRunners(db),
    listTables(db, own),
    listJobs(db, { ...own, limit: 6 }),
  ])
  return (
    <Home
      counts={counts}
      runners={runners}
      tableCount={tables.length}
      jobs={await describeJobs(db, page.items)}
      now={now()}
    />
  )
}
