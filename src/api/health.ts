/**
 * Health and metrics of the server itself.
 * @module
 */
import { Hono } from 'hono'

import { countJobs } from '../domain/job.ts'
import { listRunners } from '../domain/runner.ts'
import type { AppDeps } from './deps.ts'

/** `/healthz` (process), `/readyz` (database and at least one live runner), `/metrics` (Prometheus). */
export function healthRoutes(deps: AppDeps): Hono {
  const app = new Hono()
  app.get('/healthz', (c) => c.json({ status: 'ok', version: deps.settings.version }, 200))
  app.get('/readyz', async (c) => {
    const checks = await readiness(deps)
    const ready = checks.database === 'ok' && checks.runners > 0
    return c.json({ status: ready ? 'ready' : 'not ready', ...checks }, ready ? 200 : 503)
  })
  app.get('/metrics', async (c) => c.text(await prometheus(deps), 200))
  return app
}

async function readiness(deps: AppDeps): Promise<{ database: string; runners: number }> {
  try {
    const runners = await listRunners(deps.db)
    return { database: 'ok', runners: runners.filter((runner) => runner.live).length }
  } catch (error) {
    deps.log.error({ error: String(error) }, 'the database does not answer')
    return { database: 'unreachable', runners: 0 }
  }
}

async function prometheus(deps: AppDeps): Promise<string> {
  const jobs = await countJobs(deps.db)
  const runners = await listRunners(deps.db)
  const lines = [
    '# HELP weft_jobs Jobs by state.',
    '# TYPE weft_jobs gauge',
    ...Object.entries(jobs).map(([state, count]) => `weft_jobs{state="${state}"} ${count}`),
    '# HELP weft_runners_live Runners heard of within the last seconds.',
    '# TYPE weft_runners_live gauge',
    `weft_runners_live ${runners.filter((runner) => runner.live).length}`,
  ]
  return `${lines.join('\n')}\n`
}
