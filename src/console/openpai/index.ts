/**
 * The pages of jobs of task roles.
 * @module
 */
import { Hono } from 'hono'

import type { ConsoleDeps } from '../deps.ts'
import { batchClusterRoutes } from './clusters.tsx'
import { batchGroupRoutes } from './groups.tsx'
import { batchJobRoutes } from './job.tsx'
import { batchListRoutes } from './list.tsx'
import { batchProfileRoutes } from './me.tsx'
import { batchPeopleRoutes } from './people.tsx'
import { batchSubmitRoutes } from './submit.tsx'

/** `/batch` and everything below it. */
export function batchRoutes(deps: ConsoleDeps): Hono {
  const app = new Hono()
  app.route('/', batchListRoutes(deps))
  app.route('/', batchSubmitRoutes(deps))
  app.route('/', batchJobRoutes(deps))
  app.route('/', batchClusterRoutes(deps))
  app.route('/', batchPeopleRoutes(deps))
  app.route('/', batchGroupRoutes(deps))
  app.route('/', batchProfileRoutes(deps))
  return app
}
