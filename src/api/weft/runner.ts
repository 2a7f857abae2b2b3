/**
 * Routes for the operator of runners: list, look, drain, activate, remove.
 * @module
 */
import { createRoute, type z } from '@hono/zod-openapi'

import {
  activateRunner,
  drainRunner,
  getRunner,
  listRunnerTasks,
  removeRunner,
  type RunnerTask,
} from '../../domain/runner-control.ts'
import { KEPT_MS, listSamples } from '../../domain/runner-use.ts'
import { listRunners, type Runner } from '../../domain/runner.ts'
import type { AppDeps } from '../deps.ts'
import { json } from '../json.ts'
import type { Api } from '../surface.ts'
import { WeftRunner, WeftRunnerId, WeftRunners, WeftRunnerUse } from './record-schema.ts'
import { WeftError } from './schema.ts'

const missing = json(WeftError, 'There is no such runner')
const refused = json(WeftError, 'Not in its state; the message says what to do first')

/** `/runners` and one runner. */
export function runnerRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps

  const list = createRoute({
    method: 'get',
    path: '/runners',
    operationId: 'weft.runner.list',
    summary: 'The runners heard of within the last hour, live ones first, and what each works on',
    responses: { 200: json(WeftRunners, 'The runners') },
  })
  api.openapi(list, async (c) => {
    const runners = await listRunners(db)
    const tasks = await listRunnerTasks(
      db,
      runners.map(({ id }) => id),
    )
    return c.json({ runners: runners.map((runner) => toWeftRunner(runner, tasks)) }, 200)
  })

  const get = createRoute({
    method: 'get',
    path: '/runners/{id}',
    operationId: 'weft.runner.get',
    summary: 'A runner, what it works on, and how busy its host was within the last day',
    request: { params: WeftRunnerId },
    responses: { 200: json(WeftRunnerUse, 'The runner'), 404: missing },
  })
  api.openapi(get, async (c) => {
    const { id } = c.req.valid('param')
    const runner = await answer(id)
    const samples = await listSamples(db, { runnerIds: [id], since: runner.seenAt - KEPT_MS })
    return c.json({ ...runner, samples: samples.get(id) ?? [] }, 200)
  })

  const drain = createRoute({
    method: 'post',
    path: '/runners/{id}/drain',
    operationId: 'weft.runner.drain',
    summary: 'Gives a runner no more work; what it has it finishes',
    request: { params: WeftRunnerId },
    responses: { 200: json(WeftRunner, 'The runner, draining'), 404: missing, 409: refused },
  })
  api.openapi(drain, async (c) => {
    const { id } = await drainRunner(db, c.req.valid('param').id)
    return c.json(await answer(id), 200)
  })

  const activate = createRoute({
    method: 'post',
    path: '/runners/{id}/activate',
    operationId: 'weft.runner.activate',
    summary: 'Lets a drained runner take work again',
    request: { params: WeftRunnerId },
    responses: { 200: json(WeftRunner, 'The runner, active'), 404: missing, 409: refused },
  })
  api.openapi(activate, async (c) => {
    const { id } = await activateRunner(db, c.req.valid('param').id)
    return c.json(await answer(id), 200)
  })

  const remove = createRoute({
    method: 'delete',
    path: '/runners/{id}',
    operationId: 'weft.runner.remove',
    summary: 'Takes a runner that is gone, or drained and idle, off the lists',
    request: { params: WeftRunnerId },
    responses: { 200: json(WeftRunner, 'The runner, removed'), 404: missing, 409: refused },
  })
  api.openapi(remove, async (c) => {
    const { id } = await removeRunner(db, c.req.valid('param').id)
    return c.json(await answer(id), 200)
  })

  async function answer(id: string): Promise<z.output<typeof WeftRunner>> {
    return toWeftRunner(await getRunner(db, id), await listRunnerTasks(db, [id]))
  }
}

function toWeftRunner(runner: Runner, tasks: readonly RunnerTask[]): z.output<typeof WeftRunner> {
  const { id, name, live, parties, slots, capacity, startedAt, seenAt } = runner
  const state = runner.state as z.output<typeof WeftRunner>['state']
  // The fact of the gateway names the owner's token, which is nobody else's business.
  const { gateway: _owner, ...facts } = runner.facts
  const own = tasks.filter((task) => task.runnerId === id)
  return {
    id,
    name,
    state,
    live,
    parties,
    slots,
    capacity,
    facts,
    startedAt,
    seenAt,
    tasks: own.map(({ runnerId: _runner, jobName: _job, reason: _reason, ...task }) => task),
  }
}
