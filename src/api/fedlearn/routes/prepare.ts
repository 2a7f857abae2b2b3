/**
 * `/prepare`: what there is to choose from, and matching ids. The original's other paths are the same routes.
 * @module
 */
import { createRoute } from '@hono/zod-openapi'

import { partyAt } from '../../../domain/dataset.ts'
import { invalid } from '../../../domain/error.ts'
import { deleteJob, listNamedJobs } from '../../../domain/named-job.ts'
import { requireRunners } from '../../../domain/runner.ts'
import { depsFor, ownOnly } from '../../access.ts'
import type { AppDeps } from '../../deps.ts'
import { json, jsonBody } from '../../json.ts'
import type { Api } from '../../surface.ts'
import { ALGORITHM_NAMES, algorithmOf, algorithmParams } from '../algorithms.ts'
import { success } from '../envelope.ts'
import { labelBudgets } from '../label-budget.ts'
import { MATCH_NAMES, matchMethod } from '../match-method.ts'
import {
  getMatch,
  matchLength,
  matchProgress,
  matchRequest,
  startMatch,
  SURFACE,
} from '../match.ts'
import {
  FedlearnAlgorithm,
  FedlearnAlgorithmParams,
  FedlearnCommon,
  FedlearnDone,
  FedlearnKeys,
  FedlearnMatch,
  FedlearnMatchDetail,
  FedlearnMatches,
  FedlearnMatchId,
  FedlearnMatchProgress,
  FedlearnMatchStarted,
  FedlearnTasks,
} from '../schema.ts'
import { RUNNING_TYPE, statesOf } from '../state.ts'

/** Adds the routes before a training. */
export function prepareRoutes(api: Api, deps: AppDeps): void {
  parameterRoutes(api)
  keyRoute(api, deps)
  matchRoutes(api, deps)
}

function parameterRoutes(api: Api): void {
  for (const path of ['/prepare/parameter/common', '/system/parameter']) {
    const common = createRoute({
      method: 'post',
      path,
      operationId: operation('parameter.common', path),
      summary: 'The algorithms and the ways to match ids',
      responses: { 200: json(FedlearnCommon, 'Their names') },
    })
    api.openapi(common, (c) =>
      c.json(
        success({
          model: [...ALGORITHM_NAMES],
          match: [...MATCH_NAMES],
          commonParams: [
            {
              field: 'matchAlgorithm',
              name: '数据预处理',
              describe: [...MATCH_NAMES],
              type: 'STRING' as const,
              defaultValue: 'MD5',
            },
          ],
        }),
        200,
      ),
    )
  }

  for (const path of ['/prepare/parameter/algorithm', '/train/option']) {
    const algorithm = createRoute({
      method: 'post',
      path,
      operationId: operation('parameter.algorithm', path),
      summary: 'The parameters of an algorithm',
      request: jsonBody(FedlearnAlgorithm),
      responses: { 200: json(FedlearnAlgorithmParams, 'Fields with bounds and defaults') },
    })
    api.openapi(algorithm, (c) => {
      const { algorithmType } = c.req.valid('json')
      const found = algorithmOf(algorithmType)
      if (!found) {
        throw invalid(
          `algorithmType "${algorithmType}" is unknown: expected ${ALGORITHM_NAMES.join(', ')}`,
        )
      }
      const algorithmParams_ = algorithmParams(found).map((param) => ({
        ...param,
        describe: [...param.describe],
      }))
      return c.json(success({ algorithmParams: algorithmParams_ }), 200)
    })
  }
}

/**
 * Versions from 0.9.3 on have clients make keys before LinearRegression and MixGBoost. Here they draw keys of their own for
 * each training, so that there is nothing to do but to say whether they could.
 */
function keyRoute(api: Api, deps: AppDeps): void {
  const keys = createRoute({
    method: 'post',
    path: '/prepare/key/generate',
    operationId: 'fedlearn.key.generate',
    summary: 'Says whether clients are there; keys are drawn by them for each training',
    request: jsonBody(FedlearnKeys),
    responses: { 200: json(FedlearnDone, 'They are, and nothing is kept') },
  })
  api.openapi(keys, async (c) => {
    const { clientList } = c.req.valid('json')
    const parties = await Promise.all(
      clientList.map((client) =>
        partyAt(deps.db, typeof client === 'string' ? client : client.url),
      ),
    )
    await requireRunners(
      deps.db,
      parties.map((party) => ({ role: null, party })),
    )
    return c.json(success(), 200)
  })
}

function matchRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps
  for (const base of ['/prepare/match', '/match']) {
    const start = createRoute({
      method: 'post',
      path: `${base}/start`,
      operationId: operation('match.start', base),
      summary: 'Finds the ids that all clients have',
      request: jsonBody(FedlearnMatch),
      responses: { 200: json(FedlearnMatchStarted, 'The id to ask with') },
    })
    api.openapi(start, async (c) =>
      c.json(success({ matchId: await startMatch(depsFor(c, deps), c.req.valid('json')) }), 200),
    )

    const progress = createRoute({
      method: 'post',
      path: `${base}/progress`,
      operationId: operation('match.progress', base),
      summary: 'How far a match is',
      request: jsonBody(FedlearnMatchId),
      responses: { 200: json(FedlearnMatchProgress, 'Percent, and a report at its end') },
    })
    api.openapi(progress, async (c) =>
      c.json(success(await matchProgress(db, c.req.valid('json').matchId)), 200),
    )

    const list = createRoute({
      method: 'post',
      path: `${base}/list`,
      operationId: operation('match.list', base),
      summary: 'The matches of tasks, newest first',
      request: jsonBody(FedlearnTasks),
      responses: { 200: json(FedlearnMatches, 'At most 1000') },
    })
    api.openapi(list, async (c) => {
      const { taskList, type } = c.req.valid('json')
      const jobs = await listNamedJobs(db, {
        surface: SURFACE,
        kind: 'match',
        ...ownOnly(c),
        names: taskList,
        states: type === undefined ? undefined : statesOf(type),
      })
      const matchList = jobs.map(({ id, name, state }) => ({
        matchId: id,
        taskId: name,
        runningStatus: RUNNING_TYPE[state],
      }))
      return c.json(success({ matchList }), 200)
    })

    const detail = createRoute({
      method: 'post',
      path: `${base}/detail`,
      operationId: operation('match.detail', base),
      summary: 'What a match was asked for, and what really ran',
      request: jsonBody(FedlearnMatchId),
      responses: { 200: json(FedlearnMatchDetail, 'The match') },
    })
    api.openapi(detail, async (c) => {
      const job = await getMatch(db, c.req.valid('json').matchId)
      const { taskId, matchAlgorithm, clientList } = matchRequest(job)
      const labelUse = await labelBudgets(db, { clients: clientList, matchId: job.id })
      return c.json(
        success({
          matchId: job.id,
          matchType: matchAlgorithm,
          taskId,
          runningStatus: RUNNING_TYPE[job.state],
          protocol: matchMethod(matchAlgorithm)?.protocol ?? '',
          startTime: job.startedAt,
          endTime: job.endedAt,
          length: await matchLength(db, job),
          clientList: clientList.map(({ url, dataset, index }) => ({ url, dataset, index })),
          ...(labelUse.length === 0 ? {} : { labelUse }),
        }),
        200,
      )
    })

    const remove = createRoute({
      method: 'post',
      path: `${base}/delete`,
      operationId: operation('match.delete', base),
      summary: 'Forgets a match that is over',
      request: jsonBody(FedlearnMatchId),
      responses: { 200: json(FedlearnDone, 'It is forgotten') },
    })
    api.openapi(remove, async (c) => {
      const job = await getMatch(db, c.req.valid('json').matchId)
      await deleteJob(db, job.id, deps.now())
      return c.json(success(), 200)
    })
  }
}

/** Paths of other versions are operations of their own, or the document would have two of one name. */
function operation(name: string, path: string): string {
  return path.startsWith('/prepare') ? `fedlearn.${name}` : `fedlearn.${name}.alias`
}
