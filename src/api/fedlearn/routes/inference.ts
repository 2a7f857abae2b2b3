/**
 * `/inference`: predictions by id, and of files that clients have.
 * @module
 */
import { createRoute } from '@hono/zod-openapi'

import { depsFor } from '../../access.ts'
import type { AppDeps } from '../../deps.ts'
import { json, jsonBody } from '../../json.ts'
import type { Api } from '../../surface.ts'
import { success } from '../envelope.ts'
import { predictBatch, validateBatch } from '../inference-batch.ts'
import { remoteProgress, startRemote } from '../inference-remote.ts'
import {
  FedlearnBatch,
  FedlearnInferenceId,
  FedlearnPredictions,
  FedlearnRemote,
  FedlearnRemoteProgress,
  FedlearnValidate,
  FedlearnValidated,
} from '../inference-schema.ts'

/** Adds the routes of predictions. */
export function inferenceRoutes(api: Api, deps: AppDeps): void {
  const batch = createRoute({
    method: 'post',
    path: '/inference/batch',
    operationId: 'fedlearn.inference.batch',
    summary: 'Predicts rows by id and waits for it',
    request: jsonBody(FedlearnBatch),
    responses: {
      200: json(FedlearnPredictions, 'A heading and a row an id, NaN where some client has none'),
    },
  })
  api.openapi(batch, async (c) =>
    c.json(success({ predict: await predictBatch(depsFor(c, deps), c.req.valid('json')) }), 200),
  )

  for (const path of ['/inference/validate', '/validate/batch']) {
    const validate = createRoute({
      method: 'post',
      path,
      operationId: `fedlearn.inference.validate${path === '/validate/batch' ? '.alias' : ''}`,
      summary: 'Predicts rows whose labels are known, and says how good that was',
      request: jsonBody(FedlearnValidate),
      responses: { 200: json(FedlearnValidated, 'Metrics by name, and the predictions') },
    })
    api.openapi(validate, async (c) =>
      c.json(success(await validateBatch(depsFor(c, deps), c.req.valid('json'))), 200),
    )
  }

  const remote = createRoute({
    method: 'post',
    path: '/inference/remote',
    operationId: 'fedlearn.inference.remote',
    summary: 'Predicts the ids of a file that a client has',
    request: jsonBody(FedlearnRemote),
    responses: { 200: json(FedlearnRemoteProgress, 'The id to ask with') },
  })
  api.openapi(remote, async (c) =>
    c.json(success(await startRemote(depsFor(c, deps), c.req.valid('json'))), 200),
  )

  const progress = createRoute({
    method: 'post',
    path: '/inference/progress',
    operationId: 'fedlearn.inference.progress',
    summary: 'How far the prediction of a file is',
    request: jsonBody(FedlearnInferenceId),
    responses: { 200: json(FedlearnRemoteProgress, 'Percent; at its end where the answers are') },
  })
  api.openapi(progress, async (c) =>
    c.json(success(await remoteProgress(deps.db, c.req.valid('json').inferenceId)), 200),
  )
}
