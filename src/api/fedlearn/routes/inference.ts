/**
 * `/inference`: predictions by id.
 * @module
 */
import { createRoute } from '@hono/zod-openapi'

import type { AppDeps } from '../../deps.ts'
import { json, jsonBody } from '../../json.ts'
import type { Api } from '../../surface.ts'
import { success } from '../envelope.ts'
import { predictBatch } from '../inference.ts'
import { FedlearnBatch, FedlearnPredictions } from '../schema.ts'

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
    c.json(success({ predict: await predictBatch(deps, c.req.valid('json')) }), 200),
  )
}
