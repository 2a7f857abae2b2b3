/**
 * What the routes of the gateway have in common.
 * @module
 */
import { createRoute, type z } from '@hono/zod-openapi'

import { json, jsonBody } from '../json.ts'
import type { asCaller } from './caller.ts'
import { GatewayError } from './schema.ts'

/** The answers that every route may give instead of its own. */
export const refused = {
  401: json(GatewayError, 'The token is missing, wrong or expired'),
  403: json(GatewayError, 'Not within the rights of this token'),
  422: json(GatewayError, 'A field is missing or wrong'),
}
/** Every route wants a runner token. */
export const security = [{ runnerToken: [] }]

/** A body or an answer that is not JSON. */
export function bytes(description: string) {
  return {
    'application/octet-stream': {
      schema: { type: 'string', format: 'binary', description },
    },
  } as const
}

/** Makes routes `POST /verb` with a JSON body, for callers that `middleware` knows. */
export function posts(middleware: ReturnType<typeof asCaller>) {
  return <B extends z.ZodType, A extends z.ZodType>(
    verb: string,
    route: { summary: string; body: B; answer: A },
  ) =>
    createRoute({
      method: 'post',
      path: `/${verb}`,
      operationId: `runner.${verb}`,
      summary: route.summary,
      security,
      middleware,
      request: jsonBody(route.body),
      responses: { 200: json(route.answer, 'Done'), ...refused },
    })
}
