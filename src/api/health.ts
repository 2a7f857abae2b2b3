/**
 * Health and metrics of the server itself.
 * @module
 */
import { Hono } from 'hono'

import { type FlowFigure, listFlowFigures } from '../domain/flow-figure.ts'
import { countJobs } from '../domain/job.ts'
import { listRunners } from '../domain/runner.ts'
import { seesAll } from './auth.ts'
import type { AppDeps } from './deps.ts'

/**
 * `/healthz` (process), `/readyz` (database and at least one live runner), `/metrics` (Prometheus; with the names and
 * figures of flows for users only).
 */
export function healthRoutes(deps: AppDeps): Hono {
  const app = new Hono()
  app.get('/healthz', (c) => c.json({ status: 'ok', version: deps.settings.version }, 200))
  app.get('/readyz', async (c) => {
    const checks = await readiness(deps)
    const ready = checks.database === 'ok' && checks.runners > 0
    return c.json({ status: ready ? 'ready' : 'not ready', ...checks }, ready ? 200 : 503)
  })
  app.get('/metrics', async (c) => c.text(await prometheus(deps, await seesAll(deps, c)), 200))
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

async function prometheus(deps: AppDeps, withFlows: boolean): Promise<string> {
  const jobs = await countJobs(deps.db)
  const runners = await listRunners(deps.db)
  const lines = [
    '# HELP weft_jobs Jobs by state.',
    '# TYPE weft_jobs gauge',
    ...Object.entries(jobs).map(([state, count]) => `weft_jobs{state="${state}"} ${count}`),
    '# HELP weft_runners_live Runners heard of within the last seconds.',
    '# TYPE weft_runners_live gauge',
    `weft_runners_live ${runners.filter((runner) => runner.live).length}`,
    ...(withFlows ? flowLines(await listFlowFigures(deps.db)) : []),
  ]
  return `${lines.join('\n')}\n`
}

/** Name, type, help and value of each figure of a node. */
const FLOW_SERIES: readonly (readonly [string, string, string, (figure: FlowFigure) => number])[] =
  [
    ['taken_total', 'counter', 'Buffers that a node has taken.', ({ taken }) => taken],
    ['given_total', 'counter', 'Buffers that a node has given.', ({ given }) => given],
    ['errors_total', 'counter', 'Calls of a node that failed.', ({ errors }) => errors],
    ['waiting', 'gauge', 'Buffers that wait in front of a node.', ({ waiting }) => waiting],
    ['in_flight', 'gauge', 'Buffers in calls under way.', ({ inFlight }) => inFlight],
    ['call_seconds', 'gauge', 'Time in a call lately.', ({ callSeconds }) => callSeconds],
  ]

function flowLines(figures: readonly FlowFigure[]): string[] {
  if (figures.length === 0) return []
  return FLOW_SERIES.flatMap(([name, type, help, value]) => [
    `# HELP weft_flow_node_${name} ${help}`,
    `# TYPE weft_flow_node_${name} ${type}`,
    ...figures.map(
      (figure) =>
        `weft_flow_node_${name}{flow="${label(figure.flow)}",node="${label(figure.node)}"} ${value(figure)}`,
    ),
  ])
}

/** As the format writes a value of a label. */
function label(text: string): string {
  return text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
}
