/**
 * Metrics, models, tables and graphs in FATE-Flow's words.
 * @module
 */
import type { z } from '@hono/zod-openapi'

import type { Artifact } from '../../domain/artifact.ts'
import type { Job } from '../../domain/job.ts'
import type { Metric, Point } from '../../domain/metric.ts'
import type { Task } from '../../domain/task.ts'
import { parseFateConf, tableArguments } from '../../flow/parse/fate-conf.ts'
import { dslOf, toFateRoles } from './mapping.ts'
import type { JobPlace } from './place.ts'
import type { FateDataView, FateDependencies, FateOutputData } from './schema.ts'

type Data<
  T extends { shape: { data: z.ZodType; meta: z.ZodType } },
  K extends 'data' | 'meta' = 'data',
> = NonNullable<z.output<T['shape'][K]>>

const PREVIEW_ROWS = 100

/** Partners, tables and roles of a job; the initiator sees all, the others what is theirs. */
export function dataView({ job, role, party }: JobPlace): Data<typeof FateDataView> {
  const leads = job.initiator?.role === role && job.initiator.party === party
  const conf = parseFateConf(job.request['job_runtime_conf'])
  const dataset: Record<string, Record<string, Record<string, string>>> = {}
  for (const arg of tableArguments(conf)) {
    if (!leads && (arg.role !== role || arg.party !== party)) continue
    const ofRole = (dataset[arg.role] ??= {})
    const ofParty = (ofRole[arg.party] ??= {})
    ofParty[arg.key] = `${arg.namespace}.${arg.name}`
  }
  const others = Object.entries(job.members)
    .map(([name, ids]): [string, string[]] => [
      name,
      name === role ? ids.filter((id) => id !== party) : ids,
    ])
    .filter(([, ids]) => ids.length > 0)
  return {
    partner: toFateRoles(Object.fromEntries(others)),
    dataset,
    roles: toFateRoles(leads ? job.members : { [role]: [party] }),
    model_summary: {},
  }
}

/** Names of metrics by namespace. */
export function metricNames(metrics: readonly Metric[]): Record<string, string[]> {
  return Object.fromEntries(
    [...Map.groupBy(metrics, ({ namespace }) => namespace)].map(([namespace, group]) => [
      namespace,
      group.map(({ name }) => name),
    ]),
  )
}

/** Metrics by namespace and name. */
export function metricsByName(
  metrics: readonly Metric[],
): Record<string, Record<string, { data: [number | string, number][]; meta: Metric['meta'] }>> {
  return Object.fromEntries(
    [...Map.groupBy(metrics, ({ namespace }) => namespace)].map(([namespace, group]) => [
      namespace,
      Object.fromEntries(
        group.map(({ name, points, meta }) => [name, { data: sortPoints(points), meta }]),
      ),
    ]),
  )
}

/** Points by x: numbers by size, then texts in the order in which they came. */
export function sortPoints(points: readonly Point[]): [number | string, number][] {
  return points
    .map(([x, y]): [number | string, number] => [x, y])
    .toSorted(([a], [b]) => rank(a) - rank(b) || 0)
}

/** What a component has learnt, with the names of its two buffers; no data where the party keeps it to itself. */
export function modelOf(
  job: Job,
  task: Task | undefined,
  artifacts: readonly Artifact[],
): { data: Record<string, unknown> | null; meta: Record<string, unknown> } | undefined {
  const artifact = artifacts.find(({ kind }) => kind === 'model')
  if (!artifact || task?.spec.type !== 'component') return undefined
  const { param, meta } = (artifact.preview ?? {}) as {
    param?: Record<string, unknown>
    meta?: Record<string, unknown>
  }
  const { name: buffer = artifact.name } = artifact.summary as { name?: string }
  const alias = modelAlias(job, task.name) ?? buffer
  return {
    data: artifact.preview === null ? null : (param ?? {}),
    meta: {
      module_name: task.spec.module,
      [`${task.name}.${alias}:${buffer}Meta`]: `${buffer}Meta`,
      [`${task.name}.${alias}:${buffer}Param`]: `${buffer}Param`,
      meta_data: meta ?? {},
    },
  }
}

/**
 * The first rows of a component's table; no rows where the party keeps them to itself. Of several tables there is a list
 * of each thing, in the order of their `names`, as later releases answer.
 */
export function previewOf(
  artifacts: readonly Artifact[],
): { rows: unknown[][] | null; meta: Data<typeof FateOutputData, 'meta'> } | undefined {
  const tables = artifacts.filter(({ kind }) => kind === 'table')
  if (tables.length === 0) return undefined
  const headers = tables.map(({ summary: { header } }) =>
    Array.isArray(header) ? header.map(String) : [],
  )
  const rows = tables.map(({ preview }) =>
    Array.isArray(preview) ? (preview.slice(0, PREVIEW_ROWS) as unknown[][]) : null,
  )
  if (tables.length === 1) {
    return { rows: rows[0], meta: { header: headers[0], total: tables[0].rows } }
  }
  const shown = rows.flatMap((some) => (some ? [some] : []))
  const names = tables.map(({ name }) => name)
  return {
    rows: shown.length === tables.length ? shown : null,
    meta: { header: headers, total: tables.map((table) => table.rows), names },
  }
}

/** The graph as version 1.0 tells it: components that need nothing have no dependencies at all. */
export function dependencies(job: Job): Data<typeof FateDependencies> {
  return {
    component_list: job.graph.map(({ name }) => name),
    dependencies: Object.fromEntries(
      job.graph
        .filter(({ needs }) => needs.length > 0)
        .map(({ name, needs }) => [name, [...new Set(needs.map(({ node }) => node))]]),
    ),
    component_module: Object.fromEntries(job.graph.map(({ name, module }) => [name, module])),
  }
}

/** The graph as version 1.1 tells it to one party, whose tasks are given: by what is passed on, and what runs there. */
export function dependencyEdges(job: Job, tasks: readonly Task[]): Data<typeof FateDependencies> {
  const runs = new Set(
    tasks.filter(({ spec }) => spec.type !== 'component' || spec.run).map(({ name }) => name),
  )
  return {
    ...dependencies(job),
    dependencies: Object.fromEntries(
      job.graph
        .filter(({ needs }) => needs.length > 0)
        .map(({ name, needs }) => [
          name,
          [...new Map(needs.map((need) => [`${need.kind} ${need.node}`, need])).values()].map(
            ({ node, kind }) => ({ component_name: node, type: kind }),
          ),
        ]),
    ),
    component_need_run: Object.fromEntries(job.graph.map(({ name }) => [name, runs.has(name)])),
  }
}

function rank(x: number | string): number {
  return typeof x === 'number' ? x : Number.MAX_VALUE
}

/** The name that the DSL gives to a component's model. */
function modelAlias(job: Job, component: string): string | undefined {
  const { components } = dslOf(job) as {
    components?: Record<string, { output?: { model?: string[] } }>
  }
  return components?.[component]?.output?.model?.[0]
}
