/**
 * Jobs side by side.
 * @module
 */
import { Hono } from 'hono'

import { Compare, COMPARED_AT_MOST } from '../../views/job/compare.tsx'
import type { AppDeps } from '../api/deps.ts'
import { DomainError } from '../domain/error.ts'
import { readSnapshot } from './snapshot.ts'

/** `/compare?job=…&job=…`. */
export function compareRoutes({ db, now }: AppDeps): Hono {
  const app = new Hono()
  app.get('/compare', async (c) => {
    const asked = (c.req.queries('job') ?? []).map((id) => id.trim()).filter((id) => id !== '')
    const ids = [...new Set(asked)]
    if (ids.length === 0) {
      throw new DomainError('invalid', 'Choose the jobs to compare in the list of jobs')
    }
    if (ids.length > COMPARED_AT_MOST) {
      throw new DomainError(
        'invalid',
        `${ids.length} jobs are too many to compare: choose at most ${COMPARED_AT_MOST}`,
      )
    }
    const jobs = await Promise.all(ids.map((id) => readSnapshot(db, id, now())))
    return c.render(<Compare jobs={jobs} now={now()} />, { title: 'Compare jobs' })
  })
  return app
}
