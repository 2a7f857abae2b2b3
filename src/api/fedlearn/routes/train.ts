/**
 * `/train` and the models that come of it.
 * @module
 */
import { createRoute } from '@hono/zod-openapi'

import { conflict, DomainError, invalid } from '../../../domain/error.ts'
import { isJobOver } from '../../../domain/job-state.ts'
import { type Job, stopJob } from '../../../domain/job.ts'
import { deleteJob, listNamedJobs } from '../../../domain/named-job.ts'
import { resumeJob, suspendJob } from '../../../domain/suspend.ts'
import { depsFor, ownOnly } from '../../access.ts'
import type { AppDeps } from '../../deps.ts'
import { json, jsonBody } from '../../json.ts'
import type { Api } from '../../surface.ts'
import { success } from '../envelope.ts'
import { SURFACE } from '../match.ts'
import {
  FedlearnAuto,
  FedlearnChange,
  FedlearnDone,
  FedlearnModelToken,
  FedlearnStarted,
  FedlearnStatus,
  FedlearnTasks,
  FedlearnTraining,
  FedlearnTrainingDetail,
  FedlearnTrainingProgress,
  FedlearnTrainings,
} from '../schema.ts'
import { RUNNING_TYPE, statesOf } from '../state.ts'
import { trainingDetail, trainingProgress, trainingStatus } from '../training-status.ts'
import { getTraining, startTraining } from '../training.ts'
import { startTuning } from '../tuning.ts'

/** Adds the routes of trainings. */
export function trainRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps

  const start = createRoute({
    method: 'post',
    path: '/train/start',
    operationId: 'fedlearn.train.start',
    summary: 'Trains over the rows that a match has found',
    request: jsonBody(FedlearnTraining),
    responses: { 200: json(FedlearnStarted, 'The token of the model that will come of it') },
  })
  api.openapi(start, async (c) =>
    c.json(
      success({ modelToken: await startTraining(depsFor(c, deps), c.req.valid('json')) }),
      200,
    ),
  )

  const auto = createRoute({
    method: 'post',
    path: '/train/auto',
    operationId: 'fedlearn.train.auto',
    summary: 'Trains with several sets of parameters, and keeps the best model',
    request: jsonBody(FedlearnAuto),
    responses: { 200: json(FedlearnStarted, 'The token of the model that will be kept') },
  })
  api.openapi(auto, async (c) =>
    c.json(success({ modelToken: await startTuning(depsFor(c, deps), c.req.valid('json')) }), 200),
  )

  const status = createRoute({
    method: 'post',
    path: '/train/status',
    operationId: 'fedlearn.train.status',
    summary: 'How far a training is, and its metrics by round',
    request: jsonBody(FedlearnModelToken),
    responses: { 200: json(FedlearnStatus, 'State, percent and metrics') },
  })
  api.openapi(status, async (c) => {
    const job = await getTraining(db, c.req.valid('json').modelToken)
    return c.json(success(await trainingStatus(db, job)), 200)
  })

  const progress = createRoute({
    method: 'post',
    path: '/train/progress/new',
    operationId: 'fedlearn.train.progress',
    summary: 'How far a training is, in words',
    request: jsonBody(FedlearnModelToken),
    responses: { 200: json(FedlearnTrainingProgress, 'Percent, and a line a round') },
  })
  api.openapi(progress, async (c) => {
    const job = await getTraining(db, c.req.valid('json').modelToken)
    return c.json(success(await trainingProgress(db, job)), 200)
  })

  const parameter = createRoute({
    method: 'post',
    path: '/train/parameter',
    operationId: 'fedlearn.train.parameter',
    summary: 'What a training was asked for',
    request: jsonBody(FedlearnModelToken),
    responses: { 200: json(FedlearnTrainingDetail, 'Its parameters, times and rounds') },
  })
  api.openapi(parameter, async (c) => {
    const job = await getTraining(db, c.req.valid('json').modelToken)
    return c.json(success(await trainingDetail(db, job)), 200)
  })

  const list = createRoute({
    method: 'post',
    path: '/train/list',
    operationId: 'fedlearn.train.list',
    summary: 'The trainings of tasks, newest first',
    request: jsonBody(FedlearnTasks),
    responses: { 200: json(FedlearnTrainings, 'At most 1000') },
  })
  api.openapi(list, async (c) => {
    const { taskList, type } = c.req.valid('json')
    const jobs = await listNamedJobs(db, {
      surface: SURFACE,
      kind: 'train',
      ...ownOnly(c),
      names: taskList,
      states: type === undefined ? undefined : statesOf(type),
    })
    const trainList = jobs.map(({ id, name, state }) => ({
      modelToken: id,
      taskId: name,
      runningStatus: RUNNING_TYPE[state],
    }))
    return c.json(success({ trainList }), 200)
  })

  const change = createRoute({
    method: 'post',
    path: '/train/change',
    operationId: 'fedlearn.train.change',
    summary: 'Stops, suspends or resumes a training',
    request: jsonBody(FedlearnChange),
    responses: { 200: json(FedlearnDone, 'It is so') },
  })
  api.openapi(change, async (c) => {
    const { modelToken, type } = c.req.valid('json')
    await changeTraining(deps, { modelToken, type })
    return c.json(success(), 200)
  })

  // Each change by itself, as version 0.8 has it.
  for (const [word, type] of Object.entries({
    stop: 'stop',
    suspend: 'suspend',
    continue: 'resume',
  })) {
    const only = createRoute({
      method: 'post',
      path: `/train/${word}`,
      operationId: `fedlearn.train.${word}`,
      summary: `What train/change does with the type ${type}`,
      request: jsonBody(FedlearnModelToken),
      responses: { 200: json(FedlearnDone, 'It is so') },
    })
    api.openapi(only, async (c) => {
      await changeTraining(deps, { modelToken: c.req.valid('json').modelToken, type })
      return c.json(success(), 200)
    })
  }

  for (const path of ['/system/model/delete', '/train/delete']) {
    const remove = createRoute({
      method: 'post',
      path,
      operationId: `fedlearn.model.delete${path === '/train/delete' ? '.alias' : ''}`,
      summary: 'Forgets a model; the parts at the clients stay theirs',
      request: jsonBody(FedlearnModelToken),
      responses: { 200: json(FedlearnDone, 'It predicts nothing any more') },
    })
    api.openapi(remove, async (c) => {
      const job = await getTraining(db, c.req.valid('json').modelToken)
      await deleteJob(db, job.id, deps.now())
      return c.json(success(), 200)
    })
  }
}

async function changeTraining(
  deps: AppDeps,
  { modelToken, type }: { modelToken: string; type: string },
): Promise<void> {
  const job = await getTraining(deps.db, modelToken)
  const word = type.toLowerCase()
  if (!Object.hasOwn(CHANGES, word)) {
    throw invalid(`type "${type}" is unknown: expected ${Object.keys(CHANGES).join(', ')}`)
  }
  try {
    await CHANGES[word](deps, job)
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    throw conflict(`${word} fail: ${error.message}`)
  }
}

const CHANGES: Readonly<Record<string, (deps: AppDeps, job: Job) => Promise<unknown>>> = {
  async stop({ db }, { id, state }) {
    if (isJobOver(state)) throw conflict(`Training ${id} is over: it is ${state}`)
    await stopJob(db, { id, reason: 'Stopped over /api/train/change' })
  },
  suspend: ({ db }, { id }) => suspendJob(db, { id, reason: 'Suspended over /api/train/change' }),
  resume: ({ db }, { id }) => resumeJob(db, { id, reason: 'Resumed over /api/train/change' }),
}
