/**
 * What clients of later versions ask of a job's outputs: which tables there are, and summaries.
 * @module
 */
import { createRoute } from '@hono/zod-openapi'

import { type Artifact, listArtifacts } from '../../../domain/artifact.ts'
import { listMetrics } from '../../../domain/metric.ts'
import { listTasks, type Task } from '../../../domain/task.ts'
import type { AppDeps } from '../../deps.ts'
import { json, jsonBody } from '../../json.ts'
import type { Api } from '../../surface.ts'
import {
  FateDataViewQuery,
  FateDataViewRows,
  FateOutputTables,
  FateSummary,
  FateSummaryAt,
} from '../after-schema.ts'
import { failure, RETCODE, success } from '../envelope.ts'
import { findFateJob, getComponentPlace } from '../place.ts'
import { FateComponentAt } from '../schema.ts'
import { summaryOf } from '../summary.ts'
import { tasksAt } from './after.ts'

/** Adds the routes. */
export function leftRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps

  const views = createRoute({
    method: 'post',
    path: '/job/data/view/query',
    operationId: 'fate.job.outputs',
    summary: 'Every table that the components of a job have left (1.2)',
    request: jsonBody(FateDataViewQuery),
    responses: { 200: json(FateDataViewRows, 'One row for each table') },
  })
  api.openapi(views, async (c) => {
    const query = c.req.valid('json')
    const job = await findFateJob(db, query.job_id)
    const tasks = job ? await listTasks(db, job.id) : []
    const { role, party, name } = tasksAt(query)
    const chosen = new Map(
      tasks
        .filter(
          (task) =>
            (role === undefined || task.role === role) &&
            (party === undefined || task.party === party) &&
            (name === undefined || task.name === name),
        )
        .map((task) => [task.id, task]),
    )
    const artifacts = job ? await listArtifacts(db, { jobId: job.id }) : []
    const data = artifacts.flatMap((table) => {
      const task = chosen.get(table.taskId)
      if (!job || !task || table.kind !== 'table') return []
      const { role: at, party: id, name: component } = task
      return [
        {
          f_job_id: job.id,
          f_component_name: component,
          f_task_id: `${job.id}_${component}`,
          f_role: at ?? 'local',
          f_party_id: id ?? '0',
          f_data_name: table.name,
          ...tableNames(task, table),
          f_table_count_actual: table.rows,
          f_party_model_id: job.modelId === null ? null : `${at}#${id}#${job.modelId}`,
          f_model_version: job.modelVersion,
          f_type: 'output' as const,
        },
      ]
    })
    if (data.length > 0) return c.json(success({ data }), 200)
    return c.json(failure(RETCODE.notFound, 'find data view failed'), 200)
  })

  const tables = createRoute({
    method: 'post',
    path: '/tracking/component/output/data/table',
    operationId: 'fate.component.tables',
    summary: 'The names of the tables that a component has left at one party (1.2)',
    request: jsonBody(FateComponentAt),
    responses: { 200: json(FateOutputTables, 'Their names') },
  })
  api.openapi(tables, async (c) => {
    const { job, task } = await getComponentPlace(db, c.req.valid('json'))
    const artifacts = task ? await listArtifacts(db, { jobId: job.id, taskId: task.id }) : []
    const data = artifacts.flatMap((table) => {
      if (!task || table.kind !== 'table') return []
      const { f_table_name: table_name, f_table_namespace: namespace } = tableNames(task, table)
      return [{ table_name, namespace, data_name: table.name }]
    })
    const retmsg =
      data.length === 0 ? 'no found table, please check if the parameters are correct' : undefined
    return c.json(success({ data, retmsg }), 200)
  })

  const summary = createRoute({
    method: 'post',
    path: '/tracking/component/summary/download',
    operationId: 'fate.component.summary',
    summary: 'What a component has come to in a few numbers, also as a file (1.5)',
    request: jsonBody(FateSummaryAt),
    responses: { 200: json(FateSummary, 'The summary; with `filename` it alone, as a file') },
  })
  api.openapi(summary, async (c) => {
    const query = c.req.valid('json')
    const { job, task } = await getComponentPlace(db, query)
    const of = { jobId: job.id, taskId: task?.id ?? '' }
    const metrics = task ? await listMetrics(db, of) : []
    const artifacts = task ? await listArtifacts(db, of) : []
    const model = artifacts.find(({ kind }) => kind === 'model')
    const { param = null } = (model?.preview ?? {}) as { param?: Record<string, unknown> | null }
    const data = summaryOf(metrics, param)
    if (Object.keys(data).length === 0) {
      const retmsg = `${query.component_name} has no summary: it has neither metrics of single values nor a model that may be shown`
      return c.json(failure(RETCODE.notFound, retmsg), 200)
    }
    if (query.filename) {
      c.header('Content-Disposition', `attachment; filename="${query.filename}"`)
      return c.body(JSON.stringify(data, null, 2), 200, {
        'Content-Type': 'application/json',
      }) as never
    }
    return c.json(success({ data }), 200)
  })
}

/** Names by which a table that a component left can be told from all others. */
function tableNames(
  { jobId, name, role, party }: Task,
  table: Artifact,
): { f_table_namespace: string; f_table_name: string } {
  return {
    f_table_namespace: `output_data_${jobId}_${name}_${role}_${party}`,
    f_table_name: table.name,
  }
}
