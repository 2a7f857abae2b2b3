/**
 * Flows beyond what ModelBox's document has: a check without a run, replacing, starting again, the units there are.
 * @module
 */
import { createRoute, type z } from '@hono/zod-openapi'

import { invalid } from '../../domain/error.ts'
import { deleteFlow, type FlowJob, getFlow, listFlows } from '../../domain/flow-job.ts'
import { listUnits } from '../../domain/flow-unit.ts'
import { ownerIn, ownOnly } from '../access.ts'
import type { AppDeps } from '../deps.ts'
import { type CheckedFlow, checkFlow, FLOW_SURFACE, getTrace, startFlow } from '../flow-check.ts'
import { json, jsonBody } from '../json.ts'
import type { Api } from '../surface.ts'
import {
  WeftFlow,
  WeftFlowBody,
  WeftFlowCheck,
  WeftFlowName,
  WeftFlows,
  WeftTrace,
  WeftUnits,
} from './flow-schema.ts'
import { WeftError } from './schema.ts'

const missing = json(WeftError, 'There is no such flow')
const wrong = json(WeftError, 'The flow cannot run; every problem is told')

/** `/flows` and `/flow-units`. */
export function flowRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps

  const validate = createRoute({
    method: 'post',
    path: '/flows/validate',
    operationId: 'weft.flow.validate',
    summary: 'Checks a flow without running it; tells every problem with its line and column',
    request: jsonBody(WeftFlowBody),
    responses: { 200: json(WeftFlowCheck, 'Its problems, or its nodes and edges') },
  })
  api.openapi(validate, async (c) => {
    const { graph, format } = c.req.valid('json')
    return c.json(toCheck(await checkFlow(db, graph, format)), 200)
  })

  const list = createRoute({
    method: 'get',
    path: '/flows',
    operationId: 'weft.flow.list',
    summary: 'The flows there are',
    responses: { 200: json(WeftFlows, 'Flows in the order in which they were made') },
  })
  api.openapi(list, async (c) =>
    c.json(
      { flows: (await listFlows(db, { surface: FLOW_SURFACE, ...ownOnly(c) })).map(toFlow) },
      200,
    ),
  )

  const get = createRoute({
    method: 'get',
    path: '/flows/{flow}',
    operationId: 'weft.flow.get',
    summary: 'A flow and how it does',
    request: { params: WeftFlowName },
    responses: { 200: json(WeftFlow, 'The flow'), 404: missing },
  })
  api.openapi(get, async (c) => {
    const name = c.req.valid('param').flow
    return c.json(toFlow(await getFlow(db, { surface: FLOW_SURFACE, name })), 200)
  })

  const trace = createRoute({
    method: 'get',
    path: '/flows/{flow}/trace',
    operationId: 'weft.flow.trace',
    summary: 'Its last calls in the Trace Event Format, for chrome://tracing and Perfetto',
    request: { params: WeftFlowName },
    responses: {
      200: json(WeftTrace, 'The trace, as a file'),
      404: json(WeftError, 'There is no such flow, or its description has no profile.trace'),
    },
  })
  api.openapi(trace, async (c) => {
    const name = c.req.valid('param').flow
    c.header('Content-Disposition', `attachment; filename="${name}.trace.json"`)
    return c.json((await getTrace(db, name)) as never, 200)
  })

  const put = createRoute({
    method: 'put',
    path: '/flows/{flow}',
    operationId: 'weft.flow.put',
    summary: 'Starts a flow, in place of the one of that name if there is one',
    request: { params: WeftFlowName, ...jsonBody(WeftFlowBody) },
    responses: { 200: json(WeftFlow, 'The flow, as it begins'), 422: wrong },
  })
  api.openapi(put, async (c) => {
    const { graph, format, replicas } = c.req.valid('json')
    const name = c.req.valid('param').flow
    const spec = { type: 'flow', source: graph, format, replicas } as const
    return c.json(toFlow(await startFlow(db, { name, owner: ownerIn(c) }, spec)), 200)
  })

  const restart = createRoute({
    method: 'post',
    path: '/flows/{flow}/restart',
    operationId: 'weft.flow.restart',
    summary: 'Ends a flow and begins it again',
    request: { params: WeftFlowName },
    responses: { 200: json(WeftFlow, 'The flow, as it begins'), 404: missing, 422: wrong },
  })
  api.openapi(restart, async (c) => {
    const name = c.req.valid('param').flow
    const { job, task, tasks } = await getFlow(db, { surface: FLOW_SURFACE, name })
    if (task?.spec.type !== 'flow') throw invalid(`Flow "${name}" has no task: put it anew`)
    const spec = { ...task.spec, replicas: tasks.length }
    return c.json(toFlow(await startFlow(db, job, spec)), 200)
  })

  const remove = createRoute({
    method: 'delete',
    path: '/flows/{flow}',
    operationId: 'weft.flow.delete',
    summary: 'Ends a flow and forgets it',
    request: { params: WeftFlowName },
    responses: { 204: { description: 'It is gone' }, 404: missing },
  })
  api.openapi(remove, async (c) => {
    const name = c.req.valid('param').flow
    const { job } = await getFlow(db, { surface: FLOW_SURFACE, name })
    await deleteFlow(db, { id: job.id, reason: `Deleted over /api/weft/flows/${name}` })
    return c.body(null, 204)
  })

  const units = createRoute({
    method: 'get',
    path: '/flow-units',
    operationId: 'weft.flow-unit.list',
    summary: 'The flow units that runners have, with their ports and options',
    responses: { 200: json(WeftUnits, 'Units by name and device') },
  })
  api.openapi(units, async (c) => {
    const found = await listUnits(db)
    const described = found.map(({ name, device, descriptor }) => ({
      description: '',
      ...descriptor,
      name,
      device,
    }))
    return c.json({ units: described }, 200)
  })
}

function toCheck({ problems, graph }: CheckedFlow): z.output<typeof WeftFlowCheck> {
  return {
    valid: problems.length === 0,
    problems: problems.map(({ place, ...problem }) => ({
      ...problem,
      line: place?.line ?? null,
      column: place?.column ?? null,
    })),
    nodes: (graph?.nodes ?? []).map(({ name, unit, inputs, outputs, batchSize, queueSize }) => ({
      name,
      unit: unit?.name ?? null,
      device: unit?.device ?? null,
      inputs: [...inputs],
      outputs: [...outputs],
      batchSize: Math.min(batchSize, 65_536),
      queueSize,
    })),
    edges: (graph?.edges ?? []).map(({ from, to }) => ({
      from: `${from.node}:${from.port}`,
      to: `${to.node}:${to.port}`,
    })),
  }
}

function toFlow({ job, task, tasks }: FlowJob): z.output<typeof WeftFlow> {
  const { id, name, state, reason, createdAt, startedAt, endedAt } = job
  const open = tasks.filter((each) => each.state === 'running' && each.progress >= 1).length
  return {
    name,
    jobId: id,
    state,
    running: state === 'running' && tasks.length > 0 && open === tasks.length,
    replicas: { wanted: tasks.length, running: state === 'running' ? open : 0 },
    reason: reason ?? task?.reason ?? null,
    attempts: task?.attempts ?? 0,
    createdAt,
    startedAt,
    endedAt,
  }
}
