/**
 * The overview.
 * @module
 */
import { Hono } from 'hono'

import { Home } from '../../views/home.tsx'
import type { AppDeps } from '../api/deps.ts'
import { countJobs, listJobs } from '../domain/job.ts'
import { listRunners } from '../domain/runner.ts'
import { listTables } from '../domain/table.ts'
import { describeJobs } from './describe.ts'

/** `/` and the fragment it refreshes itself with. */
export function homeRoutes(deps: AppDeps): Hono {
  const app = new Hono()
  app.get('/', async (c) => c.render(await home(deps), { title: '' }))
  app.get('/overview', async (c) => c.render(await home(deps), { title: '' }))
  return app
}

async function home({ db, now }: AppDeps) {
  const [counts, runners, tables, page] = await Promise.all([
    countJobs(db),
    listRunners(db),
    listTables(db),
    listJobs(db, { limit: 6 }),
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
